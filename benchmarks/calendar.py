"""The calendar: seconds to a first timetable and to the proof, against plain CP-SAT without a hint, in the same run.

``python -m benchmarks.calendar [--seeds 0] [--seconds 30]``: the real registry's greedy hosts with invented wishes; 50
training days on 227 dates, 20 trainers who know a third of 60 topics and are away on half of the dates, 20 webinars.
The yardstick is the same model, all of it at once, without anything to begin from. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import replace
from threading import Event

import numpy as np

from benchmarks.planner.instances import national, on_greedy_hosts
from services.scheduling.planner import calendar
from services.scheduling.planner.calendar.construct import construct
from services.scheduling.planner.calendar.model import Whole
from services.scheduling.planner.calendar.question import Question
from services.scheduling.planner.clashes import usable_hosts

TOPICS = [f"topic-{number:02}" for number in range(60)]


def question(seed: int) -> Question:
    """One question of the size of the national programme."""
    plain = national("unit", 10.0, seed)
    random = np.random.default_rng(seed)
    rates = dict(zip(TOPICS, random.uniform(0.02, 0.25, len(TOPICS)), strict=True))
    dates = calendar.working_days(plain)
    bodies = tuple(
        replace(body, topics=frozenset(topic for topic, rate in rates.items() if random.random() < rate))
        for body in plain.bodies
    )
    problem = replace(
        plain,
        bodies=bodies,
        hosts=tuple(
            replace(host, closed_dates=frozenset(day for day in dates if random.random() < 0.3)) for host in plain.hosts
        ),
        trainers=tuple(
            replace(
                trainer,
                unavailable=frozenset(day for day in dates if random.random() < 0.45),
                skills=frozenset(topic for topic in TOPICS if random.random() < 0.3),
                most_days=11,
                most_a_week=2,
            )
            for trainer in plain.trainers
        ),
        topics=dict(Counter(topic for body in bodies for topic in body.topics)),
        days_per_week=3,
    )
    state = on_greedy_hosts(problem)
    usable = usable_hosts(problem)
    hosts = [usable[j] for j in state.chosen]
    guests = [[bodies[i] for i in np.flatnonzero(state.place == slot)] for slot in range(len(hosts))]
    return calendar.ask(problem, hosts, guests)


def plain(asked: Question, seconds: float) -> dict[str, float | None]:
    """CP-SAT on the whole model, without a hint: when it first has a timetable, its cost and bound in the end."""
    from ortools.sat.python import cp_model

    class First(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.at: float | None = None

        def on_solution_callback(self) -> None:
            self.at = self.wall_time if self.at is None else self.at

    whole = Whole(asked)
    whole.minimise(0)
    solver, first = cp_model.CpSolver(), First()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(whole.rules.cp, first)
    known = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "first_seconds": None if first.at is None else round(first.at, 2),
        "cost": round(solver.objective_value) if known else None,
        "bound": round(solver.best_objective_bound),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    calendar.load_solver()
    results = []
    for seed in options.seeds:
        asked = question(seed)
        began = time.perf_counter()
        first = construct(asked)
        constructed = time.perf_counter() - began
        table = calendar.make(asked, options.seconds, Event())
        took = time.perf_counter() - began
        simple = plain(asked, options.seconds)
        results.append(
            {
                "seed": seed,
                "dates": len(asked.dates),
                "first_seconds": round(constructed, 2),
                "first_cost": None if first is None else calendar.price(asked, first),
                "seconds": round(took, 2),
                "cost": table.price,
                "bound": table.bound,
                "proved": table.price == table.bound,
                "plain": simple,
            }
        )
        print(
            f"seed {seed}: first timetable in {constructed:.2f} s, cost {table.price} and bound {table.bound} in "
            f"{took:.1f} s; plain CP-SAT in {options.seconds:g} s: first at {simple['first_seconds']}, "
            f"cost {simple['cost']}, bound {simple['bound']}"
        )
    print(json.dumps({"results": results}))


if __name__ == "__main__":
    main()
