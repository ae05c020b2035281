"""The national plan: proved gap and seconds, and its cost as a ratio of greedy hosts with an optimal assignment.

``python -m benchmarks.planner [--seconds 2 5 10] [--seeds 0]``; both kinds of demand: one delegate a body in rooms of
60, and one to six in rooms of 150. The yardstick runs in the same process on the same problem. The last line is JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import time
from datetime import date
from pathlib import Path

import numpy as np

from services.scheduling.planner.hosts import greedy
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Body, Host, Problem, Trainer
from services.scheduling.planner.search import assign
from services.scheduling.planner.survey import survey
from services.scheduling.planner.verify import verify
from services.scheduling.planner.verify_calendar import verify_calendar

REGISTRY = Path(__file__).parent.parent / "seeds" / "municipalities.csv"
TOPICS = {f"topic-{number:02}": 900 - 31 * number for number in range(24)}


def national(kind: str, seconds: float, seed: int) -> Problem:
    """Every municipality that may join, hosts from 15,000 inhabitants on, 50 days, 20 trainers in large cities."""
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["population"]]
    random = np.random.default_rng(2017)
    invited = [row for row in rows if 5_000 <= int(row["population"]) <= 150_000]
    demands = [1] * len(invited)
    if kind == "general":
        demands = random.choice(np.arange(1, 7), len(invited), p=[0.3, 0.25, 0.2, 0.13, 0.07, 0.05]).tolist()
    cities = sorted(rows, key=lambda row: -int(row["population"]))[:20]
    return Problem(
        bodies=tuple(
            Body(row["code"], row["name"], float(row["latitude"]), float(row["longitude"]), row["region"], demand)
            for row, demand in zip(invited, demands, strict=True)
        ),
        hosts=tuple(
            Host(
                code=row["code"],
                name=row["name"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                province=row["province"],
                region=row["region"],
            )
            for row in rows
            if int(row["population"]) >= 15_000
        ),
        trainers=tuple(
            Trainer(
                id=f"trainer-{number}",
                name=row["name"],
                latitude=float(row["latitude"]),
                longitude=float(row["longitude"]),
                unavailable=frozenset(date(2018, month, day) for month in (number % 7 + 1,) for day in range(1, 22)),
            )
            for number, row in enumerate(cities)
        ),
        training_days=50,
        trainers_per_day=2,
        window_from=date(2017, 7, 10),
        window_until=date(2018, 7, 13),
        webinars=20,
        topics=TOPICS,
        day_capacity=60 if kind == "unit" else 150,
        seconds=seconds,
        seed=seed,
    )


def yardstick(problem: Problem) -> tuple[float, float]:
    """Kilometres and seconds of greedy hosts with the optimal assignment."""
    began = time.perf_counter()
    terrain = survey(problem, problem.hosts, problem.training_days)
    sites = terrain.sites
    state = assign(terrain, greedy(terrain.cost, sites.count, sites.must, sites.region, sites.least))
    if state is None:
        raise SystemExit("the greedy hosts cannot seat everybody")
    return state.cost, time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, nargs="+", default=[2.0, 5.0, 10.0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    began = time.perf_counter()
    yardstick(national("unit", 1.0, 0))
    solve(national("unit", 1.0, 0))
    warming = time.perf_counter() - began
    print(f"warming up (compiling when the cache is empty): {warming:.1f} s")
    results = []
    for kind in ("unit", "general"):
        simple_km, simple_seconds = yardstick(national(kind, 1.0, 0))
        delegates = sum(body.demand for body in national(kind, 1.0, 0).bodies)
        print(f"{kind}: {delegates} delegates; greedy + assignment {simple_km:,.0f} km in {simple_seconds:.2f} s")
        for seconds in options.seconds:
            for seed in options.seeds:
                problem = national(kind, seconds, seed)
                began = time.perf_counter()
                plan = solve(problem)
                took = time.perf_counter() - began
                violations = [*verify(problem, plan), *verify_calendar(problem, plan)]
                results.append(
                    {
                        "kind": kind,
                        "budget": seconds,
                        "seed": seed,
                        "seconds": round(took, 2),
                        "cost_km": round(plan.cost_km),
                        "bound_km": round(plan.bound_km),
                        "gap": round(plan.gap, 5),
                        "ratio": round(plan.cost_km / simple_km, 4),
                        "violations": len(violations),
                    }
                )
                print(
                    f"  {seconds:g} s, seed {seed}: {plan.cost_km:,.0f} km, bound {plan.bound_km:,.0f}, "
                    f"gap {plan.gap:.2%}, {plan.cost_km / simple_km:.3f} of greedy, {took:.2f} s, "
                    f"longest {plan.longest_km:.0f} km, mean {plan.mean_km:.1f} km, {len(violations)} violations"
                )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"warming_seconds": round(warming, 1), "memory_mb": memory, "results": results}))


if __name__ == "__main__":
    main()
