"""Who is near whom, among many: a k-d tree over the hosts as points of the sphere, searched by true cost.

The tree only says which hosts need no look; each one that may matter is priced in full, so that seas and rules count
and the answers are those of the whole matrix.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.ground import Ground, price, squared_chord

LEAF = 8
DEPTH = 64
BEYOND = 1e18


class Tree(NamedTuple):
    """``order[begin[n]:end[n]]`` are the hosts of node n, which lie between ``low[n]`` and ``high[n]``; its children
    are nodes 2n + 1 and 2n + 2. In this order hosts near in the list are near on the ground."""

    order: Ints
    begin: Ints
    end: Ints
    low: Floats
    high: Floats


@compiled
def plant(points: Floats, members: Ints) -> Tree:
    """The tree over these rows of ``points``: halves at the median of the widest side, until few are left."""
    inner = 0
    while len(members) > LEAF * (inner + 1):
        inner = 2 * inner + 1
    nodes = 2 * inner + 1
    order = members.copy()
    begin, end = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    low, high = np.empty((nodes, 3)), np.empty((nodes, 3))
    end[0] = len(members)
    for n in range(nodes):
        here = order[begin[n] : end[n]]
        widest, width = 0, -1.0
        for axis in range(3):
            low[n, axis], high[n, axis] = BEYOND, -BEYOND
            for j in here:
                low[n, axis] = min(low[n, axis], points[j, axis])
                high[n, axis] = max(high[n, axis], points[j, axis])
            if high[n, axis] - low[n, axis] > width:
                widest, width = axis, high[n, axis] - low[n, axis]
        if n >= inner:
            continue
        along = np.empty(len(here))
        for t in range(len(here)):
            along[t] = points[here[t], widest]
        order[begin[n] : end[n]] = here[np.argsort(along, kind="mergesort")]
        middle = (begin[n] + end[n]) // 2
        begin[2 * n + 1], end[2 * n + 1] = begin[n], middle
        begin[2 * n + 2], end[2 * n + 2] = middle, end[n]
    return Tree(order, begin, end, low, high)


@compiled
def _off(low: Floats, high: Floats, n: int, there: Floats, i: int) -> float:
    """The square of the chord from a body to the box of a node."""
    square = 0.0
    for axis in range(3):
        off = max(low[n, axis] - there[i, axis], there[i, axis] - high[n, axis])
        if off > 0.0:
            square += off * off
    return square


@compiled
def nearest(ground: Ground, tree: Tree, bodies: Ints, many: int) -> tuple[Ints, Floats]:
    """For each of the bodies the ``many`` hosts of the tree where it costs least, cheapest first, and the costs.

    Among equals the host of the lower number comes first. Where there are fewer hosts the row ends in -1.
    """
    found = np.full((len(bodies), many), -1)
    costs = np.full((len(bodies), many), BEYOND)
    there, terms = ground.there, ground.terms
    leaf = np.empty(LEAF)
    order, begin, end, low, high = tree
    stack = np.empty(DEPTH, np.int64)
    for row in range(len(bodies)):
        i = bodies[row]
        known, reach = 0, 4.0
        stack[0] = 0
        top = 1
        while top > 0:
            top -= 1
            n = stack[top]
            if _off(low, high, n, there, i) > reach:
                continue
            if 2 * n + 1 < len(begin):
                left, right = 2 * n + 1, 2 * n + 2
                if _off(low, high, left, there, i) < _off(low, high, right, there, i):
                    left, right = right, left
                stack[top], stack[top + 1] = left, right
                top += 2
                continue
            price(ground, i, order, begin[n], end[n], leaf)
            for t in range(begin[n], end[n]):
                j, cost = order[t], leaf[t - begin[n]]
                if known == many and (cost, j) >= (costs[row, many - 1], found[row, many - 1]):
                    continue
                k = known if known < many else many - 1
                while k > 0 and (cost, j) < (costs[row, k - 1], found[row, k - 1]):
                    costs[row, k], found[row, k] = costs[row, k - 1], found[row, k - 1]
                    k -= 1
                costs[row, k], found[row, k] = cost, j
                known = min(known + 1, many)
                if known == many:
                    reach = squared_chord(terms, costs[row, many - 1])
    return found, costs


@compiled
def _list(
    ground: Ground,
    tree: Tree,
    limit: Floats,
    slot: Ints,
    listed: npt.NDArray[np.int32],
    listed_cost: npt.NDArray[np.float32],
) -> None:
    """List each body at its hosts, from the slot of each host on, which moves; into no arrays: count only."""
    there, terms = ground.there, ground.terms
    leaf = np.empty(LEAF)
    order, begin, end, low, high = tree
    stack = np.empty(DEPTH, np.int64)
    for i in range(len(limit)):
        reach = squared_chord(terms, limit[i])
        stack[0] = 0
        top = 1
        while top > 0:
            top -= 1
            n = stack[top]
            if _off(low, high, n, there, i) > reach:
                continue
            if 2 * n + 1 < len(begin):
                stack[top], stack[top + 1] = 2 * n + 2, 2 * n + 1
                top += 2
                continue
            price(ground, i, order, begin[n], end[n], leaf)
            for t in range(begin[n], end[n]):
                j, cost = order[t], leaf[t - begin[n]]
                if cost < limit[i]:
                    if len(listed) > 0:
                        listed[slot[j]], listed_cost[slot[j]] = i, cost
                    slot[j] += 1


def within(ground: Ground, tree: Tree, limit: Floats) -> tuple[Ints, Any, Any]:
    """For host j the bodies ``listed[start[j]:start[j + 1]]`` that cost there less than their limit, and their costs.

    Half the width of other arrays: these are the longest. A cost loses less than a millionth of itself.
    """
    count = np.zeros(len(ground.here), dtype=np.int64)
    _list(ground, tree, limit, count, np.empty(0, np.int32), np.empty(0, np.float32))
    start = np.concatenate(([0], np.cumsum(count)))
    listed, listed_cost = np.empty(start[-1], np.int32), np.empty(start[-1], np.float32)
    _list(ground, tree, limit, start[:-1].copy(), listed, listed_cost)
    return start, listed, listed_cost
