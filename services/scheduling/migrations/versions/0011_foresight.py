"""What publishing a large plan would change, worked out beforehand."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "foresight",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("lease_until", Moment(timezone=True), nullable=True),
        sa.Column("mark", sa.String(length=200), nullable=True),
        sa.Column("at", Moment(timezone=True), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_foresight_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_foresight")),
    )
