"""Filling fixed rooms: exact when bodies may be split or send one delegate, whole and close to it otherwise."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from services.scheduling.planner.assignment import HUGE, polish, settle, transport
from services.scheduling.planner.packing import pack


def an_instance(seed, bodies, rooms, largest=1):
    """Whole-numbered costs, so that a network solver may judge; rooms for everybody, hardly more."""
    random = np.random.default_rng(seed)
    near = random.integers(0, 200, (bodies, rooms)).astype(float)
    demand = random.integers(1, largest + 1, bodies)
    room = np.full(rooms, int(np.ceil(demand.sum() / rooms * random.uniform(1.0, 1.4))))
    return near, room, demand


def network_optimum(near, room, demand):
    flow = SimpleMinCostFlow()
    bodies, rooms = near.shape
    for i, k in product(range(bodies), range(rooms)):
        flow.add_arc_with_capacity_and_unit_cost(i, bodies + k, int(demand[i]), int(near[i, k]))
    for k in range(rooms):
        flow.add_arc_with_capacity_and_unit_cost(bodies + k, bodies + rooms, int(room[k]), 0)
    for i in range(bodies):
        flow.set_node_supply(i, int(demand[i]))
    flow.set_node_supply(bodies + rooms, -int(demand.sum()))
    assert flow.solve() == flow.OPTIMAL
    return flow.optimal_cost()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), bodies=st.integers(1, 40), rooms=st.integers(1, 8), largest=st.integers(1, 6))
def test_transport_is_optimal_from_any_prices(seed, bodies, rooms, largest):
    near, room, demand = an_instance(seed, bodies, rooms, largest)
    split = np.zeros((bodies, rooms), np.int64)
    price = np.random.default_rng(seed).uniform(0, 150, rooms) * (seed % 2)
    cost = transport(near, room, demand, price, split)
    assert cost == network_optimum(near, room, demand)
    assert (split.sum(axis=1) == demand).all()
    assert (split.sum(axis=0) <= room).all()
    priced = near + price
    assert (priced[split > 0] <= priced.min(axis=1, keepdims=True).repeat(rooms, axis=1)[split > 0] + 1e-6).all()


def test_transport_says_when_there_are_too_few_seats():
    split = np.zeros((3, 1), np.int64)
    assert transport(np.ones((3, 1)), np.array([2]), np.ones(3, np.int64), np.zeros(1), split) == HUGE


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), bodies=st.integers(1, 60), rooms=st.integers(1, 6), largest=st.integers(1, 6))
def test_whole_bodies_are_seated_and_cost_no_less_than_split_ones(seed, bodies, rooms, largest):
    near, room, demand = an_instance(seed, bodies, rooms, largest)
    split, place, load = np.zeros((bodies, rooms), np.int64), np.zeros(bodies, np.int64), np.zeros(rooms, np.int64)
    cost = settle(near, room, demand, np.zeros(rooms), split, place, load, 1000.0)
    if cost >= HUGE:
        assert largest > 1
        return
    assert (np.bincount(place, weights=demand, minlength=rooms) == load).all()
    assert (load <= room).all()
    assert cost == (near[np.arange(bodies), place] * demand).sum()
    optimum = network_optimum(near, room, demand)
    assert cost == optimum if largest == 1 else cost >= optimum


def test_polish_exchanges_when_rooms_are_full():
    trip = np.array([[0.0, 9.0], [9.0, 0.0]])
    place, load = np.array([1, 0]), np.array([3, 3])
    assert polish(trip, np.array([3, 3]), np.array([3, 3]), place, load, 100.0)
    assert place.tolist() == [0, 1]


def test_polish_empties_a_crowded_room():
    trip = np.array([[0.0, 50.0], [0.0, 7.0], [0.0, 60.0]])
    place, load = np.zeros(3, np.int64), np.array([6, 0])
    assert polish(trip, np.array([4, 4]), np.array([2, 2, 2]), place, load, 100.0)
    assert place.tolist() == [0, 1, 0]
    assert load.tolist() == [4, 2]


@settings(max_examples=40, deadline=None)
@given(demands=st.lists(st.integers(1, 6), min_size=1, max_size=12), rooms=st.lists(st.integers(1, 9), max_size=4))
def test_packing_is_right_about_what_fits(demands, rooms):
    demand, room = np.array(demands), np.array([*rooms, 6])
    reachable = {tuple(room.tolist())}
    for size in demands:
        reachable = {
            tuple(sorted((*left[:k], left[k] - size, *left[k + 1 :])))
            for left in reachable
            for k in range(len(left))
            if left[k] >= size
        }
    place, proved = pack(demand, room)
    assert proved
    assert (place is not None) == bool(reachable)
    if place is not None:
        assert (np.bincount(place, weights=demand, minlength=len(room)) <= room).all()
