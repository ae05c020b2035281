"""Attendance in minutes: recorded, settled by closing the appointment, corrected afterwards.

Each of these holds the lock on the appointment, so that nothing is recorded while it is being settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contracts.event import Event
from services.scheduling import domain, events, seating
from services.scheduling.domain import ASSIGNED, CLOSED
from services.scheduling.models import Appointment, Change, Evidence, Place


def record(
    session: Session, appointment_id: UUID, minutes: Mapping[UUID, int], source: str, actor: str, now: datetime
) -> tuple[dict[str, int], list[Event]]:
    """Record minutes of seated delegates: all of the entries or, when one is wrong, none. The last word counts."""
    appointment = seating.lock_appointment(session, appointment_id)
    domain.may_record(appointment.state, appointment.starts_at, now)
    domain.check_minutes({str(delegate): value for delegate, value in minutes.items()}, appointment.minutes)
    places = _seated(session, appointment_id, list(minutes))
    domain.check_seated(map(str, minutes), map(str, places))
    changed = [
        place
        for delegate, place in sorted(places.items())
        if (place.minutes, place.source) != (minutes[delegate], source)
    ]
    for place in changed:
        place.minutes, place.source = minutes[place.delegate_id], source
    session.flush()
    _note(session, changed, actor, None, now)
    answer = {"recorded": len(changed), "unchanged": len(places) - len(changed)}
    return answer, [events.recorded(place) for place in changed]


def correct(
    session: Session, appointment_id: UUID, delegate_id: UUID, minutes: int, reason: str, actor: str, now: datetime
) -> tuple[Place, list[Event]]:
    """Replace the settled minutes of a delegate, for a reason that stays on record; the same minutes change nothing."""
    appointment = seating.lock_appointment(session, appointment_id)
    domain.may_correct(appointment.state)
    domain.check_minutes({str(delegate_id): minutes}, appointment.minutes)
    places = _seated(session, appointment_id, [delegate_id])
    domain.check_seated([str(delegate_id)], map(str, places))
    place = places[delegate_id]
    if place.minutes == minutes:
        return place, []
    place.minutes, place.source = minutes, "correction"
    place.attendance_revision += 1
    session.flush()
    _note(session, [place], actor, reason, now)
    return place, [events.corrected(place, reason)]


def close(
    session: Session, appointment_id: UUID, actor: str, zone: ZoneInfo, now: datetime
) -> tuple[Appointment, list[Event]]:
    """Settle an appointment that is over: who has no recorded minutes was not there. Closing again changes nothing."""
    appointment = seating.lock_appointment(session, appointment_id)
    domain.may_close(appointment.state, appointment.ends_at, now)
    if appointment.state == CLOSED:
        return appointment, []
    session.execute(
        sa.update(Place)
        .where(Place.appointment_id == appointment_id, Place.state == ASSIGNED, Place.minutes.is_(None))
        .values(minutes=0)
        .execution_options(synchronize_session=False)
    )
    settled = session.execute(
        sa.select(Place.delegate_id, Place.minutes)
        .where(Place.appointment_id == appointment_id, Place.state == ASSIGNED)
        .order_by(Place.delegate_id)
    ).all()
    appointment.state = CLOSED
    session.add(Change(appointment_id=appointment_id, what=CLOSED, actor=actor, at=now))
    session.flush()
    return appointment, [events.closed(appointment, [(delegate, minutes) for delegate, minutes in settled], zone)]


def _seated(session: Session, appointment_id: UUID, delegates: list[UUID]) -> dict[UUID, Place]:
    rows = session.scalars(
        sa.select(Place).where(
            Place.appointment_id == appointment_id, Place.delegate_id.in_(delegates), Place.state == ASSIGNED
        )
    )
    return {row.delegate_id: row for row in rows}


def _note(session: Session, places: Sequence[Place], actor: str, reason: str | None, now: datetime) -> None:
    """Keep who said so: evidence is only ever added to."""
    if places:
        session.execute(
            sa.insert(Evidence),
            [
                {
                    "place_id": place.id,
                    "minutes": place.minutes,
                    "source": place.source,
                    "actor": actor,
                    "reason": reason,
                    "recorded_at": now,
                }
                for place in places
            ],
        )
