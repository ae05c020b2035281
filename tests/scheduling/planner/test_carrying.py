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


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), taken=st.integers(0, 4))
def test_the_substitute_is_the_best_with_the_free_seats_of_others(seed, taken):
    problem = a_scattered_problem(12, 8, 3, seed, day_capacity=5)
    terrain = survey(problem, problem.hosts, 3)
    chosen, guests = np.array([0, 1]), np.arange(5)
    load = np.array([taken, 5])
    best = np.inf
    for host in range(2, 8):
        for elsewhere in product([False, True], repeat=5):
            if sum(elsewhere) <= 5 - taken and not all(elsewhere):
                rooms = np.where(elsewhere, 0, host)
                best = min(best, terrain.pairs(rooms, guests).sum())
    host, place = substitute(terrain, chosen, load, guests)
    assert terrain.pairs(np.append(chosen, host)[place], guests).sum() == pytest.approx(best)
    assert (place == 0).sum() <= 5 - taken and not (place == 1).any() and (place == 2).any()
