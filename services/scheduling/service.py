"""The entrypoints of scheduling: each opens a transaction, lets the others work in it, and emits what follows."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import clock
from chassis.consumer import consumes, continually
from chassis.database import Database
from chassis.logging import correlated, get_logger
from chassis.outbox import Outbox
from chassis.refusal import Answer
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
    comparison,
    domain,
    moves,
    plans,
    publication,
    publications,
    queries,
    runs,
    schemas,
    wording,
)
from services.scheduling.desk_service import DeskEntrypoints
from services.scheduling.models import Base
from services.scheduling.queries import identifier
from services.scheduling.resources.entrypoints import ResourceEntrypoints
from services.scheduling.settings import SchedulingSettings
from services.scheduling.workshop import HasWorkshop

Json = dict[str, Any]

log = get_logger("scheduling.service")


class SchedulingService(Repairable, ResourceEntrypoints, DeskEntrypoints):
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

    @continually(idle=2.0)
    def plan_runs(self) -> bool:
        """Work on the planning run in hand, or take one."""
        return self.workshop.turn()

    # runs

    @rpc
    def start_run(
        self,
        programme_id: str,
        parameters: Json | None = None,
        actor: str = "system",
        idempotency_key: str | None = None,
    ) -> Json:
        """Ask for a plan. Refused: unknown_programme, no_confirmed_bodies, no_plan, not_published, already_started,
        run_already_active."""
        chosen = schemas.RunParameters().load(parameters or {})
        programme = identifier(programme_id, "programme")

        def work(session: Any) -> Json:
            run, told = runs.start(session, programme, chosen, actor, clock.now())
            self.outbox.emit(session, *told)
            return queries.run(session, run.id)

        return self.database.once(idempotency_key, "start_run", [str(programme), chosen], work)

    @rpc
    def read_rules(self, programme_id: str, texts: dict[str, str]) -> Json:
        """The parameters that rules written in words stand for. Refused: rules_unreadable."""
        with self.database.read() as session:
            return wording.read(session, identifier(programme_id, "programme"), texts)

    @rpc
    def write_rules(self, programme_id: str, parameters: Json) -> Json:
        """The rules among the parameters, in words."""
        with self.database.read() as session:
            return wording.write(session, identifier(programme_id, "programme"), parameters)

    @rpc
    def stop_run(self, run_id: str, actor: str = "system", idempotency_key: str | None = None) -> Json:
        """End a run early; a run that has begun keeps its best plan. Stopping twice, or too late, changes nothing."""
        run_uuid = identifier(run_id, "run")

        def work(session: Any) -> Json:
            run, told = runs.stop(session, run_uuid, clock.now())
            self.outbox.emit(session, *told)
            return queries.run(session, run.id)

        return self.database.once(idempotency_key, "stop_run", [str(run_uuid)], work)

    @rpc
    def cancel_run(self, run_id: str, actor: str = "system", idempotency_key: str | None = None) -> Json:
        """Give a run up at once, without a plan. Cancelling twice, or too late, changes nothing."""
        run_uuid = identifier(run_id, "run")

        def work(session: Any) -> Json:
            run, told = runs.cancel(session, run_uuid, clock.now())
            self.outbox.emit(session, *told)
            return queries.run(session, run.id)

        return self.database.once(idempotency_key, "cancel_run", [str(run_uuid)], work)

    @rpc
    def run(self, run_id: str) -> Json:
        with self.database.read() as session:
            return queries.run(session, run_id)

    @rpc
    def runs(self, programme_id: str, limit: int = 50, cursor: str | None = None) -> Json:
        with self.database.read() as session:
            return queries.runs(session, programme_id, limit, cursor)

    @rpc
    def run_progress(self, run_id: str) -> Json:
        with self.database.read() as session:
            return queries.progress(session, run_id)

    @rpc
    def run_sketch(self, run_id: str) -> Json:
        with self.database.read() as session:
            return queries.sketch(session, run_id)

    @rpc
    def plan(self, run_id: str) -> Json:
        """The plan of a run, without its bodies. Refused: no_plan."""
        with self.database.read() as session:
            return plans.plan(session, run_id, self._zone, self.settings.day_starts)

    @rpc
    def planned_bodies(
        self,
        run_id: str,
        query: str | None = None,
        host: str | None = None,
        region: str | None = None,
        day: int | None = None,
        by_boat: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Json:
        """Who goes where in the plan of a run, a page at a time. Refused: no_plan."""
        with self.database.read() as session:
            return plans.bodies(session, run_id, query, host, region, day, by_boat, limit, cursor)

    @rpc
    def plan_guests(self, run_id: str) -> Json:
        """The codes of the bodies of each day. Refused: no_plan."""
        with self.database.read() as session:
            return plans.guests(session, run_id)

    @rpc
    def compare_runs(
        self,
        run_id: str,
        other_id: str,
        query: str | None = None,
        host: str | None = None,
        region: str | None = None,
        limit: int = moves.MOST,
        cursor: str | None = None,
    ) -> Json:
        """Two plans side by side, with a page of the bodies that move: all, or those that are looked for.
        Refused: no_plan."""
        with self.database.read() as session:
            return comparison.compare(session, run_id, other_id, query, host, region, limit, cursor, zone=self._zone)

    @rpc
    def why(self, run_id: str, body_code: str) -> Json:
        """Why a body goes where it goes, and what its nearer hosts would cost. Refused: no_plan."""
        with self.database.read() as session:
            return comparison.why(session, run_id, body_code)

    @rpc
    def preview_publication(self, run_id: str) -> Json:
        """What publishing would change, and how many people would be told; refused as publishing would be."""
        run_uuid = identifier(run_id, "run")
        with self.database.read() as session:
            return comparison.preview(session, run_uuid, self.settings, clock.now())

    @rpc
    def publish(self, run_id: str, actor: str = "system", idempotency_key: str | None = None) -> Json:
        """Make the plan the calendar. It is finished though the caller waits no longer: its run tells of it meanwhile.
        Refused: no_plan, already_published, plan_out_of_date, publication_under_way."""
        run_uuid = identifier(run_id, "run")
        with self.database.transaction() as session:
            publications.begin(
                session, run_uuid, idempotency_key, actor, clock.now(), clock.machine_now(), self.settings.run_lease
            )
        return self._published(run_uuid, idempotency_key)

    @continually(idle=2.0)
    def go_on_publishing(self) -> bool:
        """Take up a publication that was left by a process that died."""
        with self.database.transaction() as session:
            left = publications.take_up(session, clock.machine_now(), self.settings.run_lease)
        if left is None:
            return False
        with correlated(left.correlation_id):
            log.warning("publication_taken_up", extra={"run_id": str(left.run_id), "attempt": left.attempts})
            try:
                self._published(left.run_id, left.key)
            except Answer as answer:  # it is told on the run's page
                log.warning("publication_given_up", extra={"run_id": str(left.run_id), "reason": str(answer)})
        return True

    def _published(self, run_id: UUID, idempotency_key: str | None) -> Json:
        def work(session: Any) -> Json:
            publications.hold(session, run_id)
            tell = partial(self.outbox.emit, session)
            answer = publication.publish(session, run_id, self.settings, clock.now(), tell)
            publications.end(session, run_id)
            return answer

        try:
            return self.database.once(idempotency_key, "publish", [str(run_id)], work)
        except Answer as answer:
            with self.database.transaction() as session:
                publications.give_up(session, run_id, answer)
            raise

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
                session, identity, chosen["starts_at"], chosen["reason"], actor, self._zone, clock.now(), version
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
            row, told = attendance.close(session, identity, actor, self._zone, clock.now())
            self.outbox.emit(session, *told)
            return queries.counted(session, row)

        return self.database.once(idempotency_key, "close_appointment", [str(identity)], work)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)
