"""The digests of plans: the question and the plan without their bodies, with the figures that need them.

``layout`` has made them so that whoever asks about a plan need not read all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Refused, Unavailable
from services.scheduling import documents
from services.scheduling.models import Outcome, PlanDigest, Run
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem

Answer = dict[str, Any]


@dataclass(frozen=True)
class Digest:
    """A question and its plan without their bodies; ``told`` are the figures and lists made of these:

    ``bodies``, ``travel_km``, ``beyond_fair``, ``by_boat``, ``across_water`` (the longest trips by boat),
    ``mainland_longest_km``, ``islands_longest_km``, ``trainers_km``, ``regions``, ``trainers``, and ``guests``, the
    number of bodies of each day.
    """

    question: Answer
    plan: Plan
    told: Answer

    @cached_property
    def problem(self) -> Problem:
        """The question; its hosts may be ten thousand."""
        return documents.problem_from(self.question)

    @cached_property
    def used(self) -> Problem:
        """The question with those hosts alone that hold a day."""
        codes = {day.host_code for day in self.plan.days}
        return documents.problem_from(
            {**self.question, "hosts": [host for host in self.question["hosts"] if host["code"] in codes]}
        )


def find(session: Session, run_id: UUID, state: str) -> Digest:
    """The plan of a run in this state. Refused: no_plan. What an older version kept is there in a moment."""
    kept = session.scalar(sa.select(PlanDigest.digest).where(PlanDigest.run_id == run_id))
    if kept is None:
        raise _missing(session, run_id, state)
    question, made, told = (kept[name] for name in ("question", "plan", "told"))
    return Digest(question, Plan.from_json(made), told)


def check_laid_out(session: Session, row: Run) -> None:
    """Refused: no_plan."""
    if not session.scalar(sa.select(sa.exists().where(PlanDigest.run_id == row.id))):
        raise _missing(session, row.id, row.state)


def _missing(session: Session, run_id: UUID, state: str) -> Refused | Unavailable:
    """Why there is nothing to read."""
    kept = session.scalar(sa.select(sa.exists().where(Outcome.run_id == run_id)))
    return Unavailable("scheduling") if kept else Refused("no_plan", state=state)
