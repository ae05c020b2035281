"""A proved lower bound on the cost of any plan, by Lagrangian relaxation.

Each body i offers ``offer[i]`` to be taken; each host takes the bodies that gain it most, within its seats, the last
one split; the best hosts open. Whatever the offers, the offers minus the hosts' gains bound every plan from below. The
subgradient method raises them.

A host looks only at bodies on its list: those whose cost is below their offer by now, or would be if it rose by
``spare``. When an offer has risen by as much the lists are made anew, so that nothing that matters is ever missed and
the bound holds for the full problem without a later certificate. Every open host must take a body, since no day is
held for nobody.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.knapsack import fill
from services.scheduling.planner.terrain import Terrain

GENTLEST_STEP = 1e-3
PATIENCE = 12
STEPS_A_LIST = 40
"""Lists that do not last so long are made longer the next time, and those that last four times as long shorter."""
MEMORY = 0.97
"""How much of the average of what was opened survives a step."""


@compiled
def price_hosts(
    start: Ints, listed: Ints, listed_cost: Floats, offer: Floats, demand: Ints, seats: Ints, unlisted: Floats
) -> tuple[Floats, Floats]:
    """The least (cost - offers) of what each host may take, at least one body; and the margin of its seats.

    A body that host j does not list costs at least ``unlisted[j]`` more than its offer.
    """
    hosts = len(seats)
    worth, margin = np.empty(hosts), np.zeros(hosts)
    value = np.empty(len(offer))
    weight = np.empty(len(offer), np.int64)
    for j in range(hosts):
        taken = 0
        least = unlisted[j]
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            reduced = listed_cost[t] - offer[i]
            least = min(least, reduced)
            if reduced < 0.0:
                value[taken] = -reduced / demand[i]
                weight[taken] = demand[i]
                taken += 1
        worth[j] = least
        if taken > 0:
            total, margin[j] = fill(value, weight, taken, seats[j])
            worth[j] = -total
    return worth, margin


@compiled
def uncovered(
    start: Ints,
    listed: Ints,
    listed_cost: Floats,
    offer: Floats,
    demand: Ints,
    seats: Ints,
    opened: Ints,
    margin: Floats,
) -> Floats:
    """For each body 1 minus how often the opened hosts take it: where to raise the offer, where to lower it."""
    slack = np.ones(len(offer))
    for j in opened:
        left = seats[j]
        only, least = -1, 0.0
        taken = False
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            value = (offer[i] - listed_cost[t]) / demand[i]
            if value > margin[j]:
                slack[i] -= 1.0
                left -= demand[i]
                taken = True
            if only < 0 or offer[i] - listed_cost[t] > least:
                only, least = i, offer[i] - listed_cost[t]
        if margin[j] > 0.0:
            for t in range(start[j], start[j + 1]):
                i = listed[t]
                if left > 0 and (offer[i] - listed_cost[t]) / demand[i] == margin[j]:
                    part = min(left, demand[i])
                    slack[i] -= part / demand[i]
                    left -= part
        elif not taken and only >= 0:
            slack[only] -= 1.0
    return slack


class Bound:
    """The bound as it rises: ``best`` so far, at these ``offers``; ``opened``, the hosts that they would open, each
    ``worth`` so much; and ``share``, how much a host was open lately, which comes close to the fractional optimum."""

    def __init__(self, terrain: Terrain, offer: Floats) -> None:
        self.terrain, self.demand, self.sites = terrain, terrain.demand, terrain.sites
        sites = terrain.sites
        self.best = -np.inf
        self.finished = False
        self.offers = self._offer = offer
        self.worth = np.zeros(len(sites.seats))
        self.share = np.zeros(len(sites.seats))
        self.opened = sites.cheapest(self.worth)
        self._direction = np.zeros(len(offer))
        self._step, self._stalled, self.patience = 1.0, 0, PATIENCE
        self._spare = 0.2 * float(offer.mean()) + 1e-3
        self._list()

    def improve(self, upper: float) -> None:
        """One step of the subgradient method towards ``upper``, the cost of a known plan."""
        risen = float((self._offer - self._listed_at).max())
        self._since_listed += 1
        if risen >= self._spare:
            if self._since_listed < STEPS_A_LIST:
                self._spare *= 1.5
            self._list()
            risen = 0.0
        elif self._since_listed > 4 * STEPS_A_LIST:
            self._spare *= 0.5
            self._list()
            risen = 0.0
        offer, demand, seats = self._offer, self.demand, self.sites.seats
        worth, margin = price_hosts(*self._lists, offer, demand, seats, self._outside - max(risen, 0.0))
        opened = self.sites.cheapest(worth)
        value = float(offer.sum() + worth[opened].sum())
        self.share *= MEMORY
        self.share[opened] += 1.0 - MEMORY
        if value > self.best:
            if value - self.best > 1e-5 * abs(value):
                self._stalled = 0
            self.best, self.opened, self.worth, self.offers = value, opened, worth, offer
        else:
            self._stalled += 1
        if self._stalled >= self.patience:
            self._step, self._stalled, self._offer = self._step * 0.6, 0, self.offers
            self.finished = self._step < GENTLEST_STEP
            return
        slack = uncovered(*self._lists, offer, demand, seats, opened, margin)
        deflected = slack + 0.5 * self._direction
        self._direction = deflected if deflected @ slack > 0 else slack
        length = float(self._direction @ self._direction)
        if length < 1e-12 or upper - self.best <= 1e-7 * abs(upper):
            self.finished = True
            return
        self._offer = offer + self._step * (1.002 * upper - value) / length * self._direction

    def resume(self, patience: int = PATIENCE) -> None:
        """Go on from the best offers: the cost to aim at was not the right one, or there is time for more patience."""
        self._offer, self._step, self._stalled, self.finished = self.offers, 1.0, 0, False
        self.patience = patience

    def proved_for(self, count: int) -> float:
        """The bound for plans with so many hosts instead, at the same offers."""
        return float(self.offers.sum() + self.worth[self.sites.cheapest(self.worth, count)].sum())

    def hopeless(self, upper: float) -> Floats:
        """By how much opening each host would at least exceed ``upper``; a positive host is in no better plan."""
        last = self.worth[self.opened].max()
        return np.asarray(self.best + np.maximum(self.worth - last, 0.0) - upper)

    def _list(self) -> None:
        self._listed_at, self._since_listed = self._offer, 0
        start, listed, listed_cost, self._outside = self.terrain.lists(self._offer, self._spare)
        self._lists = start, listed, listed_cost
