"""The bodies at which a host need look, at given offers: few of them, and none that matters is left out."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled


@compiled
def list_bodies(cost: Floats, offer: Floats, spare: float) -> tuple[Ints, Ints, Floats, Floats]:
    """For host j the bodies ``listed[start[j]:start[j + 1]]`` with cost below offer + spare, and their costs.

    The one that suits it best is listed in any case; ``outside[j]`` is the least (cost - offer) of the others.
    """
    hosts, bodies = cost.shape
    limit = np.full(hosts, spare)
    outside = np.full(hosts, 1e18)
    start = np.zeros(hosts + 1, np.int64)
    for j in range(hosts):
        least = np.inf
        many = 0
        for i in range(bodies):
            reduced = cost[j, i] - offer[i]
            least = min(least, reduced)
            if reduced < spare:
                many += 1
            else:
                outside[j] = min(outside[j], reduced)
        if many == 0:
            limit[j] = least + 1e-9
            outside[j] = 1e18
            for i in range(bodies):
                reduced = cost[j, i] - offer[i]
                if reduced < limit[j]:
                    many += 1
                else:
                    outside[j] = min(outside[j], reduced)
        start[j + 1] = start[j] + many
    listed = np.empty(start[hosts], np.int64)
    listed_cost = np.empty(start[hosts])
    t = 0
    for j in range(hosts):
        for i in range(bodies):
            if cost[j, i] - offer[i] < limit[j]:
                listed[t] = i
                listed_cost[t] = cost[j, i]
                t += 1
    return start, listed, listed_cost, outside
