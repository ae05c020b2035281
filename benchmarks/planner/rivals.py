"""The planner, HiGHS and CP-SAT on the same question for the same time, in one process, one thread each.

The questions are parts of the national one: the bodies of the north-east on seven days, small enough for the rivals to
end with, and those of the whole north; and of the literature, where its files are there, one of 200 bodies of different
size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from benchmarks.planner.instances import national
from services.scheduling.planner.clashes import usable_hosts
from services.scheduling.planner.siting import Budget, site
from services.scheduling.planner.survey import survey
from services.scheduling.planner.terrain import Terrain

NORTH_EAST = ("Veneto", "Friuli-Venezia Giulia")
NORTH = (*NORTH_EAST, "Lombardia", "Piemonte", "Emilia-Romagna", "Liguria", "Trentino-Alto Adige/Südtirol")
QUESTIONS = {"north-east": (NORTH_EAST, 7), "north": (NORTH, 25)}
"""Regions, and days."""
OF_THE_LITERATURE = "SJC2"
SECONDS = 20.0
METRES = 1000

Found = dict[str, float | None]


def part_of_the_country(name: str) -> Terrain:
    """The terrain of one of the questions."""
    regions, days = QUESTIONS[name]
    whole = national("unit", SECONDS, 0)
    part = replace(
        whole,
        bodies=tuple(body for body in whole.bodies if body.region in regions),
        hosts=tuple(host for host in whole.hosts if host.region in regions),
        training_days=days,
    )
    return survey(part, usable_hosts(part), days)


def compared(clock: Callable[[], float], terrain: Terrain) -> dict[str, Found]:
    """Cost and bound of each on this question, in km; None where there is none."""
    began = clock()
    budget = Budget(lambda: (clock() - began) / SECONDS, lambda: False)
    own = site(terrain, budget, lambda share, cost, bound, state: None)
    return {
        "planner": {"cost": own.state.cost, "bound": own.bound, "seconds": clock() - began},
        "HiGHS": by_highs(terrain),
        "CP-SAT": by_cp_sat(terrain),
    }


def by_highs(terrain: Terrain) -> Found:
    """The strong model: nobody goes to a closed host, nobody stands."""
    solver = pywraplp.Solver.CreateSolver("HIGHS")
    hosts, bodies = terrain.cost.shape
    opened = [solver.BoolVar("") for _ in range(hosts)]
    whole = bool(terrain.demand.max() > 1)
    goes = [[solver.Var(0, 1, whole, "") for _ in range(bodies)] for _ in range(hosts)]
    for i in range(bodies):
        solver.Add(solver.Sum([goes[j][i] for j in range(hosts)]) == 1)
    for j in range(hosts):
        for i in range(bodies):
            solver.Add(goes[j][i] <= opened[j])
        taken = solver.Sum([int(terrain.demand[i]) * goes[j][i] for i in range(bodies)])
        solver.Add(taken <= int(terrain.sites.seats[j]) * opened[j])
    solver.Add(solver.Sum(opened) == terrain.sites.count)
    solver.Minimize(solver.Sum([float(terrain.cost[j, i]) * goes[j][i] for j in range(hosts) for i in range(bodies)]))
    solver.SetTimeLimit(int(SECONDS * 1000))
    found = solver.Solve() in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE)
    bound = solver.Objective().BestBound()
    return {
        "cost": solver.Objective().Value() if found else None,
        "bound": bound if np.isfinite(bound) else None,
        "seconds": solver.wall_time() / 1000,
    }


def by_cp_sat(terrain: Terrain) -> Found:
    """The same in whole metres."""
    model = cp_model.CpModel()
    hosts, bodies = terrain.cost.shape
    opened = [model.new_bool_var("") for _ in range(hosts)]
    goes = [[model.new_bool_var("") for _ in range(bodies)] for _ in range(hosts)]
    for i in range(bodies):
        model.add_exactly_one(goes[j][i] for j in range(hosts))
    for j in range(hosts):
        for i in range(bodies):
            model.add_implication(goes[j][i], opened[j])
        model.add(sum(int(terrain.demand[i]) * goes[j][i] for i in range(bodies)) <= int(terrain.sites.seats[j]))
    model.add(sum(opened) == terrain.sites.count)
    metres = np.round(terrain.cost * METRES).astype(np.int64)
    model.minimize(sum(int(metres[j, i]) * goes[j][i] for j in range(hosts) for i in range(bodies)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SECONDS
    found = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "cost": solver.objective_value / METRES if found else None,
        "bound": solver.best_objective_bound / METRES,
        "seconds": solver.wall_time,
    }
