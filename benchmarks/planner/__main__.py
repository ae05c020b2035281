"""The planner's gaps against its aims: ``python -m benchmarks.planner [work ...] [--seeds 0 1] [--published DIR]``.

A work is a question, a number of seconds and an aim: a gap to the proved bound, or to the best cost known. Without
names all works are measured, those of the literature if their files are there. ``--processor`` counts seconds of the
processor instead of the clock's, for machines that have other things to do. The yardstick of the national works is
greedy hosts with an assignment, in the same process; the rivals are HiGHS and CP-SAT (``rivals``), as long as the
planner, on what they can take. The last line is JSON: the worst gap of each work.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.planner.instances import BEST_KNOWN, every_comune, national, on_greedy_hosts, published
from benchmarks.planner.repair import cancelled
from benchmarks.planner.rivals import OF_THE_LITERATURE, QUESTIONS, compared, part_of_the_country
from benchmarks.planner.towns import continent
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Problem
from services.scheduling.planner.siting import Budget, site
from services.scheduling.planner.verify import verify

Clock = Callable[[], float]


@dataclass(frozen=True)
class Work:
    """``seconds`` for a question, and the largest gap that is good enough."""

    name: str
    seconds: float
    aim: float
    question: Callable[[float, int], Problem] | None = None


WORKS = (
    Work("national", 2, 0.01, lambda seconds, seed: national("unit", seconds, seed)),
    Work("national", 10, 0.004, lambda seconds, seed: national("unit", seconds, seed)),
    Work("national", 60, 0.001, lambda seconds, seed: national("unit", seconds, seed)),
    Work("demands", 30, 0.005, lambda seconds, seed: national("general", seconds, seed)),
    Work("every-comune", 10, 0.005, every_comune),
    Work("continent", 120, 0.02, lambda seconds, seed: continent(100_000, 2_000, seconds, seed)),
    *(Work(name, 10, 1e-5) for name in ("SJC1", "SJC2", "SJC3a", "cpmp01", "cpmp11", "lin318_015", "lin318_040")),
    *(Work(name, 60, 0.001) for name in ("u724_030", "ali535_025", "pr2392_075")),
    Work("p3038_700", 60, 0.003),
)


def planned(work: Work, question: Callable[[float, int], Problem], seed: int, clock: Clock) -> dict[str, float]:
    """One whole plan, calendar and all, with the gap that it proves."""
    problem = question(work.seconds, seed)
    began, beganhere = time.perf_counter(), clock()
    plan = solve(problem, clock=clock)
    took = clock() - beganhere
    faults = verify(problem, plan)
    if faults:
        raise SystemExit(f"{work.name}: {faults}")
    ratio = plan.cost_km / on_greedy_hosts(problem).cost
    waited = time.perf_counter() - began
    return {
        "cost": plan.cost_km,
        "bound": plan.bound_km,
        "gap": plan.gap,
        "seconds": took,
        "waited": waited,
        "ratio": ratio,
    }


def sited(work: Work, folder: Path, seed: int, clock: Clock) -> dict[str, float]:
    """Hosts and places of an instance of the literature, with the gap to the best cost known."""
    instance = published(folder, work.name)
    began = clock()
    budget = Budget(lambda: (clock() - began) / work.seconds, lambda: False, seed)
    found = site(instance.terrain, budget, lambda share, cost, bound, state: None)
    cost = found.state.cost
    gap = max(0.0, cost / instance.best_known - 1)
    return {
        "cost": cost,
        "bound": found.bound,
        "gap": gap,
        "seconds": clock() - began,
        "proved": 1 - found.bound / cost,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", help="names of works, with or without their seconds: national national-10")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--published", type=Path, default=Path("benchmarks/published"))
    parser.add_argument("--processor", action="store_true")
    options = parser.parse_args()
    clock = time.process_time if options.processor else time.monotonic

    def wanted(*names: str) -> bool:
        return not options.works or any(name in options.works for name in names)

    began = time.perf_counter()
    solve(national("general", 1.0, 0), clock=clock)
    warming = time.perf_counter() - began
    print(f"warming up (compiling when the cache is empty): {warming:.1f} s; load {os.getloadavg()[0]:.1f}")
    worst: dict[str, object] = {}
    for work in WORKS:
        name = f"{work.name}-{work.seconds:g}s"
        there = work.question is not None or any(options.published.glob(f"{work.name}.*"))
        if not there or not wanted(work.name, name):
            continue
        gaps = []
        for seed in options.seeds:
            if work.question is not None:
                figures = planned(work, work.question, seed, clock)
            else:
                figures = sited(work, options.published, seed, clock)
            gaps.append(figures["gap"])
            others = ", ".join(f"{key} {value:,.4g}" for key, value in figures.items() if key not in ("gap", "cost"))
            print(f"  {name}, seed {seed}: gap {figures['gap']:.3%}, cost {figures['cost']:,.2f}, {others}", flush=True)
        worst[name] = {"gap": round(max(gaps), 6), "aim": work.aim, "met": bool(max(gaps) <= work.aim)}
        print(f"{name}: worst {max(gaps):.3%}, aim {work.aim:.3%}")
    if wanted("repair"):
        worst["repair"] = cancelled(options.seeds[0])
        print(f"a host cancels: {worst['repair']}")
    if wanted("rivals"):
        questions = {name: part_of_the_country(name) for name in QUESTIONS}
        if any(options.published.glob(f"{OF_THE_LITERATURE}.*")):
            questions[OF_THE_LITERATURE] = published(options.published, OF_THE_LITERATURE).terrain
        for question, terrain in questions.items():
            worst[f"rivals-{question}"] = compared(clock, terrain)
            print(f"rivals, {question}: {worst[f'rivals-{question}']}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    best_known = [name for name in BEST_KNOWN if any(options.published.glob(f"{name}.*"))]
    print(
        json.dumps({"warming_seconds": round(warming, 1), "memory_mb": memory, "published": best_known, "worst": worst})
    )


if __name__ == "__main__":
    main()
