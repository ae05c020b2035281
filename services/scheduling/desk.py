"""Who checks people in where: desk accounts are assigned to appointments, and see and record at those only.

The fact lives beside the appointment, so that it ends with it: a moved appointment keeps its desk, a cancelled one has
none. Accounts are known by their ids only; that they exist, and are the desk's, is the gateway's to check.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing
from contracts.event import Event
from services.scheduling import domain, events, queries, seating
from services.scheduling.domain import RELEASED, SCHEDULED, TRAINING_DAY
from services.scheduling.models import Appointment, Change, DeskAssignment, Place
from services.scheduling.strides import among

Answer = dict[str, Any]

_WHO = (DeskAssignment.account_id, DeskAssignment.assigned_by, DeskAssignment.assigned_at)


def assign(
    session: Session, appointment_ids: Collection[UUID], account_ids: Collection[UUID], actor: str, now: datetime
) -> tuple[Answer, list[Event]]:
    """Put each account at the desk of each appointment: all or, when one may not be, none. Twice is once."""
    told: list[Event] = []
    seating.lock_programmes_of(session, appointment_ids)
    for appointment_id in sorted(set(appointment_ids)):
        appointment = seating.lock_appointment(session, appointment_id)
        domain.may_staff(appointment.state)
        there = set(
            session.scalars(sa.select(DeskAssignment.account_id).where(DeskAssignment.appointment_id == appointment_id))
        )
        for account_id in sorted(set(account_ids) - there):
            row = DeskAssignment(
                appointment_id=appointment_id, account_id=account_id, assigned_by=actor, assigned_at=now
            )
            session.add_all([row, _change(appointment_id, "desk_assigned", account_id, actor, now)])
            told.append(events.desk_assigned(row, appointment.programme_id))
    session.flush()
    pairs = len(set(appointment_ids)) * len(set(account_ids))
    answer = {
        "appointment_ids": sorted(map(str, set(appointment_ids))),
        "assigned": len(told),
        "unchanged": pairs - len(told),
    }
    return answer, told


def coming_days(session: Session, programme_id: UUID, host_code: str, now: datetime) -> list[UUID]:
    """The training days of a host that are not over. ``Missing`` where it has none."""
    found = session.scalars(
        sa.select(Appointment.id).where(
            Appointment.programme_id == programme_id,
            Appointment.kind == TRAINING_DAY,
            Appointment.host_code == host_code,
            Appointment.state == SCHEDULED,
            Appointment.ends_at > now,
        )
    ).all()
    if not found:
        raise Missing("host")
    return list(found)


def relieve(session: Session, appointment_id: UUID, account_id: UUID, actor: str, now: datetime) -> list[Event]:
    """Take the account off the desk of the appointment; ``Missing`` when it was not there."""
    appointment = seating.lock_appointment(session, appointment_id)
    there = session.get(DeskAssignment, (appointment_id, account_id))
    if there is None:
        raise Missing("assignment")
    session.delete(there)
    session.add(_change(appointment_id, "desk_relieved", account_id, actor, now))
    return [events.desk_relieved(there, appointment.programme_id)]


def clear(session: Session, programme_id: UUID, appointment_ids: Collection[UUID]) -> list[Event]:
    """Nobody is at the desk of what does not take place."""
    chosen = sa.select(DeskAssignment).order_by(DeskAssignment.appointment_id, DeskAssignment.account_id)
    rows = [row for (row,) in among(session, chosen, DeskAssignment.appointment_id, appointment_ids)]
    for row in rows:
        session.delete(row)
    return [events.desk_relieved(row, programme_id) for row in rows]


def desk_of(session: Session, appointment_id: UUID) -> Answer:
    """Who is at the desk of the appointment, in the order in which they were put there."""
    if session.get(Appointment, appointment_id) is None:
        raise Missing("appointment")
    rows = session.execute(
        sa.select(*_WHO)
        .where(DeskAssignment.appointment_id == appointment_id)
        .order_by(DeskAssignment.assigned_at, DeskAssignment.account_id)
    ).mappings()
    return {
        "items": [
            {**row, "account_id": str(row["account_id"]), "assigned_at": row["assigned_at"].isoformat()} for row in rows
        ]
    }


def check(session: Session, account_id: UUID, appointment_id: UUID) -> None:
    """``Missing``, as of an appointment that is not there, unless the account is at its desk."""
    if session.get(DeskAssignment, (appointment_id, account_id)) is None:
        raise Missing("appointment")


def appointments(
    session: Session, account_id: UUID, *, past: bool, zone: ZoneInfo, now: datetime, limit: Any, cursor: Any
) -> Answer:
    """The account's own appointments: from today on, the nearest first; or those before today, the latest first."""
    today = datetime.combine(domain.local_date(now, zone), time(), tzinfo=zone).astimezone(UTC)
    chosen = (
        sa.select(Appointment)
        .join(DeskAssignment, DeskAssignment.appointment_id == Appointment.id)
        .where(
            DeskAssignment.account_id == account_id,
            Appointment.starts_at < today if past else Appointment.starts_at >= today,
        )
    )
    return queries.counted_page(session, chosen, limit, cursor, newest_first=past)


def guests(session: Session, account_id: UUID, delegate_ids: Collection[UUID]) -> list[str]:
    """Those of the delegates who have a place, or wait for one, where the account is at the desk."""
    found = session.scalars(
        sa.select(Place.delegate_id)
        .join(DeskAssignment, DeskAssignment.appointment_id == Place.appointment_id)
        .where(
            DeskAssignment.account_id == account_id,
            Place.delegate_id.in_(delegate_ids),
            Place.state != RELEASED,
        )
        .distinct()
    )
    return sorted(map(str, found))


def _change(appointment_id: UUID, what: str, account_id: UUID, actor: str, now: datetime) -> Change:
    return Change(appointment_id=appointment_id, what=what, whom=str(account_id), actor=actor, at=now)
