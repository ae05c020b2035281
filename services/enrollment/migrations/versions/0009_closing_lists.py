"""How many days before an appointment its list closes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("programme", sa.Column("changes_close_days", sa.Integer(), nullable=False, server_default="0"))
