"""Where planning runs are carried out: one run at a time in each process of the service.

The work goes in short turns, so that the process can stop between two of them; the database holds what must survive.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store, open_store
from chassis.logging import correlated, get_logger
from chassis.outbox import Emitter
from contracts.event import Event
from services.scheduling import documents, outcomes, questions, runs
from services.scheduling.models import Base, Run
from services.scheduling.planner.problem import Infeasible, Problem
from services.scheduling.planner_process import AUDITOR, PLANNER, Audited, Ended, PlannerProcess, Progress, Proposed
from services.scheduling.settings import SchedulingSettings

log = get_logger("scheduling.workshop")


@dataclass
class _Job:
    lease: runs.Lease
    problem: Problem
    question: str
    process: PlannerProcess
    correlation_id: str | None
    ask_to_stop_at: float
    give_up_at: float
    asked_to_stop: bool = False
    plan: str | None = None
    """What the planner has answered, while it is audited."""
    answer: Audited | Infeasible | Ended | None = None


class Workshop:
    """Takes requested runs and works on them. Tests give it a worse planner, or auditor."""

    def __init__(
        self,
        store: Store,
        outbox: Emitter,
        settings: SchedulingSettings,
        planner: tuple[str, ...] = PLANNER,
        auditor: tuple[str, ...] = AUDITOR,
    ) -> None:
        self.store, self.outbox, self.settings = store, outbox, settings
        self._planner, self._auditor = planner, auditor
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"[:80]
        self._job: _Job | None = None

    def turn(self) -> bool:
        """Take a run, or work for a moment on the one in hand; false when there is nothing to do."""
        if self._job is None:
            return self._take()
        with correlated(self._job.correlation_id):
            self._work(self._job)
        return True

    def close(self) -> None:
        """End the planner and give its run back, for another process to take up at once."""
        job, self._job = self._job, None
        if job is None:
            return
        job.process.end()
        with self.store.transaction() as session:
            run = runs.held(session, job.lease)
            if run is not None:
                runs.give_back(session, run)
        log.info("run_given_back", extra={"run_id": str(job.lease.run_id)})

    def _take(self) -> bool:
        with self.store.transaction() as session:
            now, machine_now = clock.now(), clock.machine_now()
            lost = runs.recover(session, now, machine_now)
            self.outbox.emit(session, *lost)
            run = runs.claim(session, self._holder, self.settings.run_lease, machine_now)
            if run is None:
                return bool(lost) or outcomes.lay_out_older(session)
            problem = questions.ask(session, run, self.settings.zone, now)
        lease = runs.Lease(run.id, self._holder, self.settings.run_lease)
        log.info("run_taken", extra={"run_id": str(run.id), "bodies": len(problem.bodies), "attempt": run.attempts})
        question = documents.written(problem)
        overtime = time.monotonic() + problem.seconds + self.settings.run_overtime
        self._job = _Job(
            *(lease, problem, question, PlannerProcess(self._planner, question), run.correlation_id),
            ask_to_stop_at=overtime,
            give_up_at=overtime + self.settings.run_overtime,
        )
        return True

    def _work(self, job: _Job) -> None:
        """Hear what the planner says, show a sign of life, and see whether somebody asked to stop.

        An answer is kept until it is written down: a database that is away for a moment costs no plan.
        """
        progress: Progress | None = None
        if job.answer is None:
            match job.process.listen(self.settings.run_poll):
                case Progress() as progress:
                    pass
                case Proposed(plan):
                    progress = self._audit(job, plan)
                case report:
                    job.answer = report
            if job.answer is None and time.monotonic() > job.give_up_at:
                job.answer = Ended()
        if job.answer is None:
            self._renew(job, progress)
        else:
            self._finish(job, job.answer)

    def _audit(self, job: _Job, plan: str) -> Progress:
        """Believe nothing: let the auditor see the plan before it is kept. It takes no longer than the search may."""
        job.process.end()
        job.plan, job.process = plan, PlannerProcess(self._auditor, job.question, plan)
        job.asked_to_stop = True  # there is nothing to hand in sooner
        job.give_up_at = time.monotonic() + job.problem.seconds + self.settings.run_overtime
        return Progress("auditing", 1.0, None, None)

    def _renew(self, job: _Job, progress: Progress | None) -> None:
        with self.store.transaction() as session:
            run = runs.held(session, job.lease)
            if run is not None:
                self.outbox.emit(session, *runs.renew(session, run, job.lease, progress, clock.machine_now()))
        if run is None:
            log.warning("run_lost", extra={"run_id": str(job.lease.run_id)})
            self._drop(job)
        elif not job.asked_to_stop and (run.stop_requested or time.monotonic() > job.ask_to_stop_at):
            job.asked_to_stop = True
            job.give_up_at = time.monotonic() + self.settings.run_overtime
            job.process.ask_to_stop()

    def _finish(self, job: _Job, answer: Audited | Infeasible | Ended) -> None:
        now = clock.now()
        with self.store.transaction() as session:
            run = runs.held(session, job.lease)
            if run is not None:
                self.outbox.emit(session, *_settled(session, run, job, answer, now))
        self._drop(job)
        if run is not None:
            log.info("run_ended", extra={"run_id": str(run.id), "state": run.state, "reason": run.reason})

    def _drop(self, job: _Job) -> None:
        self._job = None
        job.process.end()


def _settled(session: Session, run: Run, job: _Job, answer: Audited | Infeasible | Ended, now: datetime) -> list[Event]:
    match answer:
        case Infeasible():
            return runs.fail(session, run, answer.reason, _named(job.problem, answer.facts), now)
        case Audited(broken) if broken:
            return runs.fail(session, run, "plan_wrong", {"broken": broken}, now)
        case Audited(figures=figures) if job.plan is not None:
            return runs.complete(session, run, job.problem, job.question, job.plan, figures, now)
        case _:
            return runs.worker_lost(session, run, now)


def _named(problem: Problem, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts, with the names of the bodies, hosts and trainers whose codes they tell."""
    names = {place.code: place.name for place in (*problem.bodies, *problem.hosts)}
    names.update({trainer.id: trainer.name for trainer in problem.trainers})
    codes = [*facts.get("codes", ()), *([facts["host"]] if "host" in facts else ())]
    return {**facts, "names": [names.get(code, code) for code in codes]} if codes else facts


class HasWorkshop(DependencyProvider):  # type: ignore[misc]
    """Gives the service its workshop, and closes it when the process stops."""

    def setup(self) -> None:
        self.workshop: Workshop | None = None

    def get_dependency(self, worker_ctx: Any) -> Workshop:
        if self.workshop is None:
            self.workshop = Workshop(
                open_store(self.container, Base.metadata),
                Emitter(self.container.service_name),
                self.container.config["settings"],
            )
        return self.workshop

    def stop(self) -> None:
        if self.workshop is not None:
            self.workshop.close()

    def kill(self) -> None:
        self.stop()
