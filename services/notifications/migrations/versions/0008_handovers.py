"""The kinds of mail: contacts that hand over, delegates that move."""

from alembic import op

from chassis.migrations import replace_check

revision = "0008"
down_revision = "0007"

KINDS = (
    *("draft_link", "adhesion_received", "adhesion_confirmed", "adhesion_rejected", "adhesion_withdrawn"),
    *("confirmation_missing", "delegates_missing", "area_link", "own_link"),
    *("contact_nominated", "contact_replaced", "mailbox_link", "mailbox_change", "mailbox_changed"),
    *("delegate_replaced", "person_erased"),
    *("place_assigned", "place_waiting", "place_changed", "place_released"),
    *("certificate_issued", "certificate_reissued", "certificate_revoked", "staff_invitation", "staff_password"),
)


def upgrade() -> None:
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
