"""Fresh starts: hosts drawn by their shares in the bound, exchanged a little, settled, and recombined with the record.

The shares come close to the fractional optimum, so that most of what is drawn is right, and what is not differs from
draw to draw. A draw is hasty: it is the descent that makes a good plan of it, in a fraction of the time that thorough
exchanges would take.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Ints
from services.scheduling.planner.assignment import HUGE
from services.scheduling.planner.hosts import exchange
from services.scheduling.planner.search import Search, State

DRAWS, DRAWS_OF_SEVERAL = 4, 2
"""So many fruitless draws end them; fewer where bodies send several delegates, and annealing finds more."""
DRAWN_FROM = 2
LEAST_SHARE = 1e-3
TRIES, QUOTA = 5, 16
"""How many exchanges are tried of those that promise most; after so many assignments the clock is looked at."""
NOISE = 0.25
LARGEST = 2_000_000
"""Bodies times rooms up to which hosts are drawn for the whole country."""
FEWEST_BODIES = 15
"""With fewer bodies of several delegates a room split ones are so bad a judge of hosts that drawing finds nothing."""


def draw(search: Search) -> None:
    """Draw while that finds something better."""
    bodies, rooms = len(search.terrain.demand), len(search.best.chosen)
    misjudged = search.several and bodies < FEWEST_BODIES * rooms
    if misjudged or bodies * rooms > LARGEST or not search.share.any():
        return
    ends: list[State] = []
    fruitless, most = 0, DRAWS_OF_SEVERAL if search.several else DRAWS
    while fruitless < most and not search.spent():
        known = search.best.cost
        state = _drawn(search)
        if state is not None:
            search.take(state)
            search.settle()
            ends.append(search.state.copy())
            search.recombine(ends)
        fruitless = 0 if search.best.cost < known - 1e-6 else fruitless + 1
    search.return_to_best()


def _drawn(search: Search) -> State | None:
    """Hosts by their shares, with some luck, and the best exchanges among those that have a share; None if they do not
    seat everybody. It may take seconds: on its way already it is the record where it is better."""
    search.effort += 1
    terrain, sites, rooms = search.terrain, search.terrain.sites, len(search.best.chosen)
    hosts = np.argsort(-search.share, kind="stable")[: DRAWN_FROM * rooms]
    hosts = np.union1d(hosts[search.share[hosts] > LEAST_SHARE], search.best.chosen)
    luck = np.full(len(sites.seats), np.inf)
    luck[hosts] = -search.share[hosts] - NOISE * search.random.gumbel(size=len(hosts))
    chosen: Ints = sites.cheapest(luck, rooms)
    if sites.seats[chosen].sum() < terrain.demand.sum():
        return None
    unit = terrain.block(hosts) / terrain.demand
    place = np.zeros(len(terrain.demand), dtype=np.int64)
    local = np.searchsorted(hosts, chosen)
    price, to_spare, cost, skip = np.zeros(rooms), sites.to_spare(chosen), HUGE, 0
    while skip >= 0 and not (cost < HUGE and search.spent()):
        cost, skip = exchange(
            unit,
            sites.seats[hosts],
            terrain.demand,
            local,
            place,
            price,
            TRIES,
            QUOTA,
            skip,
            sites.must[hosts],
            sites.region[hosts],
            to_spare,
            False,
        )
        if cost < HUGE:
            search.record(State(hosts[local], place, float(cost)))
    return None if cost >= HUGE else State(hosts[local], place, float(cost))
