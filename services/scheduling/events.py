"""From what happened to the contract's words for it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from contracts.event import Event
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentClosed,
    AppointmentMoved,
    AppointmentScheduled,
    AttendanceCorrected,
    AttendanceRecorded,
    DeskAssigned,
    DeskRelieved,
    PlaceAssigned,
    PlaceReleased,
    PlaceWaiting,
    PlanPublished,
    SchedulingRunCompleted,
    SchedulingRunFailed,
    SchedulingRunProgressed,
    SchedulingRunRequested,
)
from services.scheduling.domain import ASSIGNED, RELEASED, local_date
from services.scheduling.models import Appointment, DeskAssignment, Place, Run


def run_requested(run: Run) -> Event:
    return SchedulingRunRequested(run_id=run.id, programme_id=run.programme_id)


def run_progressed(run: Run) -> Event:
    return SchedulingRunProgressed(
        run_id=run.id, phase=run.phase, share=run.share, cost=run.cost_km, bound=run.bound_km
    )


def run_completed(run: Run) -> Event:
    return SchedulingRunCompleted(
        run_id=run.id, programme_id=run.programme_id, cost=run.cost_km, bound=run.bound_km, gap=run.gap
    )


def run_failed(run: Run) -> Event:
    return SchedulingRunFailed(run_id=run.id, programme_id=run.programme_id, reason=run.reason)


def plan_published(run: Run, training_days: int, webinars: int, places: int) -> Event:
    return PlanPublished(
        programme_id=run.programme_id, run_id=run.id, training_days=training_days, webinars=webinars, places=places
    )


def scheduled(appointment: Appointment) -> Event:
    return _dated(AppointmentScheduled, appointment)


def moved(appointment: Appointment) -> Event:
    return _dated(AppointmentMoved, appointment)


def _dated(kind: type[AppointmentScheduled], appointment: Appointment) -> Event:
    return kind(
        appointment_id=appointment.id,
        programme_id=appointment.programme_id,
        kind=appointment.kind,
        revision=appointment.revision,
        title_it=appointment.title_it,
        title_en=appointment.title_en,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        minutes=appointment.minutes,
        host_code=appointment.host_code,
        host_name=appointment.host_name,
        host_province=appointment.host_province,
        venue=appointment.venue,
        topic=appointment.topic,
    )


def cancelled(appointment: Appointment) -> Event:
    return AppointmentCancelled(
        appointment_id=appointment.id, programme_id=appointment.programme_id, revision=appointment.revision
    )


def place_told(
    place_id: UUID,
    appointment_id: UUID,
    programme_id: UUID,
    delegate_id: UUID,
    state: str,
    reason: str | None = None,
) -> Event:
    """What the delegate must learn about a place in this state."""
    ids = {
        "place_id": place_id,
        "appointment_id": appointment_id,
        "programme_id": programme_id,
        "delegate_id": delegate_id,
    }
    if state == RELEASED:
        return PlaceReleased(**ids, reason=reason)
    return (
        PlaceAssigned(**ids, reason=reason)
        if state == ASSIGNED
        else PlaceWaiting(**ids, **({"reason": reason} if reason else {}))
    )


def place(row: Place) -> Event:
    return place_told(row.id, row.appointment_id, row.programme_id, row.delegate_id, row.state, row.reason)


def desk_assigned(row: DeskAssignment, programme_id: UUID) -> Event:
    return DeskAssigned(**_desk(row, programme_id))


def desk_relieved(row: DeskAssignment, programme_id: UUID) -> Event:
    return DeskRelieved(**_desk(row, programme_id))


def _desk(row: DeskAssignment, programme_id: UUID) -> dict[str, UUID]:
    """The assignment is named by what it is and since when: the next one of the two is another."""
    return {
        "assignment_id": uuid5(row.appointment_id, f"{row.account_id} {row.assigned_at.isoformat()}"),
        "appointment_id": row.appointment_id,
        "programme_id": programme_id,
        "account_id": row.account_id,
    }


def recorded(row: Place) -> Event:
    return AttendanceRecorded(
        place_id=row.id,
        appointment_id=row.appointment_id,
        programme_id=row.programme_id,
        delegate_id=row.delegate_id,
        minutes=row.minutes,
        source=row.source,
    )


def corrected(row: Place, reason: str) -> Event:
    return AttendanceCorrected(
        place_id=row.id,
        appointment_id=row.appointment_id,
        programme_id=row.programme_id,
        delegate_id=row.delegate_id,
        minutes=row.minutes,
        revision=row.attendance_revision,
        reason=reason,
    )


def closed(appointment: Appointment, settled: Iterable[tuple[UUID, int]], zone: ZoneInfo) -> Event:
    """The whole list, so that a reader needs no other event to credit everybody."""
    return AppointmentClosed(
        appointment_id=appointment.id,
        programme_id=appointment.programme_id,
        kind=appointment.kind,
        title_it=appointment.title_it,
        title_en=appointment.title_en,
        held_on=local_date(appointment.starts_at, zone),
        minutes=appointment.minutes,
        host_name=appointment.host_name,
        settled=[{"delegate_id": delegate, "minutes": minutes} for delegate, minutes in settled],
    )
