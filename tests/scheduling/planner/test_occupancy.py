"""No day without a body, at little cost."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.occupancy import occupy, occupy_all
from services.scheduling.planner.planning import solve
from services.scheduling.planner.search import State
from services.scheduling.planner.sites import Sites
from services.scheduling.planner.terrain import Terrain
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_scattered_problem

COST = np.array([[0.0, 1.0, 2.0], [9.0, 3.0, 9.0], [9.0, 9.0, 2.5]])
ONES = np.ones(3, np.int64)


def a_terrain(demand, seats, cost=COST):
    seats = np.array(seats)
    return Terrain(cost, np.zeros((len(seats), len(seats))), demand, Sites.free(seats, 2))


def test_a_state_without_idle_hosts_is_left_alone():
    state = State(np.array([0, 1]), np.array([0, 1, 0]), 5.0)
    assert occupy(state, a_terrain(ONES, [5, 5, 5])) is state


def test_an_idle_host_is_exchanged_for_one_that_suits_a_body():
    state = occupy(State(np.array([0, 1]), np.array([0, 0, 0]), 3.0), a_terrain(ONES, [5, 5, 5]))
    assert sorted(state.chosen.tolist()) == [0, 2]
    assert (state.chosen[state.place].tolist(), state.cost) == ([0, 0, 2], 3.5)


def test_a_day_that_no_body_fits_is_dropped():
    state = occupy(State(np.array([0, 1]), np.array([0, 0, 0]), 3.0), a_terrain(ONES * 2, [6, 1, 1]))
    assert (state.chosen.tolist(), state.place.tolist(), state.cost) == ([0], [0, 0, 0], 3.0)


def test_given_hosts_are_all_used_at_least_cost():
    state = occupy_all(np.arange(3), a_terrain(ONES, [5, 5, 5]))
    assert state
    assert (state.chosen[state.place].tolist(), state.cost) == ([0, 1, 2], 5.5)


def test_given_hosts_without_seats_are_no_answer():
    assert occupy_all(np.array([0, 1]), a_terrain(ONES * 2, [2, 2, 2])) is None


def test_nearly_as_many_days_as_bodies():
    problem = a_scattered_problem(20, 30, 18, effort=300)
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert len(plan.days) == 18
    assert plan.gap < 0.01
