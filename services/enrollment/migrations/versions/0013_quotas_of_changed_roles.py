"""The quotas hold for changed roles on SQLite too, and let a body replace whom it had named before they were narrowed."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Moment

revision = "0013"
down_revision = "0012"

_BEFORE = {
    "sqlite": ("DROP TRIGGER IF EXISTS delegate_added_within_quota", "DROP TRIGGER IF EXISTS delegate_back_within_quota"),
    "postgresql": ("DROP TRIGGER IF EXISTS delegate_within_quota ON delegate",),
}
"""What an earlier 0012 made."""
_MOST = " ".join(f"WHEN '{role}' THEN programme.{role}_most" for role in ("administrator", "manager", "official"))
_PROGRAMME = "FROM adhesion JOIN programme ON programme.id = adhesion.programme_id WHERE adhesion.id = NEW.adhesion_id"
_COUNT = "(SELECT count(*) FROM delegate WHERE delegate.adhesion_id = NEW.adhesion_id AND "
_ACTIVE = f"{_COUNT} delegate.state = 'active' AND delegate.role = NEW.role)"
_EXCEEDS = (  # nothing of it comes from outside
    f"{_ACTIVE} {{than}} (SELECT CASE NEW.role {_MOST} END {_PROGRAMME})"
    f" AND {_ACTIVE} {{than}} {_COUNT} delegate.registered_at <= (SELECT programme.quotas_since {_PROGRAMME}))"
)
_REFUSED = "a programme admits no more delegates of this role"
_AT_ONCE = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}') WHERE {_EXCEEDS.format(than='>=')}; END"

_WITHIN_QUOTA = {
    "sqlite": (
        f"CREATE TRIGGER delegate_added_within_quota BEFORE INSERT ON delegate WHEN NEW.state = 'active' {_AT_ONCE}",
        "CREATE TRIGGER delegate_back_within_quota BEFORE UPDATE OF state ON delegate"
        f" WHEN NEW.state = 'active' AND OLD.state <> 'active' {_AT_ONCE}",
        "CREATE TRIGGER delegate_moved_within_quota BEFORE UPDATE OF role ON delegate"
        f" WHEN NEW.state = 'active' AND OLD.state = 'active' AND NEW.role <> OLD.role {_AT_ONCE}",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION delegate_within_quota() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.state = 'active' AND {_EXCEEDS.format(than='>')} THEN"
        f" RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER delegate_within_quota AFTER INSERT OR UPDATE OF role, state ON delegate"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION delegate_within_quota()",
    ),
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column("programme", sa.Column("quotas_since", Moment(timezone=True), nullable=True))
    for statement in (*_BEFORE[dialect], *_WITHIN_QUOTA[dialect]):
        op.execute(statement)
