"""Dates, trainers and webinars."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.calendar import allot, construct, improve, price, wanted_topics, working_days
from services.scheduling.planner.problem import Infeasible
from tests.scheduling.planner.builders import a_problem, a_trainer

MONDAY = date(2017, 9, 4)


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


def test_webinars_take_the_most_wanted_topics_once_each():
    topics = {"rights": 5, "housing": 9, "school": 7, "work": 0}
    assert wanted_topics(a_problem(topics=topics, webinars=2)) == ["housing", "school"]


def test_webinars_repeat_topics_by_highest_averages_when_all_had_their_turn():
    assert wanted_topics(a_problem(topics={"a": 9, "b": 4, "c": 2}, webinars=6)) == ["a", "b", "c", "a", "a", "a"]
    assert wanted_topics(a_problem(topics={"a": 6, "b": 5}, webinars=4)) == ["a", "b", "a", "b"]


def test_no_webinars_without_a_wanted_topic():
    assert wanted_topics(a_problem(topics={"a": 0}, webinars=4)) == []


def test_days_are_spread_over_the_window():
    problem = a_problem(trainers=tuple(a_trainer(f"t{n}") for n in range(4)))
    days, _ = allot(problem, 10)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    assert len(set(days)) == 10
    assert max(gaps) <= 13


def test_two_days_share_a_date_only_when_dates_run_short():
    problem = a_problem(window_until=date(2017, 9, 8), trainers=tuple(a_trainer(f"t{n}") for n in range(4)))
    assert allot(problem, 5)[0] == [MONDAY + timedelta(days=n) for n in range(5)]
    assert sorted(allot(problem, 9)[0].count(MONDAY + timedelta(days=n)) for n in range(5)) == [1, 2, 2, 2, 2]


def test_webinars_avoid_dates_of_training_days_when_they_can():
    days, webinars = allot(a_problem(webinars=20, topics={f"{n}": 1 for n in range(20)}), 30)
    assert set(days) & set(webinars) == set()


def test_the_webinar_gets_the_date_on_which_it_leaves_trainers_for_the_day():
    window = {"window_until": date(2017, 9, 5)}
    trainers = (a_trainer("t"), a_trainer("u"), a_trainer("v", MONDAY))
    problem = a_problem(**window, trainers=trainers, webinars=1, topics={"rights": 1})
    days, webinars = allot(problem, 2)
    assert (days, webinars) == ([MONDAY, date(2017, 9, 5)], [date(2017, 9, 5)])


@settings(max_examples=60, deadline=None)
@given(
    away=st.lists(st.sets(st.integers(0, 9)), min_size=2, max_size=5),
    days=st.integers(1, 12),
    webinars=st.integers(0, 6),
    per_day=st.integers(1, 2),
    per_date=st.integers(1, 3),
)
def test_allotting_says_no_only_when_there_is_no_way(away, days, webinars, per_day, per_date):
    dates = working_days(a_problem(window_until=date(2017, 9, 15)))
    trainers = tuple(a_trainer(f"t{n}", *(dates[d] for d in gone)) for n, gone in enumerate(away))
    problem = a_problem(
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
    table = construct(problem, np.ones((len(trainers), days)))
    assert (len(table.days), len(table.webinars)) == (days, webinars)
    assert all(table.days.count(day) <= per_date for day in table.days)
    assert len(set(table.webinars)) == webinars
    engaged = [(day, t) for day, team in zip(table.days, table.trainers, strict=True) for t in team]
    engaged += zip(table.webinars, table.speakers, strict=True)
    assert len(set(engaged)) == len(engaged) == per_day * days + webinars
    assert all(day not in trainers[t].unavailable for day, t in engaged)


def test_the_solver_sends_the_near_trainer_when_dates_allow_it():
    tuesday = date(2017, 9, 5)
    problem = a_problem(
        window_until=tuesday,
        trainers=(a_trainer("near-first", MONDAY), a_trainer("near-second", tuesday)),
        trainers_per_day=1,
        days_per_date=1,
    )
    travel = np.array([[0.0, 300.0], [300.0, 0.0]])
    first = construct(problem, travel)
    better = improve(problem, travel, first, 5.0, Event())
    assert price(problem, travel, first) == 600.0
    assert price(problem, travel, better) == 0.0
    assert (better.days, better.trainers) == ((tuesday, MONDAY), ((0,), (1,)))


def test_the_solver_never_makes_it_worse_and_keeps_the_rules():
    random = np.random.default_rng(3)
    dates = working_days(a_problem())
    trainers = tuple(a_trainer(f"t{n}", *random.choice(dates, 20, replace=False)) for n in range(5))
    problem = a_problem(
        trainers=trainers, window_until=date(2017, 10, 13), webinars=4, topics={f"{n}": 1 for n in range(4)}
    )
    travel = random.uniform(0, 500, (5, 12))
    first = construct(problem, travel)
    better = improve(problem, travel, first, 3.0, Event())
    assert price(problem, travel, better) <= price(problem, travel, first)
    assert sorted(better.days) == sorted(first.days)
    engaged = [(day, t) for day, team in zip(better.days, better.trainers, strict=True) for t in team]
    engaged += zip(better.webinars, better.speakers, strict=True)
    assert len(set(engaged)) == len(engaged)
    assert all(day not in trainers[t].unavailable for day, t in engaged)


def test_a_stop_already_given_leaves_the_construction():
    problem, travel, stop = a_problem(), np.zeros((2, 3)), Event()
    stop.set()
    table = construct(problem, travel)
    assert improve(problem, travel, table, 60.0, stop) is table
    assert improve(problem, travel, table, 0.0, Event()) is table


def test_work_is_balanced_among_equals():
    problem = replace(a_problem(), trainers=tuple(a_trainer(f"t{n}") for n in range(6)))
    table = construct(problem, np.zeros((6, 12)))
    assert [sum(t in team for team in table.trainers) for t in range(6)] == [4] * 6


def test_nobody_teaches_twice_at_one_time_when_days_share_dates():
    random = np.random.default_rng(5)
    trainers = tuple(a_trainer(f"t{n}", MONDAY + timedelta(days=n)) for n in range(5))
    problem = a_problem(window_until=date(2017, 9, 8), trainers=trainers, days_per_date=2)
    travel = random.uniform(0, 500, (5, 9))
    first = construct(problem, travel)
    better = improve(problem, travel, first, 3.0, Event())
    assert price(problem, travel, better) < price(problem, travel, first)
    assert sorted(better.days) == sorted(first.days)
    engaged = [(day, t) for day, team in zip(better.days, better.trainers, strict=True) for t in team]
    assert len(set(engaged)) == len(engaged) == 18
    assert all(day not in trainers[t].unavailable for day, t in engaged)
