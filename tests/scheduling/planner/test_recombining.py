"""Two plans make a third that has the better of each part."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.recombining import parts, recombined


def trips(cost, chosen, place):
    return cost[chosen[place], np.arange(len(place))]


def test_each_town_takes_the_plan_that_is_better_for_it():
    """Bodies 0-1 live in one town with hosts 0-1, bodies 2-3 in another with hosts 2-3."""
    place = np.array([0, 0, 1, 1])
    chosen, spent = np.array([0, 2]), np.array([1.0, 1.0, 5.0, 5.0])
    other, other_spent = np.array([1, 3]), np.array([4.0, 4.0, 2.0, 2.0])
    found, where = recombined(chosen, place, spent, other, place, other_spent)
    assert found[where].tolist() == [0, 0, 3, 3]
    assert sorted(found.tolist()) == [0, 3]


def test_a_town_gets_a_second_day_only_if_another_gives_one_up():
    """The other plan holds two days in the second town instead of the third's; the gain pays for the loss."""
    chosen, place = np.array([0, 1, 2]), np.array([0, 1, 1, 2, 2])
    other, other_place = np.array([3, 4, 0]), np.array([2, 0, 1, 2, 2])
    spent, dearer = np.array([0.0, 9.0, 9.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 3.0, 3.0])
    found, where = recombined(chosen, place, spent, other, other_place, dearer)
    assert found[where].tolist() == [0, 3, 4, 0, 0]
    worse = np.array([0.0, 1.0, 1.0, 30.0, 30.0])
    found, where = recombined(chosen, place, spent, other, other_place, worse)
    assert found[where].tolist() == [0, 1, 1, 2, 2]


def test_rooms_with_the_same_host_belong_together():
    chosen, place = np.array([5, 6]), np.array([0, 1])
    other, other_place = np.array([6, 7]), np.array([0, 1])
    group = parts(chosen, place, other, other_place)
    assert len(set(group.tolist())) == 1
    apart = parts(chosen, place, np.array([8, 7]), other_place)
    assert len(set(apart.tolist())) == 2


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), bodies=st.integers(1, 30), count=st.integers(1, 10))
def test_a_child_is_whole_and_no_dearer_than_either(seed, bodies, count):
    """Rooms of the child hold what they hold in one of its parents, so that nobody stands."""
    random = np.random.default_rng(seed)
    cost = random.integers(0, 100, (2 * count, bodies)).astype(float)
    plans = []
    for _ in range(2):
        chosen = random.choice(2 * count, count, replace=False)
        place = np.minimum(np.arange(bodies) * count // bodies + random.integers(0, 2, bodies), count - 1)
        plans.append((chosen, place, trips(cost, chosen, place)))
    chosen, place = recombined(*plans[0], *plans[1])
    assert len(np.unique(chosen)) == len(chosen) == count
    assert trips(cost, chosen, place).sum() <= min(plan[2].sum() for plan in plans)
    rooms = {(j, *np.flatnonzero(p == k)) for c, p, _ in plans for k, j in enumerate(c.tolist())}
    assert {(j, *np.flatnonzero(place == k)) for k, j in enumerate(chosen.tolist())} <= rooms
