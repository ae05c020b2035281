"""A new plan starts from the previous one, and moves nobody whom it need not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

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
    assert len({after[code] for code in before.keys() - stayed}) == 1


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


def test_no_substitute_when_no_room_is_large_enough():
    terrain = survey(PROBLEM, PROBLEM.hosts, 6)
    assert substitute(terrain, np.arange(6), np.arange(16)) is None
