"""Where a receipt is, why a place came, and letters to an address that is about to be forgotten."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import replace_check

revision = "0007"
down_revision = "0006"

KINDS = (
    *("draft_link", "adhesion_received", "adhesion_confirmed", "adhesion_rejected", "adhesion_withdrawn"),
    *("confirmation_missing", "delegates_missing", "area_link", "own_link"),
    *("delegate_replaced", "person_erased"),
    *("place_assigned", "place_waiting", "place_changed", "place_released"),
    *("certificate_issued", "certificate_reissued", "certificate_revoked", "staff_invitation", "staff_password"),
)


def upgrade() -> None:
    op.add_column("adhesion", sa.Column("receipt_hash", sa.String(64), nullable=True))
    op.add_column("place", sa.Column("reason", sa.String(40), nullable=True))
    op.add_column("place", sa.Column("waited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("message", sa.Column("address", sa.String(320), nullable=True))
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
