"""Accounts by invitation, and new passwords by mailed link."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("staff_account") as table:
        table.alter_column("password_hash", existing_type=sa.String(200), nullable=True)
        table.add_column(sa.Column("language", sa.String(2), nullable=False, server_default="it"))
        table.add_column(sa.Column("invitation_id", sa.Uuid()))
        table.add_column(sa.Column("invited_until", Moment()))
        table.create_unique_constraint(op.f("uq_staff_account_invitation_id"), ["invitation_id"])
        table.create_check_constraint(op.f("ck_staff_account_invited"), "NOT active OR invitation_id IS NULL")
        table.create_check_constraint(
            op.f("ck_staff_account_invitation"), "(invitation_id IS NULL) = (invited_until IS NULL)"
        )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_password_reset"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name="fk_password_reset_staff_id_staff_account"),
    )
    op.create_index("ix_password_reset_staff_id", "password_reset", ["staff_id"])
