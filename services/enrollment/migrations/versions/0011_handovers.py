"""Contacts that hand over, delegates that move to another mailbox, and mailboxes of bodies."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("contact", sa.Column("links_from", Moment(), nullable=True))
    op.add_column("delegate", sa.Column("links_from", Moment(), nullable=True))
    for table in ("body", "adhesion"):
        op.add_column(table, sa.Column("institutional_email", sa.String(254), nullable=True))
        op.create_index(f"ix_{table}_mailbox", table, ["institutional_email"])
    op.create_table(
        "nomination",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.String(100), nullable=False),
        sa.Column("family_name", sa.String(100), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(30), nullable=True),
        sa.Column("office", sa.String(200), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("nominated_by", sa.String(10), nullable=False),
        sa.Column("nominated_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.CheckConstraint("language IN ('it', 'en')", name=op.f("ck_nomination_language")),
        sa.CheckConstraint("nominated_by IN ('contact', 'mailbox')", name=op.f("ck_nomination_nominated_by")),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_nomination_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination")),
        sa.UniqueConstraint("adhesion_id", name=op.f("uq_nomination_adhesion_id")),
    )
    op.create_index("ix_nomination_expires_at", "nomination", ["expires_at"])
    op.create_table(
        "mailbox_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("asked_by", sa.String(10), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.CheckConstraint("asked_by IN ('delegate', 'contact')", name=op.f("ck_mailbox_change_asked_by")),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegate.id"], name=op.f("fk_mailbox_change_delegate_id_delegate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_change")),
        sa.UniqueConstraint("delegate_id", name=op.f("uq_mailbox_change_delegate_id")),
    )
    op.create_index("ix_mailbox_change_expires_at", "mailbox_change", ["expires_at"])
    op.create_table(
        "used_link",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_used_link")),
    )
    op.create_index("ix_used_link_used_at", "used_link", ["used_at"])
