"""Publications in progress: seen by everybody while they go on, and finished though whoever asked waits no longer.

That one is asked for is written down before the work begins, in a transaction of its own. When its process dies, the
work is rolled back and another process takes it up, three times at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import skip_locked, upsert
from chassis.logging import correlation_id
from chassis.refusal import Answer, Missing, Refused
from services.scheduling.domain import ATTEMPTS, COMPLETED
from services.scheduling.models import Publication, Run


def begin(
    session: Session, run_id: UUID, key: str | None, actor: str, now: datetime, machine_now: datetime, lease: float
) -> None:
    """Write down that it goes on. Refused: publication_under_way, unless it is this very request that comes again."""
    run = session.get(Run, run_id)
    if run is None:
        raise Missing("run")
    if run.state != COMPLETED:
        return  # it will be refused, or was done before
    begun = {
        "key": None if key is None else key[:200],
        "requested_at": now,
        "requested_by": actor[:80],
        "correlation_id": correlation_id(),
        "lease_until": machine_now + timedelta(seconds=lease),
        "attempts": 1,
        "reason": None,
        "facts": None,
    }
    statement = upsert(session, Publication.__table__).values(run_id=run_id, **begun).on_conflict_do_nothing()
    if session.execute(statement.returning(Publication.__table__.c.run_id)).first() is not None:
        return
    row = session.scalar(skip_locked(sa.select(Publication).where(Publication.run_id == run_id), session))
    if row is not None and (row.reason is not None or row.lease_until < machine_now):
        for name, value in begun.items():
            setattr(row, name, value)
        return
    known = session.execute(sa.select(Publication.key, Publication.requested_at).where(Publication.run_id == run_id))
    for other, since in known:
        if key is None or other != key[:200]:
            raise Refused("publication_under_way", since_at=since.isoformat())


def take_up(session: Session, machine_now: datetime, lease: float) -> Publication | None:
    """One that was left by a process that died, if there is any; one that was left too often is given up."""
    left = sa.select(Publication).where(Publication.reason.is_(None), Publication.lease_until < machine_now)
    row = session.scalar(skip_locked(left.order_by(Publication.requested_at).limit(1), session))
    if row is None:
        return None
    if row.attempts >= ATTEMPTS:
        row.reason = "publication_lost"
        return None
    row.attempts, row.lease_until = row.attempts + 1, machine_now + timedelta(seconds=lease)
    return row


def hold(session: Session, run_id: UUID) -> None:
    """Lock it to the end of the transaction: as long as that goes on, nobody else takes it up."""
    session.get(Publication, run_id, with_for_update=True)


def end(session: Session, run_id: UUID) -> None:
    """The plan is published."""
    session.execute(sa.delete(Publication).where(Publication.run_id == run_id))


def give_up(session: Session, run_id: UUID, answer: Answer) -> None:
    """It did not go through: keep why, where a rule forbids it."""
    row = session.get(Publication, run_id, with_for_update=True)
    if row is None:
        return
    if isinstance(answer, Refused):
        row.reason, row.facts = answer.reason[:60], answer.facts
    else:
        session.delete(row)


def told(session: Session, run_id: UUID) -> dict[str, Any] | None:
    """What the run's page says of it."""
    row = session.get(Publication, run_id)
    if row is None:
        return None
    return {"since": row.requested_at.isoformat(), "reason": row.reason, "facts": row.facts}
