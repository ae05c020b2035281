"""The first tables."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KINDS = (
    "adhesion_received",
    "adhesion_confirmed",
    "adhesion_rejected",
    "adhesion_withdrawn",
    "area_link",
    "place_assigned",
    "place_waiting",
    "place_changed",
    "place_released",
    "certificate_issued",
    "certificate_reissued",
    "certificate_revoked",
)
STATES = ("queued", "claimed", "sent", "delivered", "bounced", "failed", "unknown")


def one_of(column, values):
    return sa.CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=column)


def where(condition):
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("title_it", sa.String(300), nullable=False),
        sa.Column("title_en", sa.String(300), nullable=False),
        sa.Column("issuer", sa.String(300), nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("given_name", sa.String(200)),
        sa.Column("family_name", sa.String(200)),
        sa.Column("email", sa.String(320)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("body_name", sa.String(300)),
        sa.Column("erased", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "NOT erased OR (given_name IS NULL AND family_name IS NULL AND email IS NULL AND body_name IS NULL)",
            name="erased",
        ),
    )
    op.create_table(
        "adhesion",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("protocol", sa.String(60), nullable=False),
        sa.Column("body_name", sa.String(300), nullable=False),
        sa.Column("body_kind", sa.String(30), nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("rejected_reason", sa.Text),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title_it", sa.String(300), nullable=False),
        sa.Column("title_en", sa.String(300), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("host_name", sa.String(300)),
        sa.Column("host_province", sa.String(80)),
        sa.Column("venue", sa.String(300)),
        sa.Column("cancelled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("appointment_id", sa.Uuid, nullable=False),
        sa.Column("programme_id", sa.Uuid, nullable=False),
        sa.Column("delegate_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        one_of("state", ("assigned", "waiting", "released")),
    )
    op.create_index("ix_place_appointment_id_state", "place", ["appointment_id", "state"])
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("public_code", sa.String(80), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("cause", sa.String(200), nullable=False, unique=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("programme_id", sa.Uuid, sa.ForeignKey("programme.id"), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("with_document", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("ready_at", Moment, nullable=False),
        sa.Column("claimed_by", sa.String(40)),
        sa.Column("claimed_until", Moment),
        sa.Column("provider_id", sa.String(120)),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("sent_at", Moment),
        sa.Column("decided_by", sa.String(80)),
        one_of("state", STATES),
        one_of("kind", KINDS),
    )
    op.create_index("ix_message_person_id", "message", ["person_id"])
    op.create_index("ix_message_due", "message", ["with_document", "ready_at"], **where("state = 'queued'"))
    op.create_index("ix_message_claimed", "message", ["claimed_until"], **where("state = 'claimed'"))
    op.create_index("ix_message_created_at_id", "message", ["created_at", "id"])
    op.create_index("ix_message_state_kind", "message", ["state", "kind"])
    op.create_table(
        "report",
        sa.Column("message_id", sa.Uuid, sa.ForeignKey("message.id"), primary_key=True),
        sa.Column("event", sa.String(40), primary_key=True),
        sa.Column("happened_at", sa.BigInteger, primary_key=True),
    )
