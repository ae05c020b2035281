"""What runs have come to: each question as it was put, and its plan as it was answered, word by word."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import skip_locked
from services.scheduling import documents, layout
from services.scheduling.models import Outcome, PlanDigest
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem


def keep(session: Session, run_id: UUID, problem: Problem, question: str, plan: str) -> None:
    """Write both down as they are, and lay the plan out for its readers; the question is the ``problem``."""
    session.execute(sa.insert(Outcome).values(run_id=run_id, problem=question, plan=plan))
    layout.lay_out(session, run_id, problem, documents.plan_of(plan))


def find(session: Session, run_id: UUID) -> tuple[Problem, Plan] | None:
    """The question and the plan of a run, when it has one."""
    row = session.execute(sa.select(Outcome.problem, Outcome.plan).where(Outcome.run_id == run_id)).first()
    return None if row is None else (documents.problem_of(row.problem), documents.plan_of(row.plan))


def lay_out_older(session: Session) -> bool:
    """Lay out a plan that an older version kept; whether there was one."""
    laid_out = sa.exists().where(PlanDigest.run_id == Outcome.run_id)
    older = sa.select(Outcome.run_id).where(~laid_out).limit(1)
    run_id = session.scalar(skip_locked(older, session))
    found = None if run_id is None else find(session, run_id)
    if run_id is None or found is None:
        return False
    layout.lay_out(session, run_id, *found)
    return True
