"""From the question to the terrain of the search: what each pair of a host and a body costs, under all the rules."""

from __future__ import annotations

import numpy as np

from services.scheduling.planner import travel
from services.scheduling.planner.arrays import Floats
from services.scheduling.planner.clashes import SHOWN
from services.scheduling.planner.ground import FORBIDDEN_KM, ground_between, ground_of, price_block
from services.scheduling.planner.problem import Host, Infeasible, Problem
from services.scheduling.planner.search import State
from services.scheduling.planner.sites import Sites
from services.scheduling.planner.terrain import MATRIX_PAIRS, Terrain
from services.scheduling.planner.wide import WideTerrain


def survey(problem: Problem, hosts: tuple[Host, ...], count: int) -> Terrain:
    """The terrain on which ``count`` of these hosts are to be chosen."""
    ground = ground_of(problem, hosts)
    between = ground_between(hosts, problem.detour, problem.seas)
    demand = np.array([body.demand for body in problem.bodies], dtype=np.int64)
    sites = conditions(problem, hosts, count)
    if len(hosts) * max(len(hosts), len(demand)) > MATRIX_PAIRS:
        return WideTerrain(ground, between, demand, sites)
    here, there = np.arange(len(hosts)), np.arange(len(demand))
    return Terrain(price_block(ground, here, there), price_block(between, here, here), demand, sites)


def paid(problem: Problem, hosts: tuple[Host, ...], state: State) -> tuple[Floats, float, float]:
    """The trip of each body in km, and what the plan pays beside them for unfairness and for moves."""
    trips = np.empty(len(state.place))
    for slot, j in enumerate(state.chosen):
        guests = np.flatnonzero(state.place == slot)
        trips[guests] = travel.between([hosts[j]], [problem.bodies[i] for i in guests], problem.detour, problem.seas)[0]
    rules = problem.rules
    unfair = rules.fairness * float(np.maximum(trips - rules.fair_km, 0.0).sum())
    homes = [hosts[j].code for j in state.chosen[state.place]]
    moved = sum(rules.previous.get(body.code, home) != home for body, home in zip(problem.bodies, homes, strict=True))
    return trips, unfair, rules.stay_km * moved


def conditions(problem: Problem, hosts: tuple[Host, ...], count: int) -> Sites:
    """What the rules demand of the choice of hosts."""
    rules = problem.rules
    regions = sorted({host.region for host in hosts} | rules.least_in_region.keys())
    return Sites(
        seats=np.array([problem.seats(host) for host in hosts], dtype=np.int64),
        count=count,
        must=np.array([host.code in rules.open_hosts for host in hosts], dtype=np.bool_),
        region=np.array([regions.index(host.region) for host in hosts], dtype=np.int64),
        least=np.array([rules.least_in_region.get(region, 0) for region in regions], dtype=np.int64),
    )


def refuse_what_rules_forbid(problem: Problem, hosts: tuple[Host, ...], terrain: Terrain, state: State) -> None:
    """Raise ``Infeasible`` when even the best state sends somebody where they may not go, or drops a demanded day."""
    bodies = np.arange(len(state.place))
    astray = bodies[terrain.pairs(state.chosen[state.place], bodies) >= FORBIDDEN_KM]
    if len(astray):
        codes = [problem.bodies[i].code for i in astray]
        raise Infeasible("no_seat_where_allowed", codes=codes[:SHOWN], count=len(codes))
    if not terrain.sites.allow(state.chosen):
        held = {hosts[j].code for j in state.chosen}
        raise Infeasible("nobody_for_a_demanded_day", codes=sorted(problem.rules.open_hosts - held)[:SHOWN])
