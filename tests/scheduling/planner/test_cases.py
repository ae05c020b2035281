"""A proof by cases is below every plan, closes what offers and crowds leave open, and is checked case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.bound import Bound
from services.scheduling.planner.cases import Cases
from services.scheduling.planner.plan import Case, Plan
from services.scheduling.planner.planning import solve
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.survey import survey
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_scattered_problem
from tests.scheduling.planner.test_bound import optimum


def tight(seed, largest):
    room = {1: 13, 6: 50}[largest]
    return a_scattered_problem(60, 20, 5, seed, largest_demand=largest, day_capacity=room, effort=3000, seconds=600.0)


def every(case):
    """The case and all that it is divided into."""
    return [case, *(inner for part in case.parts for inner in every(part))]


@pytest.mark.parametrize(("seed", "largest"), [(1, 1), (1, 6), (3, 6)])
def test_cases_close_the_gap(seed, largest):
    problem = tight(seed, largest)
    plan = solve(problem)

    assert plan.case is not None
    assert plan.gap < 1e-6
    assert verify(problem, plan) == []
    assert Plan.from_json(plan.to_json()) == plan
    whole = replace(plan, case=None, further_proofs=())
    assert [fault.split(":")[0] for fault in verify(problem, whole)] == ["bound_not_proved"]


def test_cases_are_divided_only_so_deep(monkeypatch):
    """A plan is written and read by going down from case to case."""
    monkeypatch.setattr("services.scheduling.planner.cases.DEEPEST", 1)
    monkeypatch.setattr("services.scheduling.planner.cases.LEAST_RISE", 0.0)
    problem = tight(1, 1)
    plan = solve(problem)

    assert plan.case is not None
    assert not any(inner.parts for part in plan.case.parts for inner in every(part))
    assert plan.gap > 0
    assert verify(problem, plan) == []


def proved_by_cases(terrain, upper, steps=4000):
    cases = Cases(Bound(terrain, terrain.cost.min(axis=0) + 1.0))
    for _ in range(steps):
        if cases.finished:
            break
        cases.improve(upper)
    return cases


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), largest=st.integers(1, 4), room=st.integers(4, 7), ruled=st.booleans())
def test_what_all_cases_prove_is_below_the_optimum(seed, largest, room, ruled):
    """Also towards a cost that no plan has, where nothing is settled early."""
    rules = Rules(pinned_hosts=frozenset({"h1"}), forbidden=frozenset({("b0", "h2")})) if ruled else Rules()
    problem = a_scattered_problem(5, 5, 3, seed, largest_demand=largest, day_capacity=room, rules=rules)
    if sum(body.demand for body in problem.bodies) > 3 * room:
        return
    terrain = survey(problem, problem.hosts, 3)
    best = optimum(problem, terrain)
    for upper in (best, 1.3 * best):
        if upper < float("inf"):
            cases = proved_by_cases(terrain, upper)
            assert cases.best <= best + 1e-6
            assert cases.finished


@pytest.fixture(scope="module")
def planned():
    problem = tight(1, 6)
    return problem, solve(problem)


def changed(case, at, change):
    """The case with its ``at``-th inner case, counted as ``every`` does, changed."""
    if at == 0:
        return change(case)
    parts, before = [], 1
    for part in case.parts:
        inside = len(every(part))
        parts.append(changed(part, at - before, change) if before <= at < before + inside else part)
        before += inside
    return replace(case, parts=tuple(parts))


def faults(planned, change, at=0):
    problem, plan = planned
    assert at < len(every(plan.case))
    return {fault.split(":")[0] for fault in verify(problem, replace(plan, case=changed(plan.case, at, change)))}


def test_a_case_that_is_left_out_or_not_proved_proves_nothing(planned):
    problem, plan = planned
    best = {day.host_code for day in plan.days}
    hopeless = tuple(sorted(best))

    assert faults(planned, lambda case: replace(case, hopeless=hopeless)) == {"bound_not_proved"}
    others = tuple(sorted({host.code for host in problem.hosts} - best))
    assert faults(planned, lambda case: replace(case, certain=others[:1])) == {"bound_not_proved"}
    leaf = next(number for number, case in enumerate(every(plan.case)) if not case.parts and case.proof)
    assert faults(planned, lambda case: replace(case, proof=0), leaf) == {"bound_not_proved"}


@pytest.mark.parametrize(
    "change",
    [
        {"proof": -1},
        {"proof": 99},
        {"hopeless": ("nowhere",)},
        {"certain": ("nowhere",)},
        {"host_code": "nowhere"},
        {"host_code": None},
        {"body_code": "nobody"},
        {"parts": ()},
        {"parts": (Case(),)},
        {"parts": (Case(), Case(), Case())},
        {"parts": (Case(), Case(proof=99))},
    ],
)
def test_a_case_that_is_none_is_refused(planned, change):
    assert faults(planned, lambda case: replace(case, **change)) == {"case_of_others"}


def test_a_case_by_a_body_is_checked_too():
    """Whether somebody goes to a host or not: the plan's own proof holds either way, and proves no more."""
    problem = tight(1, 6)
    plan = solve(problem)
    host, body = plan.days[0].host_code, plan.days[0].body_codes[0]
    root = replace(plan, case=None, further_proofs=(), bound_km=0.0, gap=1.0)
    for case in (
        Case(host_code=host, body_code=body, parts=(Case(), Case())),
        Case(host_code=host, parts=(Case(), Case())),
    ):
        assert verify(problem, replace(root, case=case)) == []
        lied = replace(root, case=case, bound_km=plan.cost_km, gap=0.0)
        assert [fault.split(":")[0] for fault in verify(problem, lied)] == ["bound_not_proved"]


def test_a_plan_from_before_there_were_cases_is_read(planned):
    _, plan = planned
    stored = plan.to_json()
    del stored["case"], stored["further_proofs"]
    assert Plan.from_json(stored) == replace(plan, case=None, further_proofs=())
