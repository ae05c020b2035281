"""From the question to a timetable with a proof.

People first: the best teams and speakers, whatever the dates, which is a small model, and its optimum a bound for all.
Then dates for these people. When the dates cost nothing beyond what they must, the whole is proved the best there is;
else both are solved together, beginning from what was found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from threading import Event, Thread
from typing import Any, TypeVar

from services.scheduling.planner.calendar.construct import construct
from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.timetable import Timetable, price
from services.scheduling.planner.problem import Infeasible

Item = TypeVar("Item")

LARGEST_MODEL = 200_000
"""Training days times trainers up to which the solver is asked; with more it would only read the question."""
LEAST_SECONDS = 0.5
"""With less there is hardly time to load the solver: the constructed timetable stays as it is, a matter of moments."""
PATIENCE = 20.0
"""Seconds beyond the budget in which a first timetable is looked for where none could be constructed."""


QUICK = 3.0
"""Seconds for a mere yes or no."""


def load_solver() -> None:
    """Import OR-Tools, which takes a third of a second, before a budget of time begins to run."""
    from services.scheduling.planner.calendar import model  # noqa: F401


@dataclass
class _Budget:
    """Seconds and the solver's own measure of effort, which unlike time does not depend on the machine."""

    ends: float
    work: float | None
    stop: Event

    @property
    def seconds(self) -> float:
        return 0.0 if self.stop.is_set() else self.ends - time.monotonic()

    def longer(self, seconds: float) -> _Budget:
        """For what must be done, even after a stop."""
        return _Budget(max(self.ends, time.monotonic()) + seconds, None, Event())


def make(question: Question, seconds: float, stop: Event, work: float | None = None) -> Timetable:
    """The best timetable that the budget allows; raises ``Infeasible`` with the rules that clash when there is none.

    ``work`` makes it repeatable on any machine, together with the problem's seed.
    """
    budget = _Budget(time.monotonic() + seconds, work, stop)
    table = construct(question)
    if table is None:
        table = _first(question, budget)
    if not question.hosts and not question.topics:
        return table
    table = replace(table, price=price(question, table))
    return _improved(question, table, budget)


def check(question: Question) -> None:
    """Raise ``Infeasible`` unless a timetable is found in little time."""
    if construct(question) is None:
        from services.scheduling.planner.calendar.model import Whole

        _, status = _solve(Whole(question).rules, question, _Budget(time.monotonic() + QUICK, None, Event()))
        if status not in ("optimal", "feasible"):
            raise Infeasible("no_calendar_found", days=len(question.hosts), webinars=len(question.topics))


def _improved(question: Question, table: Timetable, budget: _Budget) -> Timetable:
    if budget.seconds < LEAST_SECONDS or _too_large(question):
        return table
    from services.scheduling.planner.calendar.dating import Dating
    from services.scheduling.planner.calendar.model import Whole
    from services.scheduling.planner.calendar.people import People
    from services.scheduling.planner.calendar.rules import Rules

    rules = Rules()
    people = People(rules, question)
    rules.cp.minimize(people.price())
    solver, status = _solve(rules, question, budget)
    if status == "unknown":
        return table
    table = replace(table, bound=_proved(solver, table))
    if status == "optimal" and budget.seconds > 0.05:
        teams, speakers = people.read(solver)
        dating = Dating(question, teams, speakers)
        solver, status = _solve(dating.rules, question, budget)
        if status in ("optimal", "feasible"):
            days, webinars = dating.moments.read(solver)
            table = _better(question, table, Timetable(days, teams, webinars, speakers))
    if table.price > table.bound and budget.seconds > 0.05:
        whole = Whole(question)
        whole.minimise(table.bound)
        whole.hint(table)
        solver, status = _solve(whole.rules, question, budget)
        if status in ("optimal", "feasible"):
            table = _better(question, table, whole.read(solver))
            table = replace(table, bound=_proved(solver, table))
    return table


def _too_large(question: Question) -> bool:
    return len(question.hosts) * len(question.problem.trainers) > LARGEST_MODEL


def _proved(solver: Any, table: Timetable) -> int:
    """The best bound known; a hair above a whole number is that number."""
    proved = ceil(float(solver.best_objective_bound) - 1e-6)
    return max(table.bound, min(proved, table.price))


def _first(question: Question, budget: _Budget) -> Timetable:
    """Any timetable, from the solver; or the rules because of which there is none."""
    if _too_large(question):
        raise Infeasible("no_calendar_found", days=len(question.hosts), webinars=len(question.topics))
    from services.scheduling.planner.calendar.clash import clashing_rules
    from services.scheduling.planner.calendar.model import Whole

    whole = Whole(question)
    solver, status = _solve(whole.rules, question, budget.longer(PATIENCE))
    if status in ("optimal", "feasible"):
        return whole.read(solver)
    if status == "infeasible":
        raise Infeasible("calendar_rules_clash", rules=clashing_rules(question, PATIENCE))
    raise Infeasible("no_calendar_found", days=len(question.hosts), webinars=len(question.topics))


def _better(question: Question, table: Timetable, other: Timetable) -> Timetable:
    other = replace(other, price=price(question, other), bound=table.bound)
    return other if other.price < table.price else table


def _solve(rules: Any, question: Question, budget: _Budget) -> tuple[Any, str]:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = question.problem.seed % 2**31
    solver.parameters.max_time_in_seconds = max(budget.seconds, 0.01)
    if budget.work is not None:
        solver.parameters.max_deterministic_time = budget.work
    status = _interruptible(lambda: solver.solve(rules.cp), solver.stop_search, budget.stop)
    names = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "feasible", cp_model.INFEASIBLE: "infeasible"}
    return solver, names.get(status, "unknown")


def _interruptible(solve: Callable[[], Item], interrupt: Callable[[], None], stop: Event) -> Item:
    """Run the solver; interrupt it when ``stop`` is set meanwhile."""
    over = Event()

    def watch() -> None:
        while not over.is_set():
            if stop.wait(0.1):
                interrupt()
                over.wait(0.1)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return solve()
    finally:
        over.set()
        watcher.join()
