"""The quotas hold for changed roles on SQLite too, and let a body replace whom it had named before they were narrowed."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment
from services.enrollment.models import WITHIN_QUOTA

revision = "0013"
down_revision = "0012"

_BEFORE = {
    "sqlite": ("DROP TRIGGER IF EXISTS delegate_added_within_quota", "DROP TRIGGER IF EXISTS delegate_back_within_quota"),
    "postgresql": ("DROP TRIGGER IF EXISTS delegate_within_quota ON delegate",),
}
"""What an earlier 0012 made."""


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("programme", sa.Column("quotas_since", Moment(timezone=True), nullable=True))
    for statement in (*_BEFORE[dialect], *WITHIN_QUOTA[dialect]):
        op.execute(statement)
