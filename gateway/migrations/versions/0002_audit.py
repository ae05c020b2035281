"""The audit log; where a session is from."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0002"
down_revision = "0001"

APPEND_ONLY = {
    "sqlite": (
        """CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
        """CREATE TRIGGER audit_entry_is_not_deleted BEFORE DELETE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION refuse_to_change_the_audit_log() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
        """CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_audit_log()""",
        """CREATE TRIGGER audit_entry_is_not_truncated BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_audit_log()""",
    ),
}


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("action", sa.String(200), nullable=False),
        sa.Column("thing", sa.String(1000), nullable=False),
        sa.Column("correlation_id", sa.String(64), nullable=False),
        sa.Column("answers", sa.Integer()),
        sa.Column("outcome", sa.String(10)),
        sa.Column("status", sa.Integer()),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_entry"),
        sa.UniqueConstraint("answers", name="uq_audit_entry_answers"),
        sa.UniqueConstraint("previous", name="uq_audit_entry_previous"),
        sa.ForeignKeyConstraint(["answers"], ["audit_entry.sequence"], name="fk_audit_entry_answers_audit_entry"),
        sa.CheckConstraint("sequence > 0", name="ck_audit_entry_sequence"),
        sa.CheckConstraint("outcome IN ('done', 'refused', 'failed')", name="ck_audit_entry_outcome"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_actor_sequence", "audit_entry", ["actor", "sequence"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name="ck_audit_head_id"),
    )
    for name in ("browser", "address"):
        op.add_column("staff_session", sa.Column(name, sa.String(60), nullable=False, server_default=""))
