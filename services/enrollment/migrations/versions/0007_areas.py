"""Areas that a link opens once; contacts that follow one another."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0007"
down_revision = "0006"

_IN_OFFICE = sa.text("until IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("until", Moment(), nullable=True))
        contact.drop_constraint(op.f("uq_contact_adhesion_id"), type_="unique")
    op.create_index("ix_contact_adhesion_id", "contact", ["adhesion_id"])
    op.create_index(
        "uq_contact_in_office",
        "contact",
        ["adhesion_id"],
        unique=True,
        postgresql_where=_IN_OFFICE,
        sqlite_where=_IN_OFFICE,
    )
    op.drop_table("link_request")
    op.create_table(
        "link_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_request")),
    )
    op.create_index("ix_link_request_person_id", "link_request", ["person_id", "requested_at"])
    op.create_table(
        "area_session",
        sa.Column("link_mark", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('body', 'delegate')", name=op.f("ck_area_session_kind")),
        sa.PrimaryKeyConstraint("link_mark", name=op.f("pk_area_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_area_session_token_hash")),
    )
    op.create_index("ix_area_session_ends_at", "area_session", ["ends_at"])
    op.create_index(op.f("ix_area_session_person_id"), "area_session", ["person_id"])
