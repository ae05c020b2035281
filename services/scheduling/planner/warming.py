"""Reach every compiled function once, so that numba's cache holds them all and no plan waits for a compiler."""

from __future__ import annotations

from datetime import date

import numpy as np

from services.scheduling.planner.assignment import polish, seat
from services.scheduling.planner.clashes import usable_hosts
from services.scheduling.planner.ground import ground_between, ground_of
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Body, Host, Problem, Trainer
from services.scheduling.planner.siting import Budget, site
from services.scheduling.planner.survey import survey
from services.scheduling.planner.wide import WideTerrain

EFFORT = 150


def warm() -> None:
    """A small question with a matrix, the same as if it were a huge one, and the quick assignment of those between."""
    problem = _question()
    solve(problem)
    hosts = usable_hosts(problem)
    terrain = survey(problem, hosts, problem.training_days)
    wide = WideTerrain(
        ground_of(problem, hosts),
        ground_between(hosts, problem.detour, problem.seas),
        terrain.demand,
        terrain.sites,
    )
    found = site(wide, Budget(lambda: 0.0, lambda: False, effort=EFFORT), lambda share, cost, bound, state: None)
    trip = np.ascontiguousarray(terrain.block(found.state.chosen).T)
    seats, load = terrain.sites.seats[found.state.chosen], np.zeros(len(found.state.chosen), dtype=np.int64)
    seat(trip, seats, terrain.demand, found.state.place, load)
    polish(trip, seats, terrain.demand, found.state.place, load, 1e4)


def _question() -> Problem:
    """Bodies of several delegates in tight rooms."""
    spots = [(42 + 0.07 * (n % 13), 12 + 0.05 * (n % 17)) for n in range(60)]
    return Problem(
        bodies=tuple(Body(f"b{n}", "", x, y, "Lazio", 1 + n % 3) for n, (x, y) in enumerate(spots)),
        hosts=tuple(Host(f"h{n}", "", x, y, "RM", "Lazio", 13) for n, (x, y) in enumerate(spots)),
        trainers=(Trainer("t", "", 42.0, 12.0),),
        training_days=11,
        trainers_per_day=1,
        window_from=date(2017, 9, 1),
        window_until=date(2017, 12, 1),
        seconds=3600.0,
        effort=EFFORT,
    )
