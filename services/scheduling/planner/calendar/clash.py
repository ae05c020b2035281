"""Which rules leave no calendar: a model with one switch a rule, and the fewest rules that clash."""

from __future__ import annotations

import time

from ortools.sat.python import cp_model

from services.scheduling.planner.calendar.model import Whole
from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.rules import RULES


def clashing_rules(question: Question, seconds: float) -> list[str]:
    """Rules that cannot all hold; giving up any one of them makes room, as far as the time allowed to find out."""
    ends = time.monotonic() + seconds
    rules = list(RULES)
    for rule in RULES:
        fewer = [other for other in rules if other != rule]
        if _is_impossible(question, fewer, ends - time.monotonic()):
            rules = fewer
    return rules


def _is_impossible(question: Question, rules: list[str], seconds: float) -> bool:
    if seconds <= 0:
        return False
    rules_of = Whole(question, switched=True).rules
    for rule, switch in rules_of.switches.items():
        rules_of.cp.add(switch == int(rule in rules))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = question.problem.seed % 2**31
    solver.parameters.max_time_in_seconds = seconds
    return bool(solver.solve(rules_of.cp) == cp_model.INFEASIBLE)
