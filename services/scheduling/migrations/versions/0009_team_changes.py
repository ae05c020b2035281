"""How often others have been put to teach an appointment: its trainers' calendars go by it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("appointment", sa.Column("team_changes", sa.Integer(), nullable=False, server_default="0"))
