"""Dates, trainers and webinars."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from threading import Event
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner import calendar
from services.scheduling.planner.calendar import allot, wanted_topics, working_days
from services.scheduling.planner.calendar.construct import construct
from services.scheduling.planner.plan import Day, Plan, Webinar
from services.scheduling.planner.problem import Infeasible, PreviousDay, PreviousWebinar, Problem
from services.scheduling.planner.verify_calendar import verify_calendar
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_trainer

FOUR = tuple(a_trainer(f"t{n}") for n in range(4))
MONDAY = date(2017, 9, 4)
TUESDAY = date(2017, 9, 5)
FAR_NORTH, FAR_SOUTH = (45.5, 9.2), (38.1, 13.4)


def question(problem: Problem, days: int | None = None) -> calendar.Question:
    """The first hosts hold a day each, for one body each."""
    hosts = problem.hosts[: problem.training_days if days is None else days]
    return calendar.ask(problem, hosts, [[body] for body in problem.bodies[: len(hosts)]])


def made(problem: Problem, seconds: float = 5.0, stop: Event | None = None) -> calendar.Timetable:
    asked = question(problem)
    return calendar.make(asked, seconds, stop or Event(), work=5.0)


def dates_of(problem: Problem, table: calendar.Timetable) -> list[date]:
    asked = question(problem)
    return [asked.dates[n] for n in table.days]


def faults(problem: Problem, table: calendar.Timetable) -> list[str]:
    """What the auditor of calendars says of it."""
    asked = question(problem)
    ids = [trainer.id for trainer in problem.trainers]
    days = tuple(
        Day(e + 1, host.code, asked.dates[table.days[e]], tuple(ids[t] for t in table.teams[e]), (body.code,), 1)
        for e, (host, body) in enumerate(zip(asked.hosts, problem.bodies, strict=False))
    )
    webinars = tuple(
        Webinar(w + 1, topic, asked.dates[table.webinars[w]], "15:00", ids[table.speakers[w]])
        for w, topic in enumerate(asked.topics)
    )
    figures = {"cost_km": 0.0, "bound_km": 0.0, "gap": 0.0, "longest_km": 0.0, "mean_km": 0.0}
    costs = {"calendar_km": float(table.price), "calendar_bound_km": float(table.bound)}
    return verify_calendar(problem, Plan(days, webinars, **figures, **costs))


def several(days: int, **facts: Any) -> Problem:
    """So many hosts, near each other, with one body each."""
    given: dict[str, Any] = {
        "hosts": tuple(a_host(f"h{n}", 42 + n / 100, 12.1) for n in range(days)),
        "bodies": tuple(a_body(f"b{n}", 42 + n / 100) for n in range(days)),
        "training_days": days,
    }
    return a_problem(**{**given, **facts})


# dates


def test_working_days_leave_out_weekends_holidays_pauses_and_closed_dates():
    problem = a_problem(
        window_from=date(2017, 10, 27), window_until=date(2018, 1, 9), closed_dates=frozenset({date(2017, 11, 2)})
    )
    dates = working_days(problem)
    assert dates[:3] == [date(2017, 10, 27), date(2017, 10, 30), date(2017, 10, 31)]
    assert dates[3] == date(2017, 11, 3)
    assert date(2017, 12, 8) not in dates
    assert dates[-3:] == [date(2017, 12, 22), date(2018, 1, 8), date(2018, 1, 9)]


def test_easter_monday_is_a_holiday():
    assert working_days(a_problem(window_from=date(2018, 4, 2), window_until=date(2018, 4, 3))) == [date(2018, 4, 3)]


def test_august_is_a_pause_that_data_can_lift():
    august = {"window_from": date(2017, 8, 14), "window_until": date(2017, 8, 16)}
    assert working_days(a_problem(**august)) == []
    assert working_days(a_problem(**august, pauses=())) == [date(2017, 8, 14), date(2017, 8, 16)]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"window_until": date(2017, 9, 3)}, "no_working_day"),
        ({"window_until": TUESDAY, "days_per_date": 1}, "too_few_dates"),
        ({"window_until": TUESDAY, "trainers": FOUR, "webinars": 3, "topics": {"a": 1}}, "too_few_dates_for_webinars"),
        ({"window_until": date(2017, 9, 8), "days_per_week": 2}, "too_few_weeks"),
        ({"trainers": (a_trainer("t"),), "trainers_per_day": 2}, "too_few_trainers"),
        ({"trainers": (a_trainer("t", most_days=1), a_trainer("u", most_days=2))}, "trainers_days_used_up"),
        ({"window_until": date(2017, 9, 6), "webinars": 1, "topics": {"a": 1}}, "too_few_trainers_for_webinars"),
    ],
)
def test_what_can_be_counted_out_is_refused_by_name(facts: dict[str, Any], reason: str):
    facts = {"window_until": date(2017, 9, 8), **facts}
    with pytest.raises(Infeasible) as refused:
        allot(several(3, **facts), 3)
    assert refused.value.reason == reason


# topics


def test_webinars_take_the_most_wanted_topics_once_each():
    topics = {"rights": 5, "housing": 9, "school": 7, "work": 0}
    assert wanted_topics(a_problem(topics=topics, webinars=2)) == ["housing", "school"]


def test_webinars_repeat_topics_by_highest_averages_when_all_had_their_turn():
    assert wanted_topics(a_problem(topics={"a": 9, "b": 4, "c": 2}, webinars=6)) == ["a", "b", "c", "a", "a", "a"]
    assert wanted_topics(a_problem(topics={"a": 6, "b": 5}, webinars=4)) == ["a", "b", "a", "b"]


def test_no_webinars_without_a_wanted_topic():
    assert wanted_topics(a_problem(topics={"a": 0}, webinars=4)) == []


def test_a_topic_that_nobody_knows_gets_no_webinar():
    trainers = (a_trainer("t", skills=frozenset({"housing"})), a_trainer("u", skills=frozenset({"school"})))
    topics = {"rights": 9, "housing": 5, "school": 7}
    assert wanted_topics(a_problem(trainers=trainers, topics=topics, webinars=2)) == ["school", "housing"]


# the calendar


def test_days_are_spread_over_the_window():
    problem = several(10, trainers=tuple(a_trainer(f"t{n}") for n in range(4)))
    table = made(problem)
    asked = question(problem)
    assert Counter(asked.stretch[n] for n in table.days) == dict.fromkeys(range(10), 1)
    assert (table.bound, faults(problem, table)) == (table.price, [])


def test_the_near_trainer_is_sent_when_dates_allow_it():
    problem = several(
        2,
        window_until=TUESDAY,
        trainers=(
            a_trainer("north", MONDAY, latitude=42.0, longitude=12.1),
            a_trainer("south", TUESDAY, latitude=40.0, longitude=12.1),
        ),
        trainers_per_day=1,
        days_per_date=1,
    )
    far = replace(problem, hosts=(a_host("h0", 42.0, 12.1), a_host("h1", 40.0, 12.1)))
    table = made(far)
    assert dates_of(far, table) == [TUESDAY, MONDAY]
    assert (table.teams, table.price, table.bound) == (((0,), (1,)), 0, 0)


def test_a_host_holds_no_day_while_it_is_closed():
    closed = frozenset({MONDAY, TUESDAY})
    problem = several(1, window_until=date(2017, 9, 6), hosts=(a_host("h0", closed_dates=closed),))
    assert dates_of(problem, made(problem)) == [date(2017, 9, 6)]
    with pytest.raises(Infeasible) as refused:
        made(replace(problem, window_until=TUESDAY))
    assert (refused.value.reason, refused.value.facts) == ("host_never_open", {"codes": ["h0"], "count": 1})


def test_somebody_of_the_team_knows_what_is_most_wanted():
    trainers = (
        a_trainer("near", skills=frozenset({"school"}), latitude=42.0, longitude=12.1),
        a_trainer("far", skills=frozenset({"rights"}), latitude=44.0),
    )
    bodies = (a_body("b0", topics=frozenset({"rights"})),)
    problem = replace(several(1, trainers=trainers, trainers_per_day=1), bodies=bodies)
    assert made(problem).teams == ((1,),)
    assert made(replace(problem, leading_topics=0)).teams == ((0,),)


def test_only_who_knows_the_topic_speaks_and_not_on_a_day_of_teaching():
    trainers = (a_trainer("t", skills=frozenset({"rights"})), a_trainer("u", skills=frozenset({"work"})))
    problem = several(
        1, trainers=trainers, trainers_per_day=2, window_until=TUESDAY, webinars=1, topics={"rights": 3, "work": 1}
    )
    table = made(problem)
    assert table.speakers == (0,)
    assert table.webinars[0] != table.days[0]
    with pytest.raises(Infeasible) as refused:
        made(replace(problem, window_until=MONDAY))
    assert refused.value.reason == "calendar_rules_clash"


def test_a_webinar_keeps_away_from_the_days_of_those_who_wish_for_it():
    trainers = tuple(a_trainer(f"t{n}") for n in range(5))
    bodies = (a_body("b0", topics=frozenset({"rights"})),)
    problem = several(1, trainers=trainers, window_until=TUESDAY, webinars=1, topics={"rights": 3})
    problem = replace(problem, bodies=bodies)
    table = made(problem)
    assert table.webinars[0] != table.days[0]
    both = made(replace(problem, window_until=MONDAY))
    assert both.price - table.price == problem.clash_km
    assert faults(replace(problem, window_until=MONDAY), both) == []


def test_nobody_teaches_far_apart_on_consecutive_days():
    problem = several(2, trainers=(a_trainer("t"),), trainers_per_day=1, days_per_date=1)
    problem = replace(problem, hosts=(a_host("h0", *FAR_NORTH), a_host("h1", *FAR_SOUTH)))
    dates = sorted(dates_of(problem, made(replace(problem, window_until=date(2017, 9, 6)))))
    assert dates == [MONDAY, date(2017, 9, 6)]
    with pytest.raises(Infeasible) as refused:
        made(replace(problem, window_until=TUESDAY))
    assert refused.value.reason == "calendar_rules_clash"
    assert "consecutive_days" in refused.value.facts["rules"]
    assert sorted(dates_of(problem, made(replace(problem, window_until=TUESDAY, reachable_km=2000.0)))) == [
        MONDAY,
        TUESDAY,
    ]


def test_limits_of_trainers_in_all_and_in_a_week():
    trainers = (a_trainer("t", most_days=1), a_trainer("u", most_a_week=1))
    problem = several(3, trainers=trainers, trainers_per_day=1, window_until=date(2017, 9, 15))
    table = made(problem)
    assert Counter(t for team in table.teams for t in team) == {0: 1, 1: 2}
    weeks = {
        day.isocalendar().week for day, team in zip(dates_of(problem, table), table.teams, strict=True) if 1 in team
    }
    assert len(weeks) == 2
    with pytest.raises(Infeasible) as refused:
        made(replace(problem, window_until=date(2017, 9, 8)))
    assert refused.value.reason == "calendar_rules_clash"
    assert set(refused.value.facts["rules"]) >= {"most_a_week", "most_days"}


def test_no_more_days_in_a_week_than_allowed():
    problem = several(4, window_until=date(2017, 9, 15), days_per_week=2)
    assert Counter(day.isocalendar().week for day in dates_of(problem, made(problem))) == {36: 2, 37: 2}


def test_a_pinned_date_is_kept():
    problem = several(2, pinned_dates={"h1": date(2017, 10, 12)})
    assert dates_of(problem, made(problem))[1] == date(2017, 10, 12)
    with pytest.raises(Infeasible) as refused:
        made(several(2, pinned_dates={"h1": date(2017, 10, 14)}))
    assert refused.value.reason == "host_never_open"


# after a previous plan


def previous(problem: Problem, table: calendar.Timetable, fixed: int = 0) -> Problem:
    """The problem again, with this timetable as the one before; its first days are fixed."""
    asked = question(problem)
    ids = [trainer.id for trainer in problem.trainers]
    days = tuple(
        PreviousDay(e + 1, host.code, asked.dates[table.days[e]], tuple(ids[t] for t in table.teams[e]), e < fixed)
        for e, host in enumerate(asked.hosts)
    )
    webinars = tuple(
        PreviousWebinar(w + 1, topic, asked.dates[table.webinars[w]], ids[table.speakers[w]])
        for w, topic in enumerate(asked.topics)
    )
    return replace(problem, previous_days=days, previous_webinars=webinars)


def test_what_need_not_change_does_not():
    trainers = tuple(a_trainer(f"t{n}", latitude=41 + n / 2) for n in range(6))
    problem = several(6, trainers=trainers, webinars=3, topics={"a": 3, "b": 2, "c": 1})
    table = made(problem)
    again = made(previous(problem, table))
    assert (again.days, again.webinars, again.speakers) == (table.days, table.webinars, table.speakers)
    assert again.teams == table.teams
    assert again.price == table.price


def test_a_trainer_who_falls_ill_is_replaced_and_nothing_else_changes():
    trainers = tuple(a_trainer(f"t{n}", latitude=41 + n / 2) for n in range(6))
    problem = several(6, trainers=trainers)
    table = made(problem)
    asked = question(problem)
    who = table.teams[0][0]
    ill_on = frozenset(asked.dates[n] for n, team in zip(table.days, table.teams, strict=True) if who in team)
    ill = tuple(replace(t, unavailable=ill_on) if n == who else t for n, t in enumerate(trainers))
    after = previous(replace(problem, trainers=ill), table)
    again = made(after)
    assert again.days == table.days
    gone = [set(was) - set(now) for was, now in zip(table.teams, again.teams, strict=True)]
    assert gone == [{who} & set(team) for team in table.teams]
    assert faults(after, again) == []


def test_what_has_been_held_stays_even_against_the_rules():
    problem = several(3, trainers=tuple(a_trainer(f"t{n}") for n in range(4)))
    table = made(problem)
    held_on = dates_of(problem, table)
    later = previous(problem, table, fixed=1)
    later = replace(
        later,
        window_from=held_on[0] + timedelta(days=1),
        trainers=tuple(replace(t, unavailable=frozenset({held_on[0]}), most_days=4) for t in problem.trainers),
    )
    again = made(later)
    assert dates_of(later, again)[0] == held_on[0]
    assert again.teams[0] == table.teams[0]
    assert faults(later, again) == []


# always


@settings(max_examples=25, deadline=None)
@given(
    away=st.lists(st.sets(st.integers(0, 9)), min_size=2, max_size=5),
    days=st.integers(1, 8),
    webinars=st.integers(0, 4),
    per_day=st.integers(1, 2),
    per_date=st.integers(1, 3),
)
def test_it_says_no_only_when_there_is_no_way(away, days, webinars, per_day, per_date):
    dates = working_days(a_problem(window_until=date(2017, 9, 15)))
    trainers = tuple(a_trainer(f"t{n}", *(dates[d] for d in gone)) for n, gone in enumerate(away))
    problem = several(
        days,
        window_until=date(2017, 9, 15),
        trainers=trainers,
        trainers_per_day=per_day,
        days_per_date=per_date,
        webinars=webinars,
        topics={"rights": 1},
    )
    reachable = {(0, 0)}
    for day in dates:
        free = sum(day not in trainer.unavailable for trainer in trainers)
        ways = {(c, w) for c in range(per_date + 1) for w in range(2) if per_day * c + w <= free}
        reachable = {(min(a + c, days), min(b + w, webinars)) for a, b in reachable for c, w in ways}
    if (days, webinars) not in reachable:
        with pytest.raises(Infeasible):
            allot(problem, days)
        return
    allot(problem, days)
    assert faults(problem, calendar.make(question(problem), 0.2, Event())) == []


def test_the_solver_never_makes_it_worse_and_the_auditor_agrees():
    random = np.random.default_rng(3)
    dates = working_days(a_problem())
    topics = [f"{n}" for n in range(6)]
    trainers = tuple(
        a_trainer(
            f"t{n}",
            *random.choice(dates, 20, replace=False),
            latitude=40 + n,
            skills=frozenset(random.choice(topics, 3, replace=False).tolist()),
            most_a_week=2,
        )
        for n in range(6)
    )
    problem = several(12, trainers=trainers, webinars=4, topics=dict.fromkeys(topics, 1), days_per_week=3)
    problem = replace(
        problem,
        bodies=tuple(
            replace(b, topics=frozenset(random.choice(topics, 2, replace=False).tolist())) for b in problem.bodies
        ),
    )
    first = construct(question(problem))
    table = made(problem, seconds=20.0)
    assert first is not None
    assert table.price <= calendar.price(question(problem), first)
    assert table.bound <= table.price
    assert faults(problem, table) == []
    assert made(problem, seconds=60.0) == table


def test_a_stop_already_given_leaves_the_construction():
    stop = Event()
    stop.set()
    problem = several(3)
    first = construct(question(problem))
    table = made(problem, 60.0, stop)
    assert first is not None
    assert (table.days, table.teams) == (first.days, first.teams)
    assert table.bound == 0
    assert made(problem, 0.0).days == first.days


def test_work_is_balanced_among_equals():
    problem = several(12, trainers=tuple(a_trainer(f"t{n}") for n in range(6)))
    assert Counter(t for team in made(problem).teams for t in team) == dict.fromkeys(range(6), 4)
