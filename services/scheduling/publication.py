"""A plan becomes the programme's calendar, in one transaction: appointments, places, and what everybody must be told.

Only what differs is written and told: see ``difference``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing
from contracts.event import Event
from services.scheduling import desk, difference, events, seating
from services.scheduling.difference import Difference, Draft
from services.scheduling.domain import CANCELLED, COMPLETED, PUBLISHED, SCHEDULED
from services.scheduling.models import Appointment, BodyDay, FormerTrainer, Programme, Run
from services.scheduling.settings import SchedulingSettings
from services.scheduling.strides import batches, fetched, strides


def foresee(session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime) -> Difference:
    """What publishing would change, refused as publishing would be; nothing is locked."""
    run = session.get(Run, run_id)
    if run is None:
        raise Missing("run")
    programme = session.get_one(Programme, run.programme_id)
    return difference.find(session, run, programme, settings, now, lock=False)


def publish(
    session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime, tell: Callable[..., None]
) -> dict[str, Any]:
    """Make the run's plan the calendar; refuse one that changes what has already been lived.

    The programme stays locked, so that whoever registers meanwhile is either seen here or seated afterwards. ``tell``
    is handed the events as they come about: those of a whole continent at once would fill the memory.
    """
    run = session.get(Run, run_id)
    if run is None:
        raise Missing("run")
    programme = seating.lock_programmes(session, [run.programme_id])[run.programme_id]
    run = session.get_one(Run, run_id, with_for_update=True, populate_existing=True)
    change = difference.find(session, run, programme, settings, now, lock=True)
    _cancel(session, programme.id, change.gone, tell)
    _schedule(session, programme.id, change, tell)
    _remember_days(session, programme.id, change.days)
    for rows in batches(change.places.changed):
        tell(*seating.change_places(session, rows))
    for some in batches(change.places.new):
        tell(*seating.insert_places(session, seating.rows_for(some, programme.id)))
    session.execute(
        sa.update(Run).where(Run.programme_id == programme.id, Run.state == PUBLISHED).values(state=COMPLETED)
    )
    run.state = PUBLISHED
    session.flush()

    seated = change.taken.total()
    tell(events.plan_published(run, len(change.plan.days), len(change.plan.webinars), seated))
    return {
        "run_id": str(run.id),
        "training_days": len(change.plan.days),
        "webinars": len(change.plan.webinars),
        "places": seated,
        "waiting": change.waiting,
    }


def _cancel(session: Session, programme_id: UUID, gone: list[Appointment], tell: Callable[..., None]) -> None:
    for rows in batches(gone):
        for row in rows:
            row.state, row.taken = CANCELLED, 0
            row.revision += 1
        session.flush()
        tell(*(events.cancelled(row) for row in rows))
    tell(*desk.clear(session, programme_id, [row.id for row in gone]))


def _schedule(session: Session, programme_id: UUID, change: Difference, tell: Callable[..., None]) -> None:
    """The appointments to come, with their seats counted; one of which nothing differs is not touched."""
    for some in batches(change.drafts.items()):
        told: list[Event] = []
        for identifier, draft in some:
            told += _drafted(session, programme_id, change, identifier, draft)
        session.flush()
        tell(*told)


def _drafted(session: Session, programme_id: UUID, change: Difference, identifier: UUID, draft: Draft) -> list[Event]:
    """Make the appointment what is drafted: a new one, or the one that is there, told as moved if guests must know."""
    row, taken = change.known.get(identifier), change.taken[identifier]
    if row is None:
        kind, number = change.keys[identifier]
        row = Appointment(
            id=identifier, programme_id=programme_id, kind=kind, number=number, state=SCHEDULED, revision=0, taken=taken
        )
        for name, value in draft.items():
            setattr(row, name, value)
        session.add(row)
        return [events.scheduled(row)]
    moved, replaced = identifier in change.moved, _replaced(session, row, draft)
    for name, value in {**draft, "taken": taken}.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
    if replaced:
        row.team_changes += 1
    if moved:
        row.revision += 1
    return [events.moved(row)] if moved else []


def _replaced(session: Session, row: Appointment, draft: Draft) -> bool:
    """Whether others teach than before; who does no more is remembered."""
    before, after = ({trainer["id"]: trainer["name"] for trainer in team} for team in (row.trainers, draft["trainers"]))
    for identifier in before.keys() - after.keys():
        session.merge(FormerTrainer(appointment_id=row.id, trainer_id=UUID(identifier), name=before[identifier]))
    return before.keys() != after.keys()


def _remember_days(session: Session, programme_id: UUID, days: Mapping[str, UUID]) -> None:
    """Write down where each body goes, as far as it differs from what is there."""
    known = sa.select(BodyDay.body_code, BodyDay.appointment_id).where(BodyDay.programme_id == programme_id)
    before = dict(fetched(session, known))
    new = {code: day for code, day in strides(days.items()) if before.get(code) != day}
    table = BodyDay.__table__
    here = (table.c.programme_id == programme_id) & (table.c.body_code == sa.bindparam("code"))
    for gone in batches(code for code in before if code in new or code not in days):
        session.execute(sa.delete(table).where(here), [{"code": code} for code in gone])
    for some in batches(new.items()):
        rows = [{"programme_id": programme_id, "body_code": code, "appointment_id": day} for code, day in some]
        session.execute(sa.insert(table), rows)
