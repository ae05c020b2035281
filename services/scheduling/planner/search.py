"""The search for better hosts: groups of neighbouring rooms are re-optimised, and rooms handed from group to group.

A group is a room and its nearest rooms, with all their bodies; a closed host near them may replace one of theirs. A
descent runs until no group improves; a transfer closes a room in one group and opens one in another; a disturbance of
a group is kept when the plan does not get worse by more than a little. The state is a whole, feasible plan at every
moment; a record is kept apart, and returned to when nothing better is found for long. ``course`` says what is done
when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.assignment import HUGE, polish, seat, settle
from services.scheduling.planner.bound import Bound
from services.scheduling.planner.hosts import exchange, with_one, without_one
from services.scheduling.planner.recombining import recombined
from services.scheduling.planner.terrain import Terrain

FIRST_GROUP = 5
GROUP = 8
WIDE_GROUP = 14
CANDIDATES_PER_ROOM = 18
TRIES = 400
ALL_AT_ONCE = 1_000_000
OPENINGS = 6
LARGEST_AT_ONCE = 400_000
"""Bodies times rooms up to which everybody is assigned exactly and at once."""
FEW_BODIES = 25
"""With more bodies a room the assignment of split bodies is as good a judge as that of whole ones, and a faster one."""
MEMORY = 8
"""Changes of groups that are remembered, a room, before those that are past are forgotten."""
PAUSE = 3
"""How many changes of groups until the clock is looked at, and the bound raised: a step takes longer than a change."""
PAIRS_A_PAIR, LONGEST_PAUSE = 100, 20
"""Where all pairs of hosts and bodies are so many times those of a group, the clock is looked at less often."""
TOLERANCE, MOST_TOLERANCE = 4e-4, 3e-2
"""By what share of the cost the state may be worse than the record: twice as much after each fruitless while."""


@dataclass
class State:
    """Open hosts, the room of each body, and the total cost."""

    chosen: Ints
    place: Ints
    cost: float

    def copy(self) -> State:
        return State(self.chosen.copy(), self.place.copy(), self.cost)


@dataclass(frozen=True)
class Change:
    """A group's new hosts and places, and what they change in cost; ``slots`` had been its rooms."""

    slots: Ints
    bodies: Ints
    chosen: Ints
    place: Ints
    difference: float


class Search:
    """Improves a state until ``spent()`` says that time, effort or hope is used up; ``best`` is the record.

    ``several`` says that there are bodies of several delegates.
    """

    def __init__(self, terrain: Terrain, state: State, seed: int, spent: Callable[[], bool]) -> None:
        self.terrain = terrain
        self.state = state
        self.best = state.copy()
        self.spent = spent
        self.random = np.random.default_rng(seed)
        self.worthwhile: Marks = np.ones(len(terrain.sites.seats), dtype=np.bool_)
        self.share: Floats = np.zeros(len(terrain.sites.seats))
        self._tolerance = TOLERANCE
        self._heeded = np.inf
        self.several = bool(terrain.demand.max() > 1)
        self._whole = self.several and len(terrain.demand) <= FEW_BODIES * len(state.chosen)
        bodies, hosts, days = len(terrain.demand), len(terrain.sites.seats), len(state.chosen)
        in_a_group = GROUP * bodies // days * CANDIDATES_PER_ROOM * GROUP
        self._pause = min(1 + bodies * hosts // (PAIRS_A_PAIR * in_a_group), LONGEST_PAUSE) if self.several else PAUSE
        self._unasked = 0
        self.effort = 0
        self.fruitless = 0
        self._version = np.zeros(len(state.chosen), dtype=np.int64)
        self._known: dict[tuple[int, bytes, bytes], Change | None] = {}
        self._most_known = MEMORY * len(state.chosen)

    def heed(self, bound: Bound) -> None:
        """Learn from the bound which hosts are worth a thought, when it or the record has risen by enough."""
        self.share = bound.share
        if self.best.cost < self._heeded * 0.999 or (
            (bound.finished or bound.refining) and self.best.cost < self._heeded
        ):
            self._heeded = self.best.cost
            self.worthwhile = bound.hopeless(self._heeded) <= 0

    def settle(self) -> None:
        """Descend everywhere; small groups first, which are quick."""
        everywhere = range(len(self.state.chosen))
        self.descend(set(everywhere), FIRST_GROUP)
        self.descend(set(everywhere))

    def descend(self, active: set[int], size: int = GROUP) -> None:
        """Re-optimise the groups around the active rooms until none of them improves."""
        while active and not self._asked():
            seed = int(self.random.choice(sorted(active)))
            slots = self.around(seed, size)
            change = self._change(slots)
            if change is not None and change.difference < -1e-6:
                self._apply(change, change.slots)
                self.record(self.state)
                active |= set(slots.tolist())
            else:
                active.discard(seed)

    def transfer(self) -> None:
        """Close a room in one group and open one in another, the best such pairs first, while that pays."""
        while not self.spent():
            fewer: list[Change | None] = []
            more: list[Change | None] = []
            for seed in range(len(self.state.chosen)):
                slots = self.around(seed, GROUP)
                fewer.append(self._remembered(slots, -1))
                more.append(self._remembered(slots, +1))
                if self._asked():
                    return
            closings, openings = ([c for c in changes if c] for changes in (fewer, more))
            touched: set[int] = set()
            while pair := self._best_pair(closings, openings):
                closing, opening = pair
                freed = closing.slots[-1:]
                self._apply(closing, closing.slots[:-1])
                self._apply(opening, np.concatenate((opening.slots, freed)))
                touched |= set(closing.slots.tolist()) | set(opening.slots.tolist())
                closings, openings = (
                    [c for c in changes if touched.isdisjoint(c.slots.tolist())] for changes in (closings, openings)
                )
            if not touched:
                return
            self.record(self.state)
            self.descend(touched)

    def _asked(self) -> bool:
        """``spent()``, but only once in so many changes: with each question the bound takes steps over all pairs."""
        self._unasked += 1
        return self._unasked % self._pause == 0 and self.spent()

    def disturb(self) -> None:
        """Another choice of hosts for some group, kept when it is better or not much worse."""
        wide = bool(self.share.any() and self.random.integers(2))
        largest = WIDE_GROUP if wide else GROUP + 2
        seed = int(self.random.integers(len(self.state.chosen)))
        slots = self.around(seed, int(self.random.integers(min(4, largest), largest + 1)))
        change = self._change(slots, disturbed=int(self.random.integers(1, 4)), wide=wide)
        self.fruitless += 1
        allowed = self.best.cost * (1 + self._tolerance) - self.state.cost
        if change is not None and (change.difference < -1e-6 or 1e-6 < change.difference < allowed):
            self._apply(change, change.slots)
            self.record(self.state)
            self.descend(set(slots.tolist()))

    def take(self, state: State) -> None:
        self.state = state
        self._version += 1

    def record(self, state: State) -> bool:
        """Keep a copy if it is the cheapest so far."""
        if state.cost >= self.best.cost - 1e-6:
            return False
        self.best = state.copy()
        self.fruitless = 0
        self._tolerance = TOLERANCE
        return True

    def return_to_best(self) -> None:
        if self.state.cost > self.best.cost + 1e-6:
            self.state = self.best.copy()
            self._version += 1

    def grow_bold(self) -> None:
        """Return to the record, and from now on allow twice as much; after the most again little."""
        self.return_to_best()
        self._tolerance = TOLERANCE if self._tolerance > MOST_TOLERANCE else 2 * self._tolerance

    def recombine(self, ends: list[State]) -> None:
        """Give the record every part in which one of these states is better, until none is."""
        terrain, everybody = self.terrain, np.arange(len(self.terrain.demand))
        improved = True
        while improved:
            improved = False
            for end in ends:
                best = self.best
                plans = [(s.chosen, s.place, terrain.pairs(s.chosen[s.place], everybody)) for s in (best, end)]
                child = best.copy()
                child.chosen, child.place = recombined(*plans[0], *plans[1])
                child.cost = float(terrain.pairs(child.chosen[child.place], everybody).sum())
                if terrain.sites.allow(child.chosen) and self.record(child):
                    improved = True

    def around(self, seed: int, size: int) -> Ints:
        return self.terrain.around(int(self.state.chosen[seed]), self.state.chosen)[:size]

    def _remembered(self, slots: Ints, rooms: int) -> Change | None:
        """The change of a group by one room, from memory while nothing in the group has moved."""
        key = (rooms, slots.tobytes(), self._version[slots].tobytes())
        if key not in self._known:
            if len(self._known) >= self._most_known:
                self._forget()
            self._known[key] = self._change(slots, rooms=rooms)
        change = self._known[key]
        taken = set(self.state.chosen.tolist()) - set(self.state.chosen[slots].tolist())
        return None if change is None or taken & set(change.chosen.tolist()) else change

    def surroundings(self, slots: Ints, wide: bool = False) -> tuple[Ints, Ints]:
        """The bodies in these rooms; and the rooms' hosts, then closed ones near them that are worth a thought.

        Those are the hosts that the bound does not rule out, or if ``wide`` only those that have a share in it.
        """
        state = self.state
        within = np.zeros(len(state.chosen), dtype=np.bool_)
        within[slots] = True
        hosts = state.chosen[slots]
        closed = self.terrain.neighbours(hosts, CANDIDATES_PER_ROOM)
        closed = closed[~np.isin(closed, state.chosen) & (self.share > 1e-3 if wide else self.worthwhile)[closed]]
        return np.flatnonzero(within[state.place]), np.concatenate((hosts, closed[: CANDIDATES_PER_ROOM * len(slots)]))

    def _forget(self) -> None:
        """Drop the groups in which something has moved: versions only rise, so nobody will ask for them again."""

        def stands(slots: bytes, versions: bytes) -> bool:
            return self._version[np.frombuffer(slots, dtype=np.int64)].tobytes() == versions

        self._known = {key: change for key, change in self._known.items() if stands(*key[1:])}
        self._most_known = max(self._most_known, 2 * len(self._known))

    def _change(self, slots: Ints, rooms: int = 0, disturbed: int = 0, wide: bool = False) -> Change | None:
        self.effort += 1
        state, terrain, sites = self.state, self.terrain, self.terrain.sites
        bodies, candidates = self.surroundings(slots, wide)
        hosts = candidates[: len(slots)]
        if len(bodies) == 0 or len(hosts) + rooms == 0:
            return None
        closed = candidates[len(slots) :]
        unit = terrain.block(candidates, bodies) / terrain.demand[bodies]
        seats, demand, region = sites.seats[candidates], terrain.demand[bodies], sites.region[candidates]
        must, to_spare = sites.must[candidates], sites.to_spare(state.chosen)
        chosen = np.arange(len(hosts))
        if rooms < 0:
            chosen = without_one(unit, seats, demand, chosen, ~must & (to_spare[region] > 0))
        elif rooms > 0:
            current = terrain.pairs(state.chosen[state.place[bodies]], bodies) / demand
            chosen = with_one(unit, seats, demand, chosen, current, OPENINGS)
        if len(chosen) != len(hosts) + rooms:
            return None
        disturbed = min(disturbed, len(closed), len(hosts))
        if disturbed:
            leaving = self.random.choice(len(hosts), disturbed, replace=False)
            chosen[leaving] = len(hosts) + self.random.choice(len(closed), disturbed, replace=False)
        to_spare += np.bincount(region[chosen], minlength=len(to_spare))
        to_spare -= np.bincount(region[: len(hosts)], minlength=len(to_spare))
        if (must.any() and not np.isin(np.flatnonzero(must), chosen).all()) or (to_spare < 0).any():
            return None
        place = np.zeros(len(bodies), dtype=np.int64)
        price = np.zeros(len(chosen))
        after, _ = exchange(
            unit, seats, demand, chosen, place, price, TRIES, ALL_AT_ONCE, 0, must, region, to_spare, self._whole
        )
        if after >= HUGE:
            return None
        before = terrain.pairs(state.chosen[state.place[bodies]], bodies).sum()
        return Change(slots, bodies, candidates[chosen], place, float(after - before))

    def put(self, state: State, slots: Ints, bodies: Ints, chosen: Ints, place: Ints) -> None:
        """These rooms get other hosts, and their bodies other places, which count ``chosen``."""
        before = self.terrain.pairs(state.chosen[state.place[bodies]], bodies).sum()
        state.chosen[slots] = chosen
        state.place[bodies] = slots[place]
        state.cost += float(self.terrain.pairs(chosen[place], bodies).sum() - before)
        self._version[slots] += 1

    def _apply(self, change: Change, slots: Ints) -> None:
        self.put(self.state, slots, change.bodies, change.chosen, change.place)

    def _best_pair(self, fewer: list[Change], more: list[Change]) -> tuple[Change, Change] | None:
        best, pair = -1e-6, None
        more = sorted(more, key=lambda change: change.difference)
        for closing in sorted(fewer, key=lambda change: change.difference):
            for opening in more:
                total = closing.difference + opening.difference
                if total >= best:
                    break
                if self._go_together(closing, opening):
                    best, pair = total, (closing, opening)
                    break
        return pair

    def _go_together(self, closing: Change, opening: Change) -> bool:
        slots = np.concatenate((closing.slots, opening.slots))
        hosts = np.concatenate((np.delete(self.state.chosen, slots), closing.chosen, opening.chosen))
        distinct = len(np.unique(slots)) == len(slots) and len(np.unique(hosts)) == len(hosts)
        return distinct and self.terrain.sites.allow(hosts)


def assign(terrain: Terrain, chosen: Ints) -> State | None:
    """The whole assignment on these hosts, a quick one when they are many; None when somebody would have to stand."""
    demand, seats = terrain.demand, terrain.sites.seats[chosen]
    trip = np.ascontiguousarray(terrain.block(chosen).T)
    bodies, rooms = trip.shape
    place, load = np.zeros(bodies, dtype=np.int64), np.zeros(rooms, dtype=np.int64)
    penalty = float(trip.max()) + 1.0
    if bodies * rooms <= LARGEST_AT_ONCE:
        split = np.zeros((bodies, rooms), dtype=np.int64)
        cost = settle(trip / demand[:, None], seats, demand, np.zeros(rooms), split, place, load, penalty)
        return None if cost >= HUGE else State(chosen.copy(), place, cost)
    seat(trip, seats, demand, place, load)
    if not polish(trip, seats, demand, place, load, penalty):
        return None
    return State(chosen.copy(), place, float(trip[np.arange(bodies), place].sum()))
