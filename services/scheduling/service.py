"""The entrypoints of scheduling: each opens a transaction, lets the others work in it, and emits what follows."""

from __future__ import annotations

from typing import Any

from chassis import clock
from chassis.consumer import consumes
from chassis.database import Database
from chassis.logging import get_logger
from chassis.outbox import Outbox
from chassis.repair import Repairable
from chassis.rpc import rpc
from chassis.settings import Configured
from contracts.enrollment import (
    AdhesionConfirmed,
    AdhesionCorrected,
    AdhesionWithdrawn,
    DelegateRegistered,
    DelegateWithdrawn,
    PersonErased,
    ProgrammeChanged,
    ProgrammeOpened,
)
from contracts.event import Event
from services.scheduling import (
    admission,
    appointments,
    attendance,
    domain,
    queries,
    schemas,
)
from services.scheduling.desk_service import DeskEntrypoints
from services.scheduling.models import Base
from services.scheduling.planning_service import PlanningEntrypoints
from services.scheduling.queries import identifier
from services.scheduling.resources.entrypoints import ResourceEntrypoints
from services.scheduling.settings import SchedulingSettings
from services.scheduling.workshop import HasWorkshop

Json = dict[str, Any]

log = get_logger("scheduling.service")


class SchedulingService(Repairable, PlanningEntrypoints, ResourceEntrypoints, DeskEntrypoints):
    """Plans, the calendar, places and attendance."""

    name = "scheduling"

    settings = Configured(SchedulingSettings)
    database = Database(Base)
    outbox = Outbox()
    workshop = HasWorkshop()

    @consumes(
        ProgrammeOpened,
        ProgrammeChanged,
        AdhesionConfirmed,
        AdhesionCorrected,
        AdhesionWithdrawn,
        DelegateRegistered,
        DelegateWithdrawn,
        PersonErased,
        batch=200,
    )
    def hear_enrollment(self, events: list[Event]) -> None:
        """Bodies and delegates become known as soon as enrollment tells; after publication they are seated at once."""
        with self.database.receive("scheduling.hear_enrollment", events) as (session, fresh):
            self.outbox.emit(session, *admission.apply(session, fresh, clock.now()))

    # the calendar

    @rpc
    def appointments(
        self,
        programme_id: str,
        kind: str | None = None,
        state: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Json:
        with self.database.read() as session:
            return queries.appointments(session, programme_id, kind, state, limit, cursor)

    @rpc
    def upcoming(self, programme_id: str, limit: int = 5) -> Json:
        with self.database.read() as session:
            return queries.upcoming(session, programme_id, clock.now(), limit)

    @rpc
    def appointment(self, appointment_id: str) -> Json:
        with self.database.read() as session:
            return queries.appointment(session, appointment_id)

    @rpc
    def places(self, appointment_id: str, limit: int = 50, cursor: str | None = None) -> Json:
        with self.database.read() as session:
            return queries.places(session, appointment_id, limit, cursor)

    @rpc
    def places_of(self, delegate_ids: list[str], released: bool = False) -> Json:
        chosen = schemas.DelegatesIn().load({"delegate_ids": delegate_ids})
        with self.database.read() as session:
            return queries.places_of(session, chosen["delegate_ids"], released=bool(released))

    @rpc
    def check_replacement(self, delegate_id: str) -> Json:
        """Whether another person may still come in this one's stead. Refused: list_closed."""
        with self.database.read() as session:
            seats, closing = queries.seats_to_come(session, identifier(delegate_id, "delegate"))
        domain.check_lists_open(seats, closing, clock.now())
        return {}

    @rpc
    def topics_reach(self, programme_id: str) -> Json:
        """What another choice of topics by a body still does, and until when. Refused: topics_too_late."""
        with self.database.read() as session:
            webinars, closing = queries.webinars_published(session, identifier(programme_id, "programme"))
        reach, until = domain.topics_reach(webinars, closing, clock.now())
        return {"reach": reach, "until": until.isoformat() if until else None}

    @rpc
    def move_appointment(
        self,
        appointment_id: str,
        starts_at: str,
        actor: str,
        reason: str,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> Json:
        """Hold it at another time. Refused: changed_meanwhile, appointment_closed, appointment_cancelled,
        already_started, in_the_past, trainer_busy."""
        chosen = schemas.MoveIn().load({"starts_at": starts_at, "reason": reason, "version": version})
        identity = identifier(appointment_id, "appointment")

        def work(session: Any) -> Json:
            row, told = appointments.move(
                session,
                identity,
                chosen["starts_at"],
                chosen["reason"],
                actor,
                self.settings.zone,
                clock.now(),
                version,
            )
            self.outbox.emit(session, *told)
            return queries.counted(session, row)

        return self.database.once(idempotency_key, "move_appointment", [str(identity), chosen], work)

    @rpc
    def cancel_appointment(
        self,
        appointment_id: str,
        actor: str,
        reason: str,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> Json:
        """Call it off and release its places. Refused: changed_meanwhile, appointment_closed, already_started."""
        chosen = schemas.CancelIn().load({"reason": reason, "version": version})
        identity = identifier(appointment_id, "appointment")

        def work(session: Any) -> Json:
            row, told = appointments.cancel(session, identity, chosen["reason"], actor, clock.now(), version)
            self.outbox.emit(session, *told)
            return queries.counted(session, row)

        return self.database.once(idempotency_key, "cancel_appointment", [str(identity), chosen], work)

    # attendance

    @rpc
    def record_attendance(
        self, appointment_id: str, entries: list[Json], source: str, actor: str, idempotency_key: str | None = None
    ) -> Json:
        """Record minutes. Refused: not_seated, appointment_closed, appointment_cancelled, not_started,
        minutes_out_of_range."""
        sheet = schemas.AttendanceIn().load({"entries": entries, "source": source})
        identity = identifier(appointment_id, "appointment")
        minutes = {entry["delegate_id"]: entry["minutes"] for entry in sheet["entries"]}

        def work(session: Any) -> Json:
            answer, told = attendance.record(session, identity, minutes, sheet["source"], actor, clock.now())
            self.outbox.emit(session, *told)
            return answer

        return self.database.once(idempotency_key, "record_attendance", [str(identity), sheet], work)

    @rpc
    def correct_attendance(
        self,
        appointment_id: str,
        delegate_id: str,
        minutes: int,
        reason: str,
        actor: str,
        idempotency_key: str | None = None,
    ) -> Json:
        """Correct settled minutes. Refused: not_closed, appointment_cancelled, not_seated, minutes_out_of_range."""
        chosen = schemas.CorrectionIn().load({"delegate_id": delegate_id, "minutes": minutes, "reason": reason})
        identity = identifier(appointment_id, "appointment")

        def work(session: Any) -> Json:
            place, told = attendance.correct(session, identity, **chosen, actor=actor, now=clock.now())
            self.outbox.emit(session, *told)
            return queries.place(place)

        return self.database.once(idempotency_key, "correct_attendance", [str(identity), chosen], work)

    @rpc
    def close_appointment(self, appointment_id: str, actor: str, idempotency_key: str | None = None) -> Json:
        """Settle the evidence. Refused: not_over_yet, appointment_cancelled."""
        identity = identifier(appointment_id, "appointment")

        def work(session: Any) -> Json:
            row, told = attendance.close(session, identity, actor, self.settings.zone, clock.now())
            self.outbox.emit(session, *told)
            return queries.counted(session, row)

        return self.database.once(idempotency_key, "close_appointment", [str(identity)], work)
