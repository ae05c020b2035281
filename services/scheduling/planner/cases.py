"""A proof by cases: either this host opens or it does not, and in each case more can be proved than in both at once.

Where the bound rises no more, the case with the least bound is divided by a host of which its mix has about half open,
and where it has none, by a body of which about half goes to some host. Before that, hosts that the case's proof rules
out are shut, and those are demanded without which it rules out all plans; that needs no further proof. What holds in
all cases holds. On small questions cases close the gap in a second; on national ones they take a minute for most of it.
Where they raise the bound by next to nothing they are given up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from services.scheduling.planner.arrays import Ints, Marks
from services.scheduling.planner.bound import Bound, Mix, Proof, Scope

HALF = 0.01
"""What is open, or goes, by less, or but for less, is settled."""
MOST_STEPS = 300
"""Of the bound in a case."""
TRIES = 3
"""How often a case is taken up again that its mix does not divide."""
FIRST_PROOFS, LEAST_RISE = 12, 0.05
"""After so many proofs cases are given up unless they have closed this share of the gap."""
DEEPEST = 100
"""Cases within cases: whoever writes or reads a plan goes down as deep, and Python does so a few hundred times only."""
MOST_OFFERS = 200_000
"""Numbers in all proofs together: they are kept with the plan."""
NEARLY = 1e-7
"""What share of the cost a bound may be below it and count as reaching it."""


@dataclass(eq=False)
class Case:
    """The plans of ``scope``; by ``proof``, which led to this ``mix``, none of them costs less than ``least``.

    By the same proof, none costs less than the best known plan that opens one of the ``hopeless``, or that does not
    open one of the ``certain``. ``parts`` are the two cases into which the rest is divided: either ``host`` opens, or
    it does not; or if there is a ``body``, either it goes there, or it does not.
    """

    scope: Scope
    proof: Proof
    least: float
    mix: Mix | None = None
    depth: int = 0
    hopeless: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    certain: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    host: int = -1
    body: int = -1
    parts: tuple[Case, ...] = ()
    tries: int = 0


class Cases:
    """``best`` is what is proved, by the ``bound`` and, from where it has finished, by cases; ``improve`` takes a step.

    ``divided`` says whether cases are wanted at all.
    """

    def __init__(self, bound: Bound, divided: bool = True) -> None:
        self.bound = bound
        self._root: Case | None = None
        self._leaves: list[Case] = []
        self._waiting: list[Case] = []
        self._now: tuple[Case, Bound] | None = None
        self._steps = self._proofs = 0
        self._over = not divided
        self._upper = self._settled = np.inf

    @property
    def finished(self) -> bool:
        """Whether nothing more will be proved."""
        return self.bound.finished and self.bound.refining and self._over

    @property
    def best(self) -> float:
        """No plan costs less. Cases that prove hardly more than the bound alone are not worth to be kept."""
        cases = (case.least for case in (*self._leaves, *self._waiting, *([self._now[0]] if self._now else [])))
        least = min((*cases, self._settled))
        return least if self._root is not None and self._rises(least) else self.bound.best

    def proved(self) -> Case:
        """The case of all plans, with what proves ``best``."""
        if self._root is None or self.best <= self.bound.best:
            return Case(self.bound.scope, self.bound.proof(), self.bound.best)
        return self._root

    def improve(self, upper: float) -> None:
        """One step towards ``upper``, the cost of a known plan."""
        self._upper = upper
        if not self.bound.finished:
            self.bound.improve(upper)
        elif not self.bound.refining:
            self.bound.refine(upper)
        elif self._now is not None:
            case, bound = self._now
            bound.improve(upper)
            self._steps += 1
            if bound.finished or self._steps >= MOST_STEPS:
                case.proof, case.mix, case.least = bound.proof(), bound.mix(), max(case.least, bound.best)
                self._leaves.append(case)
                self._now = None
        elif not self._over:
            self._begin(upper)

    def _begin(self, upper: float) -> None:
        """Take up the next case, if there is one that is worth it."""
        if self._root is None:
            self._root = Case(self.bound.scope, self.bound.proof(), self.bound.best, self.bound.mix())
            self._leaves.append(self._root)
        while not self._waiting and not self._over:
            case = min(self._leaves, key=lambda leaf: leaf.least)
            settled = case.least >= upper - NEARLY * abs(upper)
            if settled or case.depth >= DEEPEST or not self._pays(case.least):
                self._over = True
            elif case.mix is None or not self._divide(case, case.mix, upper):
                case.tries += 1
                self._over = case.tries > TRIES
                self._leaves.remove(case)
                self._waiting.append(case)
        if not self._over:
            case = self._waiting.pop()
            self._now, self._steps = (case, self.bound.within(case.scope, case.proof, upper)), 0
            self._proofs += 1

    def _pays(self, least: float) -> bool:
        """Whether there is room for more proofs, and those that there are have closed a part of the gap."""
        if (self._proofs + 3) * len(self.bound.demand) > MOST_OFFERS:
            return False
        return self._proofs < FIRST_PROOFS or self._rises(least)

    def _rises(self, least: float) -> bool:
        return least - self.bound.best >= LEAST_RISE * max(self._upper - self.bound.best, 0.0)

    def _divide(self, case: Case, mix: Mix, upper: float) -> bool:
        """Into two cases, of which those wait that are not settled already; whether there is anything to divide by."""
        sites, shut, worth = case.scope.sites, case.scope.shut, case.proof.worth
        is_open = _marks(len(worth), sites.cheapest(worth))
        value = case.proof.given + worth[is_open].sum()
        free = ~sites.must & ~shut
        last = worth[free & is_open].max(initial=-np.inf)
        next_one = worth[free & ~is_open].min(initial=np.inf)
        hopeless = free & ~is_open
        hopeless[hopeless] = value + worth[hopeless] - last >= upper
        certain = free & is_open
        certain[certain] = value - worth[certain] + next_one >= upper
        scope = replace(case.scope, sites=replace(sites, must=sites.must | certain), shut=shut | hopeless)
        shares = np.where(free & ~hopeless & ~certain, mix.open, 0.0)
        host = int(np.abs(shares - 0.5).argmin())
        if HALF < shares[host] < 1 - HALF:
            halves = _opening(scope, host), replace(scope, shut=scope.shut | _marks(len(worth), host))
        else:
            pair = self._undecided(mix)
            if pair is None:
                return False
            host, case.body = pair
            goes, stays = ((*scope.pairs, (host, case.body, answer)) for answer in (True, False))
            halves = replace(_opening(scope, host), pairs=goes), replace(scope, pairs=stays)
        case.hopeless, case.certain, case.host = np.flatnonzero(hopeless), np.flatnonzero(certain), host
        if hopeless.any() or certain.any():
            self._settled = min(self._settled, upper)
        self._leaves.remove(case)
        case.parts = tuple(self._part(case, half, upper) for half in halves)
        return True

    def _undecided(self, mix: Mix) -> tuple[int, int] | None:
        """A host and a body of which about half goes there; or else one that goes to several hosts, or to none."""
        if len(mix.parts) == 0:
            return None
        k = int(np.abs(mix.parts - 0.5).argmin())
        if HALF < mix.parts[k] < 1 - HALF:
            return int(mix.hosts[k]), int(mix.bodies[k])
        demand = self.bound.demand
        missing = 1.0 - np.bincount(mix.bodies, weights=mix.parts, minlength=len(demand))
        body = int((np.abs(missing) * demand).argmax())
        if abs(missing[body]) < HALF:
            return None
        if missing[body] < 0:
            return int(mix.hosts[mix.bodies == body][0]), body
        opened = np.flatnonzero(mix.open > 0)
        costs = self.bound.terrain.block(opened, np.array([body]))[:, 0]
        return int(opened[costs.argmin()]), body

    def _part(self, case: Case, scope: Scope, upper: float) -> Case:
        sites, least = scope.sites, np.inf
        if sites.must.sum() <= sites.count <= (~scope.shut).sum():
            worth = np.where(scope.shut, np.inf, case.proof.worth)
            least = max(case.least, case.proof.given + float(worth[sites.cheapest(worth)].sum()))
        part = Case(scope, case.proof, least, depth=case.depth + 1)
        (self._leaves if least >= upper else self._waiting).append(part)
        return part


def _marks(many: int, some: Ints | int) -> Marks:
    marks = np.zeros(many, dtype=np.bool_)
    marks[some] = True
    return marks


def _opening(scope: Scope, host: int) -> Scope:
    must = scope.sites.must | _marks(len(scope.shut), host)
    return replace(scope, sites=replace(scope.sites, must=must))
