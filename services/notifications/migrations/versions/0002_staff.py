"""Letters to staff, which belong to no programme."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from chassis.migrations import replace_check

revision = "0002"
down_revision = "0001"

KINDS = (
    *("adhesion_received", "adhesion_confirmed", "adhesion_rejected", "adhesion_withdrawn", "area_link"),
    *("place_assigned", "place_waiting", "place_changed", "place_released"),
    *("certificate_issued", "certificate_reissued", "certificate_revoked", "staff_invitation", "staff_password"),
)


def upgrade() -> None:
    op.create_table(
        "staff_letter",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("role", sa.String(20)),
        sa.Column("ends_at", Moment, nullable=False),
    )
    with op.batch_alter_table("message") as message:
        message.alter_column("programme_id", existing_type=sa.Uuid(), nullable=True)
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
