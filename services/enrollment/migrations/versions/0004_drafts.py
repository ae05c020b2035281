"""Adhesion forms that are put aside."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("adhesion", sa.JSON(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("mailed_at", Moment(), nullable=True),
        sa.CheckConstraint("language IN ('it', 'en')", name=op.f("ck_draft_language")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_draft_programme_id_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_email", "draft", ["programme_id", "email"], unique=False)
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"], unique=False)
