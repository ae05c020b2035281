"""A host cancels and a substitute is at hand: who else moves, how many more kilometres, how long it takes."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.planner.instances import national
from services.scheduling.planner.carrying import substitute
from services.scheduling.planner.clashes import usable_hosts
from services.scheduling.planner.planning import solve
from services.scheduling.planner.survey import survey


def cancelled(seed: int) -> dict[str, float]:
    """For each host of a national plan in turn: the mean and the worst of what its substitute costs."""
    problem = national("unit", 10.0, seed)
    plan = solve(problem)
    hosts = usable_hosts(problem)
    terrain = survey(problem, hosts, problem.training_days)
    known = {host.code: j for j, host in enumerate(hosts)}
    places = {body.code: i for i, body in enumerate(problem.bodies)}
    chosen = np.array([known[day.host_code] for day in plan.days])
    extra, seconds = [], []
    for day in plan.days:
        guests = np.array([places[code] for code in day.body_codes])
        began = time.perf_counter()
        host = substitute(terrain, chosen, guests)
        seconds.append(time.perf_counter() - began)
        if host is None:
            raise SystemExit(f"no host has the seats of {day.host_code}")
        change = terrain.block(np.array([host, known[day.host_code]]), guests).sum(axis=1)
        extra.append(float(change[0] - change[1]) / plan.cost_km)
    return {
        "moved": 0,
        "mean_extra": round(float(np.mean(extra)), 6),
        "worst_extra": round(max(extra), 6),
        "worst_seconds": round(max(seconds), 4),
    }
