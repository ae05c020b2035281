from __future__ import annotations

from services.scheduling.planner.parts import codes_of, in_parts, whole
from services.scheduling.planner.planning import solve
from services.scheduling.planner.report import report
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_body, a_host, a_problem


def test_a_body_in_parts_is_two_with_half_of_its_people_each_under_the_same_rules():
    rules = Rules(pinned={"b": "h0"}, forbidden=frozenset({("b", "h1"), ("c", "h1")}))
    problem = in_parts(a_problem(bodies=(a_body("b", demand=5), a_body("c", demand=1)), rules=rules), {"b", "c"})
    assert [(body.code, body.name, body.demand) for body in problem.bodies] == [
        ("b~1", "Body b (1/2)", 3),
        ("b~2", "Body b (2/2)", 2),
        ("c", "Body c", 1),
    ]
    assert problem.rules.pinned == {"b~1": "h0", "b~2": "h0"}
    assert problem.rules.forbidden == {("b~1", "h1"), ("b~2", "h1"), ("c", "h1")}
    assert [whole(body.code) for body in problem.bodies] == ["b", "b", "c"]
    assert codes_of("b") == ("b", "b~1", "b~2")


def test_what_does_not_fit_whole_fits_in_parts():
    bodies = tuple(a_body(f"b{n}", demand=3) for n in range(3))
    hosts = (a_host("h0"), a_host("h1", 42.1))
    problem = a_problem(bodies=bodies, hosts=hosts, day_capacity=5, training_days=2)
    parted = in_parts(problem, {"b0", "b1"})
    plan = solve(parted)
    assert verify(parted, plan) == []
    assert sum(day.seated for day in plan.days) == 9
    assert report(parted, plan).regions[0].bodies == 3
