"""A terrain too large for a matrix: what is asked is worked out, and near hosts are found by trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.ground import Ground, price_block, price_pairs
from services.scheduling.planner.nearness import nearest, plant, within
from services.scheduling.planner.sites import Sites
from services.scheduling.planner.terrain import Terrain


class WideTerrain(Terrain):
    """Answers what a terrain with matrices answers, from the ``ground`` of hosts and bodies and ``between`` hosts."""

    def __init__(self, ground: Ground, between: Ground, demand: Ints, sites: Sites) -> None:
        self.ground, self.between, self.demand, self.sites = ground, between, demand, sites
        self._bodies = np.arange(len(demand))
        self._hosts = plant(ground.here, np.arange(len(sites.seats)))

    @property
    def order(self) -> Ints:
        """The hosts in an order in which neighbours are close to each other."""
        return self._hosts.order

    def block(self, hosts: Ints, bodies: Ints | None = None) -> Floats:
        """Costs of these bodies (or all) at these hosts, a host a row."""
        return np.asarray(price_block(self.ground, hosts, self._bodies if bodies is None else bodies))

    def nearest(self, hosts: Ints, many: int, bodies: Ints | None = None) -> tuple[Ints, Floats]:
        """For each body the places in ``hosts`` of the ``many`` where it costs least, cheapest first, and the costs."""
        asked = self._bodies if bodies is None else bodies
        found, costs = nearest(self.ground, plant(self.ground.here, hosts), asked, min(many, len(hosts)))
        place = np.empty(len(self.sites.seats), dtype=np.int64)
        place[hosts] = np.arange(len(hosts))
        return place[found], costs

    def pairs(self, hosts: Ints, bodies: Ints) -> Floats:
        """The cost of each body at its own host."""
        return np.asarray(price_pairs(self.ground, hosts, bodies))

    def distances(self, hosts: Ints) -> Floats:
        """From each of these hosts to each host."""
        return np.asarray(price_block(self.between, hosts, np.arange(len(self.sites.seats))))

    def around(self, host: int, hosts: Ints) -> Ints:
        """The order of the hosts by their distance from this one."""
        return np.argsort(price_block(self.between, np.array([host]), hosts)[0], kind="stable")

    def neighbours(self, hosts: Ints, many: int) -> Ints:
        """Other hosts near these, the nearest first, about so many for each."""
        found, _ = nearest(self.between, self._hosts, hosts, min(many + len(hosts), len(self.sites.seats)))
        near = np.unique(found)
        near = near[~np.isin(near, hosts)]
        return near[np.argsort(price_block(self.between, hosts, near).min(axis=0), kind="stable")]

    def lists(self, offer: Floats, spare: float) -> tuple[Ints, Any, Any, Floats]:
        """For host j the bodies ``listed[start[j]:start[j + 1]]`` with cost below offer + spare, and their costs.

        The fourth is a floor for (cost - offer) of the others.
        """
        return *within(self.ground, self._hosts, offer + spare), np.full(len(self.sites.seats), spare)
