"""From one plan to the next: who had a place keeps it; a host that is gone is replaced where its guests suit best."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Ints
from services.scheduling.planner.assignment import polish
from services.scheduling.planner.problem import Host, Problem
from services.scheduling.planner.search import State
from services.scheduling.planner.spreading import seat_newcomers
from services.scheduling.planner.terrain import Terrain
from services.scheduling.planner.wide import WideTerrain


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
    for _, guests in sorted(orphans.items()):
        host = substitute(terrain, chosen, np.array(guests))
        if host is not None and len(chosen) < terrain.sites.count:
            place[guests] = len(chosen)
            chosen = np.append(chosen, host)
    if len(chosen) != terrain.sites.count or not terrain.sites.allow(chosen):
        return None
    return _seated(terrain, chosen, place)


def substitute(terrain: Terrain, chosen: Ints, guests: Ints) -> int | None:
    """The host not yet chosen to which all these guests together travel least; None when none has the seats."""
    sites = terrain.sites
    free = np.setdiff1d(np.flatnonzero(sites.seats >= terrain.demand[guests].sum()), chosen)
    if len(free) == 0:
        return None
    return int(free[terrain.block(free, guests).sum(axis=1).argmin()])


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
