"""What the search may ask about places: the cost of pairs, who is near whom, and which hosts are allowed."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.lists import list_bodies
from services.scheduling.planner.sites import Sites

NEIGHBOURS = 256
MATRIX_PAIRS = 20_000_000
"""Up to so many pairs of places (160 MB) what they cost is kept in a matrix: looking up is faster than working out."""


class Terrain:
    """Known by matrices: ``cost[j, i]`` of body i going to host j, ``apart[j, k]`` between hosts."""

    def __init__(self, cost: Floats, apart: Floats, demand: Ints, sites: Sites) -> None:
        self.cost, self.apart, self.demand, self.sites = cost, apart, demand, sites
        near = min(NEIGHBOURS, len(apart) - 1)
        self._neighbours = np.argsort(apart, axis=1, kind="stable")[:, : near + 1]

    def block(self, hosts: Ints, bodies: Ints | None = None) -> Floats:
        """Costs of these bodies (or all) at these hosts, a host a row."""
        rows = self.cost[hosts]
        return rows if bodies is None else np.ascontiguousarray(rows[:, bodies])

    def nearest(self, hosts: Ints, many: int, bodies: Ints | None = None) -> tuple[Ints, Floats]:
        """The places in ``hosts`` of the ``many`` cheapest for each of these bodies (or all), and what they cost."""
        costs = self.block(hosts, bodies).T
        order = np.argsort(costs, axis=1, kind="stable")[:, :many]
        return order, np.take_along_axis(costs, order, axis=1)

    def pairs(self, hosts: Ints, bodies: Ints) -> Floats:
        """The cost of each body at its own host."""
        return self.cost[hosts, bodies]

    def distances(self, hosts: Ints) -> Floats:
        """From each of these hosts to each host."""
        return self.apart[hosts]

    def around(self, host: int, hosts: Ints) -> Ints:
        """The order of the hosts by their distance from this one."""
        return np.argsort(self.apart[host, hosts], kind="stable")

    def neighbours(self, hosts: Ints, many: int) -> Ints:
        """Other hosts near these, the nearest first, about so many for each."""
        near = np.unique(self._neighbours[hosts, : many + len(hosts)])
        near = near[~np.isin(near, hosts)]
        distances = self.apart[np.ix_(hosts, near)].min(axis=0)
        return near[np.argsort(distances, kind="stable")]

    def lists(self, offer: Floats, spare: float) -> tuple[Ints, Ints, Floats, Floats]:
        """For the bound: see ``list_bodies``."""
        return list_bodies(self.cost, offer, spare)
