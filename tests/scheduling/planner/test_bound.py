"""The bound is below every plan, and close to the best one."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.bound import Bound
from services.scheduling.planner.clashes import number_of_days
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.survey import survey
from services.scheduling.planner.travel import between
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_scattered_problem


def optimum(problem, terrain=None):
    """Every set of hosts, every way of going there with nobody standing and no host idle."""
    cost = terrain.cost if terrain else between(problem.hosts, problem.bodies, problem.detour, problem.seas)
    demand = np.array([body.demand for body in problem.bodies])
    days, bodies = number_of_days(problem), np.arange(len(demand))
    best = np.inf
    for places in product(range(days), repeat=len(demand)):
        load = np.bincount(places, weights=demand, minlength=days)
        if load.max() <= problem.day_capacity and load.min() > 0:
            for chosen in combinations(range(len(problem.hosts)), days):
                if terrain and not terrain.sites.allow(np.array(chosen)):
                    continue
                best = min(best, cost[np.array(chosen)[list(places)], bodies].sum())
    return best


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    bodies=st.integers(1, 5),
    hosts=st.integers(1, 5),
    days=st.integers(1, 4),
    largest=st.integers(1, 4),
    room=st.integers(4, 9),
)
def test_the_optimum_lies_between_bound_and_cost(seed, bodies, hosts, days, largest, room):
    problem = a_scattered_problem(bodies, hosts, days, seed, largest_demand=largest, day_capacity=room, effort=40)
    best = optimum(problem) if sum(b.demand for b in problem.bodies) <= room * number_of_days(problem) else np.inf
    if best == np.inf:
        with pytest.raises(Infeasible):
            solve(problem)
        return
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert plan.bound_km <= best + 0.01
    assert best <= plan.cost_km + 0.01


def test_the_bound_is_tight_on_loose_rooms():
    problem = a_scattered_problem(60, 25, 5, day_capacity=60, effort=200)
    plan = solve(problem)
    assert plan.gap < 0.02


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), largest=st.integers(1, 6))
def test_every_step_bounds_a_known_plan(seed, largest):
    problem = a_scattered_problem(40, 20, 6, seed, largest_demand=largest, day_capacity=10 * largest, effort=5)
    plan = solve(problem)
    bound = Bound(survey(problem, problem.hosts, 6), np.random.default_rng(seed).uniform(0, 200, 40))
    values = []
    for _ in range(60):
        bound.improve(plan.cost_km)
        values.append(bound.best)
    assert values == sorted(values)
    assert values[-1] <= plan.cost_km + 1e-6
