"""Which edition of a certificate a new one replaces: the one to call back when the new one never goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("certificate", sa.Column("replaces", sa.Uuid(), nullable=True))
