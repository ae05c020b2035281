"""What would make room: to a question without an answer, the smallest change of each number that would do by itself,
and the rules without any one of which there would be an answer.

Nothing is guessed: each changed question is put to the judge that refused the first. A number is doubled until the
judge is content, then halved back. When the time is over, what has been found so far is the answer, and ``cut_short``
says so: it would do, but less might do as well, and there may be others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np

from services.scheduling.planner.checks import check
from services.scheduling.planner.clashes import number_of_days, usable_hosts
from services.scheduling.planner.packing import pack
from services.scheduling.planner.parts import in_parts
from services.scheduling.planner.problem import Infeasible, Problem, Trainer
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.survey import conditions

Judge = Callable[[Problem], object]
Changed = Callable[[Problem, int], Problem]

SECONDS = 8.0
COUNTED_OUT = frozenset(
    {
        *("more_delegates_than_seats", "rules_leave_too_few_seats", "body_larger_than_any_room"),
        *("too_few_trainers", "too_few_trainers_for_webinars", "trainers_days_used_up"),
        *("too_few_dates", "too_few_dates_for_webinars", "too_few_weeks", "no_working_day"),
        *("pinned_host_excluded", "pinned_host_unusable", "pinned_pair_forbidden", "pinned_bodies_exceed_seats"),
        *(
            "too_few_hosts_in_region",
            "more_days_demanded",
            "body_without_host",
            "all_hosts_excluded",
            "no_host_on_land",
        ),
    }
)
"""Reasons that are seen before anything is computed, and that a number or a rule may be blamed for."""
DO_NOT_FIT = frozenset({"bodies_do_not_fit_whole", "no_packing_found"})


@dataclass(frozen=True)
class Number:
    """One number of the question: how it reads, how it is changed by so many steps, and how many are tried."""

    name: str
    read: Callable[[Problem], int | str | None]
    changed: Changed
    most: int = 256


NUMBERS = (
    Number(
        "training_days", lambda p: p.training_days, lambda p, k: replace(p, training_days=p.training_days + k), 1024
    ),
    Number("fewer_days", lambda p: p.training_days, lambda p, k: replace(p, training_days=max(1, p.training_days - k))),
    Number("day_capacity", lambda p: p.day_capacity, lambda p, k: replace(p, day_capacity=p.day_capacity + k), 1024),
    Number("trainers", lambda p: len(p.trainers), lambda p, k: replace(p, trainers=p.trainers + _anybody(p, k)), 64),
    Number("days_per_date", lambda p: p.days_per_date, lambda p, k: replace(p, days_per_date=p.days_per_date + k), 64),
    Number(
        "days_per_week", lambda p: p.days_per_week, lambda p, k: replace(p, days_per_week=(p.days_per_week or 0) + k)
    ),
    Number("fewer_webinars", lambda p: p.webinars, lambda p, k: replace(p, webinars=max(0, p.webinars - k))),
    Number(
        "window_until",
        lambda p: p.window_until.isoformat(),
        lambda p, k: replace(p, window_until=p.window_until + timedelta(days=7 * k)),
        64,
    ),
)
"""The window grows by weeks."""
OF_THE_CALENDAR = ("trainers", "days_per_date", "days_per_week", "fewer_webinars", "window_until")
RULES = (
    *("pinned_hosts", "pinned", "excluded_hosts", "forbidden", "least_in_region"),
    *("pinned_dates", "pauses", "closed_dates", "whole"),
)
"""``whole``: that a body is not split."""
_OPEN: Mapping[str, Any] = {"pinned_dates": {}, "pauses": (), "closed_dates": frozenset()}
"""Those that stand in the question itself, and how they read when they demand nothing. Only they matter to a calendar,
whose places are chosen."""


def may_be_made(refusal: Infeasible) -> bool:
    """Whether a number or a rule may be blamed for it, and nobody has said yet which. A fact may be a room of seats."""
    return not isinstance(refusal.facts.get("room"), dict) and refusal.reason in COUNTED_OUT | DO_NOT_FIT


def room_for(problem: Problem, refusal: Infeasible) -> dict[str, Any]:
    """``{"room": ...}`` for a refusal for which room may be made, else nothing. Where the seats of the largest room
    stand there, they are told as ``largest``."""
    if not may_be_made(refusal):
        return {}
    largest = {"largest": refusal.facts["room"]} if "room" in refusal.facts else {}
    judge = check if refusal.reason in COUNTED_OUT else _check_packing
    return {**largest, "room": making_room(problem, judge, refusal.reason)}


def making_room(problem: Problem, judge: Judge, reason: str, names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """``numbers``: now and needed, by name; ``rules``: those of which any one given up would do, tried first, since
    each takes one trial.

    When nothing would do by itself, the numbers are those that would settle this reason, each with the reason that
    would be ``next``. ``cut_short`` is there when the time did not suffice for all that had to be tried.
    """
    ends, cut_short = time.monotonic() + SECONDS, dict[str, bool]()

    def refused(changed: Problem) -> str | None:
        if time.monotonic() > ends:
            cut_short["cut_short"] = True
            return reason
        try:
            judge(changed)
        except Infeasible as refusal:
            return refusal.reason
        return None

    blamed = RULES if names is None else tuple(_OPEN)
    rules = [name for name in blamed if _stated(problem, name) and refused(_free(problem, name)) is None]
    numbers = _numbers(problem, names, lambda changed: refused(changed) is None)
    if numbers or rules:
        return {"numbers": {name: told for name, (told, _) in numbers.items()}, "rules": rules, **cut_short}
    partly = _numbers(problem, names, lambda changed: refused(changed) != reason)
    following = {name: refused(changed) for name, (_, changed) in partly.items()}
    return {
        "numbers": {
            name: {**told, "next": None if following[name] == reason else following[name]}
            for name, (told, _) in partly.items()
        },
        "rules": [],
        **cut_short,
    }


def _numbers(
    problem: Problem, names: tuple[str, ...] | None, content: Callable[[Problem], bool]
) -> dict[str, tuple[dict[str, Any], Problem]]:
    """By name what each number is and must be for content, and the problem with it."""
    found: dict[str, tuple[dict[str, Any], Problem]] = {}
    for number in NUMBERS:
        now = number.read(problem)
        if now is None or (names is not None and number.name not in names):
            continue
        steps = _fewest(partial(_enough, content, number, problem), number.most)
        if steps is not None:
            changed = number.changed(problem, steps)
            found[number.name] = {"now": now, "needed": number.read(changed)}, changed
    return found


def _enough(content: Callable[[Problem], bool], number: Number, problem: Problem, steps: int) -> bool:
    return content(number.changed(problem, steps))


def _fewest(enough: Callable[[int], bool], most: int) -> int | None:
    """The fewest steps that are enough, where more are enough too."""
    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
        if high > most:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _anybody(problem: Problem, many: int) -> tuple[Trainer, ...]:
    """So many trainers who are free on every date and know every topic, at home in the middle of all places.

    Each teaches at every day and webinar at most once: whoever counts what a team can do must not take one for many.
    """
    places: Any = problem.trainers or problem.hosts
    latitude, longitude = (
        float(np.mean([getattr(place, axis) for place in places])) for axis in ("latitude", "longitude")
    )
    most = number_of_days(problem) + problem.webinars
    return tuple(Trainer(f"anybody-{number}", "", latitude, longitude, most_days=most) for number in range(many))


def _stated(problem: Problem, name: str) -> bool:
    if name == "whole":
        return any(body.demand > 1 for body in problem.bodies)
    return bool(getattr(problem if name in _OPEN else problem.rules, name))


def _free(problem: Problem, name: str) -> Problem:
    if name in _OPEN:
        return replace(problem, **{name: _OPEN[name]})
    if name == "whole":
        return in_parts(problem, {body.code for body in problem.bodies})
    without: Mapping[str, Any] = {name: getattr(Rules(), name)}
    return replace(problem, rules=replace(problem.rules, **without))


def _check_packing(problem: Problem) -> None:
    """Refuse bodies that do not fit whole even into the largest rooms that may be chosen."""
    check(problem)
    hosts = usable_hosts(problem)
    sites = conditions(problem, hosts, number_of_days(problem))
    largest = sites.cheapest(-sites.seats.astype(np.float64))
    demand = np.array([body.demand for body in problem.bodies], dtype=np.int64)
    if pack(demand, sites.seats[largest])[0] is None:
        raise Infeasible("bodies_do_not_fit_whole")
