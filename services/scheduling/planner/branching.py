"""The cheapest assignment of whole bodies to fixed rooms, by branch and bound on the bodies that a cheaper one splits.

Where demands are large beside the rooms, repairing what ``transport`` splits can cost more than other hosts would save:
the best hosts then look worse than they are. Few bodies are split, hence few branches settle most questions.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.assignment import HUGE, transport
from services.scheduling.planner.compiled import compiled


@compiled
def _widest_split(split: Ints, demand: Ints) -> int:
    """The largest body that is in several rooms; -1 when all are whole."""
    widest = -1
    for i in range(len(demand)):
        if (widest < 0 or demand[i] > demand[widest]) and split[i].max() < demand[i]:
            widest = i
    return widest


@compiled
def seat_whole(
    near: Floats, room: Ints, demand: Ints, price: Floats, place: Ints, ceiling: float, nodes: int
) -> tuple[float, int]:
    """Fill ``place`` with the cheapest assignment of whole bodies below ``ceiling``; its cost, HUGE if there is none.

    ``price`` is what ``transport`` left on these rooms. After ``nodes`` transports it ends with the best found so far.
    The second value is how many nodes are left: with some left, the answer is proved. A body that a branch sends to
    one room finds the others dearer than ``ceiling``; the rooms that promise least cost are tried first.
    """
    bodies, rooms = near.shape
    work, trial = near.copy(), price.copy()
    split = np.zeros((bodies, rooms), np.int64)
    branched, tried = np.empty(bodies, np.int64), np.zeros(bodies, np.int64)
    order, floor = np.empty((bodies, rooms), np.int64), np.empty((bodies, rooms))
    prices = np.empty((bodies, rooms))
    depth, found = 0, HUGE
    far = ceiling + 1.0
    while nodes > 0:
        nodes -= 1
        value = transport(work, room, demand, trial, split)
        if value < ceiling - 1e-7:
            i = _widest_split(split, demand)
            if i < 0:
                ceiling, found = value, value
                for b in range(bodies):
                    place[b] = np.argmax(split[b])
            else:
                least = (near[i] + trial).min()
                for k in range(rooms):
                    fits = demand[i] <= room[k]
                    floor[depth, k] = value + demand[i] * (near[i, k] + trial[k] - least) if fits else HUGE
                order[depth] = np.argsort(floor[depth] - 1e-6 * split[i])
                prices[depth] = trial
                branched[depth], tried[depth] = i, 0
                depth += 1
        while depth > 0:
            i, t = branched[depth - 1], tried[depth - 1]
            if t < rooms and floor[depth - 1, order[depth - 1, t]] < ceiling - 1e-7:
                k = order[depth - 1, t]
                tried[depth - 1] += 1
                work[i] = far
                work[i, k] = near[i, k]
                trial[:] = prices[depth - 1]
                break
            work[i] = near[i]
            depth -= 1
        if depth == 0:
            return found, max(nodes, 1)
    return found, 0
