"""The most value that fits in a room when the last item may be split: in linear time, without sorting."""

from __future__ import annotations

from services.scheduling.planner.arrays import Floats, Ints
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
