"""Questions to measure the planner with: the national programme, all municipalities, and those of the literature."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from services.scheduling.planner.clashes import usable_hosts
from services.scheduling.planner.hosts import greedy
from services.scheduling.planner.problem import Body, Host, Problem, Trainer
from services.scheduling.planner.search import State, assign
from services.scheduling.planner.sites import Sites
from services.scheduling.planner.spreading import assign_wide
from services.scheduling.planner.survey import survey
from services.scheduling.planner.terrain import Terrain
from services.scheduling.planner.wide import WideTerrain

REGISTRY = Path(__file__).parents[2] / "seeds" / "municipalities.csv"
TOPICS = {f"topic-{number:02}": 900 - 31 * number for number in range(24)}


def _rows() -> list[dict[str, str]]:
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["population"]]


def national(kind: str, seconds: float, seed: int) -> Problem:
    """Every municipality that may join, hosts from 15,000 inhabitants on, 50 days, 20 trainers in large cities."""
    rows = _rows()
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


def every_comune(seconds: float, seed: int) -> Problem:
    """All municipalities, invited or not, on 150 days."""
    plain = national("unit", seconds, seed)
    bodies = tuple(
        Body(row["code"], row["name"], float(row["latitude"]), float(row["longitude"]), row["region"])
        for row in _rows()
    )
    return replace(plain, bodies=bodies, training_days=150)


def on_greedy_hosts(problem: Problem) -> State:
    """The yardstick: greedy hosts with an assignment; where those cannot be found, every so many of the hosts in turn.

    ``chosen`` counts the usable hosts.
    """
    terrain = survey(problem, usable_hosts(problem), problem.training_days)
    sites = terrain.sites
    if isinstance(terrain, WideTerrain):
        state = assign_wide(terrain, sites.drawn(np.ones(len(sites.seats)), terrain.order))
    else:
        state = assign(terrain, greedy(terrain.cost, sites.count, sites.must, sites.region, sites.least))
    if state is None:
        raise SystemExit("the yardstick's hosts cannot seat everybody")
    return state


@dataclass(frozen=True)
class Published:
    """An instance of the capacitated p-median problem from the literature, and the best cost known for it."""

    name: str
    terrain: Terrain
    best_known: float


BEST_KNOWN = {
    "cpmp01": 713.0,
    "cpmp11": 1006.0,
    "SJC1": 17288.99,
    "SJC2": 33270.94,
    "SJC3a": 45335.16,
    "lin318_015": 88901.56,
    "lin318_040": 47988.38,
    "u724_030": 95034.01,
    "ali535_025": 3695.15,
    "pr2392_075": 1092294.02,
    "p3038_700": 109670.52,
}
"""From the collection github.com/albuquef/benchmark_cpmp; that of pr2392_075 has been improved upon here."""


def published(folder: Path, name: str) -> Published:
    """Read ``name.txt`` or ``name.dat``: n and p, then x, y, capacity and demand a line; every node may be a host."""
    (file,) = (path for path in folder.iterdir() if path.stem == name)
    numbers = np.array(file.read_text(encoding="utf-8").split(), dtype=np.float64)
    count, nodes = int(numbers[1]), numbers[2:].reshape(int(numbers[0]), 4)
    across = nodes[:, None, :2] - nodes[None, :, :2]
    cost = np.sqrt((across**2).sum(axis=2))
    if name.startswith("cpmp"):
        cost = np.floor(cost)
    sites = Sites.free(nodes[:, 2].astype(np.int64), count)
    return Published(name, Terrain(cost, cost, nodes[:, 3].astype(np.int64), sites), BEST_KNOWN[name])
