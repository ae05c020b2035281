"""When days and webinars are held, whoever teaches."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.rules import Rules
from services.scheduling.planner.calendar.timetable import Timetable


class Moments:
    """``held[e, n]`` and ``airs[w, n]``, with the rules that are about dates alone."""

    def __init__(self, rules: Rules, question: Question) -> None:
        self.rules, self.question = rules, question
        cp, problem = rules.cp, question.problem
        self.days, self.webinars = range(len(question.hosts)), range(len(question.topics))
        self.held = {(e, n): cp.new_bool_var("") for e in self.days for n in question.open_on[e]}
        self.airs = {(w, n): cp.new_bool_var("") for w in self.webinars for n in question.airs_on[w]}
        for e in self.days:
            rules.rule("host_dates", cp.add(sum(self.held[e, n] for n in question.open_on[e]) == 1))
            if rules.switches:
                cp.add_at_most_one(self.held[e, n] for n in question.open_on[e])
        for w in self.webinars:
            cp.add_exactly_one(self.airs[w, n] for n in question.airs_on[w])
        loose = [e for e in self.days if not question.fixed(e)]
        loose_webinars = [w for w in self.webinars if not question.webinar_fixed(w)]
        for n in range(len(question.dates)):
            on_date = [self.held[e, n] for e in loose if (e, n) in self.held]
            if len(on_date) > problem.days_per_date:
                rules.rule("days_per_date", cp.add(sum(on_date) <= problem.days_per_date))
            on_air = [self.airs[w, n] for w in loose_webinars if (w, n) in self.airs]
            if len(on_air) > 1:
                rules.rule("one_webinar_a_date", cp.add(sum(on_air) <= 1))
        if problem.days_per_week is not None:
            for week in sorted(set(question.weeks)):
                inside = [self.held[e, n] for e, n in self.held if question.weeks[n] == week and e in loose]
                if len(inside) > problem.days_per_week:
                    rules.rule("days_per_week", cp.add(sum(inside) <= problem.days_per_week))

    def price(self) -> Any:
        """Crowded stretches, clashes and moves."""
        problem = self.question.problem
        return (
            round(problem.spread_km) * sum(self._crowded())
            + round(problem.clash_km) * sum(self._clashes())
            + round(problem.moved_date_km) * sum(self._moved())
        )

    def hint(self, table: Timetable) -> None:
        """Begin with these."""
        for (e, n), is_held in self.held.items():
            self.rules.cp.add_hint(is_held, n == table.days[e])
        for (w, n), is_on in self.airs.items():
            self.rules.cp.add_hint(is_on, n == table.webinars[w])

    def read(self, solver: cp_model.CpSolver) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The dates as the solver has found them."""
        on = solver.boolean_value
        days = tuple(next(n for n in self.question.open_on[e] if on(self.held[e, n])) for e in self.days)
        webinars = tuple(next(n for n in self.question.airs_on[w] if on(self.airs[w, n])) for w in self.webinars)
        return days, webinars

    def _crowded(self) -> list[Any]:
        question, found = self.question, []
        for chosen, many in ((self.held, len(self.days)), (self.airs, len(self.webinars))):
            inside: dict[int, list[Any]] = {}
            for (_, n), literal in chosen.items():
                part = question.stretch[n]
                if part is not None:
                    inside.setdefault(part, []).append(literal)
            for literals in inside.values():
                over = self.rules.cp.new_int_var(0, many, "")
                self.rules.cp.add(over >= sum(literals) - question.share(many))
                found.append(over)
        return found

    def _clashes(self) -> list[Any]:
        found = []
        for w in self.webinars:
            if self.question.webinar_fixed(w):
                continue
            clash = self.rules.cp.new_bool_var("")
            found.append(clash)
            for n in self.question.airs_on[w]:
                wished = [self.held[e, n] for e in self.question.clashing[w] if (e, n) in self.held]
                if wished:
                    self.rules.cp.add(sum(wished) == 0).only_enforce_if(self.airs[w, n], ~clash)
        return found

    def _moved(self) -> list[Any]:
        found: list[Any] = []
        numbers = {day: n for n, day in enumerate(self.question.dates)}
        known: tuple[tuple[dict[tuple[int, int], Any], tuple[Any, ...]], ...] = (
            (self.held, self.question.before),
            (self.airs, self.question.webinars_before),
        )
        for literals, before in known:
            for position, was in enumerate(before):
                if was is not None and not was.fixed:
                    stays = literals.get((position, numbers.get(was.date, -1)))
                    found.append(1 if stays is None else 1 - stays)
        return found
