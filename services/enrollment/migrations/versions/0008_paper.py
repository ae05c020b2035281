"""Adhesions that bodies send on paper."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE programme ADD COLUMN late_paper_days INTEGER DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_programme_late_paper CHECK (late_paper_days >= 0)"
    )
    op.create_table(
        "paper",
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_paper_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("adhesion_id", name=op.f("pk_paper")),
    )
