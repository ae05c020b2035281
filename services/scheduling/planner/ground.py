"""What a pair of a host and a body costs, worked out when it is asked for: no matrix is needed.

The same figures as ``travel.between`` gives, with what the rules charge. A trip is never shorter than the great circle
times the detour, since seas and rules only add; the searches of ``nearness`` rest on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, sin, sqrt
from typing import NamedTuple

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.problem import Body, Host, Problem
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.seas import Seas
from services.scheduling.planner.travel import EARTH_KM, island_numbers, land_numbers

FORBIDDEN_KM = 1e5
"""What a forbidden pair costs: more than any way around it, and little enough to add up without losing metres."""
NOWHERE, GONE = -2, -1
"""In ``before``: no place in the previous plan; a place that is no longer among the hosts."""


class Ground(NamedTuple):
    """Hosts ("here") and bodies ("there") as unit vectors, with their lands and small islands, and the rules."""

    here: Floats
    there: Floats
    land_here: Ints
    land_there: Ints
    island_here: Ints
    island_there: Ints
    crossing: Floats
    extra: Floats
    detour: float
    fair_km: float
    fairness: float
    stay_km: float
    before: Ints
    pinned: Ints
    barred_from: Ints
    barred: Ints


def ground_of(problem: Problem, hosts: tuple[Host, ...]) -> Ground:
    """From hosts to bodies, under all the rules."""
    return _ground(hosts, problem.bodies, problem.detour, problem.seas, problem.rules)


def ground_between(hosts: tuple[Host, ...], detour: float, seas: Seas) -> Ground:
    """From hosts to hosts: travel alone."""
    return _ground(hosts, hosts, detour, seas, Rules())


def _ground(hosts: Sequence[Host], goals: Sequence[Body | Host], detour: float, seas: Seas, rules: Rules) -> Ground:
    known = {host.code: j for j, host in enumerate(hosts)}
    places = {goal.code: i for i, goal in enumerate(goals)}
    land_here, land_there, crossing = land_numbers(hosts, goals, seas)
    pairs = sorted((places[code], known[host]) for code, host in rules.forbidden if code in places and host in known)
    barred = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    before = [known.get(rules.previous[g.code], GONE) if g.code in rules.previous else NOWHERE for g in goals]
    pinned = [known[rules.pinned[goal.code]] if goal.code in rules.pinned else -1 for goal in goals]
    return Ground(
        here=_unit_vectors(hosts),
        there=_unit_vectors(goals),
        land_here=land_here,
        land_there=land_there,
        island_here=island_numbers(hosts, seas),
        island_there=island_numbers(goals, seas),
        crossing=crossing,
        extra=np.array([0.0, *(island.km for island in seas.islands)]),
        detour=float(detour),
        fair_km=float(rules.fair_km),
        fairness=float(rules.fairness),
        stay_km=float(rules.stay_km),
        before=np.array(before, dtype=np.int64),
        pinned=np.array(pinned, dtype=np.int64),
        barred_from=np.searchsorted(barred[:, 0], np.arange(len(goals) + 1)).astype(np.int64),
        barred=np.ascontiguousarray(barred[:, 1]),
    )


def _unit_vectors(places: Sequence[Body | Host]) -> Floats:
    latitude, longitude = np.radians([[place.latitude, place.longitude] for place in places]).T
    flat = np.cos(latitude)
    return np.column_stack((flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)))


@compiled
def price(ground: Ground, j: int, i: int) -> float:
    """What body i costs at host j."""
    if ground.pinned[i] >= 0 and ground.pinned[i] != j:
        return FORBIDDEN_KM
    for t in range(ground.barred_from[i], ground.barred_from[i + 1]):
        if ground.barred[t] == j:
            return FORBIDDEN_KM
    x = ground.here[j, 0] - ground.there[i, 0]
    y = ground.here[j, 1] - ground.there[i, 1]
    z = ground.here[j, 2] - ground.there[i, 2]
    km = 2 * EARTH_KM * asin(min(1.0, 0.5 * sqrt(x * x + y * y + z * z))) * ground.detour
    km += ground.crossing[ground.land_here[j], ground.land_there[i]]
    if ground.island_here[j] != ground.island_there[i]:
        km += ground.extra[ground.island_here[j]] + ground.extra[ground.island_there[i]]
    km = np.rint(km * 1000.0) / 1000.0
    if km > ground.fair_km:
        km += ground.fairness * (km - ground.fair_km)
    if ground.before[i] != NOWHERE and ground.before[i] != j:
        km += ground.stay_km
    return float(km)


@compiled
def price_block(ground: Ground, hosts: Ints, bodies: Ints) -> Floats:
    """What these bodies cost at these hosts, a host a row."""
    block = np.empty((len(hosts), len(bodies)))
    for a in range(len(hosts)):
        for b in range(len(bodies)):
            block[a, b] = price(ground, hosts[a], bodies[b])
    return block


@compiled
def price_pairs(ground: Ground, hosts: Ints, bodies: Ints) -> Floats:
    """What each body costs at its own host."""
    costs = np.empty(len(hosts))
    for t in range(len(hosts)):
        costs[t] = price(ground, hosts[t], bodies[t])
    return costs


@compiled
def squared_chord(ground: Ground, cost: float) -> float:
    """The square of the chord beyond which every trip costs more; a metre is allowed for rounding."""
    angle = (cost + 1e-3) / (2 * EARTH_KM * ground.detour)
    if angle < 0.0:
        return -1.0
    return float(4.0 if angle >= np.pi / 2 else (2 * sin(angle)) ** 2)
