"""The search for better hosts: groups of neighbouring rooms are re-optimised, and rooms handed from group to group.

A group is a room and its nearest rooms, with all their bodies; a closed host near them may replace one of theirs. The
descent runs until no group improves; transfers then close a room in one group and open one in another; after that,
random disturbances of groups that are kept only when they pay. The state is a whole, feasible plan at every moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.assignment import HUGE, settle
from services.scheduling.planner.hosts import reoptimise, with_one, without_one

FIRST_GROUP = 5
GROUP = 8
CANDIDATES_PER_ROOM = 18
TRIES = 400
OPENINGS = 6


@dataclass
class State:
    """Open hosts (rows of the cost matrix), the room of each body, and the total cost."""

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
    """Improves a state until ``spent()`` says that time, effort or hope is used up."""

    def __init__(
        self, cost: Floats, demand: Ints, seats: Ints, apart: Floats, state: State, seed: int, spent: Callable[[], bool]
    ) -> None:
        self.cost, self.demand, self.seats, self.apart = cost, demand, seats, apart
        self.unit = cost / demand
        self.state = state
        self.spent = spent
        self.random = np.random.default_rng(seed)
        self.worthwhile: Marks = np.ones(len(seats), dtype=np.bool_)
        self.effort = 0
        self.fruitless = 0
        self._version = np.zeros(len(state.chosen), dtype=np.int64)
        self._known: dict[tuple[int, tuple[int, ...]], Change | None] = {}

    def run(self) -> None:
        """Descent and transfers, then disturbances with transfers now and then, until spent."""
        count = len(self.state.chosen)
        self.descend(set(range(count)), FIRST_GROUP)
        self.descend(set(range(count)))
        self.transfer()
        while not self.spent():
            seed = int(self.random.integers(count))
            slots = self._around(seed, int(self.random.integers(min(4, GROUP), GROUP + 3)))
            change = self._change(slots, disturbed=int(self.random.integers(1, 4)))
            self.fruitless += 1
            if change is not None and change.difference < -1e-6:
                self._apply(change, change.slots)
                self.fruitless = 0
                self.descend(set(slots.tolist()))
            elif self.fruitless % (3 * count) == 0:
                self.transfer()

    def descend(self, active: set[int], size: int = GROUP) -> None:
        """Re-optimise the groups around the active rooms until none of them improves; small groups are quick."""
        while active and not self.spent():
            seed = int(self.random.choice(sorted(active)))
            slots = self._around(seed, size)
            change = self._change(slots)
            if change is not None and change.difference < -1e-6:
                self._apply(change, change.slots)
                active |= set(slots.tolist())
            else:
                active.discard(seed)

    def transfer(self) -> None:
        """Close a room in one group and open one in another, the best such pair, while that pays."""
        while not self.spent():
            fewer, more = [], []
            for seed in range(len(self.state.chosen)):
                slots = self._around(seed, GROUP)
                fewer.append(self._remembered(slots, -1))
                more.append(self._remembered(slots, +1))
                if self.spent():
                    return
            pair = _best_pair(
                sorted((c for c in fewer if c), key=lambda c: c.difference),
                sorted((c for c in more if c), key=lambda c: c.difference),
            )
            if pair is None:
                return
            closing, opening = pair
            freed = closing.slots[-1:]
            self._apply(closing, closing.slots[:-1])
            self._apply(opening, np.concatenate((opening.slots, freed)))
            self.descend(set(closing.slots.tolist()) | set(opening.slots.tolist()))

    def _around(self, seed: int, size: int) -> Ints:
        distances = self.apart[self.state.chosen[seed], self.state.chosen]
        return np.argsort(distances, kind="stable")[:size]

    def _remembered(self, slots: Ints, rooms: int) -> Change | None:
        """The change of a group by one room, from memory while nothing in the group has moved."""
        key = (rooms, (*slots.tolist(), *self._version[slots].tolist()))
        if key not in self._known:
            self._known[key] = self._change(slots, rooms=rooms)
        change = self._known[key]
        taken = set(self.state.chosen.tolist()) - set(self.state.chosen[slots].tolist())
        return None if change is None or taken & set(change.chosen.tolist()) else change

    def _change(self, slots: Ints, rooms: int = 0, disturbed: int = 0) -> Change | None:
        self.effort += 1
        state = self.state
        bodies = np.flatnonzero(np.isin(state.place, slots))
        hosts = state.chosen[slots]
        if len(bodies) == 0 or len(hosts) + rooms == 0:
            return None
        distances = self.apart[hosts].min(axis=0)
        distances[state.chosen] = HUGE
        distances[~self.worthwhile] = HUGE
        closed = np.argsort(distances, kind="stable")[: CANDIDATES_PER_ROOM * len(slots)]
        closed = closed[distances[closed] < HUGE]
        candidates = np.concatenate((hosts, closed))
        unit = np.ascontiguousarray(self.unit[candidates][:, bodies])
        seats, demand = self.seats[candidates], self.demand[bodies]
        chosen = np.arange(len(hosts))
        if rooms < 0:
            chosen = without_one(unit, seats, demand, chosen)
        elif rooms > 0:
            current = self.unit[state.chosen[state.place[bodies]], bodies]
            chosen = with_one(unit, seats, demand, chosen, current, OPENINGS)
        if len(chosen) != len(hosts) + rooms:
            return None
        disturbed = min(disturbed, len(closed), len(hosts))
        if disturbed:
            leaving = self.random.choice(len(hosts), disturbed, replace=False)
            chosen[leaving] = len(hosts) + self.random.choice(len(closed), disturbed, replace=False)
        place = np.zeros(len(bodies), dtype=np.int64)
        after = reoptimise(unit, seats, demand, chosen, place, TRIES)
        if after >= HUGE:
            return None
        before = self.cost[state.chosen[state.place[bodies]], bodies].sum()
        return Change(slots, bodies, candidates[chosen], place, float(after - before))

    def _apply(self, change: Change, slots: Ints) -> None:
        state = self.state
        state.chosen[slots] = change.chosen
        state.place[change.bodies] = slots[change.place]
        state.cost += change.difference
        self._version[slots] += 1


def assign(unit: Floats, demand: Ints, seats: Ints, chosen: Ints) -> State | None:
    """The whole assignment on these hosts, or None when somebody would have to stand."""
    near = np.ascontiguousarray(unit[chosen].T)
    bodies, rooms = near.shape
    place, load = np.zeros(bodies, dtype=np.int64), np.zeros(rooms, dtype=np.int64)
    split = np.zeros((bodies, rooms), dtype=np.int64)
    cost = settle(near, seats[chosen], demand, np.zeros(rooms), split, place, load, float(near.max()) + 1.0)
    return None if cost >= HUGE else State(chosen.copy(), place, cost)


def _best_pair(fewer: list[Change], more: list[Change]) -> tuple[Change, Change] | None:
    best, pair = -1e-6, None
    for closing in fewer:
        for opening in more:
            total = closing.difference + opening.difference
            if total >= best:
                break
            apart = not set(closing.slots.tolist()) & set(opening.slots.tolist())
            if apart and not set(closing.chosen.tolist()) & set(opening.chosen.tolist()):
                best, pair = total, (closing, opening)
                break
    return pair
