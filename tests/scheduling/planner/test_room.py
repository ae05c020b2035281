"""What would make room is tried, so a question changed as told has an answer, and one changed by less has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.scheduling.planner.checks import check
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.room import NUMBERS, room_for
from services.scheduling.planner.rules import Rules
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_trainer

MONDAY = date(2017, 9, 4)


def refused(problem):
    with pytest.raises(Infeasible) as caught:
        solve(problem)
    return caught.value


def room(problem):
    return refused(problem).facts["room"]


def needed(problem):
    return {name: number["needed"] for name, number in room(problem)["numbers"].items()}


def test_seats_are_made_by_more_days_or_larger_ones():
    problem = a_problem(bodies=tuple(a_body(f"b{n}", demand=25) for n in range(3)))
    assert room(problem) == {
        "numbers": {"training_days": {"now": 1, "needed": 2}, "day_capacity": {"now": 60, "needed": 75}},
        "rules": [],
    }
    check(replace(problem, training_days=2))
    for less in (replace(problem, day_capacity=74), problem):
        assert refused(less).reason == "more_delegates_than_seats"


def test_seats_that_a_rule_takes_are_made_by_giving_it_up():
    hosts = (a_host("large", capacity=9), *(a_host(f"h{n}", 42 + n / 10, capacity=2) for n in range(3)))
    bodies = tuple(a_body(f"b{n}") for n in range(6))
    rules = Rules(excluded_hosts=frozenset({"large"}), pinned_hosts=frozenset({"h0"}))
    found = room(a_problem(bodies=bodies, hosts=hosts, training_days=2, rules=rules))
    assert found == {"numbers": {"training_days": {"now": 2, "needed": 3}}, "rules": ["excluded_hosts"]}


def test_the_largest_room_stays_said_beside_what_would_make_room():
    facts = refused(a_problem(bodies=(a_body(demand=61),))).facts
    assert (facts["largest"], facts["room"]["numbers"]) == (60, {"day_capacity": {"now": 60, "needed": 61}})


def test_contradictory_rules_are_named_each_that_would_do():
    rules = Rules(pinned={"b0": "h0"}, forbidden=frozenset({("b0", "h0")}))
    assert room(a_problem(rules=rules)) == {"numbers": {}, "rules": ["pinned", "forbidden"]}


def test_dates_are_made_by_a_longer_window_or_more_days_a_date():
    problem = a_problem(training_days=3, days_per_date=1, window_from=MONDAY, window_until=date(2017, 9, 5))
    assert refused(problem).reason == "too_few_dates"
    assert needed(problem) == {"fewer_days": 2, "window_until": "2017-09-12"}
    several = replace(problem, trainers=tuple(a_trainer(f"t{n}") for n in range(4)))
    assert needed(several) == {"fewer_days": 2, "days_per_date": 2, "window_until": "2017-09-12"}


def test_trainers_are_counted():
    problem = a_problem(trainers=(a_trainer("t1"),))
    assert needed(problem) == {"trainers": 2}
    away = a_problem(trainers=(a_trainer("t1"), a_trainer("t2", MONDAY)), window_until=MONDAY)
    assert refused(away).reason == "too_few_trainers"
    assert needed(away)["trainers"] == 3


def test_one_trainer_more_is_not_counted_twice_on_one_day():
    trainers = tuple(a_trainer(f"t{n}", most_days=1) for n in range(2))
    problem = a_problem(
        bodies=tuple(a_body(f"b{n}") for n in range(3)),
        hosts=tuple(a_host(f"h{n}") for n in range(3)),
        training_days=3,
        trainers=trainers,
    )
    assert refused(problem).reason == "trainers_days_used_up"
    assert needed(problem)["trainers"] == 4


def test_places_that_are_given_one_date_are_named_before_anything_else_is_tried():
    places = tuple(f"h{n}" for n in range(3))
    problem = a_problem(
        bodies=tuple(a_body(f"b{n}", 42 + n) for n in range(3)),
        hosts=tuple(a_host(code, 42 + n) for n, code in enumerate(places)),
        trainers=tuple(a_trainer(f"t{n}") for n in range(9)),
        training_days=3,
        days_per_date=2,
        rules=Rules(pinned_hosts=frozenset(places)),
        pinned_dates=dict.fromkeys(places, MONDAY),
    )
    assert refused(problem).reason == "calendar_rules_clash"
    assert room(problem)["rules"] == ["pinned_dates"]
    assert needed(problem)["days_per_date"] == 3


def test_bodies_that_do_not_fit_whole_fit_on_one_day_more_or_in_larger_rooms():
    problem = a_problem(bodies=tuple(a_body(f"b{n}", demand=3) for n in range(3)), day_capacity=5, training_days=2)
    assert needed(problem) == {"training_days": 3, "day_capacity": 6}


def far_apart():
    """Two days at the ends of the country, two dates in a row, and one trainer."""
    return a_problem(
        bodies=(a_body("b0", 45.0, 9.0), a_body("b1", 38.0, 15.5)),
        hosts=(a_host("h0", 45.0, 9.0), a_host("h1", 38.0, 15.5)),
        trainers=(a_trainer("t"),),
        trainers_per_day=1,
        training_days=2,
        days_per_date=1,
        window_from=MONDAY,
        window_until=date(2017, 9, 5),
    )


def test_a_calendar_whose_rules_clash_says_what_would_do():
    problem = far_apart()
    answer = refused(problem)
    assert (answer.reason, "consecutive_days" in answer.facts["rules"]) == ("calendar_rules_clash", True)
    found = answer.facts["room"]["numbers"]
    assert {name: number["needed"] for name, number in found.items()} == {"trainers": 2, "window_until": "2017-09-12"}
    assert room_for(problem, answer) == {}


def test_a_year_of_pauses_is_named_as_the_rule_that_leaves_no_day():
    problem = a_problem(pauses=(((1, 1), (12, 31)),))
    assert refused(problem).reason == "no_working_day"
    assert room(problem)["rules"] == ["pauses"]


def test_what_is_not_enough_by_itself_says_what_would_be_next():
    trainers = tuple(a_trainer(f"t{n}") for n in range(9))
    problem = a_problem(
        bodies=tuple(a_body(f"b{n}", demand=40) for n in range(4)),
        trainers=trainers,
        window_from=MONDAY,
        window_until=MONDAY,
        days_per_date=1,
    )
    assert refused(problem).reason == "more_delegates_than_seats"
    assert room(problem)["numbers"]["day_capacity"] == {"now": 60, "needed": 160}
    small = replace(problem, hosts=tuple(replace(host, capacity=60) for host in problem.hosts))
    assert room(small) == {
        "numbers": {
            "training_days": {"now": 1, "needed": 3, "next": "too_few_dates"},
        },
        "rules": [],
    }


def test_what_was_found_when_the_time_was_over_would_do_and_is_not_called_the_least(monkeypatch):
    problem = a_problem(bodies=tuple(a_body(f"b{n}", demand=25) for n in range(3)))
    refusal, whole = Infeasible("more_delegates_than_seats"), room(problem)
    moments = iter(range(100))
    monkeypatch.setattr("services.scheduling.planner.room.time.monotonic", lambda: next(moments))
    monkeypatch.setattr("services.scheduling.planner.room.SECONDS", 17.0)
    short = room_for(problem, refusal)["room"]
    assert whole["numbers"]["day_capacity"]["needed"] == 75
    assert short == {
        "numbers": {"training_days": {"now": 1, "needed": 2}, "day_capacity": {"now": 60, "needed": 76}},
        "rules": [],
        "cut_short": True,
    }
    check(replace(problem, day_capacity=76))


def test_time_that_was_over_at_once_found_nothing_and_says_so(monkeypatch):
    problem = a_problem(bodies=tuple(a_body(f"b{n}", demand=25) for n in range(3)))
    monkeypatch.setattr("services.scheduling.planner.room.SECONDS", -1.0)
    assert room_for(problem, Infeasible("more_delegates_than_seats")) == {
        "room": {"numbers": {}, "rules": [], "cut_short": True}
    }


def test_mistakes_in_the_data_are_not_a_matter_of_room():
    problem = a_problem(bodies=(a_body("b"), a_body("b")))
    told = []
    with pytest.raises(Infeasible) as caught:
        solve(problem, lambda phase, *_figures: told.append(phase))
    assert (caught.value.reason, "room" in caught.value.facts, told) == ("duplicate_body", False, ["checking"])
    assert room_for(problem, caught.value) == {}


@pytest.mark.parametrize(
    ("problem", "reason", "before"),
    [
        (a_problem(bodies=(a_body(demand=61),), day_capacity=60), "body_larger_than_any_room", ["checking"]),
        (
            a_problem(bodies=tuple(a_body(f"b{n}", demand=3) for n in range(3)), day_capacity=5, training_days=2),
            "bodies_do_not_fit_whole",
            ["checking", "hosts"],
        ),
        (
            far_apart(),
            "calendar_rules_clash",
            ["checking", "hosts", "calendar"],
        ),
    ],
)
def test_whoever_watches_is_told_that_it_is_tried_what_would_make_room(problem, reason, before):
    told = []
    with pytest.raises(Infeasible) as caught:
        solve(problem, lambda phase, share, *_figures: told.append((phase, share)))
    assert (caught.value.reason, "room" in caught.value.facts) == (reason, True)
    assert list(dict.fromkeys(phase for phase, _ in told)) == [*before, "room"]
    shares = [share for phase, share in told if phase == "room"]
    assert shares == sorted(shares)
    assert (shares[0] < 0.1, shares[-1] <= 1.0) == (True, True)


def test_each_number_changes_what_it_reads():
    problem = a_problem(days_per_week=1, webinars=3)
    assert [number.name for number in NUMBERS if number.read(number.changed(problem, 1)) == number.read(problem)] == [
        "fewer_days"  # one day is the fewest
    ]
