"""Where a receipt is, why a place came, and letters to an address that is about to be forgotten."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import replace_check
from services.notifications.domain import KINDS

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("adhesion", sa.Column("receipt_hash", sa.String(64), nullable=True))
    op.add_column("place", sa.Column("reason", sa.String(40), nullable=True))
    op.add_column("place", sa.Column("waited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("message", sa.Column("address", sa.String(320), nullable=True))
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
