"""The auditors as a process: ``python -m services.scheduling.planner.verification``.

Reads a question and the plan that answers it, each as one line of JSON on standard input; writes one line,
``{"broken": [...], "figures": {...}}``: the rules that the plan breaks, and its own figures of cost, bound and travel.
It is a process of its own because the pass over all pairs takes seconds, in which whoever asks has calls to answer.
"""

from __future__ import annotations

import json
import os
import sys

from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem
from services.scheduling.planner.verify import verify
from services.scheduling.planner.verify_calendar import verify_calendar

NICENESS = 10
FIGURES = ("cost_km", "bound_km", "gap", "longest_km", "mean_km")
MOST_TOLD = 10


def main() -> int:
    """One plan, one verdict."""
    os.nice(NICENESS)
    problem = Problem.from_json(json.loads(sys.stdin.readline()))
    try:
        plan = Plan.from_json(json.loads(sys.stdin.readline()))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        verdict = {"broken": [f"unreadable: {type(error).__name__}"], "figures": {}}
    else:
        figures = {name: getattr(plan, name) for name in FIGURES}
        verdict = {"broken": broken_rules(problem, plan)[:MOST_TOLD], "figures": figures}
    sys.stdout.write(json.dumps(verdict) + "\n")
    return 0


def broken_rules(problem: Problem, plan: Plan) -> list[str]:
    """What the two auditors, of places and of the calendar, find wrong with a plan."""
    return [*verify(problem, plan), *verify_calendar(problem, plan)]


if __name__ == "__main__":
    sys.exit(main())
