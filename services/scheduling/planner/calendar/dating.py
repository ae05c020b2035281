"""Dates for people already chosen: each trainer's appointments must not meet, which is a matter of packing alone."""

from __future__ import annotations

from typing import Any

from services.scheduling.planner.calendar.moments import Moments
from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.rules import Rules

Teams = tuple[tuple[int, ...], ...]


class Dating:
    """The model of the dates; ``price`` is what it minimises."""

    def __init__(self, question: Question, teams: Teams, speakers: tuple[int, ...]) -> None:
        self.rules = Rules()
        self.question, self.teams, self.speakers = question, teams, speakers
        self.moments = Moments(self.rules, question)
        for t in range(len(question.problem.trainers)):
            self._keep_apart(t)
        self.rules.cp.minimize(self.moments.price())

    def _keep_apart(self, t: int) -> None:
        question, cp, moments = self.question, self.rules.cp, self.moments
        days = [e for e, team in enumerate(self.teams) if t in team]
        webinars = [w for w, speaker in enumerate(self.speakers) if speaker == t]
        on_date: dict[int, list[Any]] = {}
        in_week: dict[int, list[Any]] = {}
        for literals, chosen, fixed in (
            (moments.held, days, question.fixed),
            (moments.airs, webinars, question.webinar_fixed),
        ):
            for (position, n), literal in literals.items():
                if position not in chosen:
                    continue
                on_date.setdefault(n, []).append(literal)
                if not fixed(position):
                    in_week.setdefault(question.weeks[n], []).append(literal)
                    if n in question.away[t]:
                        cp.add(literal == 0)
        for together in on_date.values():
            cp.add_at_most_one(together)
        most = question.problem.trainers[t].most_a_week
        if most is not None:
            for together in in_week.values():
                cp.add(sum(together) <= most)
        self._keep_far_ones_apart(days)

    def _keep_far_ones_apart(self, days: list[int]) -> None:
        question, held = self.question, self.moments.held
        following = {
            n: n + 1 for n in range(len(question.dates) - 1) if (question.dates[n + 1] - question.dates[n]).days == 1
        }
        for e in days:
            far = [f for f in days if f != e and question.is_far(e, f)]
            for n in question.open_on[e]:
                after = [held[f, following[n]] for f in far if n in following and (f, following[n]) in held]
                if after:
                    self.rules.cp.add_at_most_one([held[e, n], *after])
