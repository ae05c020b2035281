"""The auditor finds each kind of fault, in plans made wrong on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.scheduling.planner.planning import solve
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_scattered_problem

PROBLEM = a_scattered_problem(
    20, 10, 4, largest_demand=3, day_capacity=15, webinars=2, topics={"rights": 9, "school": 5, "work": 2}, effort=5
)


@pytest.fixture(scope="module")
def plan():
    return solve(PROBLEM)


def faults(plan, problem=PROBLEM):
    return {fault.split(":")[0] for fault in verify(problem, plan)}


def with_day(plan, number, **changes):
    return replace(plan, days=tuple(replace(d, **changes) if d.number == number else d for d in plan.days))


def test_a_good_plan(plan):
    assert verify(PROBLEM, plan) == []


def test_seats(plan):
    first, second = plan.days[0], plan.days[1]
    assert "body_without_day" in faults(with_day(plan, 1, body_codes=first.body_codes[1:]))
    assert "wrong_count_of_seated" in faults(with_day(plan, 1, seated=first.seated + 1))
    assert "body_on_several_days" in faults(with_day(plan, 1, body_codes=first.body_codes + second.body_codes))
    assert "unknown_body" in faults(with_day(plan, 1, body_codes=(*first.body_codes, "nobody")))
    assert "unknown_host" in faults(with_day(plan, 1, host_code="nowhere"))
    assert "host_used_twice" in faults(with_day(plan, 1, host_code=second.host_code))
    assert "day_without_bodies" in faults(with_day(plan, 1, body_codes=(), seated=0))
    assert faults(plan, replace(PROBLEM, day_capacity=first.seated - 1)) >= {"more_delegates_than_seats"}
    assert faults(plan, replace(PROBLEM, training_days=3)) == {"too_many_days"}
    assert faults(plan, replace(PROBLEM, training_days=9)) == {"fewer_days_without_a_reason"}
    assert faults(replace(plan, days=plan.days[::-1])) == {"days_not_numbered"}


def test_figures(plan):
    assert "wrong_cost" in faults(replace(plan, cost_km=plan.cost_km + 1))
    assert "wrong_longest" in faults(replace(plan, longest_km=plan.longest_km + 1))
    assert "wrong_mean" in faults(replace(plan, mean_km=plan.mean_km + 1))
    assert "bound_above_cost" in faults(replace(plan, bound_km=plan.cost_km + 10))
    assert "wrong_gap" in faults(replace(plan, gap=plan.gap + 0.01))


def test_an_empty_plan():
    nothing = replace(solve(PROBLEM), days=(), webinars=())
    assert {"body_without_day", "no_trips", "fewer_days_without_a_reason"} <= {
        *faults(nothing),
        *faults(replace(nothing, fewer_days=None)),
    }
