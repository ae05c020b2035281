"""No day without a body. It matters when there are hardly more bodies than days: the search may leave hosts idle."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.assignment import transport
from services.scheduling.planner.search import State


def occupy(state: State, cost: Floats, demand: Ints, seats: Ints) -> State:
    """Give each idle host a body, or exchange it for a host that suits one, as cheaply as can be seen.

    A day for which no body can be found is not held. A state without idle hosts is returned as it is.
    """
    if np.bincount(state.place, minlength=len(state.chosen)).all():
        return state
    state = state.copy()
    for slot in np.flatnonzero(np.bincount(state.place, minlength=len(state.chosen)) == 0):
        _settle_one(state, cost, demand, seats, int(slot))
    used = np.flatnonzero(np.bincount(state.place, minlength=len(state.chosen)))
    place = np.searchsorted(used, state.place)
    return _improve(State(state.chosen[used], place, 0.0), cost, demand, seats)


def occupy_all(chosen: Ints, cost: Floats, demand: Ints, seats: Ints) -> State | None:
    """The best way to use all these hosts, counting bodies rather than seats; None when seats run short.

    A transportation problem in which each host has a first place that must be taken, and as many more as are wanted.
    """
    rooms, bodies = len(chosen), len(demand)
    eager = float(cost.max()) * 2 + 1.0
    near = np.hstack((cost[chosen].T - eager, cost[chosen].T))
    room = np.repeat(np.array([1, bodies]), rooms)
    split = np.zeros(near.shape, dtype=np.int64)
    transport(near, room, np.ones(bodies, dtype=np.int64), np.zeros(2 * rooms), split)
    place = split.argmax(axis=1) % rooms
    load = np.bincount(place, weights=demand, minlength=rooms)
    if not load.all() or (load > seats[chosen]).any():
        return None
    return _improve(State(chosen.copy(), place, 0.0), cost, demand, seats)


def _improve(state: State, cost: Floats, demand: Ints, seats: Ints) -> State:
    before = np.inf
    while (after := _total(state, cost)) < before - 1e-6:
        before = after
        _move_hosts(state, cost, demand, seats)
        for slot in range(len(state.chosen)):
            state = _relocate(state, cost, demand, seats, slot)
    state.cost = after
    return state


def _settle_one(state: State, cost: Floats, demand: Ints, seats: Ints, slot: int) -> None:
    """The cheapest pair of a body that is not alone and a closed host (or the idle one) that has room for it."""
    count = np.bincount(state.place, minlength=len(state.chosen))
    movable = np.flatnonzero(count[state.place] > 1)
    extra = cost[:, movable] - cost[state.chosen[state.place[movable]], movable]
    extra[seats[:, None] < demand[movable][None, :]] = np.inf
    extra[np.delete(state.chosen, slot)] = np.inf
    if np.isfinite(extra).any():
        host, which = np.unravel_index(int(extra.argmin()), extra.shape)
        state.chosen[slot], state.place[movable[which]] = host, slot


def _move_hosts(state: State, cost: Floats, demand: Ints, seats: Ints) -> None:
    """Each day to the closed host that suits its bodies best."""
    for slot in range(len(state.chosen)):
        guests = np.flatnonzero(state.place == slot)
        total = cost[:, guests].sum(axis=1)
        total[seats < demand[guests].sum()] = np.inf
        total[np.delete(state.chosen, slot)] = np.inf
        state.chosen[slot] = int(total.argmin())


def _relocate(state: State, cost: Floats, demand: Ints, seats: Ints, slot: int) -> State:
    """Give up one day, send its bodies to the others, and hold it for the cheapest pair instead, if that is better."""
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
    _settle_one(trial, cost, demand, seats, slot)
    occupied = np.bincount(trial.place, minlength=rooms).all()
    return trial if occupied and _total(trial, cost) < _total(state, cost) - 1e-6 else state


def _total(state: State, cost: Floats) -> float:
    return float(cost[state.chosen[state.place], np.arange(len(state.place))].sum())
