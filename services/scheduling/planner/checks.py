"""What can be seen to be impossible before anything is computed; each with a named reason and its facts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.scheduling.planner.calendar import allot
from services.scheduling.planner.clashes import SHOWN, check_rules, number_of_days, usable_hosts
from services.scheduling.planner.problem import Body, Host, Infeasible, Problem, Trainer

PRICES = ("imbalance_km", "reachable_km", "spread_km", "clash_km", "moved_date_km", "changed_trainer_km")


def check(problem: Problem) -> None:
    """Raise ``Infeasible`` with the first reason found, the plainest mistakes first."""
    _check_numbers(problem)
    if not problem.bodies:
        raise Infeasible("no_bodies")
    _refuse("duplicate_body", _repeated(body.code for body in problem.bodies))
    _refuse("duplicate_host", _repeated(host.code for host in problem.hosts))
    _refuse("duplicate_trainer", _repeated(trainer.id for trainer in problem.trainers))
    _refuse("body_without_delegates", [body.code for body in problem.bodies if body.demand < 1])
    room = max((problem.seats(host) for host in problem.hosts), default=0)
    if room < 1:
        raise Infeasible("no_candidate_hosts", hosts=len(problem.hosts))
    _refuse("body_larger_than_any_room", [body.code for body in problem.bodies if body.demand > room], room=room)
    hosts = usable_hosts(problem)
    places: list[Body | Host | Trainer] = [*problem.bodies, *hosts, *problem.trainers]
    lost = [place.id if isinstance(place, Trainer) else place.code for place in places if not _located(place)]
    _refuse("missing_coordinates", lost)
    if not hosts:
        raise Infeasible("all_hosts_excluded", hosts=len(problem.hosts))
    check_rules(problem)
    _refuse("trainer_without_skills", [t.id for t in problem.trainers if t.skills is not None and not t.skills])
    if len(problem.trainers) < problem.trainers_per_day:
        raise Infeasible("too_few_trainers", trainers=len(problem.trainers), trainers_per_day=problem.trainers_per_day)
    allot(problem, number_of_days(problem))


def _check_numbers(problem: Problem) -> None:
    if not problem.seconds > 0:
        raise Infeasible("no_time", seconds=problem.seconds)
    for name in ("training_days", "trainers_per_day", "day_capacity", "days_per_date"):
        if getattr(problem, name) < 1:
            raise Infeasible("number_out_of_range", field=name, value=getattr(problem, name), least=1)
    if problem.days_per_week is not None and problem.days_per_week < 1:
        raise Infeasible("number_out_of_range", field="days_per_week", value=problem.days_per_week, least=1)
    for name in ("webinars", "seed", "leading_topics", *PRICES):
        if not getattr(problem, name) >= 0:
            raise Infeasible("number_out_of_range", field=name, value=getattr(problem, name), least=0)
    seas = problem.seas
    waters = [seas.other_crossing_km, *(km for _, _, km in seas.crossings), *(island.km for island in seas.islands)]
    if not min(waters) >= 0:
        raise Infeasible("number_out_of_range", field="seas", value=min(waters), least=0)
    if not (problem.detour >= 1 and math.isfinite(problem.detour)):
        raise Infeasible("number_out_of_range", field="detour", value=problem.detour, least=1)


def _located(place: Body | Host | Trainer) -> bool:
    """A place at 0, 0 is in the Gulf of Guinea, which is how missing coordinates look."""
    latitude, longitude = place.latitude, place.longitude
    return (
        math.isfinite(latitude)
        and math.isfinite(longitude)
        and abs(latitude) <= 90
        and abs(longitude) <= 180
        and (latitude, longitude) != (0, 0)
    )


def _repeated(codes: Iterable[str]) -> list[str]:
    return sorted(code for code, times in Counter(codes).items() if times > 1)


def _refuse(reason: str, codes: list[str], **facts: Any) -> None:
    if codes:
        raise Infeasible(reason, codes=codes[:SHOWN], count=len(codes), **facts)
