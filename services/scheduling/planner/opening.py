"""The first plan on a wide terrain: the bound is raised first, and its hosts are drawn by their shares.

With few seats a host and thousands of hosts it matters most that each stretch of land gets as many days as its bodies
fill; the shares of the bound know that, a greedy choice does not.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np

from services.scheduling.planner.arrays import Ints
from services.scheduling.planner.bound import Bound
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.search import State
from services.scheduling.planner.spreading import assign_wide
from services.scheduling.planner.wide import WideTerrain

FIRST_STEPS = 240
NEIGHBOURS = 64


def open_wide(terrain: WideTerrain, spent: Callable[[], bool]) -> tuple[State, Bound]:
    """A whole plan, and the bound as far as it rose; raises ``Infeasible`` when no way was found to seat everybody."""
    hosts = len(terrain.sites.seats)
    _, costs = terrain.nearest(np.arange(hosts), ceil(hosts / terrain.sites.count))
    bound = Bound(terrain, costs[:, -1].copy())
    guess = float(costs[:, -1].sum())
    for _ in range(FIRST_STEPS):
        if bound.finished or spent():
            break
        bound.improve(guess)
    return first_wide_state(terrain, bound), bound


def first_wide_state(terrain: WideTerrain, bound: Bound) -> State:
    """On hosts drawn by their shares, with larger ones where seats are too few; on the largest of all if need be."""
    sites = terrain.sites
    drawn = make_room(sites.drawn(bound.share, terrain.order), terrain)
    state = assign_wide(terrain, drawn)
    if state is None:
        largest = sites.cheapest(-sites.seats.astype(np.float64))
        state = assign_wide(terrain, largest)
    if state is None:
        seats = int(sites.seats[largest].sum())
        raise Infeasible("no_packing_found", delegates=int(terrain.demand.sum()), seats=seats, days=sites.count)
    return state


def make_room(chosen: Ints, terrain: WideTerrain) -> Ints:
    """Small hosts given up for larger ones nearby, the smallest first, until there are seats for all delegates."""
    sites, chosen = terrain.sites, chosen.copy()
    opened = np.zeros(len(sites.seats), dtype=np.bool_)
    opened[chosen] = True
    missing = int(terrain.demand.sum() - sites.seats[chosen].sum())
    to_spare = sites.to_spare(chosen)
    reach = NEIGHBOURS
    while missing > 0:
        changed = False
        for k in np.argsort(sites.seats[chosen], kind="stable"):
            host = chosen[k]
            if missing <= 0 or sites.must[host]:
                continue
            near = terrain.neighbours(np.array([host]), reach)
            near = near[~opened[near] & (sites.seats[near] > sites.seats[host])]
            if to_spare[sites.region[host]] <= 0:
                near = near[sites.region[near] == sites.region[host]]
            if len(near) == 0:
                continue
            extra = sites.seats[near] - sites.seats[host]
            other = near[int(np.argmin((terrain.distances(np.array([host]))[0, near] + 1.0) / extra))]
            to_spare[sites.region[host]] -= 1
            to_spare[sites.region[other]] += 1
            opened[host], opened[other] = False, True
            missing -= int(sites.seats[other] - sites.seats[host])
            chosen[k], changed = other, True
        if not changed and reach >= len(sites.seats):
            break
        reach = reach if changed else min(8 * reach, len(sites.seats))
    return np.sort(chosen)
