"""The question and the answer survive JSON; what is wrong with a question is named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from services.scheduling.planner.plan import Plan
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible, Problem
from services.scheduling.planner.seas import italian_seas
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_trainer


def test_a_question_survives_json():
    problem = a_problem(
        bodies=(a_body("b", demand=3, island="elba"),),
        hosts=(a_host("h", capacity=40),),
        trainers=(a_trainer("t", date(2017, 9, 5), date(2017, 9, 6)),),
        closed_dates=frozenset({date(2017, 10, 2)}),
        webinars=2,
        topics={"rights": 4},
        effort=None,
    )
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


def test_a_plan_survives_json():
    plan = solve(a_problem(webinars=1, topics={"rights": 4}))
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_defaults_need_not_be_said():
    said = a_problem().to_json()
    short = {name: said[name] for name in said if name not in ("seas", "pauses", "country", "detour", "closed_dates")}
    assert Problem.from_json(short) == a_problem()


def test_an_unknown_field_is_tolerated():
    assert Problem.from_json({**a_problem().to_json(), "colour": "red"}) == a_problem()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bodies", None),
        ("bodies", [{"code": "b"}]),
        ("bodies", [{**a_problem().to_json()["bodies"][0], "demand": "many"}]),
        ("bodies", [{**a_problem().to_json()["bodies"][0], "demand": 1.5}]),
        ("bodies", [{**a_problem().to_json()["bodies"][0], "code": 7}]),
        ("hosts", "h1"),
        ("trainers", [{"id": "t", "unavailable": ["yesterday"]}]),
        ("training_days", True),
        ("window_from", "2017-13-01"),
        ("topics", ["rights"]),
        ("pauses", [["08-01", "08-31"]]),
        ("seas", {}),
        ("seconds", "ten"),
    ],
)
def test_a_mistyped_field_is_named(field, value):
    with pytest.raises(Infeasible) as refusal:
        Problem.from_json({**a_problem().to_json(), field: value})
    assert (refusal.value.reason, refusal.value.facts) == ("malformed_problem", {"field": field})


def test_a_missing_field_is_named():
    said = a_problem().to_json()
    del said["hosts"]
    with pytest.raises(Infeasible) as refusal:
        Problem.from_json(said)
    assert refusal.value.facts == {"field": "hosts"}


def test_a_body_without_coordinates_can_be_read_so_that_it_can_be_named():
    said = a_problem().to_json()
    said["bodies"][1]["latitude"] = None
    with pytest.raises(Infeasible) as refusal:
        solve(Problem.from_json(said))
    assert (refusal.value.reason, refusal.value.facts) == ("missing_coordinates", {"codes": ["b1"], "count": 1})


def test_the_seas_are_data():
    seas = italian_seas()
    assert type(seas).from_json(json.loads(json.dumps(seas.to_json()))) == seas
    assert len({code for island in seas.islands for code in island.codes}) == sum(len(i.codes) for i in seas.islands)


def test_a_host_never_has_more_seats_than_the_programme_allows():
    problem = a_problem(day_capacity=60)
    assert [problem.seats(a_host(capacity=room)) for room in (None, 20, 90)] == [60, 20, 60]
    assert replace(problem, day_capacity=10).seats(a_host(capacity=20)) == 10
