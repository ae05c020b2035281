"""A plan becomes the programme's calendar, in one transaction: appointments, places, and what everybody must be told.

A second publication compares: an appointment is matched by its number and moves, is cancelled or is new; a place stays
where the delegate stays, else it is released and another one given. What has begun or is over is lived, and stays as it
is with its places: a plan that would change it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing, Refused
from contracts.event import Event
from services.scheduling import desk, events, filling, outcomes, seating
from services.scheduling.domain import (
    ASSIGNED,
    CANCELLED,
    COMPLETED,
    PUBLISHED,
    SCHEDULED,
    TRAINING_DAY,
    WEBINAR,
    hours,
    local_date,
    training_day_titles,
)
from services.scheduling.models import Appointment, BodyDay, FormerTrainer, Host, Programme, Run
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem
from services.scheduling.settings import SchedulingSettings
from services.scheduling.strides import batches, fetched, strides

Key = tuple[str, int]
"""Kind and number: what makes an appointment of a new plan the same as one of the old."""

_SAME_DAY = timedelta(hours=12)
_IN_THE_INVITATION = ("title_it", "title_en", "starts_at", "ends_at", "topic", "host_code", "venue")
"""A change of any of these is told as a move; trainers and room size change without a letter to the guests."""


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
    if run.state == PUBLISHED:
        raise Refused("already_published")
    outcome = outcomes.find(session, run_id) if run.state == COMPLETED else None
    if outcome is None:
        raise Refused("no_plan", state=run.state)
    problem, plan = outcome
    if _outgrown(programme, plan):
        raise Refused("plan_out_of_date")
    drafts = _drafts(session, programme, plan, problem, settings)
    standing = _standing(session, programme.id)
    lived = {key: row for key, row in standing.items() if row.state != SCHEDULED or row.starts_at <= now}
    _check_lived(lived, drafts, ZoneInfo(settings.time_zone))
    coming = {key: draft for key, draft in drafts.items() if key not in lived}
    if any(draft["starts_at"] <= now for draft in coming.values()):
        raise Refused("plan_out_of_date")

    to_come = {key: row for key, row in standing.items() if key not in lived}
    calendar = _reconcile(session, programme.id, to_come, coming, tell)
    everything = {**lived, **calendar}
    days = {code: everything[TRAINING_DAY, day.number] for day in plan.days for code in day.body_codes}
    _remember_days(session, programme.id, days)
    own = filling.days_of_parts(session, programme.id, problem, days)
    seats = filling.seats(session, programme, list(calendar.values()), days, own, list(lived.values()))
    filling.fill(session, programme.id, seats, {row.id for row in lived.values()}, now, tell)
    session.execute(
        sa.update(Run).where(Run.programme_id == programme.id, Run.state == PUBLISHED).values(state=COMPLETED)
    )
    run.state = PUBLISHED
    session.flush()

    seated = sum(seat.state == ASSIGNED for seat in seats)
    tell(events.plan_published(run, len(plan.days), len(plan.webinars), seated))
    return {
        "run_id": str(run.id),
        "training_days": len(plan.days),
        "webinars": len(plan.webinars),
        "places": seated,
        "waiting": len(seats) - seated,
    }


def _outgrown(programme: Programme, plan: Plan) -> bool:
    """Whether the programme changed since: a date of the plan is outside its training, or a topic is no more."""
    dates = [one.date for one in (*plan.days, *plan.webinars)]
    outside = any(not programme.training_from <= day <= programme.training_until for day in dates)
    return outside or not {webinar.topic for webinar in plan.webinars} <= {topic["code"] for topic in programme.topics}


def _standing(session: Session, programme_id: UUID) -> dict[Key, Appointment]:
    """The calendar that this one replaces, locked."""
    rows = session.scalars(
        sa.select(Appointment)
        .where(Appointment.programme_id == programme_id, Appointment.state != CANCELLED)
        .order_by(Appointment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return {(row.kind, row.number): row for row in rows}


def _check_lived(lived: Mapping[Key, Appointment], drafts: Mapping[Key, dict[str, Any]], zone: ZoneInfo) -> None:
    """The new plan has what was lived, on its day and at its place."""
    for key, row in lived.items():
        draft = drafts.get(key)
        if (
            draft is None
            or (draft["host_code"], draft["topic"]) != (row.host_code, row.topic)
            or local_date(draft["starts_at"], zone) != local_date(row.starts_at, zone)
        ):
            raise Refused("already_published")


def _drafts(
    session: Session, programme: Programme, plan: Plan, problem: Problem, settings: SchedulingSettings
) -> dict[Key, dict[str, Any]]:
    """What each appointment of the plan looks like, by kind and number."""
    zone = ZoneInfo(settings.time_zone)
    hosts = {host.code: host for host in problem.hosts}
    names = {trainer.id: trainer.name for trainer in problem.trainers}
    titles = {topic["code"]: (topic["title_it"], topic["title_en"]) for topic in programme.topics}
    venues = dict(
        session.execute(
            sa.select(Host.code, Host.venue).where(Host.code.in_([day.host_code for day in plan.days]))
        ).all()
    )
    drafts: dict[Key, dict[str, Any]] = {}
    for day in plan.days:
        host = hosts[day.host_code]
        starts_at, ends_at = hours(day.date, settings.day_starts, programme.day_minutes, zone)
        title_it, title_en = training_day_titles(day.number, host.name)
        drafts[TRAINING_DAY, day.number] = {
            "title_it": title_it,
            "title_en": title_en,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "minutes": programme.day_minutes,
            "topic": None,
            "host_code": host.code,
            "host_name": host.name,
            "host_province": host.province,
            "latitude": host.latitude,
            "longitude": host.longitude,
            "venue": venues.get(host.code),
            "capacity": problem.seats(host),
            "trainers": [{"id": identifier, "name": names[identifier]} for identifier in day.trainer_ids],
        }
    for webinar in plan.webinars:
        starts_at, ends_at = hours(webinar.date, webinar.starts, programme.webinar_minutes, zone)
        title_it, title_en = titles[webinar.topic]
        drafts[WEBINAR, webinar.number] = {
            "title_it": title_it,
            "title_en": title_en,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "minutes": programme.webinar_minutes,
            "topic": webinar.topic,
            **dict.fromkeys(("host_code", "host_name", "host_province", "latitude", "longitude", "venue")),
            "capacity": programme.webinar_capacity,
            "trainers": [{"id": webinar.speaker_id, "name": names[webinar.speaker_id]}],
        }
    return drafts


def _reconcile(
    session: Session,
    programme_id: UUID,
    standing: Mapping[Key, Appointment],
    drafts: Mapping[Key, dict[str, Any]],
    tell: Callable[..., None],
) -> dict[Key, Appointment]:
    """Turn the standing calendar into the drafted one. Its seats count as free until ``filling`` takes them again."""
    gone = [row for key, row in standing.items() if key not in drafts]
    for row in gone:
        row.state = CANCELLED
        row.revision += 1
        tell(events.cancelled(row))
    tell(*desk.clear(session, programme_id, [row.id for row in gone]))
    for rows in batches(standing.values()):
        for row in rows:
            row.taken = 0
        session.flush()
    calendar: dict[Key, Appointment] = {}
    for some in batches(drafts.items()):
        told: list[Event] = []
        for key, draft in some:
            calendar[key] = _drafted(session, programme_id, key, draft, standing.get(key), told)
        session.flush()
        tell(*told)
    return calendar


def _drafted(
    session: Session,
    programme_id: UUID,
    key: Key,
    draft: dict[str, Any],
    known: Appointment | None,
    told: list[Event],
) -> Appointment:
    """The appointment as it is drafted: a new one, or the one of this number, which moves if its guests must know."""
    if known is None:
        row = Appointment(
            id=uuid4(), programme_id=programme_id, kind=key[0], number=key[1], state=SCHEDULED, revision=0, **draft
        )
        session.add(row)
        told.append(events.scheduled(row))
        return row
    _keep_hour(known, draft)
    changed = any(getattr(known, name) != draft[name] for name in _IN_THE_INVITATION)
    replaced = _replaced(session, known, draft)
    for name, value in draft.items():
        setattr(known, name, value)
    known.revision += changed or replaced
    if changed:
        told.append(events.moved(known))
    return known


def _replaced(session: Session, row: Appointment, draft: dict[str, Any]) -> bool:
    """Whether others teach than before; who does no more is remembered."""
    before, after = ({trainer["id"]: trainer["name"] for trainer in team} for team in (row.trainers, draft["trainers"]))
    for identifier in before.keys() - after.keys():
        session.merge(FormerTrainer(appointment_id=row.id, trainer_id=UUID(identifier), name=before[identifier]))
    return before.keys() != after.keys()


def _keep_hour(row: Appointment, draft: dict[str, Any]) -> None:
    """An hour that staff have chosen by hand stays while place and day stay."""
    same_place = draft["host_code"] == row.host_code
    if same_place and abs(draft["starts_at"] - row.starts_at) < _SAME_DAY:
        draft["ends_at"] += row.starts_at - draft["starts_at"]
        draft["starts_at"] = row.starts_at


def _remember_days(session: Session, programme_id: UUID, days: Mapping[str, Appointment]) -> None:
    """Write down where each body goes, as far as it differs from what is there."""
    known = sa.select(BodyDay.body_code, BodyDay.appointment_id).where(BodyDay.programme_id == programme_id)
    before = dict(fetched(session, known))
    new = {code: day.id for code, day in strides(days.items()) if before.get(code) != day.id}
    table = BodyDay.__table__
    here = (table.c.programme_id == programme_id) & (table.c.body_code == sa.bindparam("code"))
    for gone in batches(code for code in before if code in new or code not in days):
        session.execute(sa.delete(table).where(here), [{"code": code} for code in gone])
    for some in batches(new.items()):
        rows = [{"programme_id": programme_id, "body_code": code, "appointment_id": day} for code, day in some]
        session.execute(sa.insert(table), rows)
