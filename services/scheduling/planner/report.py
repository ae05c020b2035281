"""The figures by which a plan is judged, computed from the plan and the question alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.scheduling.planner import travel
from services.scheduling.planner.parts import whole
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Body, Host, Problem


@dataclass(frozen=True)
class Region:
    """How the bodies of a region fare: how many they are, their delegates, and their travel in km."""

    region: str
    bodies: int
    delegates: int
    mean_km: float
    longest_km: float
    days_held: int


@dataclass(frozen=True)
class Report:
    """Quality of a plan. ``trips`` is the travel of each body by its code; ``trainers`` counts training days taught.

    The longest trip is told of bodies on islands apart: theirs is another matter, and a webinar its alternative.
    """

    cost_km: float
    bound_km: float
    gap: float
    mean_km: float
    longest_km: float
    mainland_longest_km: float | None
    islands_longest_km: float | None
    trips: dict[str, float]
    regions: tuple[Region, ...]
    trainers: dict[str, int]
    trainers_km: float


def trips(problem: Problem, plan: Plan) -> dict[str, float]:
    """The travel of each body to its training day, in km."""
    bodies = {body.code: body for body in problem.bodies}
    hosts = {host.code: host for host in problem.hosts}
    found: dict[str, float] = {}
    for day in plan.days:
        guests = [bodies[code] for code in day.body_codes]
        km = travel.between([hosts[day.host_code]], guests, problem.detour, problem.seas)[0]
        found.update(zip(day.body_codes, map(float, km), strict=True))
    return found


def report(problem: Problem, plan: Plan) -> Report:
    """All figures of a plan."""
    km = trips(problem, plan)
    hosts = {host.code: host for host in problem.hosts}
    homes = {trainer.id: trainer for trainer in problem.trainers}
    held = [hosts[day.host_code].region for day in plan.days]
    islanders = beyond_water(problem)
    inhabitants: dict[str, list[Body]] = {}
    for body in problem.bodies:
        inhabitants.setdefault(body.region, []).append(body)
    regions = []
    for region, bodies in sorted(inhabitants.items()):
        own = [km[body.code] for body in bodies]
        delegates, many = sum(body.demand for body in bodies), len({whole(body.code) for body in bodies})
        regions.append(Region(region, many, delegates, sum(own) / len(own), max(own), days_held=held.count(region)))
    teams = [(day, [homes[code] for code in day.trainer_ids]) for day in plan.days]
    taught = Counter(code for day in plan.days for code in day.trainer_ids)
    distance = sum(
        float(travel.homeward(team, [hosts[day.host_code]], problem.detour).sum()) for day, team in teams if team
    )
    return Report(
        cost_km=plan.cost_km,
        bound_km=plan.bound_km,
        gap=plan.gap,
        mean_km=plan.mean_km,
        longest_km=plan.longest_km,
        mainland_longest_km=max((trip for code, trip in km.items() if code not in islanders), default=None),
        islands_longest_km=max((trip for code, trip in km.items() if code in islanders), default=None),
        trips=km,
        regions=tuple(regions),
        trainers={code: taught[code] for code in homes},
        trainers_km=distance,
    )


def beyond_water(problem: Problem) -> set[str]:
    """The bodies on a small island, or on a land that is not the mainland, by their codes."""
    seas = problem.seas
    islands = travel.island_numbers(problem.bodies, seas)
    return {
        body.code
        for body, island in zip(problem.bodies, islands, strict=True)
        if island or seas.land(body.region) != seas.mainland
    }


def across_water(problem: Problem, plan: Plan, km: Mapping[str, float]) -> list[tuple[Body, Host]]:
    """The bodies that must take a boat to their training day, the longest trip first; ``km`` are the trips of all."""
    seas = problem.seas
    places: tuple[Body | Host, ...] = (*problem.hosts, *problem.bodies)
    islands = travel.island_numbers(places, seas)
    shores = {place.code: (seas.land(place.region), int(island)) for place, island in zip(places, islands, strict=True)}
    bodies = {body.code: body for body in problem.bodies}
    hosts = {host.code: host for host in problem.hosts}
    pairs = [(bodies[code], hosts[day.host_code]) for day in plan.days for code in day.body_codes]
    found = [(body, host) for body, host in pairs if shores[body.code] != shores[host.code]]
    return sorted(found, key=lambda pair: (-km[pair[0].code], pair[0].code))


def engagements(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """What each trainer does: days and webinars in the order of time, and the kilometres from home."""
    names = {trainer.id: trainer for trainer in problem.trainers}
    hosts = {host.code: host for host in problem.hosts}
    work: dict[str, list[tuple[str, str, int, str]]] = {}
    km: Counter[str] = Counter()
    for day in plan.days:
        for who in day.trainer_ids:
            work.setdefault(who, []).append(
                (day.date.isoformat(), "training_day", day.number, hosts[day.host_code].name)
            )
            trip = travel.homeward([names[who]], [hosts[day.host_code]], problem.detour)
            km[who] += round(float(trip[0, 0]))
    for webinar in plan.webinars:
        work.setdefault(webinar.speaker_id, []).append(
            (webinar.date.isoformat(), "webinar", webinar.number, webinar.topic)
        )
    return [
        {
            "id": who,
            "name": names[who].name,
            "km": km[who],
            "engagements": [
                {"date": on, "kind": kind, "number": number, "what": what} for on, kind, number, what in sorted(rows)
            ],
        }
        for who, rows in sorted(work.items(), key=lambda item: names[item[0]].name)
    ]
