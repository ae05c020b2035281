"""Duties at the desks of appointments; and the kinds of mail."""

import sqlalchemy as sa
from alembic import op

from chassis.migrations import replace_check

revision = "0010"
down_revision = "0009"

KINDS = (
    *("draft_link", "adhesion_received", "adhesion_confirmed", "adhesion_rejected", "adhesion_withdrawn"),
    *("confirmation_missing", "delegates_missing", "area_link", "own_link"),
    *("contact_nominated", "contact_replaced", "mailbox_link", "mailbox_change", "mailbox_changed"),
    *("delegate_replaced", "person_erased"),
    *("place_assigned", "place_waiting", "place_changed", "place_released", "waiting_ended"),
    *("desk_assigned", "desk_changed", "desk_relieved"),
    *("certificate_issued", "certificate_reissued", "certificate_revoked", "staff_invitation", "staff_password"),
)


def upgrade() -> None:
    op.create_table(
        "desk_duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.CheckConstraint("state IN ('assigned', 'relieved')", name=op.f("ck_desk_duty_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_duty")),
    )
    op.create_index(op.f("ix_desk_duty_appointment_id_state"), "desk_duty", ["appointment_id", "state"])
    replace_check(op, "message", "ck_message_kind", f"kind IN ({', '.join(map(repr, KINDS))})")
