"""Small questions for the planner, with nothing in them that a test does not ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from services.scheduling.planner.problem import Body, Host, Problem, Trainer


def a_body(code: str = "b", latitude: float = 42.0, longitude: float = 12.0, **facts: Any) -> Body:
    facts.setdefault("region", "Lazio")
    return Body(code, f"Body {code}", latitude, longitude, **facts)


def a_host(code: str = "h", latitude: float = 42.0, longitude: float = 12.0, **facts: Any) -> Host:
    facts.setdefault("region", "Lazio")
    return Host(code, f"Host {code}", latitude, longitude, "RM", **facts)


def a_trainer(
    code: str = "t", *unavailable: date, latitude: float = 41.9, longitude: float = 12.5, **facts: Any
) -> Trainer:
    return Trainer(code, f"Trainer {code}", latitude, longitude, frozenset(unavailable), **facts)


def a_problem(**facts: Any) -> Problem:
    """Three bodies, four hosts, two trainers, one day in the autumn of 2017."""
    given: dict[str, Any] = {
        "bodies": tuple(a_body(f"b{n}", 42 + n / 10) for n in range(3)),
        "hosts": tuple(a_host(f"h{n}", 42 + n / 10, 12.1) for n in range(4)),
        "trainers": (a_trainer("t1"), a_trainer("t2")),
        "training_days": 1,
        "trainers_per_day": 2,
        "window_from": date(2017, 9, 4),
        "window_until": date(2017, 11, 30),
        "seconds": 5.0,
        "effort": 60,
    }
    return Problem(**{**given, **facts})


def a_scattered_problem(bodies: int, hosts: int, days: int, seed: int = 0, **facts: Any) -> Problem:
    """Bodies and hosts anywhere between Rome and Ancona, six trainers."""
    random = np.random.default_rng(seed)
    spots = random.uniform((41.5, 12.0), (43.5, 14.0), (bodies + hosts, 2)).tolist()
    largest = facts.pop("largest_demand", 1)
    demands = random.integers(1, largest + 1, bodies).tolist()
    return a_problem(
        bodies=tuple(
            a_body(f"b{n}", *spot, demand=demand)
            for n, (spot, demand) in enumerate(zip(spots[:bodies], demands, strict=True))
        ),
        hosts=tuple(a_host(f"h{n}", *spot) for n, spot in enumerate(spots[bodies:])),
        trainers=tuple(a_trainer(f"t{n}", latitude=41.5 + n / 3, longitude=12 + n / 3) for n in range(6)),
        training_days=days,
        **facts,
    )
