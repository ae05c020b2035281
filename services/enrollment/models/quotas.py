"""How many delegates of a role a body may send, held by the database too.

Whoever adds or brings back a delegate above the programme's number, or gives one another role, is refused. PostgreSQL
looks when the transaction commits; SQLite can only look at once, so of several who change roles together each steps
aside first (``corrections``). A body that had named more people than the programme admits now may replace them: it may
have of a role as many as it had named in all when the numbers changed. The domain is stricter.
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from contracts.enrollment import ROLES
from services.enrollment.models.adhesions import Delegate

__all__ = ["WITHIN_QUOTA"]

_MOST = " ".join(f"WHEN '{role}' THEN programme.{role}_most" for role in ROLES)
_PROGRAMME = "FROM adhesion JOIN programme ON programme.id = adhesion.programme_id WHERE adhesion.id = NEW.adhesion_id"
_COUNT = "(SELECT count(*) FROM delegate WHERE delegate.adhesion_id = NEW.adhesion_id AND "
_ACTIVE = f"{_COUNT} delegate.state = 'active' AND delegate.role = NEW.role)"
_EXCEEDS = (  # nothing of it comes from outside
    f"{_ACTIVE} {{than}} (SELECT CASE NEW.role {_MOST} END {_PROGRAMME})"
    f" AND {_ACTIVE} {{than}} {_COUNT} delegate.registered_at <= (SELECT programme.quotas_since {_PROGRAMME}))"
)
_REFUSED = "a programme admits no more delegates of this role"
_AT_ONCE = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}') WHERE {_EXCEEDS.format(than='>=')}; END"

WITHIN_QUOTA = {
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
"""What makes it so, by dialect; the migrations make the same."""
for _dialect, _statements in WITHIN_QUOTA.items():
    for _statement in _statements:
        event.listen(
            Delegate.__table__, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect)
        )
