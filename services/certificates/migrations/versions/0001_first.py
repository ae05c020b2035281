"""The tables of certificates, and those of the chassis."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("closed_sequence", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title_it", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("host_name", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('scheduled', 'closed', 'cancelled')", name=op.f("ck_appointment_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_table(
        "delegate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=True),
        sa.Column("family_name", sa.String(), nullable=True),
        sa.Column("body_name", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegate")),
    )
    op.create_index(op.f("ix_delegate_programme_id"), "delegate", ["programme_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_document")),
    )
    op.create_table(
        "erased_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_person")),
    )
    op.create_table(
        "numbering",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_numbering")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title_it", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("certificate_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("public_code", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("appointments", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("programme_it", sa.String(), nullable=False),
        sa.Column("programme_en", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("holder_given_name", sa.String(), nullable=True),
        sa.Column("holder_family_name", sa.String(), nullable=True),
        sa.Column("body_name", sa.String(), nullable=True),
        sa.Column("issued_at", Moment(), nullable=True),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("development_key", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.CheckConstraint("ended_by IN ('evidence', 'staff', 'erasure')", name=op.f("ck_certificate_ended_by")),
        sa.CheckConstraint(
            "state <> 'valid' OR (document IS NOT NULL AND issued_at IS NOT NULL)", name=op.f("ck_certificate_pressed")
        ),
        sa.CheckConstraint(
            "state IN ('pressing', 'failed', 'valid', 'replaced', 'revoked')", name=op.f("ck_certificate_state")
        ),
        sa.CheckConstraint("minutes >= 1", name=op.f("ck_certificate_minutes")),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegate.id"], name=op.f("fk_certificate_delegate_id_delegate")),
        sa.ForeignKeyConstraint(["replaces"], ["certificate.id"], name=op.f("fk_certificate_replaces_certificate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint(
            "delegate_id", "programme_id", "edition", name=op.f("uq_certificate_delegate_id_programme_id_edition")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
        sa.UniqueConstraint("programme_id", "serial", name=op.f("uq_certificate_programme_id_serial")),
        sa.UniqueConstraint("public_code", name=op.f("uq_certificate_public_code")),
    )
    op.create_index("ix_certificate_state_lease", "certificate", ["state", "leased_until"], unique=False)
    op.create_index(
        "uq_certificate_live",
        "certificate",
        ["delegate_id", "programme_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('pressing', 'failed', 'valid')"),
        postgresql_where=sa.text("state IN ('pressing', 'failed', 'valid')"),
    )
    op.create_table(
        "evidence",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_evidence_minutes")),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegate.id"], name=op.f("fk_evidence_delegate_id_delegate")),
        sa.PrimaryKeyConstraint("appointment_id", "delegate_id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_delegate_id"), "evidence", ["delegate_id"], unique=False)
    op.create_index(op.f("ix_evidence_programme_id"), "evidence", ["programme_id"], unique=False)
