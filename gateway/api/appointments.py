"""Appointments and who was there: the desk records, the secretariat corrects and closes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.versions import expected_version, if_match, versioned
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id, staff_only

appointments = Blueprint("appointments", __name__, url_prefix=PREFIX, description="Appointments and attendance")


@appointments.get("/appointments")
@staff_only("secretariat")
@appointments.arguments(given.AppointmentFilter, location="query")
@appointments.response(200, out.page(out.Appointment))
def list_appointments(query: dict[str, Any]) -> Any:
    """Appointments of a programme"""
    return call("scheduling", "appointments", **query)


@appointments.get("/appointments/<uuid:appointment_id>")
@staff_only("desk")
@appointments.response(200, out.Appointment)
@versioned
def get_appointment(appointment_id: UUID) -> Any:
    """One appointment"""
    return call("scheduling", "appointment", appointment_id=str(appointment_id))


@appointments.get("/appointments/<uuid:appointment_id>/places")
@staff_only("desk")
@appointments.arguments(given.PageQuery, location="query")
@appointments.response(200, out.page(out.Place))
def list_places(query: dict[str, Any], appointment_id: UUID) -> Any:
    """Who has a place, who waits, and how long each was there"""
    return call("scheduling", "places", appointment_id=str(appointment_id), **query)


@appointments.post("/appointments/<uuid:appointment_id>/attendances")
@staff_only("desk")
@appointments.arguments(given.AttendanceInput)
@appointments.response(200, out.Recorded)
def record_attendance(attendance: dict[str, Any], appointment_id: UUID) -> Any:
    """Record attendance, in minutes

    Recording again before the appointment is closed overwrites.
    """
    return _command("record_attendance", appointment_id, attendance)


@appointments.post("/appointments/<uuid:appointment_id>/corrections")
@staff_only("secretariat")
@appointments.arguments(given.CorrectionInput)
@appointments.response(200, out.Place)
def correct_attendance(correction: dict[str, Any], appointment_id: UUID) -> Any:
    """Correct one person's attendance at a closed appointment

    The certificate follows: revoked, reissued, or issued.
    """
    return _command("correct_attendance", appointment_id, correction)


@appointments.post("/appointments/<uuid:appointment_id>/closing")
@staff_only("secretariat")
@appointments.response(200, out.Appointment)
def close_appointment(appointment_id: UUID) -> Any:
    """Close an appointment that is over

    Who was not recorded was not there. Certificates follow.
    """
    return _command("close_appointment", appointment_id)


@appointments.post("/appointments/<uuid:appointment_id>/move")
@staff_only("secretariat")
@appointments.arguments(given.MoveInput)
@appointments.response(200, out.Appointment)
@if_match(required=False)
@versioned
def move_appointment(move: dict[str, Any], appointment_id: UUID) -> Any:
    """Give an appointment another date; everybody concerned is told"""
    chosen = {**move, "starts_at": move["starts_at"].isoformat(), "version": expected_version()}
    return _command("move_appointment", appointment_id, chosen)


@appointments.post("/appointments/<uuid:appointment_id>/cancellation")
@staff_only("secretariat")
@appointments.arguments(given.ReasonInput)
@appointments.response(200, out.Appointment)
@if_match(required=False)
@versioned
def cancel_appointment(cancellation: dict[str, Any], appointment_id: UUID) -> Any:
    """Cancel an appointment; everybody concerned is told"""
    return _command("cancel_appointment", appointment_id, {**cancellation, "version": expected_version()})


def _command(method: str, appointment_id: UUID, arguments: dict[str, Any] | None = None) -> Any:
    return call(
        "scheduling",
        method,
        appointment_id=str(appointment_id),
        **(arguments or {}),
        actor=staff_id(),
        idempotency_key=request_key(),
    )
