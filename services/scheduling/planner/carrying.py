"""From one plan to the next: who had a place keeps it; a host that is gone is replaced where its guests suit best."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.assignment import polish, transport
from services.scheduling.planner.branching import seat_whole
from services.scheduling.planner.problem import Host, Problem
from services.scheduling.planner.search import State
from services.scheduling.planner.spreading import seat_newcomers
from services.scheduling.planner.terrain import Terrain
from services.scheduling.planner.wide import WideTerrain

ROOMS_NEARBY = 4
"""Of the rooms with free seats so many are thought of for each guest."""
NODES = 200
"""Branches in which whole bodies are seated with each host that is tried."""


def carried_over(problem: Problem, hosts: tuple[Host, ...], terrain: Terrain) -> State | None:
    """The previous plan on this terrain, mended where something is gone; None when that is no start for a new one."""
    previous, known = problem.rules.previous, {host.code: j for j, host in enumerate(hosts)}
    before = np.array([known.get(previous.get(body.code, ""), -1) for body in problem.bodies])
    gone = [previous.get(body.code) if j < 0 else None for body, j in zip(problem.bodies, before, strict=True)]
    chosen = np.unique(before[before >= 0])
    place = np.searchsorted(chosen, before)
    place[before < 0] = -1
    orphans: dict[str, list[int]] = {}
    for i, code in enumerate(gone):
        if code is not None:
            orphans.setdefault(code, []).append(i)
    for _, orphaned in sorted(orphans.items()):
        guests = np.array(orphaned)
        load = np.bincount(place[place >= 0], weights=terrain.demand[place >= 0], minlength=len(chosen))
        found = substitute(terrain, chosen, load.astype(np.int64), guests)
        if found is not None and len(chosen) < terrain.sites.count:
            host, place[guests] = found
            chosen = np.append(chosen, host)
    if len(chosen) != terrain.sites.count or not terrain.sites.allow(chosen):
        return None
    return _seated(terrain, chosen, place)


def substitute(terrain: Terrain, chosen: Ints, load: Ints, guests: Ints) -> tuple[int, Ints] | None:
    """The host not yet chosen with which these guests travel least, and the room of each: that host's, which would be
    the next one, or a seat that is free in one of the others. None when they cannot all have a seat.

    Hosts are tried in the order of what they would cost if all seats were free, as long as that may be the least.
    """
    sites, demand = terrain.sites, terrain.demand[guests]
    free = np.setdiff1d(np.flatnonzero(sites.seats > 0), chosen)
    spare = sites.seats[chosen] - load
    rooms = np.flatnonzero(spare > 0)
    if len(rooms):
        nearest, _ = terrain.nearest(chosen[rooms], ROOMS_NEARBY, guests)
        rooms = rooms[np.unique(nearest)]
    costs, elsewhere = terrain.block(free, guests), terrain.block(chosen[rooms], guests)
    least = np.minimum(costs, elsewhere.min(axis=0, initial=np.inf)).sum(axis=1)
    best, found = np.inf, None
    for f in np.argsort(least, kind="stable"):
        if least[f] >= best:
            break
        trip = np.ascontiguousarray(np.vstack((costs[f], elsewhere)).T)
        seats = np.concatenate((sites.seats[free[f : f + 1]], spare[rooms]))
        ceiling = min(best, float(trip.max(axis=1).sum()) + 1.0)
        cost, place = _seated_whole(trip, seats, demand, ceiling)
        if cost < ceiling and not (place == 0).any():  # a day is held for somebody: for whom it is least out of the way
            trip[(trip[:, 0] - trip[np.arange(len(guests)), place]).argmin(), 1:] = ceiling
            cost, place = _seated_whole(trip, seats, demand, ceiling)
        if cost < ceiling:
            best, found = cost, (int(free[f]), np.concatenate(([len(chosen)], rooms))[place])
    return found


def _seated_whole(trip: Floats, seats: Ints, demand: Ints, ceiling: float) -> tuple[float, Ints]:
    """The cheapest room of each guest, if that costs less than the ceiling in all; and what it costs."""
    near = trip / demand[:, None]
    price, place = np.zeros(len(seats)), np.zeros(len(demand), dtype=np.int64)
    if transport(near, seats, demand, price, np.zeros(trip.shape, dtype=np.int64)) >= ceiling:
        return ceiling, place
    cost, _ = seat_whole(near, seats, demand, price, place, ceiling, NODES)
    return cost, place


def _seated(terrain: Terrain, chosen: Ints, place: Ints) -> State | None:
    """The newcomers where they travel least, then whoever must move so that nobody stands."""
    if isinstance(terrain, WideTerrain):
        return seat_newcomers(terrain, chosen, place)
    trip = np.ascontiguousarray(terrain.block(chosen).T)
    place = np.where(place < 0, trip.argmin(axis=1), place)
    seats, everybody = terrain.sites.seats[chosen], np.arange(len(place))
    load = np.bincount(place, weights=terrain.demand, minlength=len(chosen)).astype(np.int64)
    if (load > seats).any() and not polish(trip, seats, terrain.demand, place, load, float(trip.max()) + 1.0):
        return None
    return State(chosen, place, float(trip[everybody, place].sum()))
