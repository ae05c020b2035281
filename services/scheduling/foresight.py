"""What publishing a plan would change, told to whoever thinks of it: of a large one worked out beforehand.

It takes a dozen seconds for a hundred thousand bodies, more than anybody should wait for a page. So it is kept, with a
mark of all that it depends on. When something has happened since, the answer is told with its moment, and worked out
anew by whoever has nothing else to do; publishing itself relies on none of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import INBOX, OUTBOX, skip_locked, upsert
from chassis.refusal import Missing, Refused
from services.scheduling import comparison
from services.scheduling.domain import COMPLETED, PUBLISHED
from services.scheduling.models import Appointment, Foresight, Host, Run
from services.scheduling.settings import SchedulingSettings

Answer = dict[str, Any]

AT_ONCE = 5000
"""With so many bodies it is worked out while one waits: within half a second."""


def told(session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime) -> Answer:
    """What publishing would change, refused as publishing would be, and when that was worked out (``worked_out_at``,
    None where it has not been). ``pending``: it is to be worked out (``want``), and to be asked for again."""
    run = session.get(Run, run_id)
    if run is None:
        raise Missing("run")
    if run.bodies <= AT_ONCE or run.state != COMPLETED:
        return _dated(comparison.preview(session, run_id, settings, now), now, pending=False)
    kept = session.get(Foresight, run_id)
    if kept is None or kept.answer is None or kept.at is None:
        return _dated({"run_id": str(run_id)}, None, pending=True)
    pending = kept.mark != _mark(session, run.programme_id, now)
    if "refused" in kept.answer and not pending:
        raise Refused(kept.answer["refused"], **kept.answer["facts"])
    if "refused" in kept.answer:
        return _dated({"run_id": str(run_id)}, None, pending=True)
    return _dated(kept.answer, kept.at, pending=pending)


def want(session: Session, run_id: UUID) -> None:
    """Have it worked out."""
    statement = upsert(session, Foresight.__table__).values(run_id=run_id, wanted=True)
    session.execute(
        statement.on_conflict_do_update(index_elements=["run_id"], set_={"wanted": True}, where=~Foresight.wanted)
    )


def take(session: Session, machine_now: datetime, lease: float) -> UUID | None:
    """One that is wanted and that nobody is at; it is left to its taker until the lease ends."""
    free = sa.or_(Foresight.lease_until.is_(None), Foresight.lease_until < machine_now)
    wanted = sa.select(Foresight).where(Foresight.wanted, free).order_by(Foresight.run_id).limit(1)
    row = session.scalar(skip_locked(wanted, session))
    if row is None:
        return None
    row.lease_until = machine_now + timedelta(seconds=lease)
    return row.run_id


def work_out(session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime) -> Answer:
    """What is to be kept of it, by reading alone: the answer or the refusal, and the mark of what it depends on."""
    run = session.get_one(Run, run_id)
    found: Answer = {"mark": _mark(session, run.programme_id, now), "at": now}
    try:
        return {**found, "answer": comparison.preview(session, run_id, settings, now)}
    except Refused as refusal:
        return {**found, "answer": {"refused": refusal.reason, "facts": refusal.facts}}


def keep(session: Session, run_id: UUID, found: Answer) -> None:
    """Keep what was worked out. Of a plan that was published meanwhile nothing is left to foresee."""
    row = session.get_one(Foresight, run_id, with_for_update=True)
    state = session.scalar(sa.select(Run.state).where(Run.id == run_id))
    if state == PUBLISHED:
        session.delete(row)
        return
    row.wanted, row.lease_until = False, None
    row.mark, row.at, row.answer = found["mark"], found["at"], found["answer"]


def _mark(session: Session, programme_id: UUID, now: datetime) -> str:
    """Differs as soon as anything that matters may: we told or heard something, a room was changed, a day has begun."""
    begun = sa.select(sa.func.count()).where(Appointment.programme_id == programme_id, Appointment.starts_at <= now)
    parts = (
        sa.select(sa.func.max(OUTBOX.c.id)),
        sa.select(sa.func.max(INBOX.c.received_at)),
        sa.select(sa.func.sum(Host.version)),
        begun,
    )
    return " ".join(str(session.scalar(part)) for part in parts)


def _dated(answer: Answer, at: datetime | None, *, pending: bool) -> Answer:
    return {**answer, "worked_out_at": None if at is None else at.isoformat(), "pending": pending}
