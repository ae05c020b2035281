"""A publication that goes on, or did not go through."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "publication",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("requested_at", Moment(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("correlation_id", sa.String(length=80), nullable=True),
        sa.Column("lease_until", Moment(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_publication_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_publication")),
    )
