"""Whole bodies in fixed rooms: the branches find what no cheaper assignment undercuts."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.assignment import HUGE, settle, transport
from services.scheduling.planner.branching import seat_whole

ENOUGH = 100_000


def seated(near, room, demand, ceiling=1e6, nodes=ENOUGH):
    bodies, rooms = near.shape
    price, split = np.zeros(rooms), np.zeros((bodies, rooms), np.int64)
    transport(near, room, demand, price, split)
    place = np.full(bodies, -1)
    cost, left = seat_whole(near, room, demand, price, place, ceiling, nodes)
    return cost, left, place


def every_assignment(near, room, demand):
    """The least cost of all, HUGE if none fits."""
    bodies, rooms = near.shape
    costs = [HUGE]
    for place in product(range(rooms), repeat=bodies):
        load = np.bincount(place, weights=demand, minlength=rooms)
        if (load <= room).all():
            costs.append(float((near[range(bodies), place] * demand).sum()))
    return min(costs)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), bodies=st.integers(1, 8), rooms=st.integers(1, 3), slack=st.floats(1.0, 1.5))
def test_branches_find_the_optimum_and_say_so(seed, bodies, rooms, slack):
    random = np.random.default_rng(seed)
    near = random.integers(0, 50, (bodies, rooms)).astype(float)
    demand = random.integers(1, 10, bodies)
    room = np.full(rooms, int(demand.sum() * slack / rooms) + 1)
    cost, left, place = seated(near, room, demand)
    assert cost == every_assignment(near, room, demand)
    assert left > 0
    if cost < HUGE:
        assert cost == (near[np.arange(bodies), place] * demand).sum()
        assert (np.bincount(place, weights=demand, minlength=rooms) <= room).all()


def test_what_costs_as_much_as_the_ceiling_is_not_looked_for():
    near, room, demand = np.array([[1.0, 5.0], [1.0, 2.0]]), np.array([3, 3]), np.array([3, 3])
    cost, _, place = seated(near, room, demand, ceiling=9.0 + 1e-3)
    assert (cost, place.tolist()) == (9.0, [0, 1])
    cost, _, place = seated(near, room, demand, ceiling=9.0)
    assert (cost, place.tolist()) == (HUGE, [-1, -1])


def test_an_answer_cut_short_is_not_called_proved():
    near, room, demand = np.array([[0.0, 9.0], [0.0, 7.0], [0.0, 60.0]]), np.array([4, 4]), np.array([3, 2, 2])
    assert seated(near, room, demand, nodes=1)[:2] == (HUGE, 0)


def test_branches_mend_what_repairing_a_split_makes_dear():
    """Moves and exchanges of two bodies do not lead out of the place where the split assignment leaves them."""
    better = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        near = random.integers(0, 100, (14, 3)).astype(float)
        demand = random.integers(20, 60, 14)
        room = np.full(3, int(demand.sum() / 3 * 1.08))
        split, place, load = np.zeros(near.shape, np.int64), np.zeros(14, np.int64), np.zeros(3, np.int64)
        repaired = settle(near, room, demand, np.zeros(3), split, place, load, 1e5)
        cost, left, _ = seated(near, room, demand)
        assert left > 0
        assert cost <= repaired
        better += cost < repaired
    assert better > 5
