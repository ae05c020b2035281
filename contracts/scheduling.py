"""What scheduling publishes: runs, plans, appointments, places and attendance."""

from __future__ import annotations

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from contracts.event import Event

APPOINTMENT_KINDS = ("training_day", "webinar")
ATTENDANCE_SOURCES = ("desk", "sheet", "webinar_report", "correction")


class SchedulingRunRequested(Event):
    """Staff asked for a plan."""

    name = "scheduling.run.requested"
    aggregate = "run_id"

    run_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)


class SchedulingRunProgressed(Event):
    """How far the run is: ``share`` from 0 to 1; cost and bound in km, when there is already a solution."""

    name = "scheduling.run.progressed"
    aggregate = "run_id"

    run_id = fields.UUID(required=True)
    phase = fields.String(required=True)
    share = fields.Float(required=True, validate=Range(min=0, max=1))
    cost = fields.Float(allow_none=True, load_default=None)
    bound = fields.Float(allow_none=True, load_default=None)


class SchedulingRunCompleted(Event):
    """There is a plan. ``gap`` is (cost - bound) / cost, proved on the whole problem."""

    name = "scheduling.run.completed"
    aggregate = "run_id"

    run_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    cost = fields.Float(required=True)
    bound = fields.Float(required=True)
    gap = fields.Float(required=True)


class SchedulingRunFailed(Event):
    """There is no plan, for a named reason; the previous plan stands."""

    name = "scheduling.run.failed"
    aggregate = "run_id"

    run_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    reason = fields.String(required=True)


class PlanPublished(Event):
    """The plan is now the programme's calendar."""

    name = "scheduling.plan.published"
    aggregate = "programme_id"

    programme_id = fields.UUID(required=True)
    run_id = fields.UUID(required=True)
    training_days = fields.Integer(required=True, validate=Range(min=0))
    webinars = fields.Integer(required=True, validate=Range(min=0))
    places = fields.Integer(required=True, validate=Range(min=0))


class AppointmentScheduled(Event):
    """A training day or a webinar has a date.

    ``revision`` rises with each change, and is the SEQUENCE of calendar invitations. A webinar has no host.
    """

    name = "scheduling.appointment.scheduled"
    aggregate = "appointment_id"

    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=OneOf(APPOINTMENT_KINDS))
    revision = fields.Integer(required=True, validate=Range(min=0))
    title_it = fields.String(required=True)
    title_en = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    minutes = fields.Integer(required=True, validate=Range(min=1))
    host_code = fields.String(allow_none=True, load_default=None)
    host_name = fields.String(allow_none=True, load_default=None)
    host_province = fields.String(allow_none=True, load_default=None)
    venue = fields.String(allow_none=True, load_default=None)
    topic = fields.String(allow_none=True, load_default=None)


class AppointmentMoved(AppointmentScheduled):
    """The appointment has another date, hour or place; the event carries all of it anew."""

    name = "scheduling.appointment.moved"


class AppointmentCancelled(Event):
    """The appointment will not take place."""

    name = "scheduling.appointment.cancelled"
    aggregate = "appointment_id"

    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    revision = fields.Integer(required=True, validate=Range(min=0))


class PlaceAssigned(Event):
    """The delegate has a seat at the appointment.

    ``reason`` is why, where it is more than having been planned: ``replaced`` when it was handed over by the one whom
    they replace; else, for one who had waited, why the seat had become free.
    """

    name = "scheduling.place.assigned"
    aggregate = "place_id"

    place_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    reason = fields.String(allow_none=True, load_default=None)


class PlaceWaiting(Event):
    """The appointment is full; the delegate moves up when a seat is freed, first come first served.

    ``reason`` is ``replaced`` when the turn was handed over by the one whom they replace.
    """

    name = "scheduling.place.waiting"
    aggregate = "place_id"

    place_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    reason = fields.String()


class PlaceReleased(Event):
    """The delegate's seat is free again."""

    name = "scheduling.place.released"
    aggregate = "place_id"

    place_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    reason = fields.String(required=True, validate=Length(min=1))


class DeskAssigned(Event):
    """One of the staff, known by the account alone, checks people in at the appointment from now on.

    Whoever is put there again, after having been taken off, has another assignment.
    """

    name = "scheduling.desk.assigned"
    aggregate = "assignment_id"

    assignment_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)


class DeskRelieved(Event):
    """The account checks nobody in there any more: it was taken off, or the appointment does not take place."""

    name = "scheduling.desk.relieved"
    aggregate = "assignment_id"

    assignment_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)


class AttendanceRecorded(Event):
    """Evidence that a delegate was there, in minutes; it counts once the appointment is closed."""

    name = "scheduling.attendance.recorded"
    aggregate = "place_id"

    place_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    minutes = fields.Integer(required=True, validate=Range(min=0))
    source = fields.String(required=True, validate=OneOf(ATTENDANCE_SOURCES))


class AttendanceCorrected(Event):
    """The evidence of a closed appointment was wrong: these are the right minutes, with the reason.

    ``revision`` counts the corrections of this place, from 1, so that a late older one is ignored.
    """

    name = "scheduling.attendance.corrected"
    aggregate = "place_id"

    place_id = fields.UUID(required=True)
    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    minutes = fields.Integer(required=True, validate=Range(min=0))
    revision = fields.Integer(required=True, validate=Range(min=1))
    reason = fields.String(required=True, validate=Length(min=1))


class SettledData(Schema):
    """What one delegate was credited with."""

    delegate_id = fields.UUID(required=True)
    minutes = fields.Integer(required=True, validate=Range(min=0))


class AppointmentClosed(Event):
    """The appointment is over and its evidence settled: the list is complete, and certificates follow from it.

    Carries everything a certificate says about the appointment, so that it needs no other event.
    """

    name = "scheduling.appointment.closed"
    aggregate = "appointment_id"

    appointment_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=OneOf(APPOINTMENT_KINDS))
    title_it = fields.String(required=True)
    title_en = fields.String(required=True)
    held_on = fields.Date(required=True)
    minutes = fields.Integer(required=True, validate=Range(min=1))
    host_name = fields.String(allow_none=True, load_default=None)
    settled = fields.List(fields.Nested(SettledData), required=True)
