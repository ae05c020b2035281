"""The auditor: slow, obvious, and sharing no code with what makes plans. It believes only the question.

Used before a plan is stored: whatever the solvers do wrong, a plan that breaks a rule goes no further. Dates, trainers
and webinars have an auditor of their own, ``verify_calendar``.
"""

from __future__ import annotations

from collections import Counter
from math import asin, cos, radians, sin, sqrt

from services.scheduling.planner.certificate import violations_of_bound
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Body, Host, Problem

KM = 0.01


def verify(problem: Problem, plan: Plan) -> list[str]:
    """The rules that the plan violates, each as ``rule: what breaks it``; empty when it is good."""
    return [
        *_violations_of_seats(problem, plan),
        *_violations_of_rules(problem, plan),
        *_violations_of_figures(problem, plan),
        *violations_of_bound(problem, plan),
    ]


def _violations_of_seats(problem: Problem, plan: Plan) -> list[str]:
    found = []
    bodies = {body.code: body for body in problem.bodies}
    hosts = {host.code: host for host in problem.hosts}
    sent = Counter(code for day in plan.days for code in day.body_codes)
    found += [f"body_without_day: {code}" for code in bodies if sent[code] == 0]
    found += [f"body_on_several_days: {code}" for code, times in sent.items() if times > 1]
    found += [f"unknown_body: {code}" for code in sent if code not in bodies]
    used = Counter(day.host_code for day in plan.days)
    found += [f"host_used_twice: {code}" for code, times in used.items() if times > 1]
    for day in plan.days:
        if not day.body_codes:
            found.append(f"day_without_bodies: {day.number}")
        if day.host_code not in hosts:
            found.append(f"unknown_host: {day.host_code}")
            continue
        seated = sum(bodies[code].demand for code in day.body_codes if code in bodies)
        if seated != day.seated:
            found.append(f"wrong_count_of_seated: {day.number}")
        room = hosts[day.host_code].capacity
        if seated > problem.day_capacity or (room is not None and seated > room):
            found.append(f"more_delegates_than_seats: {day.number}")
    if len(plan.days) > problem.training_days:
        found.append("too_many_days")
    if len(plan.days) < problem.training_days and plan.fewer_days is None:
        found.append("fewer_days_without_a_reason")
    if [day.number for day in plan.days] != list(range(1, len(plan.days) + 1)):
        found.append("days_not_numbered")
    return found


def _violations_of_rules(problem: Problem, plan: Plan) -> list[str]:
    rules = problem.rules
    held = {day.host_code for day in plan.days}
    regions = Counter(host.region for host in problem.hosts if host.code in held)
    found = [f"pinned_host_without_day: {code}" for code in sorted(rules.pinned_hosts - held)]
    found += [f"excluded_host_used: {code}" for code in sorted(rules.excluded_hosts & held)]
    found += [
        f"too_few_days_in_region: {region}"
        for region, least in rules.least_in_region.items()
        if regions[region] < least
    ]
    for day in plan.days:
        for code in day.body_codes:
            if rules.pinned.get(code, day.host_code) != day.host_code:
                found.append(f"pinned_body_elsewhere: {code}")
            if (code, day.host_code) in rules.forbidden:
                found.append(f"forbidden_pair: {code} {day.host_code}")
    return found


def _violations_of_figures(problem: Problem, plan: Plan) -> list[str]:
    bodies = {body.code: body for body in problem.bodies}
    hosts = {host.code: host for host in problem.hosts}
    trips = [
        _trip_km(problem, bodies[code], hosts[day.host_code])
        for day in plan.days
        if day.host_code in hosts
        for code in day.body_codes
        if code in bodies
    ]
    if not trips:
        return ["no_trips"]
    tolerance = KM + 0.001 * len(trips)
    found = []
    rules = problem.rules
    unfair = rules.fairness * sum(max(0.0, km - rules.fair_km) for km in trips)
    moved = rules.stay_km * sum(
        rules.previous.get(code, day.host_code) != day.host_code for day in plan.days for code in day.body_codes
    )
    if abs(sum(trips) + unfair + moved - plan.cost_km) > tolerance * (1 + rules.fairness):
        found.append(f"wrong_cost: {plan.cost_km} instead of {sum(trips) + unfair + moved}")
    if abs(unfair - plan.unfair_km) > tolerance * (1 + rules.fairness) or abs(moved - plan.moved_km) > tolerance:
        found.append(f"wrong_terms: {plan.unfair_km} {plan.moved_km} instead of {unfair} {moved}")
    if abs(max(trips) - plan.longest_km) > KM:
        found.append(f"wrong_longest: {plan.longest_km} instead of {max(trips)}")
    if abs(sum(trips) / len(trips) - plan.mean_km) > KM:
        found.append(f"wrong_mean: {plan.mean_km} instead of {sum(trips) / len(trips)}")
    if not 0 <= plan.bound_km <= plan.cost_km + tolerance:
        found.append(f"bound_above_cost: {plan.bound_km} {plan.cost_km}")
    gap = (plan.cost_km - plan.bound_km) / plan.cost_km if plan.cost_km else 0.0
    if abs(gap - plan.gap) > 1e-4 and plan.cost_km > 1:
        found.append(f"wrong_gap: {plan.gap} instead of {gap}")
    return found


def _trip_km(problem: Problem, body: Body, host: Host) -> float:
    """One trip: haversine, times the detour, plus the crossing between lands, plus small islands at either end."""
    south, north = radians(body.latitude), radians(host.latitude)
    across = radians(body.longitude - host.longitude)
    half = sin((south - north) / 2) ** 2 + cos(south) * cos(north) * sin(across / 2) ** 2
    km = 2 * 6371.0088 * asin(sqrt(min(1.0, half))) * problem.detour
    seas = problem.seas
    lands = {seas.lands.get(place.region, seas.mainland) for place in (body, host)}
    if len(lands) == 2:
        listed = [extra for one, other, extra in seas.crossings if {one, other} == lands]
        km += listed[-1] if listed else seas.other_crossing_km
    at_body, at_host = (
        next(
            (
                island
                for island in seas.islands
                if place.island == island.name or (place.island is None and place.code in island.codes)
            ),
            None,
        )
        for place in (body, host)
    )
    if at_body is not at_host:
        km += sum(island.km for island in (at_body, at_host) if island is not None)
    return km
