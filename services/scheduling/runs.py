"""The life of a planning run in the database: asked for, claimed, told, finished; never left running by the dead.

``requested`` → ``running`` (held by one process, under a lease in machine time) → ``completed`` or ``failed``. A lease
that was not renewed puts the run back to ``requested``, at most twice. ``stopped`` is a run that ended before it began;
one that is stopped while it runs keeps its best plan and is ``completed``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import skip_locked, upsert
from chassis.logging import correlation_id
from chassis.refusal import Missing, Refused
from contracts.event import Event
from services.scheduling import events, foresight, outcomes, questions, steering
from services.scheduling.domain import ACTIVE_RUN, ATTEMPTS, COMPLETED, FAILED, REQUESTED, RUNNING, STOPPED
from services.scheduling.models import Programme, Run, RunSketch
from services.scheduling.planner.parts import whole
from services.scheduling.planner.problem import Problem
from services.scheduling.planner_process import Progress
from services.scheduling.strides import strides


@dataclass(frozen=True)
class Lease:
    """The right of one process to work on one run, as long as it shows signs of life."""

    run_id: UUID
    holder: str
    seconds: float

    def until(self, machine_now: datetime) -> datetime:
        return machine_now + timedelta(seconds=self.seconds)


def start(
    session: Session, programme_id: UUID, parameters: dict[str, Any], actor: str, now: datetime
) -> tuple[Run, list[Event]]:
    """Ask for a plan over the bodies that are confirmed now; one active run a programme."""
    if session.get(Programme, programme_id) is None:
        raise Refused("unknown_programme")
    bodies = questions.count_bodies(session, programme_id)
    if bodies == 0:
        raise Refused("no_confirmed_bodies")
    parameters = steering.checked(session, programme_id, parameters, now)
    run_id = uuid4()
    inserted = session.execute(
        upsert(session, Run.__table__)
        .values(
            id=run_id,
            programme_id=programme_id,
            state=REQUESTED,
            parameters=parameters,
            share=0.0,
            bodies=bodies,
            requested_at=now,
            requested_by=actor,
            correlation_id=correlation_id(),
            attempts=0,
            stop_requested=False,
        )
        .on_conflict_do_nothing()
        .returning(Run.__table__.c.id)
    ).first()
    if inserted is None:
        raise Refused("run_already_active")
    run = session.get_one(Run, run_id)
    return run, [events.run_requested(run)]


def stop(session: Session, run_id: UUID, now: datetime) -> tuple[Run, list[Event]]:
    """End a run early. Its holder, wherever it is, reads the flag and hands in the best plan so far."""
    run = session.get(Run, run_id, with_for_update=True)
    if run is None:
        raise Missing("run")
    if run.state == REQUESTED:
        run.state, run.reason, run.finished_at = STOPPED, "stopped", now
        session.flush()
        return run, [events.run_failed(run)]
    if run.state == RUNNING:
        run.stop_requested = True
        session.flush()
    return run, []


def cancel(session: Session, run_id: UUID, now: datetime) -> tuple[Run, list[Event]]:
    """Give a run up at once, without a plan. Its holder misses it at the next sign of life, and ends the planner."""
    run = session.get(Run, run_id, with_for_update=True)
    if run is None:
        raise Missing("run")
    if run.state not in ACTIVE_RUN:
        return run, []
    run.reason, run.cost_km, run.bound_km = "cancelled", None, None
    _finish(session, run, STOPPED, now)
    session.flush()
    return run, [events.run_failed(run)]


def claim(session: Session, holder: str, seconds: float, machine_now: datetime) -> Run | None:
    """Take the oldest requested run, if no other process was faster."""
    oldest = session.scalar(
        skip_locked(
            sa.select(Run.id).where(Run.state == REQUESTED).order_by(Run.requested_at, Run.id).limit(1), session
        )
    )
    if oldest is None:
        return None
    claimed = session.scalar(
        sa.update(Run)
        .where(Run.id == oldest, Run.state == REQUESTED)
        .values(
            state=RUNNING,
            holder=holder,
            attempts=Run.attempts + 1,
            phase=None,
            share=0.0,
            lease_until=Lease(oldest, holder, seconds).until(machine_now),
        )
        .returning(Run.id)
    )
    return None if claimed is None else session.get_one(Run, claimed, populate_existing=True)


def recover(session: Session, now: datetime, machine_now: datetime) -> list[Event]:
    """Put runs whose holder gave no sign of life back in the queue, or fail them when that happened too often."""
    lost = session.scalars(
        skip_locked(sa.select(Run).where(Run.state == RUNNING, Run.lease_until < machine_now), session)
    ).all()
    return [event for run in lost for event in _lost(session, run, now)]


def renew(session: Session, run: Run, lease: Lease, progress: Progress | None, machine_now: datetime) -> list[Event]:
    """Show a sign of life, and what was reached since the last one.

    The row is overwritten, and whoever watches asks for it; an event is told of a new phase only, so that a run of an
    hour leaves a handful of them on the bus, not thousands.
    """
    run.lease_until = lease.until(machine_now)
    if progress is None:
        return []
    phase, before = progress.phase[:60], run.phase
    run.phase, run.share = phase, progress.share
    run.cost_km = run.cost_km if progress.cost is None else progress.cost
    run.bound_km = run.bound_km if progress.bound is None else progress.bound
    if progress.sketch is not None:
        _draw(session, run, progress.sketch)
    return [events.run_progressed(run)] if phase != before else []


def _draw(session: Session, run: Run, places: dict[str, list[str]]) -> None:
    known = session.get(RunSketch, run.id)
    if known is None:
        session.add(RunSketch(run_id=run.id, number=1, places=places))
    else:
        known.number, known.places = known.number + 1, places


def complete(
    session: Session, run: Run, problem: Problem, question: str, plan: str, figures: Mapping[str, float], now: datetime
) -> list[Event]:
    """Keep the plan, with the question that it answers; its figures are what the auditor has read there."""
    outcomes.keep(session, run.id, problem, question, plan)
    run.cost_km, run.bound_km, run.gap = figures["cost_km"], figures["bound_km"], figures["gap"]
    run.longest_km, run.mean_km = figures["longest_km"], figures["mean_km"]
    run.phase, run.share = "done", 1.0
    run.bodies = len({whole(body.code) for body in strides(problem.bodies)})
    _finish(session, run, COMPLETED, now)
    if run.bodies > foresight.AT_ONCE:
        foresight.want(session, run.id)
    session.flush()
    return [events.run_completed(run)]


def fail(session: Session, run: Run, reason: str, facts: dict[str, Any], now: datetime) -> list[Event]:
    """There is no plan, and this is why."""
    run.reason, run.facts, run.cost_km, run.bound_km = reason[:60], facts, None, None
    _finish(session, run, FAILED, now)
    session.flush()
    return [events.run_failed(run)]


def give_back(session: Session, run: Run) -> None:
    """A clean stop of the process: another takes the run up at once, and it counts as no failure of the run."""
    run.state, run.holder, run.lease_until, run.attempts = REQUESTED, None, None, run.attempts - 1
    session.flush()


def worker_lost(session: Session, run: Run, now: datetime) -> list[Event]:
    """The planner's process died without an answer."""
    return _lost(session, run, now)


def held(session: Session, lease: Lease) -> Run | None:
    """The run, locked, if this holder still has it."""
    return session.scalar(
        sa.select(Run)
        .where(Run.id == lease.run_id, Run.holder == lease.holder, Run.state == RUNNING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _lost(session: Session, run: Run, now: datetime) -> list[Event]:
    if run.attempts >= ATTEMPTS:
        return fail(session, run, "worker_lost", {"attempts": run.attempts}, now)
    run.state, run.holder, run.lease_until = REQUESTED, None, None
    session.flush()
    return []


def _finish(session: Session, run: Run, state: str, now: datetime) -> None:
    session.execute(sa.delete(RunSketch).where(RunSketch.run_id == run.id))
    run.state, run.holder, run.lease_until, run.finished_at = state, None, None, now
