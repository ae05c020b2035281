"""What staff may do to one appointment of the calendar: move it or call it off."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Refused, check_version
from contracts.event import Event
from services.scheduling import desk, domain, events, seating
from services.scheduling.domain import CANCELLED, MOVED, SCHEDULED
from services.scheduling.models import Appointment, Change


def move(
    session: Session,
    appointment_id: UUID,
    starts_at: datetime,
    reason: str,
    actor: str,
    zone: ZoneInfo,
    now: datetime,
    version: int | None = None,
) -> tuple[Appointment, list[Event]]:
    """Hold the appointment at another time, when its trainers are free that day. The same time changes nothing."""
    appointment = seating.lock_appointment(session, appointment_id)
    check_version(version, appointment.version)
    domain.may_change(appointment.state, appointment.starts_at, now)
    starts_at = starts_at.astimezone(UTC)
    domain.may_start_at(starts_at, now)
    if starts_at == appointment.starts_at:
        return appointment, []
    _check_trainers(session, appointment, starts_at, zone)
    appointment.starts_at, appointment.ends_at = starts_at, starts_at + (appointment.ends_at - appointment.starts_at)
    appointment.revision += 1
    session.add(Change(appointment_id=appointment_id, what=MOVED, actor=actor, reason=reason, at=now))
    session.flush()
    return appointment, [events.moved(appointment)]


def cancel(
    session: Session, appointment_id: UUID, reason: str, actor: str, now: datetime, version: int | None = None
) -> tuple[Appointment, list[Event]]:
    """Call the appointment off; its places are released, its desk is free. Cancelling again changes nothing."""
    appointment = seating.lock_appointment(session, appointment_id)
    if appointment.state == CANCELLED:
        return appointment, []
    check_version(version, appointment.version)
    domain.may_change(appointment.state, appointment.starts_at, now)
    appointment.state = CANCELLED
    appointment.revision += 1
    relieved = desk.clear(session, appointment.programme_id, [appointment_id])
    session.add(Change(appointment_id=appointment_id, what=CANCELLED, actor=actor, reason=reason, at=now))
    session.flush()
    released = seating.release_all(session, appointment_id, "appointment_cancelled", now)
    told = [events.cancelled(appointment), *released, *relieved]
    session.refresh(appointment)
    return appointment, told


def _check_trainers(session: Session, appointment: Appointment, starts_at: datetime, zone: ZoneInfo) -> None:
    """No trainer is in two places on one day."""
    wanted = {trainer["id"] for trainer in appointment.trainers}
    held_on = domain.local_date(starts_at, zone)
    busy = [
        other
        for other in session.scalars(
            sa.select(Appointment).where(
                Appointment.programme_id == appointment.programme_id,
                Appointment.state == SCHEDULED,
                Appointment.id != appointment.id,
            )
        )
        if domain.local_date(other.starts_at, zone) == held_on and wanted & {each["id"] for each in other.trainers}
    ]
    if busy:
        raise Refused("trainer_busy", appointments=sorted(str(other.id) for other in busy))
