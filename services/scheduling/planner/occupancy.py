"""No day without a body. It matters when there are hardly more bodies than days: the search may leave hosts idle."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.assignment import transport
from services.scheduling.planner.search import State
from services.scheduling.planner.terrain import MATRIX_PAIRS, Terrain
from services.scheduling.planner.wide import WideTerrain


def occupy(state: State, terrain: Terrain) -> State:
    """Give each idle host a body, or exchange it for a host that suits one, as cheaply as can be seen.

    A day for which no body can be found is not held. A state without idle hosts is returned as it is.
    """
    if np.bincount(state.place, minlength=len(state.chosen)).all():
        return state
    state = state.copy()
    for slot in np.flatnonzero(np.bincount(state.place, minlength=len(state.chosen)) == 0):
        _settle_one(state, terrain, int(slot))
    used = np.flatnonzero(np.bincount(state.place, minlength=len(state.chosen)))
    place = np.searchsorted(used, state.place)
    return _improve(State(state.chosen[used], place, 0.0), terrain)


def occupy_all(chosen: Ints, terrain: Terrain) -> State | None:
    """The best way to use all these hosts, counting bodies rather than seats; None when seats run short, or time would.

    A transportation problem in which each host has a first place that must be taken, and as many more as are wanted.
    """
    rooms, bodies = len(chosen), len(terrain.demand)
    if isinstance(terrain, WideTerrain):
        return None
    trips = terrain.block(chosen).T
    eager = float(trips.max()) * 2 + 1.0
    near = np.hstack((trips - eager, trips))
    room = np.repeat(np.array([1, bodies]), rooms)
    split = np.zeros(near.shape, dtype=np.int64)
    transport(near, room, np.ones(bodies, dtype=np.int64), np.zeros(2 * rooms), split)
    place = split.argmax(axis=1) % rooms
    load = np.bincount(place, weights=terrain.demand, minlength=rooms)
    if not load.all() or (load > terrain.sites.seats[chosen]).any():
        return None
    return _improve(State(chosen.copy(), place, 0.0), terrain)


def _improve(state: State, terrain: Terrain) -> State:
    if isinstance(terrain, WideTerrain):
        state.cost = float(terrain.pairs(state.chosen[state.place], np.arange(len(state.place))).sum())
        return state
    cost = _everything(terrain)
    before = np.inf
    while (after := _total(state, cost)) < before - 1e-6:
        before = after
        _move_hosts(state, terrain, cost)
        for slot in range(len(state.chosen)):
            state = _relocate(state, terrain, cost, slot)
    state.cost = after
    return state


def _settle_one(state: State, terrain: Terrain, slot: int) -> None:
    """The cheapest pair of a body that is not alone and a closed host (or the idle one) that has room for it.

    Where there are very many bodies only those are looked at that travel most: they have most to gain.
    """
    hosts = np.arange(len(terrain.sites.seats))
    count = np.bincount(state.place, minlength=len(state.chosen))
    movable = np.flatnonzero(count[state.place] > 1)
    now = terrain.pairs(state.chosen[state.place[movable]], movable)
    farthest = np.sort(np.argsort(-now, kind="stable")[: max(1, MATRIX_PAIRS // len(hosts))])
    movable, now = movable[farthest], now[farthest]
    extra = terrain.block(hosts, movable) - now
    extra[terrain.sites.seats[:, None] < terrain.demand[movable][None, :]] = np.inf
    extra[~_open_to(state, terrain, slot)] = np.inf
    if np.isfinite(extra).any():
        host, which = np.unravel_index(int(extra.argmin()), extra.shape)
        state.chosen[slot], state.place[movable[which]] = host, slot


def _move_hosts(state: State, terrain: Terrain, cost: Floats) -> None:
    """Each day to the closed host that suits its bodies best."""
    for slot in range(len(state.chosen)):
        guests = np.flatnonzero(state.place == slot)
        total = cost[:, guests].sum(axis=1)
        total[terrain.sites.seats < terrain.demand[guests].sum()] = np.inf
        total[~_open_to(state, terrain, slot)] = np.inf
        state.chosen[slot] = int(total.argmin())


def _relocate(state: State, terrain: Terrain, cost: Floats, slot: int) -> State:
    """Give up one day, send its bodies to the others, and hold it for the cheapest pair instead, if that is better."""
    demand, seats = terrain.demand, terrain.sites.seats
    trial = state.copy()
    rooms = len(trial.chosen)
    load = np.bincount(trial.place, weights=demand, minlength=rooms)
    for body in np.flatnonzero(trial.place == slot):
        trips = np.where(load + demand[body] <= seats[trial.chosen], cost[trial.chosen, body], np.inf)
        trips[slot] = np.inf
        if not np.isfinite(trips).any():
            return state
        there = int(trips.argmin())
        trial.place[body] = there
        load[there] += demand[body]
    _settle_one(trial, terrain, slot)
    occupied = np.bincount(trial.place, minlength=rooms).all()
    return trial if occupied and _total(trial, cost) < _total(state, cost) - 1e-6 else state


def _open_to(state: State, terrain: Terrain, slot: int) -> Marks:
    """The hosts at which this day may be held: its own, and closed ones that are no worse for what is demanded."""
    sites, host = terrain.sites, state.chosen[slot]
    free = np.ones(len(sites.seats), dtype=np.bool_)
    if sites.must[host]:
        free[:] = False
    elif sites.to_spare(state.chosen)[sites.region[host]] <= 0:
        free = sites.region == sites.region[host]
    free[state.chosen] = False
    free[host] = True
    return np.asarray(free)


def _everything(terrain: Terrain) -> Floats:
    return terrain.block(np.arange(len(terrain.sites.seats)))


def _total(state: State, cost: Floats) -> float:
    return float(cost[state.chosen[state.place], np.arange(len(state.place))].sum())
