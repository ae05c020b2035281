"""The calendar's question in numbers: what is fixed, what is open, what everything costs, in whole kilometres."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from services.scheduling.planner import travel
from services.scheduling.planner.arrays import Floats
from services.scheduling.planner.calendar.dates import stretches, week, working_days
from services.scheduling.planner.calendar.topics import interest, leading_topics, wanted_topics
from services.scheduling.planner.problem import Body, Host, Infeasible, PreviousDay, PreviousWebinar, Problem


@dataclass(frozen=True)
class Question:
    """Training days, trainers, webinars and dates by position.

    ``open_on[e]`` are the dates on which day ``e`` may be held, ``teachers[e]`` and ``speakers[w]`` who may; one of
    ``leaders[e]`` must, unless it is empty. ``apart`` are the kilometres from day to day, ``clashing[w]`` the days
    whose guests wish for webinar ``w``. ``limits[t]`` is how many appointments a trainer may have. ``stretch[n]`` is
    the part of the window in which date ``n`` lies, None for a date of the past.
    """

    problem: Problem
    hosts: tuple[Host, ...]
    dates: tuple[date, ...]
    stretch: tuple[int | None, ...]
    stretches: int
    open_on: tuple[tuple[int, ...], ...]
    km: tuple[tuple[int, ...], ...]
    teachers: tuple[frozenset[int], ...]
    leaders: tuple[frozenset[int], ...]
    apart: Floats
    topics: tuple[str, ...]
    airs_on: tuple[tuple[int, ...], ...]
    speakers: tuple[frozenset[int], ...]
    clashing: tuple[frozenset[int], ...]
    away: tuple[frozenset[int], ...]
    limits: tuple[int | None, ...]
    before: tuple[PreviousDay | None, ...]
    webinars_before: tuple[PreviousWebinar | None, ...]

    @cached_property
    def weeks(self) -> list[int]:
        """The week of each date."""
        return [week(day) for day in self.dates]

    def fixed(self, e: int) -> bool:
        """Whether the day stays as it was, whatever the rules say now."""
        known = self.before[e]
        return known is not None and known.fixed

    def webinar_fixed(self, w: int) -> bool:
        """The same of a webinar."""
        known = self.webinars_before[w]
        return known is not None and known.fixed

    def team_size(self, e: int) -> int:
        """How many teach there."""
        return len(self.teachers[e]) if self.fixed(e) else self.problem.trainers_per_day

    def is_far(self, e: int, f: int) -> bool:
        """Whether nobody can teach at both on consecutive dates."""
        return bool(self.apart[e, f] > self.problem.reachable_km)

    @cached_property
    def far(self) -> list[tuple[int, int]]:
        """The pairs of days that are too far apart for one trainer on consecutive dates, in order."""
        pairs = np.argwhere(np.triu(self.apart > self.problem.reachable_km, k=1)).tolist()
        return [(e, f) for e, f in pairs]

    def share(self, appointments: int) -> int:
        """How many of so many appointments each stretch of the window may hold without being crowded."""
        return -(-appointments // self.stretches)


def ask(problem: Problem, hosts: Sequence[Host], guests: Sequence[Sequence[Body]]) -> Question:
    """Put the question for these hosts and their guests; refuse what has no answer on its face."""
    known = _succeeded(problem, hosts)
    topics = tuple(wanted_topics(problem))
    known_webinars = _matched(topics, problem.previous_webinars)
    working = working_days(problem)
    past = {item.date for item in (*known, *known_webinars) if item is not None and item.fixed}
    dates = sorted({*working, *past})
    number = {day: n for n, day in enumerate(dates)}
    usual = {day: n for n, day in enumerate(working)}
    parts = max(1, min(len(hosts), len(working)))
    cut = stretches(working, parts) if working else []
    distances = travel.homeward(problem.trainers, hosts, problem.detour)
    everybody = frozenset(range(len(problem.trainers)))
    position = {trainer.id: t for t, trainer in enumerate(problem.trainers)}
    open_on = tuple(_open(problem, host, was, usual, number) for host, was in zip(hosts, known, strict=True))
    shut = [host.code for host, possible in zip(hosts, open_on, strict=True) if not possible]
    if shut:
        raise Infeasible("host_never_open", codes=shut, count=len(shut))
    leading = [leading_topics(problem, bodies) for bodies in guests]
    wishes = [interest(bodies) for bodies in guests]
    settled = Counter(position[who] for day in problem.previous_days if day.fixed for who in day.trainer_ids)
    settled.update(position[webinar.speaker_id] for webinar in problem.previous_webinars if webinar.fixed)
    return Question(
        problem=problem,
        hosts=tuple(hosts),
        dates=tuple(dates),
        stretch=tuple(cut[usual[day]] if day in usual else None for day in dates),
        stretches=parts,
        open_on=open_on,
        km=tuple(tuple(round(float(distances[t, e])) for t in sorted(everybody)) for e in range(len(hosts))),
        teachers=tuple(
            frozenset(position[each] for each in was.trainer_ids) if was is not None and was.fixed else everybody
            for was in known
        ),
        leaders=tuple(
            frozenset(
                t
                for t in everybody
                if not (was is not None and was.fixed) and any(problem.trainers[t].knows(topic) for topic in wanted)
            )
            for was, wanted in zip(known, leading, strict=True)
        ),
        apart=travel.homeward(hosts, hosts, problem.detour),
        topics=topics,
        airs_on=tuple(
            (number[was.date],) if was is not None and was.fixed else tuple(number[day] for day in working)
            for was in known_webinars
        ),
        speakers=tuple(
            frozenset([position[was.speaker_id]])
            if was is not None and was.fixed
            else frozenset(t for t in everybody if problem.trainers[t].knows(topic))
            for was, topic in zip(known_webinars, topics, strict=True)
        ),
        clashing=tuple(frozenset(e for e in range(len(hosts)) if wishes[e][topic] > 0) for topic in topics),
        away=tuple(
            frozenset(number[day] for day in trainer.unavailable if day in number) for trainer in problem.trainers
        ),
        limits=tuple(
            None if trainer.most_days is None else max(trainer.most_days, settled[t])
            for t, trainer in enumerate(problem.trainers)
        ),
        before=known,
        webinars_before=known_webinars,
    )


def _succeeded(problem: Problem, hosts: Sequence[Host]) -> tuple[PreviousDay | None, ...]:
    """Which day of the previous plan each one was: of the same host, else a day near it that lost its own host."""
    before = {day.host_code: day for day in problem.previous_days}
    found = [before.get(host.code) for host in hosts]
    places = {host.code: host for host in problem.hosts}
    chosen = {host.code for host in hosts}
    vacant = [day for day in problem.previous_days if day.host_code not in chosen and day.host_code in places]
    newcomers = [e for e, was in enumerate(found) if was is None]
    if vacant and newcomers:
        homes = [places[day.host_code] for day in vacant]
        apart = travel.homeward(homes, [hosts[e] for e in newcomers], problem.detour)
        for flat in apart.argsort(axis=None, kind="stable").tolist():
            one, other = divmod(flat, len(newcomers))
            if found[newcomers[other]] is None and vacant[one] not in found:
                found[newcomers[other]] = vacant[one]
    return tuple(found)


def _open(
    problem: Problem, host: Host, was: PreviousDay | None, usual: dict[date, int], number: dict[date, int]
) -> tuple[int, ...]:
    if was is not None and was.fixed:
        return (number[was.date],)
    pinned = problem.pinned_dates.get(host.code)
    possible = [day for day in usual if day not in host.closed_dates]
    return tuple(number[day] for day in possible if pinned is None or day == pinned)


def _matched(topics: Sequence[str], previous: Sequence[PreviousWebinar]) -> tuple[PreviousWebinar | None, ...]:
    """Which webinar of the previous plan each one was: of the same topic, in order."""
    waiting: dict[str, list[PreviousWebinar]] = {}
    for webinar in sorted(previous, key=lambda each: (not each.fixed, each.number)):
        waiting.setdefault(webinar.topic, []).append(webinar)
    return tuple(waiting[topic].pop(0) if waiting.get(topic) else None for topic in topics)
