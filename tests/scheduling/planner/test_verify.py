"""The auditor finds each kind of fault, in plans made wrong on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.scheduling.planner.planning import solve
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_scattered_problem, a_trainer

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


def with_webinar(plan, number, **changes):
    changed = tuple(replace(w, **changes) if w.number == number else w for w in plan.webinars)
    return replace(plan, webinars=changed)


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


@pytest.mark.parametrize(
    ("held_on", "fault"),
    [
        (date(2017, 9, 9), "weekend"),
        (date(2017, 11, 1), "holiday"),
        (date(2016, 11, 2), "outside_window"),
        (date(2018, 8, 20), "pause"),
        (date(2018, 1, 2), "pause"),
        (date(2017, 12, 27), "pause"),
    ],
)
def test_dates(plan, held_on, fault):
    assert fault in faults(with_day(plan, 1, date=held_on))
    assert fault in faults(with_webinar(plan, 1, date=held_on))


def test_closed_dates_and_crowded_dates(plan):
    closed = replace(PROBLEM, closed_dates=frozenset({plan.days[0].date}))
    assert faults(plan, closed) == {"closed_date"}
    second = with_day(plan, 2, date=plan.days[0].date)
    assert "too_many_days_on_a_date" in faults(second, replace(PROBLEM, days_per_date=1))


def test_trainers(plan):
    team = plan.days[0].trainer_ids
    assert faults(with_day(plan, 1, trainer_ids=team[:1])) == {"wrong_number_of_trainers"}
    assert faults(with_day(plan, 1, trainer_ids=(team[0], team[0]))) >= {
        "wrong_number_of_trainers",
        "trainer_engaged_twice",
    }
    assert faults(with_day(plan, 1, trainer_ids=(team[0], "stranger"))) == {"unknown_trainer"}
    ill = tuple(a_trainer(t.id, plan.days[0].date) if t.id == team[0] else t for t in PROBLEM.trainers)
    assert faults(plan, replace(PROBLEM, trainers=ill)) == {"trainer_unavailable"}
    teaching = with_webinar(plan, 1, date=plan.days[0].date, speaker_id=team[0])
    assert "trainer_engaged_twice" in faults(teaching)


def test_webinars(plan):
    assert faults(replace(plan, webinars=plan.webinars[:1])) >= {"wrong_number_of_webinars"}
    assert faults(with_webinar(plan, 1, date=plan.webinars[1].date)) >= {"webinars_at_once"}
    assert faults(with_webinar(plan, 1, topic="cooking")) >= {"unwanted_topic"}
    assert faults(with_webinar(plan, 1, topic="work")) == {"less_wanted_topic_preferred"}
    assert "topic_repeated_before_another_had_its_turn" in faults(with_webinar(plan, 2, topic="rights"))
    assert faults(replace(plan, webinars=plan.webinars[::-1])) == {"webinars_not_numbered"}


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
