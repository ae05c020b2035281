"""The best of two plans: where they differ, they often differ in parts that have nothing to do with each other.

Rooms of the two that share a body or a host belong to one part, with everybody in them. A part of the one plan can
stand in for the same part of the other, whatever is done elsewhere, and what that saves adds up (a partition
crossover). A part may hold a day more than in the other plan if another part holds one less.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled


@compiled
def _root(group: Ints, k: int) -> int:
    while group[k] != k:
        group[k] = group[group[k]]
        k = group[k]
    return k


@compiled
def parts(chosen: Ints, place: Ints, other_chosen: Ints, other_place: Ints) -> Ints:
    """The part of each room of the one plan, then of each of the other; a part is named by a room."""
    count = len(chosen)
    group = np.arange(count + len(other_chosen))
    for i in range(len(place)):
        group[_root(group, place[i])] = _root(group, count + other_place[i])
    order, other, t = np.argsort(chosen), np.argsort(other_chosen), 0
    for s in range(len(other)):
        while t < count and chosen[order[t]] < other_chosen[other[s]]:
            t += 1
        if t < count and chosen[order[t]] == other_chosen[other[s]]:
            group[_root(group, order[t])] = _root(group, count + other[s])
    for k in range(len(group)):
        group[k] = _root(group, k)
    return group


def recombined(
    chosen: Ints, place: Ints, trips: Floats, other_chosen: Ints, other_place: Ints, other_trips: Floats
) -> tuple[Ints, Ints]:
    """The cheapest choice of parts with as many rooms in all; ``trips`` is what each body costs in a plan."""
    count = len(chosen)
    group = parts(chosen, place, other_chosen, other_place)
    rooms = np.bincount(group[count:], minlength=2 * count) - np.bincount(group[:count], minlength=2 * count)
    extra = np.bincount(group[place], weights=other_trips - trips, minlength=2 * count).astype(np.float64)
    taken = _cheapest_parts(np.unique(group), rooms, extra)
    mine, theirs = ~np.isin(group[:count], taken), np.isin(group[count:], taken)
    slot = np.concatenate((np.cumsum(mine) - 1, mine.sum() + np.cumsum(theirs) - 1))
    rooms_of = np.where(theirs[other_place], count + other_place, place)
    return np.concatenate((chosen[mine], other_chosen[theirs])), slot[rooms_of]


def _cheapest_parts(names: Ints, rooms: Ints, extra: Floats) -> Ints:
    """The parts to take from the other plan, which have in all no room more or less."""
    even = names[(rooms[names] == 0) & (extra[names] < -1e-7)]
    known: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for name in names[rooms[names] != 0].tolist():
        longer = dict(known)
        for more, (total, taken) in known.items():
            there, cost = more + int(rooms[name]), total + float(extra[name])
            if there not in longer or cost < longer[there][0]:
                longer[there] = cost, (*taken, name)
        known = longer
    return np.concatenate((even, np.array(known[0][1], dtype=np.int64)))
