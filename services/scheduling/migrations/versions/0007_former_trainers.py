"""Who was to teach an appointment, and does no more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "former_trainer",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_former_trainer_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("appointment_id", "trainer_id", name=op.f("pk_former_trainer")),
    )
