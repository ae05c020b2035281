"""Who is at the desk of which appointment."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "desk_assignment",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_by", sa.String(length=80), nullable=False),
        sa.Column("assigned_at", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_desk_assignment_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("appointment_id", "account_id", name=op.f("pk_desk_assignment")),
    )
    op.create_index(op.f("ix_desk_assignment_account_id"), "desk_assignment", ["account_id"])
    op.add_column("change", sa.Column("whom", sa.String(length=80), nullable=True))
