"""The kinds of mail."""

from alembic import op

from chassis.migrations import replace_check

revision = "0003"
down_revision = "0002"

KINDS = (
    *("draft_link", "adhesion_received", "adhesion_confirmed", "adhesion_rejected", "adhesion_withdrawn"),
    *("area_link",),
    *("place_assigned", "place_waiting", "place_changed", "place_released"),
    *("certificate_issued", "certificate_reissued", "certificate_revoked", "staff_invitation", "staff_password"),
)


def upgrade() -> None:
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
