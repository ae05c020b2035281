"""A proved lower bound on the cost of any plan, by Lagrangian relaxation.

Each body i offers ``offer[i]`` to be taken; each host takes those bodies that together gain it most and have seats; the
best hosts open. Whatever the offers, the offers minus the hosts' gains bound every plan from below. The
subgradient method raises them quickly, and stalls; from there a bundle of what was learnt goes on (``bundle``).

A host looks only at bodies on its list: those whose cost is below their offer by now, or would be if it rose by
``spare``. When an offer has risen by as much the lists are made anew, so that nothing that matters is ever missed and
the bound holds for the full problem without a later certificate. Every open host must take a body, since no day is
held for nobody.

When the bundle promises little more, crowds (see there) are looked for in the mix of what hosts took that it follows,
and priced like the offers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.bundle import Bundle
from services.scheduling.planner.crowds import HALF_OPEN, Average, Crowd, Limits, breached, broken, favourites
from services.scheduling.planner.pricing import cheapest_whole, price_hosts, took
from services.scheduling.planner.sites import Sites
from services.scheduling.planner.terrain import Terrain

GENTLEST_STEP = 1e-3
PATIENCE = 12
STEPS_A_LIST = 40
"""Lists that do not last so long are made longer the next time, and those that last four times as long shorter."""
MEMORY, LONG_MEMORY = 0.97, 0.996
"""How much of the average of what was opened survives a step, at first and with the bundle."""
STEPS_A_ROUND, LEAST_STEPS, FEWEST_STEPS = 500, 100, 10
PROMISING = 0.02
"""Crowds are looked for after so many steps with the bundle, after a few when it promises less than this share of the
gap, and after very few when it promises nothing; if that comes even sooner, it is done."""
NUMBERS_A_PAIR = 40
"""So many numbers in the planes take as long as a pair of a host and a body."""
IDLE_ROUNDS = 4
"""A crowd whose price has been 0 at the end of so many rounds is given up."""
FRUITLESS_ROUNDS = 4
"""Rounds without a new crowd and with less than that share of the gap, after which it is done as well."""
LARGEST_AVERAGE = 10_000_000
"""Hosts that are open, even by a part, times bodies or hosts: crowds are looked for up to so many."""
WORTHLESS = 1e-8
"""What share of the bound the bundle must promise that going on is worth it."""
LARGEST_WHOLE = 10_000
"""Seats of a room up to which it is filled with whole bodies; in a larger one the part of a body is next to nothing."""

Taken = tuple[Ints, Ints, Ints, Floats]
"""The hosts that opened; and what they took: hosts, bodies and parts of bodies."""


@dataclass(frozen=True)
class Scope:
    """The plans that a bound is for: they open what ``sites`` demand and nothing that is ``shut``; and of each of the
    ``pairs`` of a host and a body it is said whether the body goes there."""

    sites: Sites
    shut: Marks
    pairs: tuple[tuple[int, int, bool], ...] = ()

    @classmethod
    def of(cls, sites: Sites) -> Scope:
        """All plans."""
        return cls(sites, np.zeros(len(sites.seats), dtype=np.bool_))

    def within(self, start: Ints, listed: Ints, costs: Floats) -> tuple[Ints, Ints, Floats]:
        """The lists of the hosts without those who do not go there in these plans."""
        if not self.shut.any() and not self.pairs:
            return start, listed, costs
        host = np.repeat(np.arange(len(self.shut)), np.diff(start))
        kept = ~self.shut[host]
        for j, i, goes in self.pairs:
            kept &= (listed != i) | ((host == j) == goes)
        many = np.bincount(host[kept], minlength=len(self.shut))
        return np.concatenate(([0], np.cumsum(many))), listed[kept], costs[kept]


@dataclass(frozen=True)
class Proof:
    """Offers and prices of crowds, the ``worth`` that they leave to each host, and what all of them give beside:
    ``given`` and the worth of any hosts bound plans with these hosts."""

    offers: Floats
    prices: Floats
    limits: Limits
    worth: Floats
    given: float

    def crowds(self) -> list[tuple[Crowd, float]]:
        """Those that it relies upon, each with its price a delegate."""
        return [(crowd, price) for crowd, price in zip(self.limits.crowds, self.prices.tolist(), strict=True) if price]


@dataclass(frozen=True)
class Mix:
    """How much each host is ``open`` in the mix of planes, and the ``parts`` of some ``bodies`` that go to some
    ``hosts``."""

    open: Floats
    hosts: Ints
    bodies: Ints
    parts: Floats


class Bound:
    """The bound as it rises: ``best`` so far, at these ``offers``; ``opened``, the hosts that they would open, each
    ``worth`` so much; and ``share``, how much a host was open lately, which comes close to the fractional optimum."""

    def __init__(self, terrain: Terrain, offer: Floats, scope: Scope | None = None) -> None:
        self.terrain, self.demand = terrain, terrain.demand
        self.scope = scope or Scope.of(terrain.sites)
        self.sites = sites = self.scope.sites
        self.best = -np.inf
        self.finished = False
        self._whole = bool(terrain.demand.max() > 1 and sites.seats.max() <= LARGEST_WHOLE)
        self.offers = self._offer = offer
        self.worth = np.zeros(len(sites.seats))
        self.share = np.zeros(len(sites.seats))
        self.opened = sites.cheapest(self.worth)
        self._direction = np.zeros(len(offer))
        self._step, self._stalled = 1.0, 0
        self.limits = Limits.of((), len(sites.seats), len(offer))
        self.prices = np.zeros(0)
        self._bundle: Bundle | None = None
        self._taken: list[Taken] = []
        self._risen, self._fruitless = -np.inf, 0
        self._seen: set[bytes] = set()
        self._steps, self._idle = 0, np.zeros(0, dtype=np.int64)
        self._spare = 0.2 * float(offer.mean()) + 1e-3
        self._list(offer)

    @property
    def pairs(self) -> int:
        """Of a host and a body: so many are looked at in a step."""
        return len(self._lists[1])

    @property
    def toil(self) -> float:
        """How much longer a step takes than one of the quick method."""
        return 1.0 if self._bundle is None else 1.0 + self._bundle.size / (NUMBERS_A_PAIR * self.pairs)

    @property
    def refining(self) -> bool:
        """Whether the slow method is at work."""
        return self._bundle is not None

    def improve(self, upper: float) -> None:
        """One step towards ``upper``, the cost of a known plan."""
        if self._bundle is None:
            self._deflect(*self._evaluated(self._offer, self.prices), upper)
        else:
            self._rise(self._bundle, upper)
        if upper - self.best <= 1e-7 * abs(upper):
            self.finished = True

    def resume(self) -> None:
        """Go on from the best offers with the quick method, since the cost to aim at was not the right one."""
        self._offer, self._bundle = self.offers, None
        self._step, self._stalled, self.finished = 1.0, 0, False

    def refine(self, upper: float) -> None:
        """Go on from the best offers with the slow method that comes close to the best there are."""
        self._steps, self.finished, self._fruitless, self._risen = 0, False, 0, self.best
        value, taken = self._evaluated(self.offers, self.prices)
        point = np.concatenate((self.offers, self.prices / self.limits.scale))
        self._bundle = Bundle(point, value, self._slope(taken), len(self.prices), upper)
        self._taken = [taken]

    def _evaluated(self, offer: Floats, price: Floats) -> tuple[float, Taken]:
        """The bound at these offers and prices, kept if it is the best, and what proves that it is no higher."""
        self._since_listed += 1
        risen = float((offer - self._listed_at).max())
        if risen >= self._spare or self._since_listed > 4 * STEPS_A_LIST:
            if self._since_listed < STEPS_A_LIST:
                self._spare *= 1.5
            elif risen < self._spare:
                self._spare *= 0.5
            self._list(offer)
            risen = 0.0
        demand, seats, links = self.demand, self.sites.seats, self.limits.links
        unlisted = self._outside - max(risen, 0.0)
        worth, margin = price_hosts(*self._lists, offer, demand, seats, unlisted, links, price)
        worth[self.scope.shut], margin[self.scope.shut] = np.inf, 0.0
        if self._whole:
            most, must, region, least = self.sites.count, self.sites.must, self.sites.region, self.sites.least
            opened = cheapest_whole(
                worth, *self._lists, offer, demand, seats, margin, links, price, most, must, region, least
            )
        else:
            opened = self.sites.cheapest(worth)
        value = float(offer.sum() - price @ self.limits.free + worth[opened].sum())
        memory = LONG_MEMORY if self.refining else MEMORY
        self.share *= memory
        self.share[opened] += 1.0 - memory
        if value - self.best > 1e-5 * abs(value):
            self._stalled = 0
        elif value <= self.best:
            self._stalled += 1
        if value > self.best:
            self.best, self.opened, self.worth, self.offers, self.prices = value, opened, worth, offer, price
        return value, (opened, *took(*self._lists, offer, demand, seats, opened, margin, links, price, self._whole))

    def _slope(self, taken: Taken) -> Floats:
        """For each body 1 minus how often it was taken; for each crowd by how much its limit was broken, scaled."""
        excess = broken(*taken, self.demand, self.sites.seats, self.limits.links, self.limits.free)
        return np.concatenate((self._slack(taken), self.limits.scale * excess))

    def _slack(self, taken: Taken) -> Floats:
        _, _, bodies, parts = taken
        return np.asarray(1.0 - np.bincount(bodies, weights=parts, minlength=len(self.demand)))

    def _deflect(self, value: float, taken: Taken, upper: float) -> None:
        """The next offers of the quick method."""
        if self._stalled >= PATIENCE:
            self._step, self._stalled = self._step * 0.6, 0
            self._offer = self.offers
            self.finished = self._step < GENTLEST_STEP
            return
        slack = self._slack(taken)
        deflected = slack + 0.5 * self._direction
        self._direction = deflected if deflected @ slack > 0 else slack
        length = float(self._direction @ self._direction)
        if length < 1e-12:
            self.finished = True
            return
        self._offer = self._offer + self._step * (1.002 * upper - value) / length * self._direction

    def _rise(self, bundle: Bundle, upper: float) -> None:
        """A step of the slow method."""
        point = bundle.proposed()
        bodies = len(self.demand)
        value, taken = self._evaluated(point[:bodies], point[bodies:] * self.limits.scale)
        number = bundle.learn(point, value, self._slope(taken))
        self._taken[number : number + 1] = [taken]
        self._steps += 1
        reached = bundle.promised < WORTHLESS * abs(upper)
        stalls = self._steps >= LEAST_STEPS and bundle.promised < PROMISING * (upper - self.best)
        if stalls or self._steps >= STEPS_A_ROUND or (reached and self._steps >= FEWEST_STEPS):
            rose = self.best - self._risen >= PROMISING * (upper - self.best)
            self._risen = self.best
            fruitful = self._find_crowds(bundle) or rose
            self._fruitless = 0 if fruitful else self._fruitless + 1
            self.finished = self._fruitless >= FRUITLESS_ROUNDS
        elif reached:
            self.finished = True

    def _find_crowds(self, bundle: Bundle) -> bool:
        """Give up crowds that have cost nothing for long, and look for new ones; whether some were never there."""
        self._steps = 0
        bodies = len(self.demand)
        self._idle = np.where((bundle.centre[bodies:] > 0) | (self.prices > 0), 0, self._idle + 1)
        useful = np.flatnonzero(self._idle < IDLE_ROUNDS)
        kept = tuple(self.limits.crowds[c] for c in useful)
        average = self._average(bundle.weights)
        fresh: tuple[Crowd, ...] = ()
        if average is not None:
            favoured = favourites(*self._lists, self.offers, self.demand, self.sites.seats)
            fresh = tuple(breached(average, favoured, self.demand, self.sites.seats, kept))
        hosts = len(self.share)
        added = Limits.of(fresh, hosts, bodies)
        excess = [
            added.scale * broken(*taken, self.demand, self.sites.seats, added.links, added.free)
            for taken in self._taken
        ]
        bundle.priced_anew(useful, np.array(excess))
        self._idle = np.concatenate((self._idle[useful], np.zeros(len(fresh), dtype=np.int64)))
        self.limits = Limits.of((*kept, *fresh), hosts, bodies)
        self.prices = np.concatenate((self.prices[useful], np.zeros(len(fresh))))
        unseen = {crowd.bodies.tobytes() for crowd in fresh} - self._seen
        self._seen |= unseen
        return len(unseen) > 0

    def _average(self, weights: Floats) -> Average | None:
        """What the mix of planes says of hosts, and of what they take; None if that is too large."""
        share = np.zeros(len(self.share))
        for weight, (opened, *_) in zip(weights, self._taken, strict=True):
            share[opened] += weight
        some = np.flatnonzero(share > HALF_OPEN)
        if len(some) * max(len(share), len(self.demand)) > LARGEST_AVERAGE:
            return None
        row = np.full(len(share), -1)
        row[some] = np.arange(len(some))
        taken = np.zeros((len(some), len(self.demand)))
        for weight, (_, hosts, bodies, parts) in zip(weights, self._taken, strict=True):
            here = row[hosts] >= 0
            np.add.at(taken, (row[hosts[here]], bodies[here]), weight * parts[here])
        return Average(some, share[some], taken, self.terrain.distances(some)[:, some])

    def proof(self) -> Proof:
        """What proves the best bound so far."""
        given = float(self.offers.sum() - self.prices @ self.limits.free)
        return Proof(self.offers, self.prices, self.limits, self.worth, given)

    def mix(self) -> Mix:
        """What the bundle follows, which is close to the fractional optimum."""
        weights = np.zeros(0) if self._bundle is None else self._bundle.weights
        opened, many = np.zeros(len(self.share)), len(self.demand)
        for weight, (some, *_) in zip(weights, self._taken, strict=True):
            opened[some] += weight
        pairs = np.concatenate([hosts * many + bodies for _, hosts, bodies, _ in self._taken])
        parts = np.concatenate([weight * part for weight, (*_, part) in zip(weights, self._taken, strict=True)])
        known, which = np.unique(pairs, return_inverse=True)
        going = np.zeros(len(known))
        np.add.at(going, which, parts)
        return Mix(opened, known // many, known % many, going)

    def within(self, scope: Scope, proof: Proof, upper: float) -> Bound:
        """The bound of fewer plans, from this proof on."""
        bound = Bound(self.terrain, proof.offers, scope)
        bound.limits, bound.prices, bound._idle = proof.limits, proof.prices, np.zeros(len(proof.prices), np.int64)
        bound.refine(upper)
        return bound

    def proved_for(self, count: int) -> float:
        """The bound for plans with so many hosts instead, at the same offers."""
        charges = float(self.prices @ self.limits.free)
        return float(self.offers.sum() - charges + self.worth[self.sites.cheapest(self.worth, count)].sum())

    def hopeless(self, upper: float) -> Floats:
        """By how much opening each host would at least exceed ``upper``; a positive host is in no better plan."""
        last = self.worth[self.opened].max()
        return np.asarray(self.best + np.maximum(self.worth - last, 0.0) - upper)

    def _list(self, offer: Floats) -> None:
        self._listed_at, self._since_listed = offer, 0
        start, listed, listed_cost, self._outside = self.terrain.lists(offer, self._spare)
        self._lists = self.scope.within(start, listed, listed_cost)
