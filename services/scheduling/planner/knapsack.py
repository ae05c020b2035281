"""The most value that fits in a room: when the last item may be split, in linear time, and when no item may be."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.compiled import compiled


@compiled
def fill(value: Floats, weight: Ints, count: int, room: int) -> tuple[float, float]:
    """Total value of the best filling of ``room``, and its margin: what is worth more is in, what is worth less is out.

    The margin is 0 when there is room to spare. ``value[t]`` is worth a unit of weight, positive, for the first
    ``count`` items; both arrays are reordered.
    """
    low, high, left, total = 0, count, room, 0.0
    while low < high:
        first, middle, last = value[low], value[(low + high) // 2], value[high - 1]
        pivot = max(min(first, middle), min(max(first, middle), last))
        above, t, below = low, low, high
        heavier, heavier_value, equal = 0, 0.0, 0
        while t < below:
            v = value[t]
            if v > pivot:
                heavier += weight[t]
                heavier_value += v * weight[t]
                value[t], value[above] = value[above], v
                weight[t], weight[above] = weight[above], weight[t]
                above += 1
                t += 1
            elif v < pivot:
                below -= 1
                value[t], value[below] = value[below], v
                weight[t], weight[below] = weight[below], weight[t]
            else:
                equal += weight[t]
                t += 1
        if heavier > left:
            high = above
            continue
        total += heavier_value
        left -= heavier
        if equal >= left:
            return total + left * pivot, pivot
        total += equal * pivot
        left -= equal
        low = below
    return total, 0.0


@compiled
def fill_whole(value: Floats, weight: Ints, room: int, margin: float, taken: Marks) -> float:
    """Total value of the best filling of ``room`` with whole items, which are marked in ``taken``.

    ``value[t]`` is worth a unit of weight; ``margin`` is what ``fill`` says of these items. What each item differs from
    the margin is what it costs at least to decide otherwise about it than ``fill`` does; where that is more than a
    greedy filling misses, the decision stands, and only the few others are weighed against each other.
    """
    count, left = len(value), room
    split = room * margin
    greedy = 0.0
    for t in np.argsort(-value):
        split += max(value[t] - margin, 0.0) * weight[t]
        taken[t] = weight[t] <= left
        if taken[t]:
            left -= weight[t]
            greedy += value[t] * weight[t]
    core, many, left, sure = np.empty(count, np.int64), 0, room, 0.0
    for t in range(count):
        apart = (value[t] - margin) * weight[t]
        if weight[t] > room or split + min(apart, 0.0) < greedy - 1e-9:
            continue
        if split - max(apart, 0.0) < greedy - 1e-9:
            left -= weight[t]
            sure += value[t] * weight[t]
        else:
            core[many] = t
            many += 1
    best, chosen = np.zeros(left + 1), np.zeros((many, left + 1), np.bool_)
    for c in range(many):
        t = core[c]
        for seats in range(left, weight[t] - 1, -1):
            more = best[seats - weight[t]] + value[t] * weight[t]
            if more > best[seats]:
                best[seats] = more
                chosen[c, seats] = True
    if sure + best[left] <= greedy:
        return greedy
    for t in range(count):
        apart = (value[t] - margin) * weight[t]
        taken[t] = weight[t] <= room and split - max(apart, 0.0) < greedy - 1e-9
    seats = left
    for c in range(many - 1, -1, -1):
        if chosen[c, seats]:
            taken[core[c]] = True
            seats -= weight[core[c]]
    return float(sure + best[left])
