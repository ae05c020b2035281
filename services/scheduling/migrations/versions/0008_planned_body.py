"""A plan as it is read: a digest of it, and a row for each body."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "plan_digest",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["outcome.run_id"], name=op.f("fk_plan_digest_run_id_outcome")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_plan_digest")),
    )
    op.create_table(
        "planned_body",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("body_code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=220), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("island", sa.String(length=80), nullable=True),
        sa.Column("delegates", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("host_code", sa.String(length=40), nullable=False),
        sa.Column("host_name", sa.String(length=200), nullable=False),
        sa.Column("km", sa.Double(), nullable=False),
        sa.Column("by_boat", sa.Boolean(), nullable=False),
        sa.Column("pinned_to", sa.String(length=40), nullable=True),
        sa.CheckConstraint("delegates > 0", name=op.f("ck_planned_body_delegates")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_planned_body_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_planned_body")),
    )
    op.create_index(op.f("ix_planned_body_run_id_body_code"), "planned_body", ["run_id", "body_code"])
    op.create_index(op.f("ix_planned_body_run_id_day"), "planned_body", ["run_id", "day"])
