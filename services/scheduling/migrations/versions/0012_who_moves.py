"""Who moves between two plans is found in the index alone."""

from alembic import op

revision = "0012"
down_revision = "0011"

COLUMNS = ["run_id", "body_code", "code", "host_code"]


def upgrade() -> None:
    op.create_index(op.f("ix_planned_body_run_id_body_code_code_host_code"), "planned_body", COLUMNS)
    op.drop_index(op.f("ix_planned_body_run_id_body_code"), "planned_body")
