"""What scheduling told: appointments, and the minutes of people at them. Nothing here decides.

Facts arrive in batches, twice, and not always in order: a lower sequence changes nothing, a correction outlives the
closing that arrives after it, and a closing is the complete list of its appointment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contracts.event import Event
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentClosed,
    AppointmentScheduled,
    AttendanceCorrected,
    AttendanceRecorded,
)
from services.certificates.domain import Attended, Statement, statement_of
from services.certificates.models import Appointment, Delegate, Evidence
from services.certificates.people import chunks, lock_delegates

__all__ = ["Records", "people_touched", "people_with_evidence"]

_ROME = ZoneInfo("Europe/Rome")


def people_touched(session: Session, events: Sequence[Event]) -> dict[UUID, UUID]:
    """Whose evidence these events touch (delegate → programme), with those recorded at an appointment that closes."""
    touched: dict[UUID, UUID] = {}
    closing: dict[UUID, UUID] = {}
    for event in events:
        if isinstance(event, AttendanceRecorded | AttendanceCorrected):
            touched[event.delegate_id] = event.programme_id
        elif isinstance(event, AppointmentClosed):
            touched.update(dict.fromkeys((item["delegate_id"] for item in event.settled), event.programme_id))
            closing[event.appointment_id] = event.programme_id
    for some in chunks(closing):
        recorded = sa.select(Evidence.delegate_id, Evidence.appointment_id).where(Evidence.appointment_id.in_(some))
        for delegate_id, appointment_id in session.execute(recorded):
            touched.setdefault(delegate_id, closing[appointment_id])
    return touched


def people_with_evidence(session: Session, programme_id: UUID) -> dict[UUID, UUID]:
    """Everybody of whom there is settled evidence in the programme (delegate → programme)."""
    found = sa.select(Evidence.delegate_id).where(Evidence.programme_id == programme_id, Evidence.settled).distinct()
    return dict.fromkeys(session.scalars(found), programme_id)


class Records:
    """All evidence of some delegates, locked: read once for a batch, changed by its events, and judged afterwards."""

    def __init__(self, session: Session, people: Mapping[UUID, UUID]) -> None:
        self.session = session
        self.delegates: dict[UUID, Delegate] = lock_delegates(session, people)
        self._rows: dict[UUID, dict[UUID, Evidence]] = {delegate_id: {} for delegate_id in self.delegates}
        self._appointments: dict[UUID, Appointment] = {}
        for some in chunks(self.delegates):
            for row in session.scalars(sa.select(Evidence).where(Evidence.delegate_id.in_(some))):
                self._rows[row.delegate_id][row.appointment_id] = row
        self._load({appointment_id for rows in self._rows.values() for appointment_id in rows})

    def take(self, events: Sequence[Event]) -> None:
        """Apply the events, in order. Their people must be among the delegates."""
        self._load({event.appointment_id for event in events if hasattr(event, "appointment_id")})
        for event in events:
            match event:
                case AppointmentClosed():
                    self._close(event)
                case AppointmentScheduled() | AppointmentCancelled():
                    self._keep_appointment(event)
                case AttendanceCorrected():
                    self._correct(event)
                case AttendanceRecorded():
                    self._record(event)

    def statement(self, delegate_id: UUID) -> Statement:
        """What the settled evidence of this delegate supports."""
        return statement_of(
            Attended(
                appointment_id=appointment_id,
                kind=appointment.kind,
                title_it=appointment.title_it,
                title_en=appointment.title_en,
                held_on=appointment.held_on,
                minutes=row.minutes,
                host_name=appointment.host_name,
            )
            for appointment_id, row in self._rows[delegate_id].items()
            if row.settled
            and row.programme_id == self.delegates[delegate_id].programme_id
            and (appointment := self._appointments.get(appointment_id)) is not None
        )

    def _load(self, appointments: Iterable[UUID]) -> None:
        for some in chunks(set(appointments) - self._appointments.keys()):
            for appointment in self.session.scalars(sa.select(Appointment).where(Appointment.id.in_(some))):
                self._appointments[appointment.id] = appointment

    def _keep_appointment(self, event: AppointmentScheduled | AppointmentCancelled) -> None:
        """What the calendar says; a closed appointment stays what its closing said."""
        known = self._appointments.get(event.appointment_id)
        if known is not None and (known.state == "closed" or known.sequence >= (event.sequence or 0)):
            return
        if isinstance(event, AppointmentCancelled):
            if known is not None:
                known.sequence, known.state = event.sequence or 0, "cancelled"
            return
        if known is None:
            known = self._new_appointment(event.appointment_id)
        known.programme_id, known.sequence, known.state = event.programme_id, event.sequence or 0, "scheduled"
        known.kind, known.minutes, known.host_name = event.kind, event.minutes, event.host_name
        known.title_it, known.title_en = event.title_it, event.title_en
        known.held_on = event.starts_at.astimezone(_ROME).date()

    def _record(self, event: AttendanceRecorded) -> None:
        """Evidence before the closing: shown, and not counted yet. After it, the closing's list is what counts."""
        appointment = self._appointments.get(event.appointment_id)
        row = self._rows[event.delegate_id].get(event.appointment_id)
        if (appointment is not None and appointment.state == "closed") or (row is not None and row.revision):
            return
        if row is not None and row.place_id == event.place_id and row.sequence >= (event.sequence or 0):
            return
        row = row or self._new_row(event.appointment_id, event.delegate_id, event.programme_id)
        row.place_id, row.sequence, row.minutes = event.place_id, event.sequence or 0, event.minutes

    def _correct(self, event: AttendanceCorrected) -> None:
        """The highest revision counts; when it comes before the closing it is kept, and the closing settles it."""
        row = self._rows[event.delegate_id].get(event.appointment_id)
        if row is not None and event.revision <= row.revision:
            return
        row = row or self._new_row(event.appointment_id, event.delegate_id, event.programme_id)
        appointment = self._appointments.get(event.appointment_id)
        row.settled = appointment is not None and appointment.state == "closed"
        row.place_id, row.revision, row.minutes = event.place_id, event.revision, event.minutes

    def _close(self, event: AppointmentClosed) -> None:
        """Settle the appointment's evidence: whoever is not on the complete list was not there. Corrections stand."""
        known = self._appointments.get(event.appointment_id) or self._new_appointment(event.appointment_id)
        if known.closed_sequence is not None and known.closed_sequence >= (event.sequence or 0):
            return
        known.programme_id, known.state, known.closed_sequence = event.programme_id, "closed", event.sequence or 0
        known.sequence = max(event.sequence or 0, known.sequence or 0)
        known.kind, known.minutes, known.host_name = event.kind, event.minutes, event.host_name
        known.title_it, known.title_en, known.held_on = event.title_it, event.title_en, event.held_on
        credited = {item["delegate_id"]: item["minutes"] for item in event.settled}
        for delegate_id, rows in self._rows.items():
            row = rows.get(event.appointment_id)
            if row is None and delegate_id in credited:
                row = self._new_row(event.appointment_id, delegate_id, event.programme_id)
            if row is not None:
                row.settled = True
                if not row.revision:
                    row.minutes = credited.get(delegate_id, 0)

    def _new_appointment(self, appointment_id: UUID) -> Appointment:
        appointment = self._appointments[appointment_id] = Appointment(id=appointment_id)
        self.session.add(appointment)
        return appointment

    def _new_row(self, appointment_id: UUID, delegate_id: UUID, programme_id: UUID) -> Evidence:
        row = Evidence(
            appointment_id=appointment_id, delegate_id=delegate_id, programme_id=programme_id, revision=0, settled=False
        )
        self._rows[delegate_id][appointment_id] = row
        self.session.add(row)
        return row
