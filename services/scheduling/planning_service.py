"""What staff ask of planning: runs, the plans that they come to, and their publication; part of scheduling's
entrypoints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from chassis import clock
from chassis.consumer import continually
from chassis.database import Store
from chassis.logging import correlated, get_logger
from chassis.outbox import Emitter
from chassis.refusal import Answer
from chassis.rpc import rpc
from services.scheduling import (
    comparison,
    foresight,
    moves,
    plans,
    publication,
    publications,
    queries,
    runs,
    schemas,
    wording,
)
from services.scheduling.overview import Overview
from services.scheduling.queries import identifier
from services.scheduling.settings import SchedulingSettings
from services.scheduling.workshop import Workshop

Json = dict[str, Any]

log = get_logger("scheduling.planning_service")

FORESIGHT_LEASE = 120.0
"""Seconds after which another process works out what was begun."""


class PlanningEntrypoints:
    """Runs of the planner, plans side by side, and the one that becomes the calendar."""

    database: Store
    outbox: Emitter
    settings: SchedulingSettings
    workshop: Workshop

    @continually(idle=2.0)
    def plan_runs(self) -> bool:
        """Work on the planning run in hand, or take one."""
        return self.workshop.turn()

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
        with self._plan_of(run_id) as plan:
            return plan.whole()

    @rpc
    def plan_page(self, run_id: str, limit: int = 50) -> Json:
        """The same, of days and trainers the first page only. Refused: no_plan."""
        with self._plan_of(run_id) as plan:
            return plan.page(limit)

    @rpc
    def planned_days(
        self,
        run_id: str,
        host: str | None = None,
        region: str | None = None,
        numbers: list[int] | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Json:
        """The training days of a plan, a page at a time: all, or those that are looked for. Refused: no_plan."""
        with self._plan_of(run_id) as plan:
            return {**plan.around(), **plan.days(host, region, numbers, limit, cursor)}

    @rpc
    def planned_trainers(
        self, run_id: str, query: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Json:
        """The trainers of a plan, a page at a time: all, or those that are looked for. Refused: no_plan."""
        with self._plan_of(run_id) as plan:
            return {**plan.around(), **plan.trainers(query, limit, cursor)}

    @rpc
    def plan_map(self, run_id: str) -> Json:
        """Where the days of a plan are, and the codes of the bodies of each. Refused: no_plan."""
        with self._plan_of(run_id) as plan:
            return plan.drawn()

    @contextmanager
    def _plan_of(self, run_id: str) -> Iterator[Overview]:
        with self.database.read() as session:
            yield Overview(session, run_id, self.settings.zone, self.settings.day_starts)

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
            return comparison.compare(
                session, run_id, other_id, query, host, region, limit, cursor, zone=self.settings.zone
            )

    @rpc
    def why(self, run_id: str, body_code: str) -> Json:
        """Why a body goes where it goes, and what its nearer hosts would cost. Refused: no_plan."""
        with self.database.read() as session:
            return comparison.why(session, run_id, body_code)

    @rpc
    def preview_publication(self, run_id: str) -> Json:
        """What publishing would change, and how many people would be told; refused as publishing would be. Of a large
        plan what is known of it by now: ``worked_out_at`` and ``pending`` say whether to ask again."""
        run_uuid = identifier(run_id, "run")
        with self.database.read() as session:
            found = foresight.told(session, run_uuid, self.settings, clock.now())
        if found["pending"]:
            with self.database.transaction() as session:
                foresight.want(session, run_uuid)
        return found

    @continually(idle=2.0)
    def foresee_publications(self) -> bool:
        """Work out beforehand what publishing a large plan would change."""
        with self.database.transaction() as session:
            run_id = foresight.take(session, clock.machine_now(), FORESIGHT_LEASE)
        if run_id is None:
            return False
        with self.database.read() as session:
            found = foresight.work_out(session, run_id, self.settings, clock.now())
        with self.database.transaction() as session:
            foresight.keep(session, run_id, found)
        return True

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
