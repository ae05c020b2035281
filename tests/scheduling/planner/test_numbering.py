"""Who knows an appointment by its number finds it under the same number in the next plan."""

from __future__ import annotations

from dataclasses import replace

from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import PreviousDay, PreviousWebinar
from tests.scheduling.planner.builders import a_scattered_problem

PROBLEM = a_scattered_problem(20, 10, 4, day_capacity=15, webinars=2, topics={"rights": 9, "school": 5}, effort=5)


def test_new_plans_number_in_the_order_of_time():
    plan = solve(PROBLEM)
    assert [day.date for day in plan.days] == sorted(day.date for day in plan.days)
    assert [day.number for day in plan.days] == [1, 2, 3, 4]
    assert [webinar.date for webinar in plan.webinars] == sorted(webinar.date for webinar in plan.webinars)


def test_kept_hosts_and_topics_keep_their_numbers_and_new_ones_fill_the_gaps():
    plan = solve(PROBLEM)
    first, second, third, fourth = plan.days
    backwards = tuple(
        PreviousDay(number, day.host_code, day.date, day.trainer_ids)
        for number, day in ((4, first), (2, second), (9, third))
    )
    webinars = tuple(PreviousWebinar(3 - w.number, w.topic, w.date, w.speaker_id) for w in plan.webinars)
    again = solve(replace(PROBLEM, previous_days=backwards, previous_webinars=webinars))
    numbers = {day.host_code: day.number for day in again.days}
    assert {host.code for host in PROBLEM.hosts} >= numbers.keys()
    assert (numbers[first.host_code], numbers[second.host_code]) == (4, 2)
    assert {numbers[third.host_code], numbers[fourth.host_code]} == {1, 3}
    assert {w.topic: w.number for w in again.webinars} == {w.topic: 3 - w.number for w in plan.webinars}
