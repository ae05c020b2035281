"""The auditor of calendars finds each kind of fault, in plans made wrong on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import PreviousDay, PreviousWebinar
from services.scheduling.planner.verify_calendar import verify_calendar
from tests.scheduling.planner.builders import a_scattered_problem, a_trainer

PROBLEM = a_scattered_problem(
    20, 10, 4, largest_demand=3, day_capacity=15, webinars=2, topics={"rights": 9, "school": 5, "work": 2}, effort=5
)


@pytest.fixture(scope="module")
def plan():
    return solve(PROBLEM)


def faults(plan, problem=PROBLEM):
    """The rules broken, the price left out unless a test is about it."""
    quiet = replace(plan, calendar_km=None)
    return {fault.split(":")[0] for fault in verify_calendar(problem, quiet)}


def with_day(plan, number, **changes):
    return replace(plan, days=tuple(replace(d, **changes) if d.number == number else d for d in plan.days))


def with_webinar(plan, number, **changes):
    changed = tuple(replace(w, **changes) if w.number == number else w for w in plan.webinars)
    return replace(plan, webinars=changed)


def with_trainer(identifier, **changes):
    return replace(
        PROBLEM,
        trainers=tuple(replace(t, **changes) if t.id == identifier else t for t in PROBLEM.trainers),
    )


def test_a_good_calendar(plan):
    assert verify_calendar(PROBLEM, plan) == []


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
    first = plan.days[0]
    assert faults(plan, replace(PROBLEM, closed_dates=frozenset({first.date}))) == {"closed_date"}
    closed = tuple(
        replace(h, closed_dates=frozenset({first.date})) if h.code == first.host_code else h for h in PROBLEM.hosts
    )
    assert faults(plan, replace(PROBLEM, hosts=closed)) == {"host_closed"}
    pinned = replace(PROBLEM, pinned_dates={first.host_code: plan.days[1].date})
    assert faults(plan, pinned) == {"pinned_date_ignored"}
    second = with_day(plan, 2, date=first.date)
    assert "too_many_days_on_a_date" in faults(second, replace(PROBLEM, days_per_date=1))
    assert "too_many_days_in_a_week" in faults(second, replace(PROBLEM, days_per_week=1))


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
    assert faults(plan, with_trainer(team[0], most_days=0)) == {"trainer_over_limit"}
    assert faults(plan, with_trainer(team[0], most_a_week=0)) == {"trainer_over_weekly_limit"}


def test_far_places_on_consecutive_days(plan):
    first, second = plan.days[0], plan.days[1]
    following = with_day(with_day(plan, 1, date=date(2017, 9, 5)), 2, date=date(2017, 9, 6))
    same_team = with_day(following, 2, trainer_ids=first.trainer_ids)
    assert second.host_code != first.host_code
    assert "too_far_on_consecutive_days" in faults(same_team, replace(PROBLEM, reachable_km=1.0))
    assert "too_far_on_consecutive_days" not in faults(same_team, replace(PROBLEM, reachable_km=1000.0))


def test_knowledge(plan):
    team, guests = plan.days[0].trainer_ids, plan.days[0].body_codes
    bodies = tuple(replace(b, topics=frozenset({"work"})) if b.code in guests else b for b in PROBLEM.bodies)
    trainers = tuple(
        replace(t, skills=frozenset({"rights", "school"}) if t.id in team else frozenset({"work", "rights", "school"}))
        for t in PROBLEM.trainers
    )
    assert "nobody_knows_the_topics" in faults(plan, replace(PROBLEM, bodies=bodies, trainers=trainers))
    speaker, topic = plan.webinars[0].speaker_id, plan.webinars[0].topic
    others = frozenset({"rights", "school", "work"}) - {topic}
    assert faults(plan, with_trainer(speaker, skills=others)) == {"speaker_without_the_topic"}


def test_webinars(plan):
    assert faults(replace(plan, webinars=plan.webinars[:1])) >= {"wrong_number_of_webinars"}
    assert faults(with_webinar(plan, 1, date=plan.webinars[1].date)) >= {"webinars_at_once"}
    assert faults(with_webinar(plan, 1, topic="cooking")) >= {"unwanted_topic"}
    least = next(w for w in plan.webinars if w.topic == "school")
    assert faults(with_webinar(plan, least.number, topic="work")) == {"less_wanted_topic_preferred"}
    repeated = with_webinar(plan, least.number, topic="rights")
    assert "topic_repeated_before_another_had_its_turn" in faults(repeated)
    assert faults(replace(plan, webinars=plan.webinars[::-1])) == {"webinars_not_numbered"}


def test_what_was_fixed_stands(plan):
    days = tuple(PreviousDay(d.number, d.host_code, d.date, d.trainer_ids, fixed=True) for d in plan.days)
    webinars = tuple(PreviousWebinar(w.number, w.topic, w.date, w.speaker_id, fixed=True) for w in plan.webinars)
    held = replace(PROBLEM, previous_days=days, previous_webinars=webinars)
    assert faults(plan, held) == set()
    assert faults(with_day(plan, 1, date=date(2017, 9, 9)), held) == {"fixed_day_changed"}
    assert "fixed_webinar_changed" in faults(with_webinar(plan, 1, date=date(2017, 9, 5)), held)
    renumbered = replace(plan, days=(replace(plan.days[0], number=2), replace(plan.days[1], number=1), *plan.days[2:]))
    assert faults(renumbered, held) == {"fixed_day_renumbered"}
    ill = with_trainer(plan.days[0].trainer_ids[0], unavailable=frozenset({plan.days[0].date}))
    assert faults(plan, replace(ill, previous_days=days, previous_webinars=webinars)) == set()


def test_the_price_is_counted_again(plan):
    def prices(changed, problem=PROBLEM):
        return {fault.split(":")[0] for fault in verify_calendar(problem, changed)}

    assert prices(replace(plan, calendar_km=plan.calendar_km + 100)) == {"wrong_calendar_cost"}
    assert prices(replace(plan, calendar_bound_km=plan.calendar_km + 1)) == {"calendar_bound_above_cost"}
    days = tuple(PreviousDay(d.number, d.host_code, date(2017, 11, 2), d.trainer_ids) for d in plan.days)
    assert prices(plan, replace(PROBLEM, previous_days=days)) == {"wrong_calendar_cost"}
    dearer = replace(plan, calendar_km=plan.calendar_km + PROBLEM.moved_date_km * len(days))
    assert prices(dearer, replace(PROBLEM, previous_days=days)) == set()
