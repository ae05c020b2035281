"""What staff demand holds in every plan, is paid for in its cost, and is refused when it cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner.checks import check
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible, Problem
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.survey import FORBIDDEN_KM, survey
from services.scheduling.planner.verify import verify
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_scattered_problem


def planned(problem):
    plan = solve(problem)
    assert verify(problem, plan) == []
    return plan


def homes(plan):
    return {code: day.host_code for day in plan.days for code in day.body_codes}


def refusal(problem):
    with pytest.raises(Infeasible) as refused:
        check(problem)
    return refused.value.reason, refused.value.facts


def with_rules(problem, **rules):
    return replace(problem, rules=Rules(**rules))


SCATTERED = a_scattered_problem(40, 20, 5, day_capacity=12, largest_demand=2)


def test_rules_survive_json():
    rules = Rules(
        pinned_hosts=frozenset({"h1"}),
        excluded_hosts=frozenset({"h2"}),
        pinned={"b0": "h1"},
        forbidden=frozenset({("b1", "h3")}),
        least_in_region={"Lazio": 1},
        fairness=3.0,
        previous={"b2": "h0"},
        stay_km=30.0,
    )
    problem = replace(a_problem(), rules=rules)
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


@pytest.mark.parametrize("rules", [{"pinned_hosts": "h1"}, {"pinned": {"b": 1}}, {"forbidden": ["b"]}, {"colour": 1}])
def test_mistyped_rules_are_named(rules):
    with pytest.raises(Infeasible) as refused:
        Problem.from_json({**a_problem().to_json(), "rules": rules})
    assert (refused.value.reason, refused.value.facts) == ("malformed_problem", {"field": "rules"})


def test_a_pinned_host_holds_a_day_and_an_excluded_one_does_not():
    free = planned(SCATTERED)
    used = sorted({day.host_code for day in free.days})
    unused = sorted({host.code for host in SCATTERED.hosts} - set(used))
    plan = planned(with_rules(SCATTERED, pinned_hosts=frozenset(unused[:2]), excluded_hosts=frozenset(used[:1])))
    held = {day.host_code for day in plan.days}
    assert set(unused[:2]) <= held
    assert used[0] not in held
    assert plan.cost_km > free.cost_km


def test_a_pinned_body_goes_there_and_a_forbidden_pair_does_not_meet():
    free = homes(planned(SCATTERED))
    far = next(host.code for host in SCATTERED.hosts if host.code != free["b0"])
    plan = planned(with_rules(SCATTERED, pinned={"b0": far}, forbidden=frozenset({("b1", free["b1"])})))
    assert homes(plan)["b0"] == far
    assert homes(plan)["b1"] != free["b1"]


def test_a_region_gets_its_least_number_of_days():
    bodies = tuple(a_body(f"b{n}", 42 + n / 40) for n in range(20))
    hosts = (*(a_host(f"h{n}", 42 + n / 10) for n in range(5)), a_host("far", 45.0, region="Veneto"))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=2)
    assert "far" not in {day.host_code for day in planned(problem).days}
    assert "far" in {day.host_code for day in planned(with_rules(problem, least_in_region={"Veneto": 1})).days}


def test_unfairness_is_paid_for_and_makes_the_longest_trips_shorter():
    free, fair = planned(SCATTERED), planned(with_rules(SCATTERED, fairness=20.0, fair_km=60.0))
    assert fair.unfair_km > 0 or fair.longest_km <= 60.0
    assert fair.cost_km - fair.unfair_km >= free.bound_km
    assert fair.longest_km <= free.longest_km


def test_a_stay_price_keeps_everybody_where_they_were():
    before = homes(planned(SCATTERED))
    swapped = {**before, "b0": before["b1"], "b1": before["b0"]}
    dear = planned(with_rules(SCATTERED, previous=before, stay_km=500.0))
    assert homes(dear) == before
    assert (dear.moved_km, planned(with_rules(SCATTERED, previous=swapped, stay_km=0.5)).moved_km) == (0.0, 1.0)


def test_rules_that_contradict_each_other():
    problem = a_problem(training_days=2)
    codes = {"codes": ["h1"], "count": 1}
    both = {"pinned_hosts": frozenset({"h1"}), "excluded_hosts": frozenset({"h1"})}
    assert refusal(with_rules(problem, **both)) == ("pinned_host_excluded", codes)
    assert refusal(with_rules(problem, pinned_hosts=frozenset({"nowhere"})))[0] == "pinned_host_unusable"
    pair = with_rules(problem, pinned={"b0": "h1"}, forbidden=frozenset({("b0", "h1")}))
    assert refusal(pair) == ("pinned_pair_forbidden", {"codes": ["b0"], "count": 1})
    everywhere = frozenset(("b0", f"h{n}") for n in range(4))
    assert refusal(with_rules(problem, forbidden=everywhere)) == ("body_without_host", {"codes": ["b0"], "count": 1})
    all_out = frozenset(f"h{n}" for n in range(4))
    assert refusal(with_rules(problem, excluded_hosts=all_out)) == ("all_hosts_excluded", {"hosts": 4})


def test_rules_that_demand_more_than_there_is():
    problem = a_problem(training_days=2)
    full = replace(with_rules(problem, pinned=dict.fromkeys(("b0", "b1", "b2"), "h1")), day_capacity=2)
    facts = {"host": "h1", "delegates": 3, "seats": 2}
    assert refusal(full) == ("pinned_bodies_exceed_seats", facts)
    region = {"region": "Veneto", "hosts": 0, "least": 1}
    assert refusal(with_rules(problem, least_in_region={"Veneto": 1})) == ("too_few_hosts_in_region", region)
    many = with_rules(problem, pinned_hosts=frozenset({"h0", "h1", "h2"}))
    assert refusal(many) == ("more_days_demanded", {"pinned": 3, "in_regions": 0, "days": 2})


def test_a_shortage_of_seats_says_which_rules_would_make_room():
    hosts = (a_host("large", capacity=9), *(a_host(f"h{n}", 42 + n / 10, capacity=2) for n in range(3)))
    bodies = tuple(a_body(f"b{n}") for n in range(6))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=2)
    rules = {"excluded_hosts": frozenset({"large"}), "pinned_hosts": frozenset({"h0"})}
    facts = {"delegates": 6, "seats": 4, "without": {"excluded_hosts": 11}}
    assert refusal(with_rules(problem, **rules)) == ("rules_leave_too_few_seats", facts)


def test_nobody_is_sent_where_they_may_not_go_when_the_seats_run_out():
    hosts = (a_host("h0", capacity=1), a_host("h1", 42.1, capacity=5))
    forbidden = frozenset({("b0", "h1"), ("b1", "h1")})
    problem = with_rules(a_problem(hosts=hosts, training_days=2), forbidden=forbidden)
    with pytest.raises(Infeasible) as refused:
        solve(problem)
    assert refused.value.reason == "no_seat_where_allowed"


def optimum(problem):
    """Every allowed set of hosts, every way of going there with nobody standing and no host idle."""
    rules, days = problem.rules, problem.training_days
    terrain = survey(problem, problem.hosts, days)
    best = np.inf
    for chosen in combinations(range(len(problem.hosts)), days):
        if not terrain.sites.allow(np.array(chosen)) or any(
            problem.hosts[j].code in rules.excluded_hosts for j in chosen
        ):
            continue
        for places in product(chosen, repeat=len(problem.bodies)):
            load = np.bincount(places, weights=terrain.demand, minlength=len(problem.hosts))
            if load.max() <= problem.day_capacity and load[list(chosen)].min() > 0:
                best = min(best, terrain.cost[list(places), np.arange(len(places))].sum())
    return best


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), pins=st.integers(0, 2), fairness=st.sampled_from([0.0, 2.0]), least=st.integers(0, 2)
)
def test_the_optimum_under_rules_lies_between_bound_and_cost(seed, pins, fairness, least):
    random = np.random.default_rng(seed)
    problem = a_scattered_problem(5, 5, 2, seed, day_capacity=4, effort=40)
    hosts = tuple(replace(host, region=("Lazio", "Marche")[n % 2]) for n, host in enumerate(problem.hosts))
    problem = with_rules(
        replace(problem, hosts=hosts),
        pinned={f"b{n}": "h0" for n in range(pins)},
        excluded_hosts=frozenset({"h4"}),
        forbidden=frozenset((f"b{n}", f"h{n % 4}") for n in range(2, 4)),
        least_in_region={"Marche": least},
        previous={f"b{n}": f"h{random.integers(4)}" for n in range(4)},
        stay_km=20.0,
        fairness=fairness,
        fair_km=40.0,
    )
    best = optimum(problem)
    if best >= FORBIDDEN_KM:
        with pytest.raises(Infeasible):
            solve(problem)
        return
    plan = planned(problem)
    assert plan.bound_km <= best + 0.01
    assert best <= plan.cost_km + 0.01


def test_an_island_without_a_host_is_a_reason_and_not_a_long_crossing():
    hosts = (a_host("h0", 42.0), a_host("s0", 40.0, 9.0, region="Sardegna"))
    bodies = (a_body("b0", 42.0), a_body("s1", 40.1, 9.1, region="Sardegna"))
    problem = a_problem(bodies=bodies, hosts=hosts, training_days=2)
    check(problem)
    out = with_rules(problem, excluded_hosts=frozenset({"s0"}))
    assert refusal(out) == ("no_host_on_land", {"codes": ["s1"], "count": 1})
    check(with_rules(out, excluded_hosts=frozenset({"s0"}), pinned={"s1": "h0"}))
    ferry = replace(out, bodies=(bodies[0], replace(bodies[1], region="Sicilia")))
    check(ferry)
