"""Which choices of hosts are allowed, and the cheapest of them when each host has a price of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.compiled import compiled


@compiled
def cheapest(worth: Floats, count: int, must: Marks, region: Ints, least: Ints) -> Ints:
    """The hosts of least worth in all: those that must be, the least number of each region, then the best others."""
    order = np.argsort(worth)
    taken = must.copy()
    owed = least.copy()
    left = count
    for j in range(len(worth)):
        if taken[j]:
            owed[region[j]] -= 1
            left -= 1
    for t in range(len(worth)):
        j = order[t]
        if not taken[j] and owed[region[j]] > 0:
            taken[j] = True
            owed[region[j]] -= 1
            left -= 1
    for t in range(len(worth)):
        j = order[t]
        if left > 0 and not taken[j]:
            taken[j] = True
            left -= 1
    return np.nonzero(taken)[0]


@compiled
def may_replace(region: Ints, must: Marks, to_spare: Ints, leaving: int, entering: int) -> bool:
    """Whether an open host may give way to a closed one; ``to_spare`` is how many each region could give up."""
    if must[leaving]:
        return False
    return bool(region[leaving] == region[entering] or to_spare[region[leaving]] > 0)


@dataclass(frozen=True)
class Sites:
    """``count`` hosts are to be chosen, each with its ``seats``: those that ``must`` be, and of ``region`` r at least
    ``least[r]``."""

    seats: Ints
    count: int
    must: Marks
    region: Ints
    least: Ints

    @classmethod
    def free(cls, seats: Ints, count: int) -> Sites:
        """Any hosts will do."""
        hosts = len(seats)
        return cls(seats, count, np.zeros(hosts, np.bool_), np.zeros(hosts, np.int64), np.zeros(1, np.int64))

    def cheapest(self, worth: Floats, count: int | None = None) -> Ints:
        """The best allowed choice when each host has a price of its own."""
        return np.asarray(cheapest(worth, count or self.count, self.must, self.region, self.least))

    def drawn(self, share: Floats, order: Ints) -> Ints:
        """As many hosts as are to be chosen, each with the chance of its share, spread evenly along the ``order``.

        Where the shares of neighbours add up to three, three of them are drawn: no stretch gets too many or too few.
        """
        free = order[~self.must[order]]
        many = self.count - int(self.must.sum())
        drawn = np.flatnonzero(self.must)
        mass = np.cumsum(share[free])
        if many > 0 and mass[-1] > 0:
            steps = np.ceil(mass / mass[-1] * many - 0.5)
            drawn = np.union1d(drawn, free[np.diff(steps, prepend=0.0) > 0])
        if len(drawn) == self.count and self.allow(drawn):
            return np.asarray(drawn)
        luck = -share
        luck[drawn] -= 1.0
        return self.cheapest(luck)

    def to_spare(self, chosen: Ints) -> Ints:
        """For each region how many of its chosen hosts could be given up to other regions."""
        return np.bincount(self.region[chosen], minlength=len(self.least)) - self.least

    def allow(self, chosen: Ints) -> bool:
        """Whether nothing that is demanded is missing."""
        return bool(np.isin(np.flatnonzero(self.must), chosen).all() and (self.to_spare(chosen) >= 0).all())
