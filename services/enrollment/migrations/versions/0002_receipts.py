"""Receipts: what was accepted with each adhesion, never to be changed."""

import sqlalchemy as sa
from alembic import op

from services.enrollment.models import NEVER_CHANGED

revision = "0002"
down_revision = "0001"


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
