"""Places change hands here and nowhere else, so that no path can put an appointment above its capacity.

Whoever locks several appointments holds the lock on their programme, so that nobody waits for one of them who has
another; a single one is locked by itself. The appointment's row counts its taken seats under a CHECK:
``taken <= capacity``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing
from contracts.event import Event
from services.scheduling import events
from services.scheduling.domain import (
    ASSIGNED,
    RELEASED,
    REPLACED,
    SCHEDULED,
    WAITING,
    WEBINAR,
    Applicant,
    Offer,
    Seat,
    seat_all,
)
from services.scheduling.models import Admission, Appointment, BodyDay, Delegate, Place, Programme
from services.scheduling.planner.parts import codes_of, whole
from services.scheduling.strides import strides

_CHUNK = 400


class Overbooked(RuntimeError):
    """A seat was counted as free and was not. The transaction must not commit."""


def lock_programmes(session: Session, programme_ids: Iterable[UUID]) -> dict[UUID, Programme]:
    """Take the programmes' locks, always in the same order, so that two transactions never wait for each other."""
    rows = session.scalars(
        sa.select(Programme)
        .where(Programme.id.in_(sorted(set(programme_ids))))
        .order_by(Programme.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def lock_programmes_of(session: Session, appointment_ids: Collection[UUID]) -> None:
    """Before several appointments are locked."""
    theirs = sa.select(Appointment.programme_id).where(Appointment.id.in_(appointment_ids)).distinct()
    lock_programmes(session, session.scalars(theirs))


def lock_appointment(session: Session, appointment_id: UUID) -> Appointment:
    """The appointment, which nobody else changes until this transaction ends; ``Missing`` when there is none."""
    appointment = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if appointment is None:
        raise Missing("appointment")
    return appointment


def take(session: Session, seats: Mapping[UUID, int]) -> None:
    """Count seats as taken, by appointment, where they are free; else raise ``Overbooked``."""
    for appointment_id, count in strides(sorted(seats.items())):
        taken = session.execute(
            sa.update(Appointment)
            .where(Appointment.id == appointment_id, Appointment.taken + count <= Appointment.capacity)
            .values(taken=Appointment.taken + count)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise Overbooked(str(appointment_id))


def list_open(programme: Programme, named_at: datetime, now: datetime) -> Any:
    """The condition on an appointment still to come, to whose list somebody could be added when their body named them.

    Hearing of it late changes nothing: the body was told that it is done.
    """
    return sa.and_(
        Appointment.state == SCHEDULED,
        Appointment.starts_at > now,
        Appointment.starts_at > named_at + timedelta(days=programme.changes_close_days),
    )


def rows_for(seats: Sequence[Seat], programme_id: UUID) -> list[dict[str, Any]]:
    """The new rows of ``place`` for these seats."""
    return [
        {
            "id": uuid4(),
            "appointment_id": seat.appointment_id,
            "programme_id": programme_id,
            "delegate_id": seat.applicant.delegate_id,
            "body_code": seat.applicant.body_code,
            "state": seat.state,
            "since": seat.applicant.since,
            "reason": None,
        }
        for seat in seats
    ]


def insert_places(session: Session, rows: Sequence[dict[str, Any]]) -> list[Event]:
    """Write new places and say what they are; the seats must be counted by ``take`` in the same transaction."""
    if rows:
        session.execute(sa.insert(Place.__table__), rows)  # type: ignore[arg-type]
    return [_told(row) for row in rows]


def change_places(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[Event]:
    """Give these places their new states and reasons, and say what they are; seats are counted as for new ones."""
    table = Place.__table__
    names = ("state", "reason", "released_at")
    changes = [{"which": row["id"], **{name: row[name] for name in names}} for row in rows]
    session.execute(sa.update(table).where(table.c.id == sa.bindparam("which")), changes)  # type: ignore[arg-type]
    return [_told(row) for row in rows]


def _told(row: Mapping[str, Any]) -> Event:
    names = ("appointment_id", "programme_id", "delegate_id", "state", "reason")
    return events.place_told(row["id"], **{name: row[name] for name in names})


def seat_late(session: Session, programme: Programme, delegates: Sequence[Delegate], now: datetime) -> list[Event]:
    """Seat delegates who came after the plan was published: at their body's day and its webinars, while lists are open.

    Those who are heard of together are judged by who was named first. The programme is locked, and so are the
    appointments here: the free seats cannot change before they are taken.
    """
    offers = {
        row.id: row
        for row in session.scalars(
            sa.select(Appointment)
            .where(
                Appointment.programme_id == programme.id,
                list_open(programme, min(delegate.since for delegate in delegates), now),
            )
            .order_by(Appointment.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if not offers:
        return []
    bodies = {delegate.body_code for delegate in delegates}
    days: dict[str, Offer] = {}
    for code, appointment_id in session.execute(
        sa.select(BodyDay.body_code, BodyDay.appointment_id)
        .where(
            BodyDay.programme_id == programme.id,
            BodyDay.body_code.in_([each for body in bodies for each in codes_of(body)]),
        )
        .order_by(BodyDay.body_code)
    ):
        known = days.get(whole(code))
        if appointment_id in offers and (known is None or known.free < offer(offers[appointment_id]).free):
            days[whole(code)] = offer(offers[appointment_id])
    topics = dict(
        session.execute(
            sa.select(Admission.body_code, Admission.topics).where(
                Admission.adhesion_id.in_({delegate.adhesion_id for delegate in delegates})
            )
        ).all()
    )
    held = set(
        session.execute(
            sa.select(Place.appointment_id, Place.delegate_id).where(
                Place.delegate_id.in_([delegate.id for delegate in delegates]), Place.state != RELEASED
            )
        ).all()
    )
    given = seat_all(
        [applicant(delegate) for delegate in delegates],
        days,
        [offer(row) for row in offers.values() if row.kind == WEBINAR],
        topics,
        programme.webinars_per_delegate,
    )
    seats = [seat for seat in given if (seat.appointment_id, seat.applicant.delegate_id) not in held]
    take(session, Counter(seat.appointment_id for seat in seats if seat.state == ASSIGNED))
    return insert_places(session, rows_for(seats, programme.id))


def hand_over(session: Session, programme: Programme, gone: UUID, heir: Delegate, now: datetime) -> list[Event]:
    """Give the heir what the one whom they replace holds where the list is still open: seats, and turns of waiting.

    Both belong to the body that sends the person, so a replacement moves nobody who waits, forward or back. What is at
    an appointment whose list has closed is left for ``release``, and goes to who has waited longest.
    """
    held = sa.select(Place.appointment_id).where(
        Place.delegate_id == gone, Place.body_code == heir.body_code, Place.state != RELEASED
    )
    still_open = session.scalars(
        sa.select(Appointment.id)
        .where(Appointment.id.in_(held), list_open(programme, heir.since, now))
        .order_by(Appointment.id)
        .with_for_update()
    ).all()
    places = session.scalars(
        sa.select(Place)
        .where(Place.delegate_id == gone, Place.state != RELEASED, Place.appointment_id.in_(still_open))
        .order_by(Place.id)
        .execution_options(populate_existing=True)
    ).all()
    inherited = [
        {
            "id": uuid4(),
            "appointment_id": place.appointment_id,
            "programme_id": place.programme_id,
            "delegate_id": heir.id,
            "body_code": place.body_code,
            "state": place.state,
            "since": place.since,
            "reason": REPLACED,
        }
        for place in places
    ]
    for place in places:
        give_up(place, REPLACED, now)
    session.flush()
    return [*(events.place(place) for place in places), *insert_places(session, inherited)]


def release(session: Session, delegate_ids: Sequence[UUID], reason: str, now: datetime) -> list[Event]:
    """Free what these delegates hold at appointments that have not begun; who waits there moves up in order.

    What began or is closed stays: evidence of attendance belongs to the seat.
    """
    ids = list(delegate_ids)
    chunks = [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
    touched: set[UUID] = set()
    for chunk in chunks:
        touched.update(
            session.scalars(
                sa.select(Place.appointment_id)
                .join(Appointment, Appointment.id == Place.appointment_id)
                .where(
                    Place.delegate_id.in_(chunk),
                    Place.state != RELEASED,
                    Appointment.state == SCHEDULED,
                    Appointment.starts_at > now,
                )
            )
        )
    if not touched:
        return []
    coming = session.scalars(
        sa.select(Appointment.id)
        .where(Appointment.id.in_(touched), Appointment.state == SCHEDULED, Appointment.starts_at > now)
        .order_by(Appointment.id)
        .with_for_update()
    ).all()
    vacant: Counter[UUID] = Counter()
    freed: list[Place] = []
    for chunk in chunks:
        freed += session.scalars(
            sa.select(Place)
            .where(Place.delegate_id.in_(chunk), Place.state != RELEASED, Place.appointment_id.in_(coming))
            .order_by(Place.id)
            .execution_options(populate_existing=True)
        )
    for place in freed:
        if place.state == ASSIGNED:
            vacant[place.appointment_id] += 1
        give_up(place, reason, now)
    session.flush()
    told = [events.place(place) for place in freed]
    for appointment_id, count in sorted(vacant.items()):
        take(session, {appointment_id: -count})
        told += move_up(session, appointment_id, reason)
    return told


def move_up(session: Session, appointment_id: UUID, reason: str) -> list[Event]:
    """Give the free seats of one locked appointment to who has waited longest; ``reason`` is why they are free."""
    free = session.scalar(sa.select(Appointment.capacity - Appointment.taken).where(Appointment.id == appointment_id))
    first = session.scalars(
        sa.select(Place)
        .where(Place.appointment_id == appointment_id, Place.state == WAITING)
        .order_by(Place.since, Place.delegate_id)
        .limit(free)
    ).all()
    if not first:
        return []
    for place in first:
        place.state, place.reason = ASSIGNED, reason
    session.flush()
    take(session, {appointment_id: len(first)})
    return [events.place(place) for place in first]


def release_all(session: Session, appointment_id: UUID, reason: str, now: datetime) -> list[Event]:
    """Free every place of a locked appointment that will not take place; nobody moves up."""
    places = session.scalars(
        sa.select(Place)
        .where(Place.appointment_id == appointment_id, Place.state != RELEASED)
        .order_by(Place.since, Place.delegate_id)
    ).all()
    taken = sum(place.state == ASSIGNED for place in places)
    for place in places:
        give_up(place, reason, now)
    session.flush()
    take(session, {appointment_id: -taken})
    return [events.place(place) for place in places]


def give_up(place: Place, reason: str, now: datetime) -> None:
    """The place is nobody's any more; whoever calls counts its seat as free."""
    place.state, place.reason, place.released_at = RELEASED, reason, now


def applicant(delegate: Delegate) -> Applicant:
    return Applicant(delegate.id, delegate.body_code, delegate.since)


def offer(row: Appointment) -> Offer:
    return Offer(row.id, row.starts_at, row.ends_at, row.capacity - row.taken, row.topic)
