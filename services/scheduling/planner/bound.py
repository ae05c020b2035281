"""A proved lower bound on the cost of any plan, by Lagrangian relaxation.

Each body i offers ``offer[i]`` to be taken; each host takes the bodies that gain it most, within its seats, the last
one split; the best hosts open. Whatever the offers, the offers minus the hosts' gains bound every plan from below. The
subgradient method raises them quickly, and stalls; from there the volume algorithm (Barahona and Anbil, 2000) goes on,
which steps from the best offers along an average of all that the hosts took.

A host looks only at bodies on its list: those whose cost is below their offer by now, or would be if it rose by
``spare``. When an offer has risen by as much the lists are made anew, so that nothing that matters is ever missed and
the bound holds for the full problem without a later certificate. Every open host must take a body, since no day is
held for nobody.

When the volume algorithm stalls too, crowds (see there) are looked for in its average, and priced like the offers.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.crowds import Crowd, Limits, Links, breached, charged, clear, favourites, levy
from services.scheduling.planner.knapsack import fill
from services.scheduling.planner.terrain import Terrain

GENTLEST_STEP = 1e-3
PATIENCE = 12
STEPS_A_LIST = 40
"""Lists that do not last so long are made longer the next time, and those that last four times as long shorter."""
MEMORY, LONG_MEMORY, LONGEST_MEMORY = 0.97, 0.996, 0.998
"""How much of the average of what was opened survives a step, at first and when the average leads; and of the direction
in which it leads, once there are crowds: the longer memory starts slowly, and goes on where the shorter one stalls."""
REFINED_PATIENCE = 30
REFINED_AIM = 0.1
"""What share of the gap a refining step means to close; a tenth more while it may be, a quarter less after a while."""
LONGEST_REFINED_STEP, GENTLEST_REFINED_STEP = 2.0, 1e-4
STEP_UP = 20.0
"""How much longer steps are when there are new crowds."""
STEPS_A_ROUND = 1000
"""So many refining steps from one look for crowds to the next."""
LARGEST_AVERAGE = 10_000_000
"""Hosts times bodies up to which crowds are looked for."""


@compiled
def price_hosts(
    start: Ints,
    listed: Ints,
    listed_cost: Floats,
    offer: Floats,
    demand: Ints,
    seats: Ints,
    unlisted: Floats,
    links: Links,
    price: Floats,
) -> tuple[Floats, Floats]:
    """The least (cost - offers) of what each host may take, at least one body; and the margin of its seats.

    A body that host j does not list costs at least ``unlisted[j]`` more than its offer. Crowds charge their prices.
    """
    hosts = len(seats)
    worth, margin = np.empty(hosts), np.zeros(hosts)
    value = np.empty(len(offer))
    weight = np.empty(len(offer), np.int64)
    levied = np.zeros(len(price))
    for j in range(hosts):
        given = levy(j, links, seats[j], price, levied)
        taken, eager = 0, 0
        least, total = unlisted[j], 0.0
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            reduced = listed_cost[t] - offer[i]
            if given > 0.0:
                reduced += charged(i, links, levied) * demand[i]
            least = min(least, reduced)
            if reduced < 0.0:
                value[taken] = -reduced / demand[i]
                weight[taken] = demand[i]
                taken += 1
                eager += demand[i]
                total -= reduced
        if eager > seats[j]:
            total, margin[j] = fill(value, weight, taken, seats[j])
        worth[j] = (-total if taken > 0 else least) - given
        clear(j, links, levied)
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
    links: Links,
    price: Floats,
    free: Floats,
    average: Floats,
    weight: float,
) -> tuple[Floats, Floats]:
    """For each body 1 minus how often the opened hosts take it: where to raise the offer, where to lower it.

    And for each crowd by how many delegates its limit is broken. What the hosts take goes into their rows of the
    ``average`` with this weight.
    """
    start_here, crowds, _, _, body_start, bodies, rest = links
    slack, excess = np.ones(len(offer)), -free
    levied, part = np.zeros(len(price)), np.zeros(len(offer))
    for j in opened:
        levy(j, links, seats[j], price, levied)
        left = seats[j]
        only, least = -1, 0.0
        taken = False
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            gain = offer[i] - listed_cost[t] - charged(i, links, levied) * demand[i]
            part[i] = 0.0
            if gain / demand[i] > margin[j]:
                part[i] = 1.0
                left -= demand[i]
                taken = True
            if only < 0 or gain > least:
                only, least = i, gain
        if margin[j] > 0.0:
            for t in range(start[j], start[j + 1]):
                i = listed[t]
                gain = offer[i] - listed_cost[t] - charged(i, links, levied) * demand[i]
                if left > 0 and gain / demand[i] == margin[j]:
                    part[i] = min(left, demand[i]) / demand[i]
                    left -= min(left, demand[i])
        elif not taken and only >= 0:
            part[only] = 1.0
        clear(j, links, levied)
        for q in range(start_here[j], start_here[j + 1]):
            c = crowds[q]
            excess[c] -= min(rest[c], seats[j])
            for t in range(body_start[c], body_start[c + 1]):
                excess[c] += part[bodies[t]] * demand[bodies[t]]
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            slack[i] -= part[i]
            if weight > 0.0:
                average[j, i] += weight * part[i]
            part[i] = 0.0
    return slack, excess


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
        self._step, self._stalled, self.refining = 1.0, 0, False
        self.limits, self._taken, self._faded = Limits.of((), len(sites.seats), len(offer)), np.zeros((0, 0)), 1.0
        self.prices = self._price = self._excess = np.zeros(0)
        self._steps, self._memory = 0, LONG_MEMORY
        self._spare = 0.2 * float(offer.mean()) + 1e-3
        self._list()

    @property
    def pairs(self) -> int:
        """Of a host and a body: so many are looked at in a step."""
        return len(self._lists[1])

    def improve(self, upper: float) -> None:
        """One step towards ``upper``, the cost of a known plan."""
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
        links, price, free = self.limits.links, self._price, self.limits.free
        unlisted = self._outside - max(risen, 0.0)
        worth, margin = price_hosts(*self._lists, offer, demand, seats, unlisted, links, price)
        opened = self.sites.cheapest(worth)
        value = float(offer.sum() - price @ free + worth[opened].sum())
        memory = LONG_MEMORY if self.refining else MEMORY
        self.share *= memory
        self.share[opened] += 1.0 - memory
        better = value > self.best
        if better:
            if self.refining or value - self.best > 1e-5 * abs(value):
                self._stalled = 0
            self.best, self.opened, self.worth, self.offers, self.prices = value, opened, worth, offer, price
        else:
            self._stalled += 1
        if upper - self.best <= 1e-7 * abs(upper):
            self.finished = True
        elif self.refining:
            self._faded *= memory
            weight = (1.0 - memory) / self._faded if len(self._taken) else 0.0
            state = (*self._lists, offer, demand, seats, opened, margin, links, price, free, self._taken, weight)
            self._average(*uncovered(*state), better, upper)
        elif self._stalled >= PATIENCE:
            self._step, self._stalled = self._step * 0.6, 0
            self._offer, self._price = self.offers, self.prices
            self.finished = self._step < GENTLEST_STEP
        else:
            state = (*self._lists, offer, demand, seats, opened, margin, links, price, free, self._taken, 0.0)
            self._deflect(uncovered(*state)[0], value, upper)

    def resume(self) -> None:
        """Go on from the best offers, since the cost to aim at was not the right one."""
        self._offer, self._price = self.offers, self.prices
        self._step, self._stalled, self.finished, self.refining = 1.0, 0, False, False

    def refine(self) -> None:
        """Go on from the best offers with the slow method that comes close to the best there are."""
        self.resume()
        self.refining, self._steps, self._memory = True, 0, LONG_MEMORY
        self._direction, self._excess = np.zeros(len(self.offers)), np.zeros(len(self.prices))
        hosts, bodies = len(self.share), len(self.offers)
        if hosts * bodies <= LARGEST_AVERAGE:
            self._taken, self._faded = np.zeros((hosts, bodies)), 1.0

    def _deflect(self, slack: Floats, value: float, upper: float) -> None:
        deflected = slack + 0.5 * self._direction
        self._direction = deflected if deflected @ slack > 0 else slack
        length = float(self._direction @ self._direction)
        if length < 1e-12:
            self.finished = True
            return
        self._offer = self._offer + self._step * (1.002 * upper - value) / length * self._direction

    def _average(self, slack: Floats, excess: Floats, better: bool, upper: float) -> None:
        if not self._direction.any():
            self._direction = slack
        excess = self.limits.scale * excess
        self._direction = self._memory * self._direction + (1.0 - self._memory) * slack
        self._excess = self._memory * self._excess + (1.0 - self._memory) * excess
        if better and self._direction @ slack + self._excess @ excess > 0:
            self._step = min(1.1 * self._step, LONGEST_REFINED_STEP)
        elif self._stalled >= REFINED_PATIENCE:
            self._step, self._stalled = self._step * 0.75, 0
        self._steps += 1
        if self._step < GENTLEST_REFINED_STEP or self._steps >= STEPS_A_ROUND:
            self.finished = not self._find_crowds() and self._step < GENTLEST_REFINED_STEP
        towards = np.where((self.prices <= 0) & (self._excess < 0), 0.0, self._excess)
        length = float(self._direction @ self._direction + towards @ towards)
        if length < 1e-12:
            self.finished = True
            return
        step = self._step * REFINED_AIM * (upper - self.best) / length
        self._offer = self.offers + step * self._direction
        self._price = np.maximum(self.prices + step * self.limits.scale * towards, 0.0)

    def _find_crowds(self) -> bool:
        """Give up crowds that cost nothing, and look for new ones; whether there are any."""
        self._steps, self._memory = 0, LONGEST_MEMORY
        if not len(self._taken):
            return False
        self._taken, self._faded = self._faded * self._taken, 1.0
        useful = np.flatnonzero(self.prices > 1e-6)
        kept = tuple(self.limits.crowds[c] for c in useful)
        favoured = favourites(*self._lists, self.offers, self.demand, self.sites.seats)
        apart = self.terrain.distances(np.arange(len(self.share)))
        fresh = breached(self.share, self._taken, apart, favoured, self.demand, self.sites.seats, kept)
        self.limits = Limits.of((*kept, *fresh), len(self.share), len(self.offers))
        self.prices = np.concatenate((self.prices[useful], np.zeros(len(fresh))))
        self._excess = np.concatenate((self._excess[useful], np.zeros(len(fresh))))
        if fresh:
            self._step, self._stalled = min(STEP_UP * self._step, 1.0), 0
        return bool(fresh)

    def crowds(self) -> list[tuple[Crowd, float]]:
        """The crowds that the bound relies upon, each with its price a delegate."""
        return [(crowd, price) for crowd, price in zip(self.limits.crowds, self.prices.tolist(), strict=True) if price]

    def proved_for(self, count: int) -> float:
        """The bound for plans with so many hosts instead, at the same offers."""
        charges = float(self.prices @ self.limits.free)
        return float(self.offers.sum() - charges + self.worth[self.sites.cheapest(self.worth, count)].sum())

    def hopeless(self, upper: float) -> Floats:
        """By how much opening each host would at least exceed ``upper``; a positive host is in no better plan."""
        last = self.worth[self.opened].max()
        return np.asarray(self.best + np.maximum(self.worth - last, 0.0) - upper)

    def _list(self) -> None:
        self._listed_at, self._since_listed = self._offer, 0
        start, listed, listed_cost, self._outside = self.terrain.lists(self._offer, self._spare)
        self._lists = start, listed, listed_cost
