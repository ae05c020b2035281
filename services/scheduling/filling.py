"""Who sits where in a calendar: everybody's seats in a new plan, and the places that change because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling import seating
from services.scheduling.domain import (
    ACTIVE,
    ASSIGNED,
    CONFIRMED,
    RELEASED,
    WAITING,
    WEBINAR,
    Applicant,
    Seat,
    seat_all,
)
from services.scheduling.models import Admission, Appointment, Delegate, Place, Programme
from services.scheduling.planner.parts import whole
from services.scheduling.planner.problem import Problem
from services.scheduling.strides import batches, fetched, strides


def seats(
    session: Session,
    programme: Programme,
    calendar: list[Appointment],
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
    offers = {row.id: seating.offer(row) for row in calendar}
    given = seat_all(
        [Applicant(*person) for person in fetched(session, people)],
        {code: offers[row.id] for code, row in strides(days.items()) if row.id in offers},
        [offers[row.id] for row in calendar if row.kind == WEBINAR],
        dict(fetched(session, confirmed)),
        programme.webinars_per_delegate,
        own={delegate: offers.get(row.id) for delegate, row in own.items()},
        had=_topics_had(session, [row for row in lived if row.kind == WEBINAR]),
    )
    return list(strides(given))


def days_of_parts(
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
    seats = sa.select(Place.appointment_id, Place.delegate_id).where(
        Place.appointment_id.in_(topics), Place.state == ASSIGNED
    )
    for appointment, delegate in fetched(session, seats):
        had.setdefault(delegate, set()).add(topics[appointment])
    return had


def fill(
    session: Session, programme_id: UUID, seats: list[Seat], lived: set[UUID], now: datetime, tell: Callable[..., None]
) -> None:
    """Make the places be these seats, changing only what differs, and count them. Those of lived appointments stay."""
    wanted = {(seat.appointment_id, seat.applicant.delegate_id): seat for seat in strides(seats)}
    changed: list[dict[str, Any]] = []
    held = (
        sa.select(*(Place.id, Place.appointment_id, Place.programme_id, Place.delegate_id, Place.state, Place.reason))
        .where(Place.programme_id == programme_id, Place.state != RELEASED)
        .order_by(Place.id)
    )
    for place in fetched(session, held):
        if place.appointment_id in lived:
            continue
        seat = wanted.get((place.appointment_id, place.delegate_id))
        if seat is None or (seat.state, place.state) == (WAITING, ASSIGNED):
            changed.append({**place._mapping, "state": RELEASED, "reason": "plan_changed", "released_at": now})
            continue
        del wanted[place.appointment_id, place.delegate_id]
        if seat.state != place.state:
            changed.append({**place._mapping, "state": ASSIGNED, "released_at": None})
    for rows in batches(changed):
        tell(*seating.change_places(session, rows))
    seating.take(session, Counter(seat.appointment_id for seat in strides(seats) if seat.state == ASSIGNED))
    for some in batches(wanted.values()):
        tell(*seating.insert_places(session, seating.rows_for(some, programme_id)))
