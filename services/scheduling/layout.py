"""A plan is laid out once for all who will look at it: each body is a row, and a digest has the rest.

The digest is the question and the plan without their bodies, and the figures and lists that need these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling.models import PlanDigest, PlannedBody
from services.scheduling.planner.parts import whole
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Body, Problem
from services.scheduling.planner.report import Region, Report, across_water, engagements, report
from services.scheduling.strides import batches, strides

ACROSS_WATER = 50
"""So many trips by boat are told with the plan; all are found among its bodies."""


def lay_out(session: Session, run_id: UUID, problem: Problem, plan: Plan) -> None:
    """Write the digest of a plan that has been kept, and the rows of its bodies."""
    tally = _Tally(problem, plan)
    for rows in batches(tally.rows(run_id)):
        session.execute(sa.insert(PlannedBody.__table__), rows)  # type: ignore[arg-type]
    digest = {
        "question": tally.bare.to_json(),
        "plan": replace(plan.without_proof(), days=tuple(replace(day, body_codes=()) for day in plan.days)).to_json(),
        "told": tally.told(),
    }
    session.execute(sa.insert(PlanDigest).values(run_id=run_id, digest=digest))


class _Tally:
    """Goes through a plan a day at a time, and adds up what is told of the whole."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.bare = replace(problem, bodies=(), rules=replace(problem.rules, pinned={}, previous={}))
        self.made: list[Report] = []
        self.across: list[dict[str, Any]] = []
        self.regions: dict[str, list[tuple[Body, float]]] = {}

    def rows(self, run_id: UUID) -> Iterator[dict[str, Any]]:
        """What is kept of each body."""
        bodies = {body.code: body for body in strides(self.problem.bodies)}
        hosts = {host.code: host for host in self.problem.hosts}
        teams = {trainer.id: trainer for trainer in self.problem.trainers}
        position = 0
        for day in strides(self.plan.days):
            guests = sorted((bodies[code] for code in day.body_codes), key=lambda body: (body.name, body.code))
            host = hosts[day.host_code]
            team = tuple(teams[who] for who in day.trainer_ids)
            alone = replace(self.bare, bodies=tuple(guests), hosts=(host,), trainers=team)
            only = replace(self.plan, days=(day,), webinars=())
            made = report(alone, only)
            by_boat = {body.code for body, _ in across_water(alone, only, made.trips)}
            self.made.append(made)
            for body in guests:
                position += 1
                km = made.trips[body.code]
                if body.code in by_boat:
                    told = {"code": whole(body.code), "name": body.name, "host_name": hosts[day.host_code].name}
                    self.across.append({**told, "km": round(km, 1)})
                self.regions.setdefault(body.region, []).append((body, km))
                yield {
                    "run_id": run_id,
                    "position": position,
                    "code": body.code,
                    "body_code": whole(body.code),
                    **{name: getattr(body, name) for name in ("name", "region", "latitude", "longitude", "island")},
                    "delegates": body.demand,
                    "day": day.number,
                    "host_code": day.host_code,
                    "host_name": hosts[day.host_code].name,
                    "km": km,
                    "by_boat": body.code in by_boat,
                    "pinned_to": self.problem.rules.pinned.get(body.code),
                }

    def told(self) -> dict[str, Any]:
        """The figures and lists, when all rows have been taken."""
        trips = [km for made in self.made for km in made.trips.values()]
        return {
            "bodies": len({whole(body.code) for body in strides(self.problem.bodies)}),
            "travel_km": sum(trips),
            "beyond_fair": sum(km > self.problem.rules.fair_km for km in trips),
            "by_boat": len(self.across),
            "across_water": sorted(self.across, key=lambda one: (-one["km"], one["code"]))[:ACROSS_WATER],
            **{
                name: max((km for made in self.made if (km := getattr(made, name)) is not None), default=None)
                for name in ("mainland_longest_km", "islands_longest_km")
            },
            "trainers_km": sum(made.trainers_km for made in self.made),
            "regions": [vars(self._region(name)) for name in strides(sorted(self.regions))],
            "trainers": engagements(self.bare, self.plan),
            "guests": {str(day.number): len(day.body_codes) for day in self.plan.days},
        }

    def _region(self, name: str) -> Region:
        hosts = {host.code: host.region for host in self.problem.hosts}
        own = self.regions[name]
        km = [trip for _, trip in own]
        return Region(
            region=name,
            bodies=len({whole(body.code) for body, _ in own}),
            delegates=sum(body.demand for body, _ in own),
            mean_km=sum(km) / len(km),
            longest_km=max(km),
            days_held=sum(hosts[day.host_code] == name for day in self.plan.days),
        )
