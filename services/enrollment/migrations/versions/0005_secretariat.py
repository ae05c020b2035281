"""What the secretariat does with adhesions: corrections in the history, notes, reminders, bulk actions."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("history", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.add_column("history", sa.Column("changes", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=True),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("edited_at", Moment(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.CheckConstraint("(text IS NULL) = (deleted_at IS NOT NULL)", name=op.f("ck_note_deleted")),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_note_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_adhesion_id", "note", ["adhesion_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("reminded_at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.CheckConstraint("cause IN ('not_confirmed', 'no_delegates')", name=op.f("ck_reminder_cause")),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_reminder_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("adhesion_id", "number", name=op.f("uq_reminder_adhesion_id_number")),
    )
    op.create_table(
        "bulk_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("prepared_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("action IN ('approve', 'reject', 'withdraw', 'remind')", name=op.f("ck_bulk_action_action")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_bulk_action_programme_id_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_action")),
    )
    op.create_table(
        "bulk_item",
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_bulk_item_adhesion_id_adhesion")),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_action.id"], name=op.f("fk_bulk_item_bulk_id_bulk_action"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulk_id", "position", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint("bulk_id", "adhesion_id", name=op.f("uq_bulk_item_bulk_id_adhesion_id")),
    )
