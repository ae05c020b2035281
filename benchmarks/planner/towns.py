"""A continent of invented towns, as many as one likes: clustered around cities as real ones are, with one large island.

100,000 bodies on 5 million square kilometres is about what the European Union has in municipalities.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.planner.instances import national
from services.scheduling.planner.problem import Body, Host, Problem, Trainer

SOUTH, NORTH, WEST, EAST = 37.0, 55.0, -9.0, 25.0
ISLAND = (39.0, 41.0, 30.0, 34.0)
"""South, north, west and east of the island, which nobody leaves while there is a seat on it."""
ISLAND_SHARE, LONELY_SHARE, HOST_SHARE = 0.02, 0.3, 0.1
BODIES_A_CITY = 250
BODIES_A_TRAINER = 250


def continent(bodies: int, days: int, seconds: float, seed: int, largest_demand: int = 1) -> Problem:
    """The largest tenth of the towns may be hosts; the same towns whatever the ``seed`` of the search."""
    random = np.random.default_rng(2017)
    cities = max(bodies // BODIES_A_CITY, 1)
    centres = random.uniform((SOUTH, WEST), (NORTH, EAST), (cities, 2))
    weights = 1.0 / np.arange(1, cities + 1) ** 0.6
    own = random.choice(cities, bodies, p=weights / weights.sum())
    degrees = np.exp(random.normal(-1.2, 0.9, bodies)) * (1 + weights[own])
    angle = random.uniform(0, 2 * np.pi, bodies)
    spots = centres[own] + np.column_stack((np.sin(angle), 1.5 * np.cos(angle))) * degrees[:, None]
    spots = np.clip(spots, (SOUTH, WEST), (NORTH, EAST))
    kind = random.random(bodies)
    lonely, islanders = kind < LONELY_SHARE, kind > 1 - ISLAND_SHARE
    spots[lonely] = random.uniform((SOUTH, WEST), (NORTH, EAST), (lonely.sum(), 2))
    spots[islanders] = random.uniform(ISLAND[::2], ISLAND[1::2], (islanders.sum(), 2))
    south, east = np.round(spots, 5).T.tolist()
    size = np.exp(random.normal(8.0, 1.2, bodies))
    hosts = np.sort(np.argsort(-size, kind="stable")[: max(int(HOST_SHARE * bodies), days)])
    demands = random.integers(1, largest_demand + 1, bodies).tolist()
    regions = [
        "Sardegna" if island else f"region {int(latitude - SOUTH) // 3}-{int(longitude - WEST) // 6}"
        for island, latitude, longitude in zip(islanders.tolist(), south, east, strict=True)
    ]
    codes, names = [f"{n:06}" for n in range(bodies)], [f"Town {n}" for n in range(bodies)]
    plain = national("unit", seconds, seed)
    teachers = random.choice(bodies, max(bodies // BODIES_A_TRAINER, 6), replace=False).tolist()
    return replace(
        plain,
        bodies=tuple(Body(codes[n], names[n], south[n], east[n], regions[n], demands[n]) for n in range(bodies)),
        hosts=tuple(Host(codes[n], names[n], south[n], east[n], regions[n], regions[n]) for n in hosts.tolist()),
        trainers=tuple(Trainer(f"trainer-{t}", names[n], south[n], east[n]) for t, n in enumerate(teachers)),
        training_days=days,
        trainers_per_day=2,
        day_capacity=int(np.ceil(1.2 * sum(demands) / days)),
        days_per_date=max(2, days // 100),
    )
