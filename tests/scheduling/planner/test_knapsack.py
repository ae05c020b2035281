"""Filling a room: with the last item split, and with whole items only, as every choice of them says."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner import bound, certificate
from services.scheduling.planner.certificate import most_gained
from services.scheduling.planner.knapsack import fill, fill_whole


@settings(max_examples=100, deadline=None)
@given(
    items=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 6)), max_size=40),
    room=st.integers(0, 60),
)
def test_filling_a_room_takes_the_most_valuable_first(items, room):
    value, weight = np.array([float(v) for v, _ in items]), np.array([w for _, w in items], dtype=np.int64)
    total, margin = fill(value, weight, len(items), room)
    seats = sorted((v for v, w in items for _ in range(w)), reverse=True)
    assert total == sum(seats[:room])
    assert sum(seat > margin for seat in seats) <= room
    assert margin == 0 or sum(seat >= margin for seat in seats) >= room


def best_of_all_choices(gains, weight, room):
    """Every choice of items that fits."""
    items = range(len(gains))
    choices = (list(c) for size in range(len(gains) + 1) for c in combinations(items, size))
    return max(gains[c].sum() for c in choices if weight[c].sum() <= room)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), many=st.integers(1, 9), room=st.integers(1, 40))
def test_a_room_is_filled_with_the_best_choice_of_whole_items(seed, many, room):
    random = np.random.default_rng(seed)
    weight, gains = random.integers(1, 12, many), random.uniform(1, 50, many)
    best = best_of_all_choices(gains, weight, room)
    _, margin = fill(gains / weight, weight.copy(), many, room)
    taken = np.zeros(many, np.bool_)

    assert np.isclose(fill_whole(gains / weight, weight, room, margin, taken), best)
    assert weight[taken].sum() <= room
    assert np.isclose(gains[taken].sum(), best)
    assert np.isclose(most_gained(gains, weight, room), best)


def test_an_item_larger_than_the_room_stays_out_and_a_split_one_counts_only_in_a_huge_room():
    gains, weight = np.array([90.0, 10.0]), np.array([9, 2])
    taken = np.zeros(2, np.bool_)
    assert fill_whole(gains / weight, weight, 8, 10.0, taken) == 10.0 == most_gained(gains, weight, 8)
    assert taken.tolist() == [False, True]
    assert certificate.WHOLE_SEATS == bound.LARGEST_WHOLE
    huge = np.array([certificate.WHOLE_SEATS, 2])
    assert most_gained(gains, huge, certificate.WHOLE_SEATS + 1) > 90.0
