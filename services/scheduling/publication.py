"""A plan becomes the programme's calendar, in one transaction: appointments, places, and what everybody must be told.

A second publication compares: an appointment is matched by its number and moves, is cancelled or is new; a place stays
where the delegate stays, else it is released and another one given. What has begun or is over is lived, and stays as it
is with its places: a plan that would change it is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing, Refused
from contracts.event import Event
from services.scheduling import desk, events, outcomes, seating
from services.scheduling.domain import (
    ACTIVE,
    ASSIGNED,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    PUBLISHED,
    RELEASED,
    SCHEDULED,
    TRAINING_DAY,
    WAITING,
    WEBINAR,
    Applicant,
    Seat,
    hours,
    local_date,
    seat_all,
    training_day_titles,
)
from services.scheduling.models import Admission, Appointment, BodyDay, Delegate, Host, Place, Programme, Run
from services.scheduling.planner.parts import whole
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem
from services.scheduling.settings import SchedulingSettings

Key = tuple[str, int]
"""Kind and number: what makes an appointment of a new plan the same as one of the old."""

_SAME_DAY = timedelta(hours=12)
_IN_THE_INVITATION = ("title_it", "title_en", "starts_at", "ends_at", "topic", "host_code", "venue")
"""A change of any of these is told as a move; trainers and room size change in silence."""


def publish(
    session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime
) -> tuple[dict[str, Any], list[Event]]:
    """Make the run's plan the calendar; refuse one that changes what has already been lived.

    The programme stays locked, so that whoever registers meanwhile is either seen here or seated afterwards.
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
    calendar, told = _reconcile(session, programme.id, to_come, coming)
    everything = {**lived, **calendar}
    days = {code: everything[TRAINING_DAY, day.number] for day in plan.days for code in day.body_codes}
    _remember_days(session, programme.id, days)
    own = _days_of_parts(session, programme.id, problem, days)
    seats = _seats(session, programme, calendar, days, own, list(lived.values()))
    told += _fill(session, programme.id, seats, {row.id for row in lived.values()}, now)
    session.execute(
        sa.update(Run).where(Run.programme_id == programme.id, Run.state == PUBLISHED).values(state=COMPLETED)
    )
    run.state = PUBLISHED
    session.flush()

    seated = sum(seat.state == ASSIGNED for seat in seats)
    told.append(events.plan_published(run, len(plan.days), len(plan.webinars), seated))
    answer = {
        "run_id": str(run.id),
        "training_days": len(plan.days),
        "webinars": len(plan.webinars),
        "places": seated,
        "waiting": len(seats) - seated,
    }
    return answer, told


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
    session: Session, programme_id: UUID, standing: Mapping[Key, Appointment], drafts: Mapping[Key, dict[str, Any]]
) -> tuple[dict[Key, Appointment], list[Event]]:
    """Turn the standing calendar into the drafted one. Its seats count as free until ``_fill`` takes them again."""
    told: list[Event] = []
    calendar: dict[Key, Appointment] = {}
    for key, row in standing.items():
        row.taken = 0
        if key not in drafts:
            row.state = CANCELLED
            row.revision += 1
            told.append(events.cancelled(row))
    desk.clear(session, [row.id for key, row in standing.items() if key not in drafts])
    for (kind, number), draft in drafts.items():
        known = standing.get((kind, number))
        if known is None:
            row = Appointment(
                id=uuid4(), programme_id=programme_id, kind=kind, number=number, state=SCHEDULED, revision=0, **draft
            )
            session.add(row)
            told.append(events.scheduled(row))
        else:
            row = known
            _keep_hour(row, draft)
            changed = any(getattr(row, name) != draft[name] for name in _IN_THE_INVITATION)
            for name, value in draft.items():
                setattr(row, name, value)
            if changed:
                row.revision += 1
                told.append(events.moved(row))
        calendar[kind, number] = row
    session.flush()
    return calendar, told


def _keep_hour(row: Appointment, draft: dict[str, Any]) -> None:
    """An hour that staff have chosen by hand stays while place and day stay."""
    same_place = draft["host_code"] == row.host_code
    if same_place and abs(draft["starts_at"] - row.starts_at) < _SAME_DAY:
        draft["ends_at"] += row.starts_at - draft["starts_at"]
        draft["starts_at"] = row.starts_at


def _remember_days(session: Session, programme_id: UUID, days: Mapping[str, Appointment]) -> None:
    session.execute(sa.delete(BodyDay).where(BodyDay.programme_id == programme_id))
    if days:
        session.execute(
            sa.insert(BodyDay),
            [{"programme_id": programme_id, "body_code": code, "appointment_id": day.id} for code, day in days.items()],
        )


def _seats(
    session: Session,
    programme: Programme,
    calendar: Mapping[Key, Appointment],
    days: Mapping[str, Appointment],
    own: Mapping[UUID, Appointment],
    lived: list[Appointment],
) -> list[Seat]:
    """Where everybody sits in an empty calendar of what is to come; who has been at a webinar has one less to go."""
    confirmed = sa.select(Admission.body_code, Admission.topics).where(
        Admission.programme_id == programme.id, Admission.state == CONFIRMED
    )
    people = (
        sa.select(Delegate.id, Delegate.body_code, Delegate.since)
        .join(Admission, Admission.adhesion_id == Delegate.adhesion_id)
        .where(Delegate.programme_id == programme.id, Delegate.state == ACTIVE, Admission.state == CONFIRMED)
    )
    offers = {row.id: seating.offer(row) for row in calendar.values()}
    return seat_all(
        [Applicant(*person) for person in session.execute(people)],
        {code: offers[row.id] for code, row in days.items() if row.id in offers},
        [offers[row.id] for row in calendar.values() if row.kind == WEBINAR],
        dict(session.execute(confirmed).all()),
        programme.webinars_per_delegate,
        own={delegate: offers.get(row.id) for delegate, row in own.items()},
        had=_topics_had(session, [row for row in lived if row.kind == WEBINAR]),
    )


def _days_of_parts(
    session: Session, programme_id: UUID, problem: Problem, days: Mapping[str, Appointment]
) -> dict[UUID, Appointment]:
    """The day of each delegate whose body is in parts: the one that they have, as far as its part has seats, else the
    first part that has, in the order in which the body named them."""
    parts: dict[str, list[tuple[Appointment, int]]] = {}
    for body in sorted(problem.bodies, key=lambda body: body.code):
        if whole(body.code) != body.code and body.code in days:
            parts.setdefault(whole(body.code), []).append((days[body.code], body.demand))
    if not parts:
        return {}
    people = session.execute(
        sa.select(Delegate.id, Delegate.body_code)
        .where(Delegate.programme_id == programme_id, Delegate.state == ACTIVE, Delegate.body_code.in_(parts))
        .order_by(Delegate.since, Delegate.id)
    ).all()
    rows = {row.id: row for found in parts.values() for row, _ in found}
    had: dict[UUID, UUID] = dict(
        session.execute(
            sa.select(Place.delegate_id, Place.appointment_id).where(
                Place.appointment_id.in_(rows), Place.state != RELEASED
            )
        ).all()
    )
    room = {code: Counter[UUID]() for code in parts}
    for code, found in parts.items():
        for row, seats in found:
            room[code][row.id] += seats
    chosen: dict[UUID, Appointment] = {}
    for delegate, code in people:
        known = had.get(delegate)
        if known is not None and room[code][known] > 0:
            chosen[delegate] = rows[known]
            room[code][known] -= 1
    for delegate, code in people:
        if delegate not in chosen:
            there = next((row for row, _ in parts[code] if room[code][row.id] > 0), parts[code][-1][0])
            chosen[delegate] = there
            room[code][there.id] -= 1
    return chosen


def _topics_had(session: Session, lived: list[Appointment]) -> dict[UUID, set[str]]:
    """The topics of the webinars at which each delegate has had a seat."""
    topics = {row.id: row.topic for row in lived if row.topic is not None}
    had: dict[UUID, set[str]] = {}
    for appointment, delegate in session.execute(
        sa.select(Place.appointment_id, Place.delegate_id).where(
            Place.appointment_id.in_(topics), Place.state == ASSIGNED
        )
    ):
        had.setdefault(delegate, set()).add(topics[appointment])
    return had


def _fill(session: Session, programme_id: UUID, seats: list[Seat], lived: set[UUID], now: datetime) -> list[Event]:
    """Make the places be these seats, changing only what differs, and count them. Those of lived appointments stay."""
    wanted = {(seat.appointment_id, seat.applicant.delegate_id): seat for seat in seats}
    changed: list[Place] = []
    for place in session.scalars(
        sa.select(Place).where(Place.programme_id == programme_id, Place.state != RELEASED).order_by(Place.id)
    ):
        if place.appointment_id in lived:
            continue
        seat = wanted.get((place.appointment_id, place.delegate_id))
        if seat is not None and seat.state == place.state:
            del wanted[place.appointment_id, place.delegate_id]
        elif seat is not None and place.state == WAITING:
            place.state = ASSIGNED
            changed.append(place)
            del wanted[place.appointment_id, place.delegate_id]
        else:
            seating.give_up(place, "plan_changed", now)
            changed.append(place)
    session.flush()
    seating.take(session, Counter(seat.appointment_id for seat in seats if seat.state == ASSIGNED))
    told = [events.place(place) for place in changed]
    return told + seating.insert_places(session, seating.rows_for(list(wanted.values()), programme_id))
