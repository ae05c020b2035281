"""What cannot be planned is refused with a named reason before any work is done."""

from __future__ import annotations

from datetime import date
from math import nan

import pytest

from services.scheduling.planner.checks import check
from services.scheduling.planner.clashes import number_of_days
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.seas import Seas
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_trainer

MONDAY = date(2017, 9, 4)


def refusal(**facts):
    with pytest.raises(Infeasible) as refused:
        check(a_problem(**facts))
    return refused.value.reason, refused.value.facts


def test_a_sound_question_passes():
    assert check(a_problem()) is None


def test_no_bodies():
    assert refusal(bodies=()) == ("no_bodies", {})


def test_the_same_body_twice():
    assert refusal(bodies=(a_body("b"), a_body("b"))) == ("duplicate_body", {"codes": ["b"], "count": 1})


def test_the_same_host_or_trainer_twice():
    assert refusal(hosts=(a_host("h"), a_host("h"))) == ("duplicate_host", {"codes": ["h"], "count": 1})
    assert refusal(trainers=(a_trainer("t"), a_trainer("t"))) == ("duplicate_trainer", {"codes": ["t"], "count": 1})


def test_a_body_that_sends_nobody():
    assert refusal(bodies=(a_body("b", demand=0),)) == ("body_without_delegates", {"codes": ["b"], "count": 1})


def test_no_hosts_or_none_with_a_seat():
    assert refusal(hosts=()) == ("no_candidate_hosts", {"hosts": 0})
    assert refusal(hosts=(a_host(capacity=0),)) == ("no_candidate_hosts", {"hosts": 1})


@pytest.mark.parametrize("spot", [(0.0, 0.0), (nan, 12.0), (42.0, 181.0), (-91.0, 12.0)])
def test_a_body_that_is_nowhere(spot):
    assert refusal(bodies=(a_body("b", *spot),)) == ("missing_coordinates", {"codes": ["b"], "count": 1})


def test_a_host_or_trainer_that_is_nowhere():
    assert refusal(hosts=(a_host("h", 0, 0),))[0] == "missing_coordinates"
    assert refusal(trainers=(a_trainer(latitude=0, longitude=0), a_trainer("u")))[0] == "missing_coordinates"


def test_a_body_larger_than_any_room():
    bodies = (a_body("b", demand=7),)
    assert refusal(bodies=bodies, day_capacity=6) == (
        "body_larger_than_any_room",
        {"codes": ["b"], "count": 1, "room": 6},
    )


def test_more_delegates_than_seats():
    bodies = tuple(a_body(f"b{n}", demand=4) for n in range(3))
    assert refusal(bodies=bodies, day_capacity=10) == ("more_delegates_than_seats", {"delegates": 12, "seats": 10})


def test_a_trainer_who_knows_no_topic():
    trainers = (a_trainer("t", skills=frozenset()), a_trainer("u", skills=frozenset({"rights"})))
    assert refusal(trainers=trainers) == ("trainer_without_skills", {"codes": ["t"], "count": 1})


def test_no_working_day():
    window = {"window_from": date(2017, 8, 1), "window_until": date(2017, 8, 31)}
    assert refusal(**window) == ("no_working_day", {"window": ["2017-08-01", "2017-08-31"]})
    assert refusal(window_from=date(2018, 1, 1), window_until=date(2017, 1, 1))[0] == "no_working_day"


def test_too_few_dates():
    reason, facts = refusal(training_days=3, window_until=MONDAY, days_per_date=2)
    assert (reason, facts) == ("too_few_dates", {"days": 3, "dates": 1, "days_per_date": 2})


def test_too_few_trainers():
    assert refusal(trainers=(a_trainer(),)) == ("too_few_trainers", {"trainers": 1, "trainers_per_day": 2})


def test_trainers_who_are_never_free_together():
    window = {"window_from": MONDAY, "window_until": date(2017, 9, 5)}
    trainers = (a_trainer("t", MONDAY), a_trainer("u", date(2017, 9, 5)))
    assert refusal(trainers=trainers, **window) == ("too_few_trainers", {"days": 1, "possible": 0, "trainers": 2})


def test_webinars_without_dates_or_speakers():
    topics = {"webinars": 2, "topics": {"rights": 3}}
    assert refusal(window_until=MONDAY, **topics)[0] == "too_few_dates_for_webinars"
    window = {"window_until": date(2017, 9, 5)}
    assert refusal(**window, **topics) == ("too_few_trainers_for_webinars", {"webinars": 2, "possible": 1})


@pytest.mark.parametrize("field", ["training_days", "trainers_per_day", "day_capacity", "days_per_date"])
def test_numbers_below_one(field):
    assert refusal(**{field: 0}) == ("number_out_of_range", {"field": field, "value": 0, "least": 1})


def test_numbers_below_zero():
    assert refusal(webinars=-1)[1]["field"] == "webinars"
    assert refusal(seas=Seas(other_crossing_km=-1.0))[1] == {"field": "seas", "value": -1.0, "least": 0}
    assert refusal(seed=-1)[1]["field"] == "seed"
    assert refusal(detour=0.5)[1]["field"] == "detour"
    assert refusal(detour=nan)[1]["field"] == "detour"


@pytest.mark.parametrize("seconds", [0.0, -1.0, nan])
def test_a_budget_of_no_time(seconds):
    assert refusal(seconds=seconds)[0] == "no_time"


def test_bodies_that_fit_by_count_and_not_whole():
    bodies = tuple(a_body(f"b{n}", demand=3) for n in range(3))
    with pytest.raises(Infeasible) as refused:
        solve(a_problem(bodies=bodies, day_capacity=5, training_days=2))
    assert refused.value.reason == "bodies_do_not_fit_whole"
    facts = refused.value.facts
    assert (facts["delegates"], facts["seats"], facts["days"]) == (9, 10, 2)


def test_fewer_days_when_bodies_or_hosts_are_fewer():
    assert number_of_days(a_problem(training_days=50)) == 3
    assert number_of_days(a_problem(training_days=50, hosts=(a_host(),))) == 1
    assert number_of_days(a_problem(training_days=2)) == 2
