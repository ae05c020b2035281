"""The auditors as a process: a question and a plan in, a verdict out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

from services.scheduling.planner.planning import solve
from services.scheduling.planner.verification import FIGURES
from tests.scheduling.planner.builders import a_problem

COMMAND = [sys.executable, "-m", "services.scheduling.planner.verification"]
PROBLEM = a_problem()


def verdict(plan: str):
    lines = f"{json.dumps(PROBLEM.to_json())}\n{plan}\n"
    done = subprocess.run(COMMAND, input=lines, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_good_plan_breaks_no_rule_and_its_figures_are_told():
    plan = solve(PROBLEM)

    figures = {name: getattr(plan, name) for name in FIGURES}
    assert verdict(json.dumps(plan.to_json())) == {"broken": [], "figures": figures}


def test_a_plan_that_forgets_a_day_is_told_of_at_most_ten_times():
    plan = solve(PROBLEM)
    short = replace(plan, days=plan.days[1:])

    broken = verdict(json.dumps(short.to_json()))["broken"]
    assert 0 < len(broken) <= 10
    assert broken[0].startswith("body_without_day: ")


def test_what_is_no_plan_is_no_accident():
    assert verdict('{"days": 7}') == {"broken": ["unreadable: TypeError"], "figures": {}}
    assert verdict("nonsense") == {"broken": ["unreadable: JSONDecodeError"], "figures": {}}
