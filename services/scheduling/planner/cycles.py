"""For bodies of several delegates: the state is heated and cooled in cycles, and what each ends with recombined.

A cycle disturbs the country stretch by stretch, all of it at once where it is small (``annealing``); each is longer
than the one before. The last ends are remembered: the record takes over every part in which one of them is better
(``recombining``). The next cycle begins from the record, or afresh from the shares of the bound: cycles fall into few
valleys, and one that begins elsewhere is as likely to fall into the deepest.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.annealing import anneal
from services.scheduling.planner.search import Search, State, assign

BODIES, LEAST_ROOMS = 400, 12
"""About how many bodies a stretch has; it has more when so many rooms do."""
ROUNDS_A_ROOM = 25
FIRST_LENGTH, LONGEST, GROWTH = 100, 4000, 1.1
"""Rounds a room in the first cycle, in the longest, and how much longer each is."""
COOLEST, HOTTEST = 0.5, 1.2
"""What share of a body's mean trip a change may cost at the beginning of a cycle, more or less."""
COLD = 0.03
"""The heat at the end of a cycle, as a share of that at its beginning."""
REMEMBERED = 10
ELSEWHERE, LUCK = 0.6, 0.1
"""How often a cycle does not begin from the record but from hosts that have most of a share, give or take some luck."""


def anneal_in_cycles(search: Search) -> None:
    """Until the search is spent."""
    ends: list[State] = []
    rounds = float(FIRST_LENGTH * len(search.state.chosen))
    while not search.spent():
        _cycle(search, rounds)
        search.descend(set(range(len(search.state.chosen))))
        ends = [*ends, search.state.copy()][-REMEMBERED:]
        search.recombine(ends)
        fresh = _by_shares(search) if search.random.random() < ELSEWHERE else None
        if fresh is None:
            search.return_to_best()
        else:
            search.take(fresh)
        rounds = min(GROWTH * rounds, LONGEST * len(search.state.chosen))


def _by_shares(search: Search) -> State | None:
    """The hosts with most of a share in the bound, about; None if there are no shares yet, or too few seats."""
    if not search.share.any():
        return None
    luck = -search.share - LUCK * search.random.random(len(search.share))
    return assign(search.terrain, search.terrain.sites.cheapest(luck, len(search.best.chosen)))


def _cycle(search: Search, rounds: float) -> None:
    """Cool from a heat that is drawn, one stretch after the other."""
    count, bodies = len(search.state.chosen), len(search.terrain.demand)
    stretch = min(count, max(LEAST_ROOMS, BODIES * count // bodies))
    hot = search.best.cost / bodies * np.exp(search.random.uniform(np.log(COOLEST), np.log(HOTTEST)))
    step = ROUNDS_A_ROOM * stretch
    done = 0.0
    while done < rounds and not search.spent():
        _disturb(
            search, stretch, hot * COLD ** (done / rounds), hot * COLD ** (min(done + step, rounds) / rounds), step
        )
        done += step


def _disturb(search: Search, stretch: int, hot: float, cold: float, rounds: int) -> None:
    """Some rounds around some room; that much effort as if each of the rooms had been tried once."""
    search.effort += stretch
    search.fruitless += stretch
    terrain, sites, state = search.terrain, search.terrain.sites, search.state
    slots = search.around(int(search.random.integers(len(state.chosen))), stretch)
    bodies, candidates = search.surroundings(slots, wide=bool(search.share.any() and search.random.integers(2)))
    if len(bodies) == 0:
        return
    slot = np.empty(len(state.chosen), dtype=np.int64)
    slot[slots] = np.arange(stretch)
    chosen, place = np.arange(stretch), slot[state.place[bodies]]
    trip, must, region = terrain.block(candidates, bodies), sites.must[candidates], sites.region[candidates]
    to_spare = sites.to_spare(state.chosen)
    best_chosen, best_place = anneal(
        trip,
        sites.seats[candidates],
        terrain.demand[bodies],
        chosen,
        place,
        must,
        region,
        to_spare,
        hot,
        cold,
        rounds,
        search.random,
    )
    record = state.copy()
    search.put(record, slots, bodies, candidates[best_chosen], best_place)
    search.record(record)
    search.put(state, slots, bodies, candidates[chosen], place)
