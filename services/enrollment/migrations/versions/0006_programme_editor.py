"""Programmes have drafts, versions, and a history of their changes."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("programme") as table:
        table.add_column(sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("programme") as table:
        table.alter_column("draft", server_default=None)
        table.alter_column("version", server_default=None)
    op.create_table(
        "programme_history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.CheckConstraint("what IN ('drafted', 'published', 'changed')", name=op.f("ck_programme_history_what")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_programme_history_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_history")),
    )
    op.create_index("ix_programme_history_programme_id", "programme_history", ["programme_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("programme_history")
    with op.batch_alter_table("programme") as table:
        table.drop_column("version")
        table.drop_column("draft")
