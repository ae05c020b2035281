"""Staff, sessions, failed log-ins, progress of planning runs."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from chassis.migrations import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "staff_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_account"),
        sa.UniqueConstraint("email", name="uq_staff_account_email"),
        sa.CheckConstraint("role IN ('desk', 'secretariat', 'administrator')", name="ck_staff_account_role"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
        sa.UniqueConstraint("token_hash", name="uq_staff_session_token_hash"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_account.id"], name="fk_staff_session_staff_id_staff_account"),
        sa.CheckConstraint("kind IN ('browser', 'program')", name="ck_staff_session_kind"),
    )
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_index("ix_staff_session_ends_at", "staff_session", ["ends_at"])
    op.create_table(
        "failed_login",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_failed_login"),
    )
    op.create_table(
        "run_progress",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("phase", sa.String(80)),
        sa.Column("share", sa.Double()),
        sa.Column("cost", sa.Double()),
        sa.Column("bound", sa.Double()),
        sa.Column("reason", sa.String(200)),
        sa.PrimaryKeyConstraint("run_id", "sequence", name="pk_run_progress"),
    )


def downgrade() -> None:
    for table in ("run_progress", "failed_login", "staff_session", "staff_account"):
        op.drop_table(table)
