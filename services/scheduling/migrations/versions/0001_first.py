"""The tables of scheduling, and those of the chassis."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "admission",
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("body_code", sa.String(length=40), nullable=False),
        sa.Column("body_name", sa.String(length=200), nullable=False),
        sa.Column("province", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("places_requested", sa.Integer(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.CheckConstraint("state IN ('confirmed', 'withdrawn')", name=op.f("ck_admission_state")),
        sa.PrimaryKeyConstraint("adhesion_id", name=op.f("pk_admission")),
    )
    op.create_index(
        op.f("ix_admission_programme_id_state_body_code"),
        "admission",
        ["programme_id", "state", "body_code"],
        unique=False,
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("title_it", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("starts_at", Moment(timezone=True), nullable=False),
        sa.Column("ends_at", Moment(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=True),
        sa.Column("host_code", sa.String(length=40), nullable=True),
        sa.Column("host_name", sa.String(length=200), nullable=True),
        sa.Column("host_province", sa.String(length=80), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("venue", sa.String(length=200), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("trainers", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('training_day', 'webinar')", name=op.f("ck_appointment_kind")),
        sa.CheckConstraint("state IN ('scheduled', 'closed', 'cancelled')", name=op.f("ck_appointment_state")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_ends_at")),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_appointment_taken")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index(
        op.f("ix_appointment_programme_id_starts_at_id"),
        "appointment",
        ["programme_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_appointment_number",
        "appointment",
        ["programme_id", "kind", "number"],
        unique=True,
        sqlite_where=sa.text("state <> 'cancelled'"),
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "delegate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("body_code", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", Moment(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'withdrawn')", name=op.f("ck_delegate_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegate")),
    )
    op.create_index(op.f("ix_delegate_adhesion_id"), "delegate", ["adhesion_id"], unique=False)
    op.create_index(op.f("ix_delegate_programme_id_state"), "delegate", ["programme_id", "state"], unique=False)
    op.create_table(
        "forgotten",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_forgotten")),
    )
    op.create_table(
        "host",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("province", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("venue", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_host_capacity")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_host")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("training_from", sa.Date(), nullable=False),
        sa.Column("training_until", sa.Date(), nullable=False),
        sa.Column("training_days", sa.Integer(), nullable=False),
        sa.Column("webinars", sa.Integer(), nullable=False),
        sa.Column("day_capacity", sa.Integer(), nullable=False),
        sa.Column("webinar_capacity", sa.Integer(), nullable=False),
        sa.Column("webinars_per_delegate", sa.Integer(), nullable=False),
        sa.Column("trainers_per_day", sa.Integer(), nullable=False),
        sa.Column("day_minutes", sa.Integer(), nullable=False),
        sa.Column("webinar_minutes", sa.Integer(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(length=60), nullable=True),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("cost_km", sa.Double(), nullable=True),
        sa.Column("bound_km", sa.Double(), nullable=True),
        sa.Column("gap", sa.Double(), nullable=True),
        sa.Column("longest_km", sa.Double(), nullable=True),
        sa.Column("mean_km", sa.Double(), nullable=True),
        sa.Column("bodies", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("requested_at", Moment(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=80), nullable=False),
        sa.Column("finished_at", Moment(timezone=True), nullable=True),
        sa.Column("correlation_id", sa.String(length=80), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=True),
        sa.Column("lease_until", Moment(timezone=True), nullable=True),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(state = 'running') = (holder IS NOT NULL)", name=op.f("ck_run_held_while_running")),
        sa.CheckConstraint(
            "state IN ('requested', 'running', 'completed', 'failed', 'stopped', 'published')",
            name=op.f("ck_run_state"),
        ),
        sa.CheckConstraint("share >= 0 AND share <= 1", name=op.f("ck_run_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_programme_id_requested_at"), "run", ["programme_id", "requested_at"], unique=False)
    op.create_index(
        "uq_run_active",
        "run",
        ["programme_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('requested', 'running')"),
        postgresql_where=sa.text("state IN ('requested', 'running')"),
    )
    op.create_index(
        "uq_run_published",
        "run",
        ["programme_id"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "trainer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("home", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("unavailable", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer")),
    )
    op.create_table(
        "body_day",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("body_code", sa.String(length=40), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_body_day_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("programme_id", "body_code", name=op.f("pk_body_day")),
    )
    op.create_index(op.f("ix_body_day_appointment_id"), "body_day", ["appointment_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_change_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_index(op.f("ix_change_appointment_id"), "change", ["appointment_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_outcome_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_outcome")),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("body_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", Moment(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("attendance_revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes IS NULL OR state = 'assigned'", name=op.f("ck_place_minutes_of_the_seated")),
        sa.CheckConstraint("source IN ('desk', 'sheet', 'webinar_report', 'correction')", name=op.f("ck_place_source")),
        sa.CheckConstraint("state IN ('assigned', 'waiting', 'released')", name=op.f("ck_place_state")),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_place_minutes")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_place_appointment_id_appointment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_index(
        op.f("ix_place_appointment_id_state_since_delegate_id"),
        "place",
        ["appointment_id", "state", "since", "delegate_id"],
        unique=False,
    )
    op.create_index(op.f("ix_place_delegate_id"), "place", ["delegate_id"], unique=False)
    op.create_index(
        "uq_place_held",
        "place",
        ["appointment_id", "delegate_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'released'"),
        postgresql_where=sa.text("state <> 'released'"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("recorded_at", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_evidence_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_place_id"), "evidence", ["place_id"], unique=False)
