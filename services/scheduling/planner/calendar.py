"""When, and with whom: dates, trainers and webinars for the hosts already chosen.

First a timetable by construction, which always exists when ``allot`` says so, in milliseconds. Then, within the time
given, OR-Tools CP-SAT exchanges the training days between the dates in use and chooses trainers anew, to shorten the
trainers' travel and even out their work. On one date all trainers who are free are equal and dates do not touch each
other, which makes the construction's yes or no exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Event, Thread
from typing import TypeVar

import holidays
import numpy as np

from services.scheduling.planner.arrays import Floats
from services.scheduling.planner.problem import Infeasible, Problem

Item = TypeVar("Item")


@dataclass(frozen=True)
class Timetable:
    """For each training day its date and trainers, for each webinar its date and speaker; trainers by position."""

    days: tuple[date, ...]
    trainers: tuple[tuple[int, ...], ...]
    webinars: tuple[date, ...]
    speakers: tuple[int, ...]


def working_days(problem: Problem) -> list[date]:
    """The dates of the window on which appointments may be held: Monday to Friday, no holiday, no pause, not closed."""
    length = (problem.window_until - problem.window_from).days
    if length < 0:
        return []
    years = range(problem.window_from.year, problem.window_until.year + 1)
    festive = holidays.country_holidays(problem.country, years=years)
    window = (problem.window_from + timedelta(days=offset) for offset in range(length + 1))
    return [
        day
        for day in window
        if day.weekday() < 5 and day not in festive and day not in problem.closed_dates and not _paused(day, problem)
    ]


def wanted_topics(problem: Problem) -> list[str]:
    """The topic of each webinar: each wanted topic once, by interest; what remains by highest averages."""
    wishes = {topic: count for topic, count in problem.topics.items() if count > 0}
    editions = dict.fromkeys(wishes, 0)
    chosen: list[str] = []
    while wishes and len(chosen) < problem.webinars:
        topic = min(wishes, key=lambda name: (editions[name] > 0, -wishes[name] / (editions[name] + 1), name))
        editions[topic] += 1
        chosen.append(topic)
    return chosen


def allot(problem: Problem, days: int) -> tuple[list[date], list[date]]:
    """Dates for so many training days and for the webinars, spread over the window; or the named reason why not."""
    dates = working_days(problem)
    webinars = len(wanted_topics(problem))
    if not dates:
        raise Infeasible("no_working_day", window=[problem.window_from.isoformat(), problem.window_until.isoformat()])
    if len(dates) * problem.days_per_date < days:
        raise Infeasible("too_few_dates", days=days, dates=len(dates), days_per_date=problem.days_per_date)
    free = {day: sum(day not in trainer.unavailable for trainer in problem.trainers) for day in dates}

    def most(day: date, speakers: int) -> int:
        return max(0, min(problem.days_per_date, (free[day] - speakers) // problem.trainers_per_day))

    possible = sum(most(day, 0) for day in dates)
    if possible < days:
        trainers = len(problem.trainers)
        raise Infeasible("too_few_trainers", days=days, possible=possible, trainers=trainers)
    speakable = [day for day in dates if free[day]]
    painless = [day for day in speakable if most(day, 1) == most(day, 0)]
    if len(painless) < webinars:
        painful = [day for day in speakable if most(day, 1) < most(day, 0)]
        extra = min(webinars - len(painless), len(painful), possible - days)
        painless = sorted(painless + _evenly(painful, extra))
    if len(painless) < webinars:
        reason = "too_few_dates_for_webinars" if len(dates) < webinars else "too_few_trainers_for_webinars"
        raise Infeasible(reason, webinars=webinars, possible=len(painless))
    webinar_dates = _evenly(painless, webinars)
    room = {day: most(day, int(day in webinar_dates)) for day in dates}
    quiet = [day for day in dates if room[day] and day not in webinar_dates]
    chosen = _evenly(quiet, min(days, len(quiet)))
    layer = 0
    while len(chosen) < days:
        layer += 1
        more = [day for day in dates if room[day] >= layer and chosen.count(day) < layer]
        chosen += _evenly(more, min(days - len(chosen), len(more)))
    return sorted(chosen), webinar_dates


def construct(problem: Problem, travel: Floats) -> Timetable:
    """A timetable at once: dates spread evenly, the nearest of the less busy trainers; ``travel[t, e]`` in km."""
    days, webinars = allot(problem, travel.shape[1])
    load = np.zeros(len(problem.trainers))
    busy: dict[date, set[int]] = {}
    teams: list[tuple[int, ...]] = []
    for day, distances in zip(days, travel.T, strict=True):
        free = _free(problem, day, busy)
        team = sorted(free, key=lambda t: (distances[t] + problem.imbalance_km * load[t], t))[
            : problem.trainers_per_day
        ]
        teams.append(tuple(sorted(team)))
        load[team] += 1
        busy.setdefault(day, set()).update(team)
    speakers = []
    for day in webinars:
        speaker = min(_free(problem, day, busy), key=lambda t: (load[t], t))
        load[speaker] += 1
        speakers.append(speaker)
    return Timetable(tuple(days), tuple(teams), tuple(webinars), tuple(speakers))


def price(problem: Problem, travel: Floats, table: Timetable) -> float:
    """What is minimised: trainers' kilometres, and ``imbalance_km`` for each appointment between busiest and idlest."""
    load = np.zeros(len(problem.trainers))
    for team in table.trainers:
        load[list(team)] += 1
    for speaker in table.speakers:
        load[speaker] += 1
    km = sum(travel[list(team), day].sum() for day, team in enumerate(table.trainers))
    return float(km + problem.imbalance_km * (load.max() - load.min()))


def load_solver() -> None:
    """Import OR-Tools, which takes about a second, before any budget of time begins to run."""
    from ortools.sat.python import cp_model  # noqa: F401


def improve(
    problem: Problem, travel: Floats, table: Timetable, seconds: float, stop: Event, work: float | None = None
) -> Timetable:
    """The best timetable that CP-SAT finds in time, never worse than ``table``.

    The dates in use stay; which training day is held on which may change. ``work`` limits the solver's own measure of
    effort, the same on any machine.
    """
    if seconds < 0.05 or stop.is_set() or not table.days:
        return table
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    trainers, days = range(len(problem.trainers)), range(len(table.days))
    dates = sorted(set(table.days))
    away = [[n for n, day in enumerate(dates) if day in trainer.unavailable] for trainer in problem.trainers]
    held = {(e, n): model.new_bool_var("") for e in days for n in range(len(dates))}
    teaches = {(e, t): model.new_bool_var("") for e in days for t in trainers}
    speaks = {(w, t): model.new_bool_var("") for w in range(len(table.webinars)) for t in trainers}
    for e in days:
        model.add_exactly_one(held[e, n] for n in range(len(dates)))
        model.add(sum(teaches[e, t] for t in trainers) == problem.trainers_per_day)
        for t in trainers:
            if away[t]:
                model.add(sum(held[e, n] for n in away[t]) + teaches[e, t] <= 1)
    for n, day in enumerate(dates):
        model.add(sum(held[e, n] for e in days) == table.days.count(day))
        if not any(away):
            for e in days:
                model.add(held[e, n] == int(table.days[e] == day))
    if len(dates) < len(days):
        position = [model.new_int_var(0, len(dates) - 1, "") for e in days]
        for e in days:
            model.add(position[e] == sum(n * held[e, n] for n in range(len(dates))))
        for t in trainers:
            model.add_no_overlap(
                model.new_optional_fixed_size_interval_var(position[e], 1, teaches[e, t], "") for e in days
            )
    for w, day in enumerate(table.webinars):
        model.add_exactly_one(speaks[w, t] for t in trainers)
        for t, trainer in enumerate(problem.trainers):
            if day in trainer.unavailable:
                model.add(speaks[w, t] == 0)
            elif day in dates:
                for e in days:
                    model.add_bool_or(~speaks[w, t], ~teaches[e, t], ~held[e, dates.index(day)])
    busiest, idlest = (model.new_int_var(0, len(days) + len(table.webinars), "") for _ in range(2))
    for t in trainers:
        load = sum(teaches[e, t] for e in days) + sum(speaks[w, t] for w in range(len(table.webinars)))
        model.add(busiest >= load)
        model.add(idlest <= load)
    km = sum(round(travel[t, e]) * chosen for (e, t), chosen in teaches.items())
    model.minimize(km + round(problem.imbalance_km) * (busiest - idlest))
    for (e, n), is_held in held.items():
        model.add_hint(is_held, table.days[e] == dates[n])
    for (e, t), chosen in teaches.items():
        model.add_hint(chosen, t in table.trainers[e])
    for (w, t), chosen in speaks.items():
        model.add_hint(chosen, t == table.speakers[w])

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = problem.seed % 2**31
    solver.parameters.max_time_in_seconds = seconds
    if work is not None:
        solver.parameters.max_deterministic_time = work
    status = _solve(lambda: solver.solve(model), solver.stop_search, stop)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return table
    better = replace(
        table,
        days=tuple(next(day for n, day in enumerate(dates) if solver.value(held[e, n])) for e in days),
        trainers=tuple(tuple(t for t in trainers if solver.value(teaches[e, t])) for e in days),
        speakers=tuple(next(t for t in trainers if solver.value(speaks[w, t])) for w in range(len(table.webinars))),
    )
    return better if price(problem, travel, better) < price(problem, travel, table) else table


def _solve(solve: Callable[[], Item], interrupt: Callable[[], None], stop: Event) -> Item:
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


def _free(problem: Problem, day: date, busy: dict[date, set[int]]) -> list[int]:
    taken = busy.get(day, set())
    return [t for t, trainer in enumerate(problem.trainers) if day not in trainer.unavailable and t not in taken]


def _evenly(items: list[Item], count: int) -> list[Item]:
    """So many of the items, at even distances; the count must not exceed the items."""
    return [items[(2 * n + 1) * len(items) // (2 * count)] for n in range(count)]


def _paused(day: date, problem: Problem) -> bool:
    here = (day.month, day.day)
    return any(
        first <= here <= last if first <= last else here >= first or here <= last for first, last in problem.pauses
    )
