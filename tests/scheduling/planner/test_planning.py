"""Whole plans: the rules hold, the auditor agrees, the same question gets the same answer."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner import drawing, planning
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.report import across_water, report
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_scattered_problem, a_trainer

TOPICS = {"rights": 30, "housing": 20, "school": 10}


def test_three_bodies_one_day():
    plan = solve(a_problem())
    assert verify(a_problem(), plan) == []
    assert [(day.number, day.host_code, set(day.body_codes), day.seated) for day in plan.days] == [
        (1, "h1", {"b0", "b1", "b2"}, 3)
    ]
    assert plan.gap == pytest.approx(0, abs=1e-6)
    assert plan.fewer_days is None


def test_sixty_bodies_fifty_days():
    problem = a_scattered_problem(60, 80, 50, webinars=20, topics=TOPICS, days_per_date=2)
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert len(plan.days) == 50
    assert len(plan.webinars) == 20


def test_fewer_bodies_than_days_gives_fewer_days_and_says_so():
    plan = solve(a_problem(training_days=50))
    assert verify(a_problem(training_days=50), plan) == []
    assert (len(plan.days), plan.fewer_days) == (3, "bodies")


def test_fewer_hosts_than_days_gives_fewer_days_and_says_so():
    problem = a_scattered_problem(30, 4, 9)
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert (len(plan.days), plan.fewer_days) == (4, "hosts")


def test_a_host_too_small_to_be_of_use_is_left_out():
    bodies = tuple(a_body(f"b{n}", 42 + n / 10, demand=5) for n in range(2))
    hosts = (a_host("large", capacity=10), a_host("small", capacity=4))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=2)
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert [day.host_code for day in plan.days] == ["large"]
    assert plan.fewer_days == "hosts"


def test_a_day_that_nobody_fits_into_any_more_is_not_held():
    bodies = (a_body("b0", demand=5), a_body("b1", demand=5), a_body("b2", demand=1))
    hosts = (a_host("large", capacity=11), a_host("one", 42.5, capacity=1), a_host("another", 43.0, capacity=1))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=3)
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert (len(plan.days), plan.fewer_days) == (2, "hosts")


def test_everybody_at_the_same_spot():
    problem = a_problem(bodies=tuple(a_body(f"b{n}") for n in range(20)), hosts=(a_host("h"), a_host("i")))
    plan = solve(replace(problem, training_days=2))
    assert verify(replace(problem, training_days=2), plan) == []
    assert (plan.cost_km, plan.bound_km, plan.gap) == (0.0, 0.0, 0.0)


def test_nobody_is_sent_across_the_sea_while_there_is_a_seat_on_this_side():
    island = tuple(a_body(f"s{n}", 40 + n / 10, 9.0, region="Sardegna") for n in range(6))
    mainland = tuple(a_body(f"m{n}", 42 + n / 10, 12.0) for n in range(6))
    hosts = (a_host("sardinia", 39.5, 9.0, region="Sardegna"), *(a_host(f"h{n}", 42 + n / 10) for n in range(5)))
    problem = a_problem(bodies=island + mainland, hosts=hosts, training_days=2, day_capacity=6)
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert {day.host_code: sorted(day.body_codes) for day in plan.days}["sardinia"] == [f"s{n}" for n in range(6)]


def test_tight_rooms_of_different_sizes_are_filled_whole():
    bodies = tuple(a_body(f"b{n}", 42 + n / 50, demand=1 + n % 6) for n in range(40))
    hosts = tuple(a_host(f"h{n}", 42 + n / 12, 12.3, capacity=(10, 20, 28)[n % 3]) for n in range(12))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=7)
    plan = solve(problem)
    assert verify(problem, plan) == []


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    bodies=st.integers(1, 80),
    hosts=st.integers(1, 40),
    days=st.integers(1, 20),
    largest=st.integers(1, 6),
    slack=st.floats(1.0, 2.0),
)
def test_the_auditor_finds_nothing(seed, bodies, hosts, days, largest, slack):
    room = max(largest, int(slack * largest * bodies / (2 * days)))
    problem = a_scattered_problem(
        bodies, hosts, days, seed, largest_demand=largest, day_capacity=room, webinars=3, topics=TOPICS, effort=12
    )
    try:
        plan = solve(problem)
    except Infeasible as refusal:
        assert refusal.reason in ("more_delegates_than_seats", "bodies_do_not_fit_whole")
    else:
        assert verify(problem, plan) == []


@pytest.mark.parametrize("largest", [1, 5])
def test_the_same_question_gets_the_same_answer(largest):
    problem = a_scattered_problem(120, 50, 8, largest_demand=largest, day_capacity=60, seconds=60.0, effort=80)
    assert solve(problem) == solve(problem)


def test_more_effort_is_no_worse():
    problem = a_scattered_problem(150, 70, 12, largest_demand=3, day_capacity=35, seconds=60.0)
    costs = [solve(replace(problem, effort=effort)).cost_km for effort in (1, 20, 200)]
    assert costs == sorted(costs, reverse=True)


def test_a_stop_given_at_once_still_gives_a_whole_plan():
    problem, stop = a_scattered_problem(120, 50, 8, webinars=2, topics=TOPICS, seconds=3600.0, effort=None), Event()
    stop.set()
    plan = solve(problem, stop=stop)
    assert verify(problem, plan) == []


def test_a_stop_given_on_the_way_ends_the_search():
    problem, stop = a_scattered_problem(120, 50, 8, seconds=3600.0, effort=None), Event()
    phases = []

    def listen(phase, share, cost, bound, sketch):
        phases.append(phase)
        if phases.count("hosts") == 5:
            stop.set()

    assert verify(problem, solve(problem, listen, stop)) == []
    assert list(dict.fromkeys(phases)) == ["checking", "hosts", "calendar", "done"]


def test_progress_rises_and_the_bound_stays_below_the_cost():
    told = []
    solve(a_scattered_problem(80, 40, 6), lambda *progress: told.append(progress))
    shares = [share for _, share, _, _, _ in told]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
    assert all(bound <= cost + 1e-6 for _, _, cost, bound, _ in told if cost is not None)


def test_a_draw_of_seconds_is_seen_on_its_way(monkeypatch):
    """As at national size, where a draw pauses many times: what it has found by then is told, and drawn on the map."""
    monkeypatch.setattr(drawing, "QUOTA", 1)
    costs = []
    solve(a_scattered_problem(300, 100, 20, day_capacity=20, effort=20), lambda *told: costs.append(told[2]))
    assert len(set(costs) - {None}) >= 5


def test_the_calendar_is_heard_of_whatever_it_is_busy_with(monkeypatch):
    ticks, heard = [], Event()

    def listen(phase, *_figures):
        ticks.append(phase)
        if ticks.count("calendar") == 4:
            heard.set()

    def busy(*_question):
        assert heard.wait(30)
        raise Infeasible("no_calendar_found")

    monkeypatch.setattr(planning.calendar, "ask", busy)
    with pytest.raises(Infeasible):
        solve(a_scattered_problem(20, 10, 4), listen)


def test_the_report_adds_up():
    problem = a_scattered_problem(30, 20, 4, largest_demand=3, day_capacity=40)
    plan = solve(problem)
    figures = report(problem, plan)
    assert sum(figures.trips.values()) == pytest.approx(plan.cost_km, abs=0.01)
    assert max(figures.trips.values()) == figures.longest_km
    assert sum(figures.trainers.values()) == 2 * len(plan.days)
    (region,) = figures.regions
    assert (region.region, region.bodies, region.days_held) == ("Lazio", 30, len(plan.days))
    assert region.mean_km == pytest.approx(plan.mean_km)


def test_trainers_away_on_most_dates_are_used_where_they_can_be():
    problem = a_problem()
    dates = sorted({day.date for day in solve(a_scattered_problem(40, 30, 20)).days})
    trainers = tuple(a_trainer(f"t{n}", *dates[n::4]) for n in range(4))
    asked = replace(a_scattered_problem(40, 30, 20), trainers=trainers, window_from=problem.window_from)
    assert verify(asked, solve(asked)) == []


def test_islands_are_reported_apart_and_who_takes_a_boat_is_named():
    hosts = (a_host("h0", 42.0), a_host("s0", 40.0, 9.0, region="Sardegna"))
    bodies = (a_body("b0", 42.5), a_body("s1", 40.1, 9.1, region="Sardegna"), a_body("063004", 40.5, 14.2))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=2)
    plan = solve(problem)
    figures = report(problem, plan)
    assert figures.mainland_longest_km == figures.trips["b0"]
    assert figures.islands_longest_km == figures.trips["063004"]
    assert [(body.code, host.code) for body, host in across_water(problem, plan, figures.trips)] == [("063004", "h0")]
