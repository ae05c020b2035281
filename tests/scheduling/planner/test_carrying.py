"""A new plan starts from the previous one, and moves nobody whom it need not."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.carrying import carried_over, substitute
from services.scheduling.planner.planning import solve
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.survey import survey
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_body, a_scattered_problem

PROBLEM = a_scattered_problem(60, 30, 6, day_capacity=15)


def homes(plan):
    return {code: day.host_code for day in plan.days for code in day.body_codes}


def carried(problem):
    hosts = tuple(host for host in problem.hosts if host.code not in problem.rules.excluded_hosts)
    terrain = survey(problem, hosts, problem.training_days)
    state = carried_over(problem, hosts, terrain)
    assert state
    assert (np.bincount(state.place, weights=terrain.demand) <= terrain.sites.seats[state.chosen]).all()
    return {body.code: hosts[state.chosen[k]].code for body, k in zip(problem.bodies, state.place, strict=True)}


def test_a_plan_is_carried_over_as_it_is():
    before = homes(solve(PROBLEM))
    assert carried(replace(PROBLEM, rules=Rules(previous=before))) == before


def test_a_host_that_cancels_is_replaced_and_nobody_else_moves():
    before = homes(solve(PROBLEM))
    gone = before["b0"]
    after = carried(replace(PROBLEM, rules=Rules(previous=before, excluded_hosts=frozenset({gone}))))
    stayed = {code for code, host in before.items() if host != gone}
    assert {code: after[code] for code in stayed} == {code: before[code] for code in stayed}
    assert {after[code] for code in before.keys() - stayed} - set(before.values())


def test_newcomers_find_a_seat():
    before = homes(solve(PROBLEM))
    newcomers = tuple(a_body(f"n{n}", 42.0 + n / 5, 12.5) for n in range(10))
    after = carried(replace(PROBLEM, bodies=PROBLEM.bodies + newcomers, rules=Rules(previous=before)))
    assert after.keys() == before.keys() | {body.code for body in newcomers}


def test_a_plan_of_another_size_is_no_start():
    before = homes(solve(PROBLEM))
    problem = replace(PROBLEM, training_days=9, rules=Rules(previous=before, stay_km=10.0))
    assert carried_over(problem, problem.hosts, survey(problem, problem.hosts, 9)) is None
    assert verify(problem, solve(problem)) == []


def test_no_substitute_when_there_are_not_seats_for_all():
    terrain = survey(PROBLEM, PROBLEM.hosts, 6)
    full = terrain.sites.seats[:6]
    assert substitute(terrain, np.arange(6), full, np.arange(16)) is None
    assert substitute(terrain, np.arange(6), full, np.arange(15)) is not None
    assert substitute(terrain, np.arange(6), full - 1, np.arange(16)) is not None


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), taken=st.integers(0, 5), largest=st.sampled_from([1, 4]))
def test_the_substitute_is_the_best_with_the_free_seats_of_others(seed, taken, largest):
    problem = a_scattered_problem(12, 8, 3, seed, day_capacity=5 * largest, largest_demand=largest)
    terrain = survey(problem, problem.hosts, 3)
    chosen, guests, demand = np.array([0, 1]), np.arange(5), terrain.demand[:5]
    load, room = np.array([taken * largest, 5 * largest]), 5 * largest
    best = np.inf
    for host, elsewhere in product(range(2, 8), product([False, True], repeat=5)):
        there = demand[list(elsewhere)].sum()
        if there <= room - load[0] and demand.sum() - there <= room and not all(elsewhere):
            best = min(best, terrain.pairs(np.where(elsewhere, 0, host), guests).sum())
    host, place = substitute(terrain, chosen, load, guests)
    cost = terrain.pairs(np.append(chosen, host)[place], guests).sum()
    assert cost == pytest.approx(best) if demand.sum() > room - load[0] else cost >= best - 1e-6
    assert demand[place == 0].sum() <= room - load[0]
    assert not (place == 1).any()
    assert (place == 2).any()


def test_a_substitute_is_not_left_empty_where_all_seats_elsewhere_are_free():
    terrain = survey(PROBLEM, PROBLEM.hosts, 6)
    nearest, _ = terrain.nearest(np.arange(30), 1)
    guests = np.flatnonzero(nearest[:, 0] < 6)[:4]
    host, place = substitute(terrain, np.arange(6), np.zeros(6, dtype=np.int64), guests)
    assert host >= 6
    assert (place == 6).sum() == 1
