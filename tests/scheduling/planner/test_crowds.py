"""Crowds limit no plan, sharpen the bound, and are checked by whoever gets them with a plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.assignment import HUGE, transport
from services.scheduling.planner.bound import Bound
from services.scheduling.planner.crowds import Crowd
from services.scheduling.planner.plan import Crowd as ProvingCrowd
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.planning import solve
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.survey import survey
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_scattered_problem


@settings(max_examples=200, deadline=None)
@given(
    demand=st.lists(st.integers(1, 6), min_size=1, max_size=12),
    seats=st.lists(st.integers(1, 15), min_size=1, max_size=5),
)
def test_no_choice_of_hosts_breaks_the_limit_of_a_crowd(demand, seats):
    crowd = Crowd.of(np.arange(len(demand)), np.arange(len(seats)), np.array(demand), np.array(seats))
    for many in range(len(seats) + 1):
        for opened in combinations(seats, many):
            most = min(sum(demand), sum(opened))
            assert most <= crowd.free + sum(min(crowd.rest, room) for room in opened)


def test_the_limit_of_a_crowd_is_met_by_whole_hosts():
    crowd = Crowd.of(np.arange(14), np.arange(3), np.ones(14, dtype=np.int64), np.array([10, 10, 10]))
    assert (crowd.rest, crowd.free) == (4, 6)
    assert crowd.free + crowd.rest == 10
    assert crowd.free + 2 * crowd.rest == 14


def optimum(terrain):
    """Every allowed choice of hosts, each with its cheapest assignment of single delegates."""
    hosts, best = len(terrain.sites.seats), np.inf
    for some in combinations(range(hosts), terrain.sites.count):
        chosen = np.array(some)
        if terrain.sites.allow(chosen):
            near = np.ascontiguousarray(terrain.block(chosen).T)
            split = np.zeros(near.shape, dtype=np.int64)
            cost = transport(near, terrain.sites.seats[chosen], terrain.demand, np.zeros(len(chosen)), split)
            best = min(best, cost if cost < HUGE else np.inf)
    return best


def refined(terrain, upper, steps=6000):
    """The bound after so many steps of all its methods."""
    bound = Bound(terrain, terrain.block(np.arange(len(terrain.sites.seats))).min(axis=0) + 1.0)
    for _ in range(steps):
        if bound.finished and bound.refining:
            break
        if bound.finished:
            bound.refine(upper)
        bound.improve(upper)
    return bound


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), ruled=st.booleans())
def test_the_refined_bound_is_below_the_optimum(seed, ruled):
    rules = Rules()
    if ruled:
        forbidden = frozenset((f"b{n}", f"h{n % 9}") for n in range(6))
        rules = Rules(
            pinned_hosts=frozenset({"h3"}), pinned={"b1": "h5"}, forbidden=forbidden, fairness=2.0, fair_km=60
        )
    problem = a_scattered_problem(30, 9, 3, seed, day_capacity=12, rules=rules)
    terrain = survey(problem, problem.hosts, 3)
    best = optimum(terrain)
    assert refined(terrain, best).best <= best + 1e-6


def proved(terrain, offers, crowds):
    """What offers and crowds with their prices prove, host by host and body by body."""
    seats, demand = terrain.sites.seats, terrain.demand
    worth = []
    for j, row in enumerate(terrain.block(np.arange(len(seats)))):
        reduced, given = row - offers, 0.0
        for crowd, price in crowds:
            if j in crowd.hosts:
                reduced[crowd.bodies] += price * demand[crowd.bodies]
                given += price * min(crowd.rest, seats[j])
        left, least = float(seats[j]), float(reduced.min())
        total = 0.0
        for i in np.argsort(reduced / demand):
            part = min(1.0, left / demand[i]) if reduced[i] < 0 else 0.0
            total += part * reduced[i]
            left -= part * demand[i]
        worth.append((total if least < 0 else least) - given)
    charges = sum(price * crowd.free for crowd, price in crowds)
    return offers.sum() - charges + np.sort(worth)[: terrain.sites.count].sum()


def tight():
    """Rooms for all but a few more than come."""
    return a_scattered_problem(200, 60, 8, 2, day_capacity=27, effort=400)


@pytest.fixture(scope="module")
def planned():
    problem = tight()
    return problem, solve(problem)


def test_crowds_prove_more_than_offers_alone(planned):
    problem, plan = planned
    assert plan.crowds
    assert verify(problem, plan) == []
    assert [fault.split(":")[0] for fault in verify(problem, replace(plan, crowds=()))] == ["bound_not_proved"]


@pytest.mark.parametrize("seed", [4, 9, 13])
def test_the_bound_is_what_its_offers_and_crowds_prove(seed):
    """Above all after a search for crowds, which gives some up."""
    problem = a_scattered_problem(200, 60, 8, seed, day_capacity=27, effort=200)
    terrain, upper = survey(problem, problem.hosts, 8), 1.02 * solve(problem).cost_km
    bound, searches = refined(terrain, upper, 400), 0
    while not bound.finished and searches < 40:
        limits = bound.limits
        bound.improve(upper)
        if bound.limits is not limits:
            searches += 1
            assert bound.best == pytest.approx(proved(terrain, bound.offers, bound.proof().crowds()), abs=1e-3)
    assert bound.best == pytest.approx(proved(terrain, bound.offers, bound.proof().crowds()), abs=1e-3)
    assert searches > 0


def test_the_proof_comes_back_from_its_stored_form(planned):
    _, plan = planned
    assert Plan.from_json(plan.to_json()) == plan


def test_a_plan_from_before_there_were_crowds_is_read(planned):
    _, plan = planned
    stored = plan.to_json()
    del stored["crowds"]
    assert Plan.from_json(stored).crowds == ()


@pytest.mark.parametrize(
    "change",
    [
        {"price": -1.0},
        {"body_codes": ("somebody",)},
        {"body_codes": ("b1", "b1")},
        {"host_codes": ("nowhere",)},
        {"host_codes": ("h1", "h1")},
    ],
)
def test_a_crowd_that_is_none_proves_nothing(planned, change):
    problem, plan = planned
    wrong = replace(ProvingCrowd(("b1", "b2"), ("h1",), 1.0), **change)
    assert verify(problem, replace(plan, crowds=(wrong,))) == ["crowd_of_others"]
