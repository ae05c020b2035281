"""Who sits where in a calendar: everybody's seats in a new plan, and the places that change because of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling.domain import (
    ACTIVE,
    ASSIGNED,
    CONFIRMED,
    RELEASED,
    WAITING,
    Applicant,
    Offer,
    Seat,
    seat_all,
)
from services.scheduling.models import Admission, Appointment, Delegate, Place, PlannedBody, Programme
from services.scheduling.strides import among, fetched, strides


@dataclass(frozen=True)
class Places:
    """What becomes of the places: ``changed`` are rows with their new state, ``new`` the seats that nobody held.

    ``stay`` are the delegates who keep their place at an appointment that moves.
    """

    changed: list[dict[str, Any]]
    new: list[Seat]
    stay: set[UUID]


def seats(
    session: Session,
    programme: Programme,
    run_id: UUID,
    offers: Mapping[UUID, Offer],
    days: Mapping[str, UUID],
    lived: list[Appointment],
) -> list[Seat]:
    """Where everybody sits in an empty calendar of what is to come (``offers``); ``days`` are the appointments of the
    bodies of this run's plan. Who has been at a webinar (``lived``) has one less to go."""
    confirmed = sa.select(Admission.body_code, Admission.topics).where(
        Admission.programme_id == programme.id, Admission.state == CONFIRMED
    )
    people = (
        sa.select(Delegate.id, Delegate.body_code, Delegate.since)
        .join(Admission, Admission.adhesion_id == Delegate.adhesion_id)
        .where(Delegate.programme_id == programme.id, Delegate.state == ACTIVE, Admission.state == CONFIRMED)
    )
    own = days_of_parts(session, programme.id, run_id, days)
    given = seat_all(
        [Applicant(*person) for person in fetched(session, people)],
        {code: offers[day] for code, day in strides(days.items()) if day in offers},
        [offer for offer in offers.values() if offer.topic is not None],
        dict(fetched(session, confirmed)),
        programme.webinars_per_delegate,
        own={delegate: offers.get(day) for delegate, day in own.items()},
        had=_topics_had(session, lived),
    )
    return list(strides(given))


def days_of_parts(session: Session, programme_id: UUID, run_id: UUID, days: Mapping[str, UUID]) -> dict[UUID, UUID]:
    """The day of each delegate whose body is in parts: the one that they have, as far as its part has seats, else the
    first part that has, in the order in which the body named them."""
    chosen = (
        sa.select(PlannedBody.body_code, PlannedBody.code, PlannedBody.delegates)
        .where(PlannedBody.run_id == run_id, PlannedBody.code != PlannedBody.body_code)
        .order_by(PlannedBody.code)
    )
    parts: dict[str, list[tuple[UUID, int]]] = {}
    for whole, code, demand in fetched(session, chosen):
        parts.setdefault(whole, []).append((days[code], demand))
    if not parts:
        return {}
    named = sa.select(Delegate.since, Delegate.id, Delegate.body_code).where(
        Delegate.programme_id == programme_id, Delegate.state == ACTIVE
    )
    people = sorted(tuple(row) for row in among(session, named, Delegate.body_code, parts))
    there = {day for found in parts.values() for day, _ in found}
    held = sa.select(Place.delegate_id, Place.appointment_id).where(Place.state != RELEASED)
    had = dict(among(session, held, Place.appointment_id, there))
    room = {code: Counter[UUID]() for code in parts}
    for code, found in parts.items():
        for day, seats in found:
            room[code][day] += seats
    own: dict[UUID, UUID] = {}
    for _, delegate, code in people:
        known = had.get(delegate)
        if known is not None and room[code][known] > 0:
            own[delegate] = known
            room[code][known] -= 1
    for _, delegate, code in people:
        if delegate not in own:
            day = next((day for day, _ in parts[code] if room[code][day] > 0), parts[code][-1][0])
            own[delegate] = day
            room[code][day] -= 1
    return own


def _topics_had(session: Session, lived: list[Appointment]) -> dict[UUID, set[str]]:
    """The topics of the webinars at which each delegate has had a seat."""
    topics = {row.id: row.topic for row in lived if row.topic is not None}
    had: dict[UUID, set[str]] = {}
    seats = sa.select(Place.appointment_id, Place.delegate_id).where(Place.state == ASSIGNED)
    for appointment, delegate in among(session, seats, Place.appointment_id, topics):
        had.setdefault(delegate, set()).add(topics[appointment])
    return had


def differing(
    session: Session, programme_id: UUID, seats: list[Seat], lived: set[UUID], moved: set[UUID], now: datetime
) -> Places:
    """What must change for the places to be these seats. Those of lived appointments stay."""
    wanted = {(seat.appointment_id, seat.applicant.delegate_id): seat for seat in strides(seats)}
    changed: list[dict[str, Any]] = []
    stay: set[UUID] = set()
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
        if place.appointment_id in moved:
            stay.add(place.delegate_id)
        if seat.state != place.state:
            changed.append({**place._mapping, "state": ASSIGNED, "released_at": None})
    return Places(changed, list(wanted.values()), stay)
