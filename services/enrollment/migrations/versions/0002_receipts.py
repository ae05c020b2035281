"""Receipts: what was accepted with each adhesion, never to be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NEVER_CHANGED = {
    "sqlite": (
        "CREATE TRIGGER receipt_never_updated BEFORE UPDATE ON receipt"
        " BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END",
        "CREATE TRIGGER receipt_never_deleted BEFORE DELETE ON receipt"
        " BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION receipt_never_changes() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'a receipt never changes'; END $$",
        "CREATE TRIGGER receipt_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt"
        " FOR EACH STATEMENT EXECUTE FUNCTION receipt_never_changes()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "receipt",
        sa.Column("adhesion_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["adhesion_id"], ["adhesion.id"], name=op.f("fk_receipt_adhesion_id_adhesion")),
        sa.PrimaryKeyConstraint("adhesion_id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("hash", name=op.f("uq_receipt_hash")),
    )
    for statement in NEVER_CHANGED[op.get_bind().dialect.name]:
        op.execute(statement)
