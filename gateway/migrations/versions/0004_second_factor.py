"""A second factor: the authenticator's secret, and recovery codes."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.String(300), nullable=False),
        sa.Column("confirmed_at", Moment()),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_second_factor"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name="fk_second_factor_staff_id_staff_account"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name="fk_recovery_code_staff_id_staff_account"),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])
