"""Runs carried out at once, in the test's own process."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import clock as clocks
from chassis.database import Store
from services.scheduling import documents, questions, runs
from services.scheduling.models import Run
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Problem
from services.scheduling.planner.verification import FIGURES, broken_rules
from tests.scheduling.builders import PROGRAMME


def asked(scheduling: Any, store: Store, **parameters: Any) -> tuple[str, Problem]:
    """A run with these parameters, and the problem that is put for it."""
    parameters = {"seconds": 1.0, **parameters}
    run = scheduling.start_run(programme_id=str(PROGRAMME), parameters=parameters, actor="staff")
    with store.read() as session:
        row = session.get_one(Run, UUID(run["id"]))
        return run["id"], questions.ask(session, row, ZoneInfo("Europe/Rome"), clocks.now())


def solved(scheduling: Any, store: Store, **parameters: Any) -> tuple[str, Plan]:
    """The run carried out at once, its plan audited and kept."""
    run_id, problem = asked(scheduling, store, **parameters)
    plan = solve(problem)
    assert broken_rules(problem, plan) == []
    with store.transaction() as session:
        texts = documents.written(problem), json.dumps(plan.to_json())
        figures = {name: getattr(plan, name) for name in FIGURES}
        run = session.get_one(Run, UUID(run_id))
        runs.complete(session, run, problem, *texts, figures, clocks.now())
    return run_id, plan
