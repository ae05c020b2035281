"""What runs have come to: each question as it was put, and its plan as it was answered, word by word."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling import documents
from services.scheduling.models import Outcome
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem


def keep(session: Session, run_id: UUID, question: str, plan: str) -> None:
    """Write both down; they are not looked into."""
    session.execute(sa.insert(Outcome).values(run_id=run_id, problem=question, plan=plan))


def find(session: Session, run_id: UUID) -> tuple[Problem, Plan] | None:
    """The question and the plan of a run, when it has one."""
    row = session.execute(sa.select(Outcome.problem, Outcome.plan).where(Outcome.run_id == run_id)).first()
    return None if row is None else (documents.problem_of(row.problem), documents.plan_of(row.plan))
