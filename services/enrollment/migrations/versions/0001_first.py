"""The tables of enrollment, and those of the chassis."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "body",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_other", sa.String(length=200), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("province_name", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("population_year", sa.Integer(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("cadastral_code", sa.String(length=4), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('municipality', 'supra_municipal')", name=op.f("ck_body_kind")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_body")),
    )
    op.create_index("ix_body_province", "body", ["province"], unique=False)
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("protocol_prefix", sa.String(length=8), nullable=False),
        sa.Column("title_it", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("adhesion_opens", Moment(), nullable=False),
        sa.Column("adhesion_closes", Moment(), nullable=False),
        sa.Column("training_from", sa.Date(), nullable=False),
        sa.Column("training_until", sa.Date(), nullable=False),
        sa.Column("training_days", sa.Integer(), nullable=False),
        sa.Column("webinars", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("population_min", sa.Integer(), nullable=True),
        sa.Column("population_max", sa.Integer(), nullable=True),
        sa.Column("territory_note", sa.String(length=500), nullable=False),
        sa.Column("territory_note_en", sa.String(length=500), nullable=False),
        sa.Column("places_per_body", sa.Integer(), nullable=False),
        sa.Column("day_capacity", sa.Integer(), nullable=False),
        sa.Column("webinar_capacity", sa.Integer(), nullable=False),
        sa.Column("webinars_per_delegate", sa.Integer(), nullable=False),
        sa.Column("trainers_per_day", sa.Integer(), nullable=False),
        sa.Column("day_minutes", sa.Integer(), nullable=False),
        sa.Column("webinar_minutes", sa.Integer(), nullable=False),
        sa.Column("certificate_minutes", sa.Integer(), nullable=False),
        sa.Column("certificate_it", sa.Text(), nullable=False),
        sa.Column("certificate_en", sa.Text(), nullable=False),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consent_it", sa.Text(), nullable=False),
        sa.Column("consent_en", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.CheckConstraint("adhesion_opens < adhesion_closes", name=op.f("ck_programme_window")),
        sa.CheckConstraint("places_per_body > 0", name=op.f("ck_programme_places")),
        sa.CheckConstraint("training_from <= training_until", name=op.f("ck_programme_training")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
    )
    op.create_table(
        "adhesion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("body_code", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("protocol_year", sa.Integer(), nullable=False),
        sa.Column("protocol_number", sa.Integer(), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("rejected_reason", sa.String(length=1000), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'rejected') = (rejected_reason IS NOT NULL)", name=op.f("ck_adhesion_rejected_reason")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'under_review', 'confirmed', 'rejected', 'withdrawn')",
            name=op.f("ck_adhesion_state"),
        ),
        sa.ForeignKeyConstraint(["body_code"], ["body.code"], name=op.f("fk_adhesion_body_code_body")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name=op.f("fk_adhesion_programme_id_programme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adhesion")),
        sa.UniqueConstraint(
            "programme_id",
            "protocol_year",
            "protocol_number",
            name=op.f("uq_adhesion_programme_id_protocol_year_protocol_number"),
        ),
    )
    op.create_index("ix_adhesion_body_code", "adhesion", ["body_code"], unique=False)
    op.create_index(
        "uq_adhesion_standing",
        "adhesion",
        ["programme_id", "body_code"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
        sqlite_where=sa.text("state NOT IN ('rejected', 'withdrawn')"),
    )
    op.create_table(
        "protocol_counter",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_protocol_counter_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("programme_id", "year", name=op.f("pk_protocol_counter")),
    )
    op.create_table(
        "contact",
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("office", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("mail_state", sa.String(length=20), nullable=True),
        sa.Column("mail_message", sa.Uuid(), nullable=True),
        sa.Column("mail_at", Moment(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=True),
        sa.Column("family_name", sa.String(length=100), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.CheckConstraint("language IN ('it', 'en')", name=op.f("ck_contact_language")),
        sa.CheckConstraint(
            "mail_state IN ('unresolved', 'sent', 'delivered', 'bounced')", name=op.f("ck_contact_mail_state")
        ),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_contact_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("adhesion_id", name=op.f("uq_contact_adhesion_id")),
    )
    op.create_index("ix_contact_email", "contact", ["email"], unique=False)
    op.create_table(
        "delegate",
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("gender", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("registered_at", Moment(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("mail_state", sa.String(length=20), nullable=True),
        sa.Column("mail_message", sa.Uuid(), nullable=True),
        sa.Column("mail_at", Moment(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=True),
        sa.Column("family_name", sa.String(length=100), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.CheckConstraint("gender IN ('female', 'male', 'other', 'not_said')", name=op.f("ck_delegate_gender")),
        sa.CheckConstraint("language IN ('it', 'en')", name=op.f("ck_delegate_language")),
        sa.CheckConstraint(
            "mail_state IN ('unresolved', 'sent', 'delivered', 'bounced')", name=op.f("ck_delegate_mail_state")
        ),
        sa.CheckConstraint("role IN ('administrator', 'manager', 'official')", name=op.f("ck_delegate_role")),
        sa.CheckConstraint("state IN ('active', 'withdrawn', 'erased')", name=op.f("ck_delegate_state")),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_delegate_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegate")),
    )
    op.create_index("ix_delegate_adhesion_id", "delegate", ["adhesion_id"], unique=False)
    op.create_index(
        "uq_delegate_mailbox",
        "delegate",
        ["adhesion_id", "email"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
        sqlite_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_history_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_adhesion_id", "history", ["adhesion_id"], unique=False)
    op.create_table(
        "legal_representative",
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=True),
        sa.Column("family_name", sa.String(length=100), nullable=True),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["adhesion_id"], ["adhesion.id"], name=op.f("fk_legal_representative_adhesion_id_adhesion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_representative")),
        sa.UniqueConstraint("adhesion_id", name=op.f("uq_legal_representative_adhesion_id")),
    )
    op.create_table(
        "link_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_link_request_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_request")),
    )
    op.create_index("ix_link_request_adhesion_id", "link_request", ["adhesion_id", "requested_at"], unique=False)
