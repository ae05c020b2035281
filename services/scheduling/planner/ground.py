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


X, Y, Z, LAND, ISLAND, BEFORE, PINNED = range(7)
DETOUR, FAIR_KM, FAIRNESS, STAY_KM = range(4)


class Ground(NamedTuple):
    """Hosts ("here") and bodies ("there"), a row each: unit vector, land and small island; of bodies also the host that
    they had before and the one to which they are pinned. ``crossing`` is between lands, ``extra`` of islands, ``terms``
    what the question and its rules charge; ``barred[barred_from[i]:barred_from[i + 1]]`` are closed to body i.

    Few and unpacked once, since compiled code pays for each array that it takes out of a tuple.
    """

    here: Floats
    there: Floats
    crossing: Floats
    extra: Floats
    terms: Floats
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
        here=np.column_stack((_unit_vectors(hosts), land_here, island_numbers(hosts, seas))),
        there=np.column_stack((_unit_vectors(goals), land_there, island_numbers(goals, seas), before, pinned)),
        crossing=crossing,
        extra=np.array([0.0, *(island.km for island in seas.islands)]),
        terms=np.array([detour, rules.fair_km, rules.fairness, rules.stay_km], dtype=np.float64),
        barred_from=np.searchsorted(barred[:, 0], np.arange(len(goals) + 1)).astype(np.int64),
        barred=np.ascontiguousarray(barred[:, 1]),
    )


def _unit_vectors(places: Sequence[Body | Host]) -> Floats:
    latitude, longitude = np.radians([[place.latitude, place.longitude] for place in places]).T
    flat = np.cos(latitude)
    return np.column_stack((flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)))


@compiled
def price(ground: Ground, i: int, hosts: Ints, begin: int, end: int, costs: Floats) -> None:
    """What body i costs at each of ``hosts[begin:end]``, into ``costs``.

    Many hosts at a time: taking the arrays out of their tuple takes longer than pricing one.
    """
    here, there, crossing, extra, terms, barred_from, barred = ground
    x, y, z = there[i, X], there[i, Y], there[i, Z]
    land, island, before, pinned = int(there[i, LAND]), there[i, ISLAND], there[i, BEFORE], there[i, PINNED]
    length, fair_km, fairness, stay_km = 2 * EARTH_KM * terms[DETOUR], terms[FAIR_KM], terms[FAIRNESS], terms[STAY_KM]
    for t in range(begin, end):
        j = hosts[t]
        square = (here[j, X] - x) ** 2 + (here[j, Y] - y) ** 2 + (here[j, Z] - z) ** 2
        km = length * asin(min(1.0, 0.5 * sqrt(square))) + crossing[int(here[j, LAND]), land]
        if here[j, ISLAND] != island:
            km += extra[int(here[j, ISLAND])] + extra[int(island)]
        km = np.rint(km * 1000.0) / 1000.0
        if km > fair_km:
            km += fairness * (km - fair_km)
        if before != NOWHERE and before != j:
            km += stay_km
        costs[t - begin] = FORBIDDEN_KM if pinned >= 0 and pinned != j else km
    for b in range(barred_from[i], barred_from[i + 1]):
        for t in range(begin, end):
            if hosts[t] == barred[b]:
                costs[t - begin] = FORBIDDEN_KM


@compiled
def price_block(ground: Ground, hosts: Ints, bodies: Ints) -> Floats:
    """What these bodies cost at these hosts, a host a row."""
    block = np.empty((len(hosts), len(bodies)))
    costs = np.empty(len(hosts))
    for b in range(len(bodies)):
        price(ground, bodies[b], hosts, 0, len(hosts), costs)
        for a in range(len(hosts)):
            block[a, b] = costs[a]
    return block


@compiled
def price_pairs(ground: Ground, hosts: Ints, bodies: Ints) -> Floats:
    """What each body costs at its own host."""
    costs = np.empty(len(hosts))
    for t in range(len(hosts)):
        price(ground, bodies[t], hosts, t, t + 1, costs[t : t + 1])
    return costs


@compiled
def squared_chord(terms: Floats, cost: float) -> float:
    """The square of the chord beyond which every trip costs more; a metre is allowed for rounding."""
    angle = (cost + 1e-3) / (2 * EARTH_KM * terms[DETOUR])
    if angle < 0.0:
        return -1.0
    return float(4.0 if angle >= np.pi / 2 else (2 * sin(angle)) ** 2)
