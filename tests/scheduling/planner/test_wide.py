"""Too many pairs for a matrix: the same answers, found by trees and lists, and the same rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.planner import travel
from services.scheduling.planner.bound import Bound
from services.scheduling.planner.carrying import carried_over
from services.scheduling.planner.certificate import proved_bound
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.spreading import assign_wide
from services.scheduling.planner.survey import FORBIDDEN_KM, survey
from services.scheduling.planner.verify import verify
from services.scheduling.planner.wide import WideTerrain
from tests.scheduling.planner.builders import a_body, a_host, a_problem, a_scattered_problem
from tests.scheduling.planner.test_assignment import network_optimum

RULED = Rules(
    pinned_hosts=frozenset({"h3"}),
    excluded_hosts=frozenset({"h5"}),
    pinned={"b0": "h1", "b1": "h1"},
    forbidden=frozenset({("b2", "h0"), ("b2", "h2"), ("b3", "h4")}),
    least_in_region={"Sardegna": 2},
    fair_km=40.0,
    fairness=2.0,
    previous={f"b{n}": f"h{n % 9}" for n in range(4, 20)} | {"b20": "gone"},
    stay_km=15.0,
)


@pytest.fixture
def wide(monkeypatch):
    """Every terrain is a wide one, however small."""
    monkeypatch.setattr("services.scheduling.planner.survey.MATRIX_PAIRS", 0)


def ruled(seed=0, bodies=60, hosts=20, days=6, **facts):
    """Two lands, an islet, and every rule."""
    problem = a_scattered_problem(bodies, hosts, days, seed, rules=RULED, **facts)
    places = tuple(
        replace(h, region=("Lazio", "Sardegna")[n % 3 == 0], island=("elba", None)[n % 7 > 0])
        for n, h in enumerate(problem.hosts)
    )
    guests = tuple(
        replace(b, region=("Lazio", "Sardegna")[n % 5 == 0], island=("elba", None)[n % 11 > 0])
        for n, b in enumerate(problem.bodies)
    )
    return replace(problem, hosts=places, bodies=guests)


def by_hand(problem, hosts):
    """The matrix of costs, rule by rule."""
    rules, trips = problem.rules, travel.between(hosts, problem.bodies, problem.detour, problem.seas)
    cost = trips + rules.fairness * np.maximum(0, trips - rules.fair_km)
    for (j, host), (i, body) in product(enumerate(hosts), enumerate(problem.bodies)):
        cost[j, i] += rules.stay_km * (rules.previous.get(body.code, host.code) != host.code)
        if rules.pinned.get(body.code, host.code) != host.code or (body.code, host.code) in rules.forbidden:
            cost[j, i] = FORBIDDEN_KM
    return cost


def both_terrains(problem, days, monkeypatch):
    plain = survey(problem, problem.hosts, days)
    monkeypatch.setattr("services.scheduling.planner.survey.MATRIX_PAIRS", 0)
    wide = survey(problem, problem.hosts, days)
    assert isinstance(wide, WideTerrain)
    assert not isinstance(plain, WideTerrain)
    return plain, wide


def test_a_pair_costs_what_travel_and_rules_say(monkeypatch):
    problem = ruled()
    plain, wide = both_terrains(problem, 6, monkeypatch)
    expected = by_hand(problem, problem.hosts)
    everybody = np.arange(len(problem.bodies))
    assert np.allclose(plain.cost, expected, rtol=0, atol=1e-9)
    assert (wide.block(np.arange(20)) == plain.cost).all()
    hosts = everybody % 20
    assert (wide.pairs(hosts, everybody) == plain.pairs(hosts, everybody)).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_wide_terrain_answers_like_a_matrix(seed, monkeypatch):
    problem = ruled(seed, bodies=150, hosts=90)
    plain, wide = both_terrains(problem, 6, monkeypatch)
    random = np.random.default_rng(seed)
    hosts = np.sort(random.choice(90, 30, replace=False))
    assert np.array_equal(plain.nearest(hosts, 7)[0], wide.nearest(hosts, 7)[0])
    assert np.array_equal(plain.nearest(hosts, 7)[1], wide.nearest(hosts, 7)[1])
    assert np.array_equal(plain.nearest(hosts, 99)[1], wide.nearest(hosts, 99)[1])
    assert np.array_equal(plain.around(int(hosts[0]), hosts), wide.around(int(hosts[0]), hosts))
    assert np.array_equal(plain.neighbours(hosts[:5], 12), wide.neighbours(hosts[:5], 12))
    assert np.array_equal(plain.distances(hosts), wide.distances(hosts))
    offer = random.uniform(-50, 300, 150)
    start, listed, costs, floor = wide.lists(offer, 10.0)
    for j in range(90):
        near = np.flatnonzero(plain.cost[j] < offer + 10.0)
        assert listed[start[j] : start[j + 1]].tolist() == near.tolist()
        assert np.allclose(costs[start[j] : start[j + 1]], plain.cost[j, near], rtol=1e-6)
        others = np.delete(plain.cost[j] - offer, near)
        assert len(others) == 0 or floor[j] <= others.min() + 1e-9


@pytest.mark.parametrize("largest", [1, 5])
def test_the_bound_rises_as_with_a_matrix(largest, monkeypatch):
    problem = ruled(bodies=120, hosts=40, largest_demand=largest, day_capacity=30 * largest)
    bounds = []
    for terrain in both_terrains(problem, 6, monkeypatch):
        bound = Bound(terrain, np.full(120, 60.0))
        for _ in range(150):
            bound.improve(9000.0)
        bounds.append(bound.best)
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), slack=st.sampled_from([0, 1, 5]), largest=st.sampled_from([1, 1, 4]))
def test_spreading_is_the_best_when_lists_are_long_and_seats_everybody_when_they_are_short(seed, slack, largest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.scheduling.planner.survey.MATRIX_PAIRS", 0)
        problem = a_scattered_problem(60, 12, 12, seed, largest_demand=largest)
        demand = sum(body.demand for body in problem.bodies)
        problem = replace(problem, day_capacity=-(-demand // 12) + slack)
        terrain = survey(problem, problem.hosts, 12)
        cost = terrain.block(np.arange(12)).T / terrain.demand[:, None]
        metres = np.round(cost * 1000).astype(np.int64).astype(float)
        best = network_optimum(metres, terrain.sites.seats, terrain.demand) / 1000
        for listed in (12, 2):
            patch.setattr("services.scheduling.planner.spreading.LISTED", listed)
            state = assign_wide(terrain, np.arange(12))
            if state is None:
                assert largest > 1
                continue
            load = np.bincount(state.place, weights=terrain.demand, minlength=12)
            assert (load <= terrain.sites.seats).all()
            assert state.cost == pytest.approx(terrain.pairs(state.place, np.arange(60)).sum())
            assert state.cost >= best - 1
            if listed == 12 and largest == 1:
                assert state.cost == pytest.approx(best, abs=1)


@pytest.mark.parametrize("seed", range(6))
def test_the_auditor_finds_the_bound_of_the_whole_matrix(seed):
    problem = ruled(seed, bodies=80, hosts=30, largest_demand=4, day_capacity=45)
    random = np.random.default_rng(seed)
    offers = {body.code: float(random.uniform(0, 250)) for body in problem.bodies}
    plan = replace(solve(replace(problem, effort=5)), offers=offers, crowds=(), further_proofs=(), case=None)
    excess = by_hand(problem, problem.hosts) - np.array(list(offers.values()))
    worth = {}
    for j, host in enumerate(problem.hosts):
        least = {0: 0.0}
        for i in np.flatnonzero(excess[j] < 0):
            filled = [(used + problem.bodies[i].demand, total + excess[j, i]) for used, total in least.items()]
            for used, total in filled:
                if used <= problem.seats(host):
                    least[used] = min(total, least.get(used, 0.0))
        worth[host.code] = min(least.values()) or excess[j].min()
    best = np.inf
    free = sorted((h.code for h in problem.hosts if h.code not in ("h1", "h3", "h5")), key=worth.__getitem__)
    region = {host.code: host.region for host in problem.hosts}
    for others in (
        free[:4],
        *([one, *free[:3]] for one in free),
        *([*pair, *free[:2]] for pair in combinations(free, 2)),
    ):
        chosen = {"h1", "h3", *others}
        if len(chosen) == 6 and sum(region[code] == "Sardegna" for code in chosen) >= 2:
            best = min(best, sum(worth[code] for code in chosen))
    assert proved_bound(problem, plan) == pytest.approx(sum(offers.values()) + best, abs=0.2)


def test_a_drawn_choice_takes_each_stretch_its_share():
    problem = a_scattered_problem(40, 40, 10, rules=Rules(pinned_hosts=frozenset({"h7"})))
    sites = survey(problem, problem.hosts, 10).sites
    share = np.full(40, 0.25 * 9 / 9.75)
    share[7] = 1.0
    drawn = sites.drawn(share, np.arange(40))
    assert len(drawn) == 10
    assert 7 in drawn
    rest = drawn[drawn != 7]
    assert np.diff(rest).min() >= 4
    assert np.diff(rest).max() <= 6


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("largest", [1, 3])
def test_every_rule_binds_on_a_wide_terrain(largest):
    problem = replace(ruled(largest_demand=largest, day_capacity=14 * largest), effort=150, seconds=60.0)
    plan = solve(problem)
    assert verify(problem, plan) == []
    homes = {code: day.host_code for day in plan.days for code in day.body_codes}
    assert (homes["b0"], homes["b1"]) == ("h1", "h1")
    assert homes["b2"] not in ("h0", "h2")
    assert homes["b3"] != "h4"
    held = {day.host_code for day in plan.days}
    assert "h3" in held
    assert "h5" not in held
    assert sum(host.code in held for host in problem.hosts if host.region == "Sardegna") >= 2
    assert plan.unfair_km > 0
    assert solve(problem) == plan


@pytest.mark.parametrize("seed", range(3))
def test_a_wide_plan_is_as_good_as_one_with_a_matrix(seed, monkeypatch):
    problem = replace(a_scattered_problem(300, 80, 12, seed, day_capacity=30), effort=400)
    plain = solve(problem)
    monkeypatch.setattr("services.scheduling.planner.survey.MATRIX_PAIRS", 0)
    wide = solve(problem)
    assert verify(problem, wide) == []
    assert wide.bound_km <= plain.cost_km + 0.1
    assert wide.cost_km <= plain.cost_km * 1.01


@pytest.mark.usefixtures("wide")
@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6), pins=st.integers(0, 2), fairness=st.sampled_from([0.0, 2.0]), least=st.integers(0, 2)
)
def test_the_optimum_lies_between_bound_and_cost_of_a_wide_plan(seed, pins, fairness, least):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.scheduling.planner.survey.MATRIX_PAIRS", 0)
        problem = a_scattered_problem(6, 5, 2, seed, day_capacity=4, effort=40)
        hosts = tuple(replace(host, region=("Lazio", "Marche")[n % 2]) for n, host in enumerate(problem.hosts))
        rules = Rules(
            pinned={f"b{n}": "h0" for n in range(pins)},
            forbidden=frozenset((f"b{n}", f"h{n % 4}") for n in range(2, 4)),
            least_in_region={"Marche": least},
            fairness=fairness,
            fair_km=40.0,
        )
        problem = replace(problem, hosts=hosts, rules=rules)
        cost, best = by_hand(problem, hosts), np.inf
        for chosen in combinations(range(5), 2):
            if sum(n % 2 for n in chosen) >= least and (pins == 0 or 0 in chosen):
                for places in product(chosen, repeat=6):
                    if set(places) == set(chosen) and max(np.bincount(places)) <= 4:
                        best = min(best, cost[list(places), np.arange(6)].sum())
        if best >= FORBIDDEN_KM:
            with pytest.raises(Infeasible):
                solve(problem)
            return
        plan = solve(problem)
        assert verify(problem, plan) == []
        assert plan.bound_km <= best + 0.01
        assert best <= plan.cost_km + 0.01


@pytest.mark.usefixtures("wide")
def test_rooms_of_different_sizes_and_an_idle_host_are_no_trouble_on_a_wide_terrain():
    bodies = tuple(a_body(f"b{n}", 42 + n / 50, demand=1 + n % 6) for n in range(40))
    hosts = tuple(a_host(f"h{n}", 42 + n / 12, 12.3, capacity=(10, 20, 28)[n % 3]) for n in range(12))
    tight = a_problem(bodies=bodies, hosts=hosts, training_days=7)
    assert verify(tight, solve(tight)) == []
    nearly = a_scattered_problem(20, 30, 18, effort=300)
    plan = solve(nearly)
    assert verify(nearly, plan) == []
    assert len(plan.days) == 18


@pytest.mark.usefixtures("wide")
def test_an_island_is_served_from_itself_while_it_has_seats():
    island = tuple(a_body(f"s{n}", 40 + n / 50, 9.0, region="Sardegna") for n in range(30))
    mainland = tuple(a_body(f"m{n}", 42 + n / 50, 12.0) for n in range(30))
    hosts = (a_host("sardinia", 39.5, 9.0, region="Sardegna"), *(a_host(f"h{n}", 42 + n / 10) for n in range(9)))
    problem = a_problem(bodies=island + mainland, hosts=hosts, training_days=3, day_capacity=25)
    plan = solve(problem)
    assert verify(problem, plan) == []
    there = {day.host_code: day.body_codes for day in plan.days}["sardinia"]
    assert len(there) == 25
    assert all(code.startswith("s") for code in there)


@pytest.mark.usefixtures("wide")
def test_a_previous_plan_is_carried_over_and_newcomers_find_a_seat():
    problem = a_scattered_problem(40, 15, 5, day_capacity=12, effort=20)
    homes = {code: day.host_code for day in solve(problem).days for code in day.body_codes}
    before = {code: home for code, home in homes.items() if code not in ("b1", "b2")}
    problem = replace(problem, rules=Rules(previous=before, stay_km=500.0))
    state = carried_over(problem, problem.hosts, survey(problem, problem.hosts, 5))
    assert state is not None
    now = {b.code: problem.hosts[state.chosen[k]].code for b, k in zip(problem.bodies, state.place, strict=True)}
    assert {code: now[code] for code in before} == before
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert plan.moved_km == 0
