"""People and dates together, as OR-Tools CP-SAT takes them."""

from __future__ import annotations

from typing import Any

from ortools.sat.python import cp_model

from services.scheduling.planner.calendar.moments import Moments
from services.scheduling.planner.calendar.people import People
from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.rules import Rules
from services.scheduling.planner.calendar.timetable import Timetable


class Whole:
    """The whole calendar in one model."""

    def __init__(self, question: Question, *, switched: bool = False) -> None:
        self.question = question
        self.rules = Rules(switched=switched)
        self.people = People(self.rules, question)
        self.moments = Moments(self.rules, question)
        self._check_availability()
        cp = self.rules.cp
        ordinals = [day.toordinal() for day in question.dates]
        self.when = self._positions(ordinals)
        for t in self.people.trainers:
            cp.add_no_overlap(
                cp.new_optional_fixed_size_interval_var(when, 1, self.rules.while_on("one_place_a_day", present), "")
                for when, present, _ in self._engagements(t, self.when)
            )
        self._limit_weeks()
        self._keep_far_ones_apart()

    def minimise(self, least: int) -> None:
        """State what is paid for; people are known to cost so much at least."""
        people = self.people.price()
        self.rules.cp.add(people >= least)
        self.rules.cp.minimize(people + self.moments.price())

    def hint(self, table: Timetable) -> None:
        """Begin with this one, whole."""
        cp, ordinals = self.rules.cp, [day.toordinal() for day in self.question.dates]
        self.people.hint(table)
        self.moments.hint(table)
        for position, n in enumerate((*table.days, *table.webinars)):
            cp.add_hint(self.when[position], ordinals[n])
        for (e, f), (after, before, near) in self.order.items():
            apart = ordinals[table.days[e]] - ordinals[table.days[f]]
            for literal, holds in ((after, apart >= 2), (before, apart <= -2), (near, abs(apart) < 2)):
                cp.add_hint(literal, holds)

    def read(self, solver: cp_model.CpSolver) -> Timetable:
        """The timetable that the solver has found."""
        (days, webinars), (teams, speakers) = self.moments.read(solver), self.people.read(solver)
        return Timetable(days, teams, webinars, speakers)

    def _positions(self, values: list[int]) -> list[Any]:
        """A number for each day, then for each webinar, which its date determines."""
        cp, found = self.rules.cp, []
        for literals, opens in (
            (self.moments.held, self.question.open_on),
            (self.moments.airs, self.question.airs_on),
        ):
            for position, dates in enumerate(opens):
                number = cp.new_int_var(min(values), max(values), "")
                chosen = cp.add(number == sum(values[n] * literals[position, n] for n in dates))
                if literals is self.moments.held:
                    self.rules.rule("host_dates", chosen)
                found.append(number)
        return found

    def _engagements(self, t: int, numbers: list[Any]) -> list[tuple[Any, Any, bool]]:
        """The trainer's possible appointments: their number, the literal that it is so, whether it is fixed."""
        people, question = self.people, self.question
        found = [(numbers[e], people.teaches[e, t], question.fixed(e)) for e in people.days if (e, t) in people.teaches]
        return found + [
            (numbers[len(people.days) + w], people.speaks[w, t], question.webinar_fixed(w))
            for w in people.webinars
            if (w, t) in people.speaks
        ]

    def _check_availability(self) -> None:
        question, cp = self.question, self.rules.cp
        for chosen, literals, opens, fixed in (
            (self.people.teaches, self.moments.held, question.open_on, question.fixed),
            (self.people.speaks, self.moments.airs, question.airs_on, question.webinar_fixed),
        ):
            for (position, t), present in chosen.items():
                out = [literals[position, n] for n in opens[position] if n in question.away[t]]
                if out and not fixed(position):
                    self.rules.rule("availability", cp.add(sum(out) + present <= 1))

    def _limit_weeks(self) -> None:
        cp, trainers = self.rules.cp, self.question.problem.trainers
        limited = [t for t in self.people.trainers if trainers[t].most_a_week is not None]
        if not limited:
            return
        weeks = self._positions(self.question.weeks)
        for t in limited:
            intervals = [
                cp.new_optional_fixed_size_interval_var(week, 1, self.rules.while_on("most_a_week", present), "")
                for week, present, fixed in self._engagements(t, weeks)
                if not fixed
            ]
            cp.add_cumulative(intervals, [1] * len(intervals), trainers[t].most_a_week)

    def _keep_far_ones_apart(self) -> None:
        cp, people = self.rules.cp, self.people
        self.order: dict[tuple[int, int], tuple[Any, Any, Any]] = {}
        for e, f in self.question.far:
            if self.question.fixed(e) and self.question.fixed(f):
                continue
            after, before, near = (cp.new_bool_var("") for _ in range(3))
            cp.add(self.when[e] - self.when[f] >= 2).only_enforce_if(after)
            cp.add(self.when[f] - self.when[e] >= 2).only_enforce_if(before)
            cp.add_bool_or(after, before, near)
            self.order[e, f] = after, before, near
            for t in people.trainers:
                if (e, t) in people.teaches and (f, t) in people.teaches:
                    self.rules.rule(
                        "consecutive_days", cp.add_bool_or(~people.teaches[e, t], ~people.teaches[f, t], ~near)
                    )
