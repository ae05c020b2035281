"""A host cancels and a substitute is at hand: who else moves, how many more kilometres, how long it takes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from benchmarks.planner.instances import national
from services.scheduling.planner.carrying import carried_over
from services.scheduling.planner.clashes import usable_hosts
from services.scheduling.planner.planning import solve
from services.scheduling.planner.problem import Problem
from services.scheduling.planner.survey import paid, survey
from services.scheduling.steering import REPAIR_STAY_KM

AIM = 0.0015
"""How much more travel is good enough."""
AT_HAND_KM = 8.0
"""By road: in the next town. Whose next town is far has no good substitute, whoever looks for one."""


def cancelled(seed: int) -> dict[str, float]:
    """Each host of a national plan cancels in turn. Bodies that move are counted: its own guests, and the others.

    The question is the one that a repair puts, and the seconds are those of its answer: the hosts and places that the
    run starts from, which only the calendar changes when the bound proves them the best.
    """
    problem = national("unit", 10.0, seed)
    plan = solve(problem)
    places = {code: day.host_code for day in plan.days for code in day.body_codes}
    hosts = usable_hosts(problem)
    chosen = np.array([host.code in places.values() for host in hosts])
    apart = survey(problem, hosts, problem.training_days).distances(np.flatnonzero(chosen))[:, ~chosen].min(axis=1)
    nearest = dict(zip((host.code for host, open_ in zip(hosts, chosen, strict=True) if open_), apart, strict=True))
    moved, extra, at_hand, seconds, without = [], [], [], [], 0
    for day in plan.days:
        found = _repaired(problem, places, day.host_code)
        if found is None:
            without += 1
            continue
        after, km, took = found
        moved.append(sum(places[code] not in (after[code], day.host_code) for code in places))
        extra.append((km - plan.cost_km) / plan.cost_km)
        at_hand.append(bool(nearest[day.host_code] <= AT_HAND_KM))
        seconds.append(took)
    near = [more for more, close in zip(extra, at_hand, strict=True) if close]
    return {
        "cancelled": len(plan.days),
        "without_substitute": without,
        "moved": max(moved),
        "mean_extra": round(float(np.mean(extra)), 6),
        "worst_extra": round(max(extra), 6),
        "above_aim": sum(more > AIM for more in extra),
        "at_hand": len(near),
        "worst_extra_at_hand": round(max(near, default=0.0), 6),
        "above_aim_at_hand": sum(more > AIM for more in near),
        "worst_seconds": round(max(seconds), 4),
    }


def _repaired(problem: Problem, places: Mapping[str, str], gone: str) -> tuple[dict[str, str], float, float] | None:
    """Where everybody goes then, the kilometres of all, and the processor's seconds from the terrain to the answer."""
    rules = replace(
        problem.rules,
        pinned_hosts=frozenset(places.values()) - {gone},
        excluded_hosts=frozenset({gone}),
        previous=places,
        stay_km=REPAIR_STAY_KM,
    )
    asked = replace(problem, rules=rules)
    hosts = usable_hosts(asked)
    terrain = survey(asked, hosts, problem.training_days)
    began = time.process_time()
    state = carried_over(asked, hosts, terrain)
    took = time.process_time() - began
    if state is None:
        return None
    homes = [hosts[j].code for j in state.chosen[state.place]]
    trips, _, _ = paid(asked, hosts, state)
    return {body.code: home for body, home in zip(problem.bodies, homes, strict=True)}, float(trips.sum()), took
