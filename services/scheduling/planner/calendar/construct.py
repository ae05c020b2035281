"""A timetable at once: one day after the other, each where it costs least and leaves the rest a way.

It may fail where dates or people are scarce; then CP-SAT looks for one.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.calendar.timetable import Timetable


def construct(question: Question) -> Timetable | None:
    """Days with the fewest possible dates first, then webinars with the fewest speakers; None when one has no room."""
    making = _Making(question)
    days = sorted(range(len(question.hosts)), key=lambda e: (not question.fixed(e), len(question.open_on[e]), e))
    webinars = sorted(
        range(len(question.topics)), key=lambda w: (not question.webinar_fixed(w), len(question.speakers[w]), w)
    )
    if not all(making.place_day(e) for e in days) or not all(making.place_webinar(w) for w in webinars):
        return None
    return Timetable(
        days=tuple(making.days[e] for e in range(len(days))),
        teams=tuple(making.teams[e] for e in range(len(days))),
        webinars=tuple(making.webinars[w] for w in range(len(webinars))),
        speakers=tuple(making.speakers[w] for w in range(len(webinars))),
    )


class _Making:
    """What has been placed so far."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.week = question.weeks
        self.days: dict[int, int] = {}
        self.teams: dict[int, tuple[int, ...]] = {}
        self.held: Counter[int] = Counter()
        self.held_weekly: Counter[int] = Counter()
        self.webinars: dict[int, int] = {}
        self.speakers: dict[int, int] = {}
        self.load: Counter[int] = Counter()
        self.weekly: Counter[tuple[int, int]] = Counter()
        self.busy: dict[int, dict[int, int | None]] = {}
        """By date and trainer: the day that they teach, None for a webinar."""
        self.by_date = {day.toordinal(): n for n, day in enumerate(question.dates)}
        self.crowd: Counter[tuple[bool, int | None]] = Counter()

    def place_day(self, e: int) -> bool:
        question, problem = self.question, self.question.problem
        was = question.before[e]
        order, most = self._by_effort(e), problem.days_per_week
        best: tuple[tuple[float, int], tuple[int, ...]] | None = None
        for n in question.open_on[e]:
            if not question.fixed(e):
                if self.held[n] >= problem.days_per_date:
                    continue
                if most is not None and self.held_weekly[self.week[n]] >= most:
                    continue
            team = self._team(e, n, order)
            if team is None:
                continue
            cost = sum(question.km[e][t] + problem.imbalance_km * self.load[t] for t in team)
            cost += 10 * problem.spread_km * self.crowd[True, question.stretch[n]]
            cost += problem.moved_date_km * (was is not None and was.date != question.dates[n])
            if best is None or (cost, n) < best[0]:
                best = ((cost, n), team)
        if best is None:
            return False
        (_, n), team = best
        self.days[e], self.teams[e] = n, team
        self.held[n] += 1
        self.held_weekly[self.week[n]] += 1
        self.crowd[True, question.stretch[n]] += 1
        for t in team:
            self._engage(t, n, e)
        return True

    def place_webinar(self, w: int) -> bool:
        question, problem = self.question, self.question.problem
        was = question.webinars_before[w]
        taken = set(self.webinars.values())
        ids = [trainer.id for trainer in problem.trainers]
        best: tuple[tuple[float, int, int], int] | None = None
        for n in question.airs_on[w]:
            if n in taken and not question.webinar_fixed(w):
                continue
            cost = problem.clash_km * any(self.days[e] == n for e in question.clashing[w])
            cost += 10 * problem.spread_km * self.crowd[False, question.stretch[n]]
            cost += problem.moved_date_km * (was is not None and was.date != question.dates[n])
            for t in question.speakers[w]:
                if not question.webinar_fixed(w) and not self._is_free(t, n, None):
                    continue
                price = cost + problem.imbalance_km * self.load[t]
                price += problem.changed_trainer_km * (was is not None and was.speaker_id != ids[t])
                if best is None or (price, n, t) < best[0]:
                    best = ((price, n, t), t)
        if best is None:
            return False
        (_, n, _), t = best
        self.webinars[w], self.speakers[w] = n, t
        self.crowd[False, question.stretch[n]] += 1
        self._engage(t, n, None)
        return True

    def _by_effort(self, e: int) -> list[int]:
        """Who may teach there, the nearest and least busy first."""
        question, problem = self.question, self.question.problem
        was = question.before[e]
        stay = set() if was is None else set(was.trainer_ids)

        def effort(t: int) -> tuple[float, int]:
            kept = problem.trainers[t].id in stay
            cost = question.km[e][t] + problem.imbalance_km * self.load[t] - problem.changed_trainer_km * kept
            return cost, t

        return sorted(question.teachers[e], key=effort)

    def _team(self, e: int, n: int, order: list[int]) -> tuple[int, ...] | None:
        """The first in the order who are free, one of them a leader where that is needed."""
        question, size = self.question, self.question.problem.trainers_per_day
        if question.fixed(e):
            return tuple(sorted(question.teachers[e]))
        free = (t for t in order if self._is_free(t, n, e))
        team = list(islice(free, size))
        leaders = question.leaders[e]
        if leaders and not leaders & set(team):
            team = team[:-1] + list(islice((t for t in free if t in leaders), 1))
        if len(team) < size or (leaders and not leaders & set(team)):
            return None
        return tuple(sorted(team))

    def _is_free(self, t: int, n: int, e: int | None) -> bool:
        question, trainer, limit = self.question, self.question.problem.trainers[t], self.question.limits[t]
        if n in question.away[t] or t in self.busy.get(n, {}):
            return False
        if limit is not None and self.load[t] >= limit:
            return False
        if trainer.most_a_week is not None and self.weekly[t, self.week[n]] >= trainer.most_a_week:
            return False
        if e is None:
            return True
        today = question.dates[n].toordinal()
        for near in (self.by_date.get(today - 1), self.by_date.get(today + 1)):
            other = self.busy.get(near, {}).get(t) if near is not None else None
            if other is not None and question.is_far(e, other):
                return False
        return True

    def _engage(self, t: int, n: int, e: int | None) -> None:
        self.busy.setdefault(n, {})[t] = e
        self.load[t] += 1
        self.weekly[t, self.week[n]] += 1
