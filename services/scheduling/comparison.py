"""Plans side by side, what publishing one would change, and why a body goes where it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing, Refused
from contracts.event import Event
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentMoved,
    AppointmentScheduled,
    PlaceAssigned,
    PlaceReleased,
    PlaceWaiting,
)
from services.scheduling import outcomes, publication, queries
from services.scheduling.domain import RELEASED
from services.scheduling.models import Place
from services.scheduling.planner import travel
from services.scheduling.planner.parts import codes_of, whole
from services.scheduling.planner.plan import Day, Plan
from services.scheduling.planner.problem import Host, Problem
from services.scheduling.planner.report import Report, across_water, report
from services.scheduling.settings import SchedulingSettings
from services.scheduling.strides import fetched

Answer = dict[str, Any]
Made = tuple[Problem, Plan, Report]

NEAREST = 6
"""So many hosts are shown of all, and so many of those that hold a day."""
MOST_MOVES = 5000


def compare(session: Session, run_id: Any, other_id: Any) -> Answer:
    """Two plans: their figures, how each region fares, which places and dates differ, and which bodies move."""
    runs = [queries.run(session, each) for each in (run_id, other_id)]
    if runs[0]["programme_id"] != runs[1]["programme_id"]:
        raise Missing("run")
    one, other = (_made(*_found(session, run)) for run in runs)
    return {
        "runs": runs,
        "figures": [_figures(*each) for each in (one, other)],
        "regions": _regions(one[2], other[2]),
        "days": _days(one, other),
        "webinars": _webinars(one, other),
        "moves": _moves(one, other)[:MOST_MOVES],
    }


def preview(session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime) -> Answer:
    """What publishing the plan would change and whom it would touch: it is published, counted, and taken back."""
    attempt, told = session.begin_nested(), _Told()
    publication.publish(session, run_id, settings, now, told)
    moved = [event for event in told.appointments if isinstance(event, AppointmentMoved)]
    guests = sa.select(Place.delegate_id).where(
        Place.appointment_id.in_([event.appointment_id for event in moved]), Place.state != RELEASED
    )
    told.people.update(delegate for (delegate,) in fetched(session, guests))
    attempt.rollback()
    return {
        "run_id": str(run_id),
        "scheduled": [_appointment(event) for event in told.appointments if type(event) is AppointmentScheduled],
        "moved": [_appointment(event) for event in moved],
        "cancelled": told.counted[AppointmentCancelled],
        "places_assigned": told.counted[PlaceAssigned],
        "places_released": told.counted[PlaceReleased],
        "places_waiting": told.counted[PlaceWaiting],
        "people": len(told.people),
    }


class _Told:
    """What a publication tells: counted by kind, with the people whom it concerns, and the appointments' own."""

    def __init__(self) -> None:
        self.counted: Counter[type[Event]] = Counter()
        self.people: set[UUID] = set()
        self.appointments: list[AppointmentScheduled] = []

    def __call__(self, *told: Event) -> None:
        self.counted.update(type(event) for event in told)
        self.people.update(
            event.delegate_id for event in told if isinstance(event, PlaceAssigned | PlaceReleased | PlaceWaiting)
        )
        self.appointments += [event for event in told if isinstance(event, AppointmentScheduled)]


def why(session: Session, run_id: Any, body_code: str) -> Answer:
    """The hosts nearest to a body, and for each why the body does not go there and what it would cost."""
    told = queries.run(session, run_id)
    problem, plan = _found(session, told)
    if "repair" in told["parameters"]:  # whose pins hold everybody where they were, and nobody has set them
        problem = replace(problem, rules=replace(problem.rules, pinned={}))
    if body_code not in {each.code for each in problem.bodies}:
        body_code = codes_of(body_code)[1]
    body = next((each for each in problem.bodies if each.code == body_code), None)
    day = next((each for each in plan.days if body_code in each.body_codes), None)
    if body is None or day is None:
        raise Missing("body")
    own = next(host for host in problem.hosts if host.code == day.host_code)
    km = {
        host.code: float(trip)
        for host, trip in zip(
            problem.hosts,
            travel.between(problem.hosts, [body], problem.detour, problem.seas)[:, 0],
            strict=True,
        )
    }
    seated = {each.host_code: each.seated for each in plan.days}
    nearest = sorted(problem.hosts, key=lambda host: (km[host.code], host.code))
    shown = {
        host.code for host in [*nearest[:NEAREST], *[host for host in nearest if host.code in seated][:NEAREST], own]
    }
    options = []
    for host in (host for host in nearest if host.code in shown):
        free = problem.seats(host) - seated.get(host.code, 0)
        reason = _reason(problem, plan, body_code, body.demand, host.code, free)
        options.append(
            {
                "host_code": host.code,
                "host_name": host.name,
                "province": host.province,
                "km": round(km[host.code], 1),
                "extra_km": round(km[host.code] - km[own.code], 1),
                "free": max(free, 0) if host.code in seated else None,
                "reason": reason,
                "swap_km": _swap(problem, plan, body_code, host.code, km) if reason == "full" else None,
                "instead_km": _instead(problem, day, own, host) if reason == "not_chosen" else None,
            }
        )
    return {
        "run": told,
        "body": {"code": whole(body.code), "name": body.name, "region": body.region, "delegates": body.demand},
        "day": day.number,
        "km": round(km[own.code], 1),
        "options": options,
    }


def _reason(problem: Problem, plan: Plan, body: str, demand: int, host: str, free: int) -> str:
    used = {day.host_code for day in plan.days}
    rules = problem.rules
    if body in next((day.body_codes for day in plan.days if day.host_code == host), ()):
        return "pinned" if rules.pinned.get(body) == host else "goes_here"
    if (body, host) in rules.forbidden:
        return "forbidden"
    if host in rules.excluded_hosts:
        return "excluded"
    if host not in used:
        return "not_chosen"
    if body in rules.pinned:
        return "pinned_elsewhere"
    return "full" if free < demand else "dearer"


def _swap(problem: Problem, plan: Plan, body_code: str, host: str, km: dict[str, float]) -> float | None:
    """The least that all would travel more if the body took the seats of one other, who goes where there is room."""
    bodies = {body.code: body for body in problem.bodies}
    hosts = {each.code: each for each in problem.hosts}
    body = bodies[body_code]
    own = next(day.host_code for day in plan.days if body_code in day.body_codes)
    day = next(day for day in plan.days if day.host_code == host)
    lacking = body.demand - (problem.seats(hosts[host]) - day.seated)
    others = [bodies[code] for code in day.body_codes if bodies[code].demand >= lacking]
    if not others:
        return None
    room = {
        each.host_code: problem.seats(hosts[each.host_code])
        - each.seated
        + (body.demand if each.host_code == own else 0)
        for each in plan.days
        if each.host_code != host
    }
    goals = [hosts[code] for code in room]
    trips = travel.between([*goals, hosts[host]], others, problem.detour, problem.seas)
    costs = [
        float(trips[h, o] - trips[-1, o])
        for o, other in enumerate(others)
        for h, goal in enumerate(goals)
        if room[goal.code] >= other.demand
    ]
    return round(km[host] - km[own] + min(costs), 1) if costs else None


def _instead(problem: Problem, day: Day, own: Host, host: Host) -> float | None:
    """What all the guests of this day would travel more if it were held there instead; None when they do not fit."""
    if problem.seats(host) < day.seated:
        return None
    guests = [body for body in problem.bodies if body.code in day.body_codes]
    there, here = travel.between([host, own], guests, problem.detour, problem.seas).sum(axis=1)
    return round(float(there - here), 1)


def _found(session: Session, run: Answer) -> tuple[Problem, Plan]:
    outcome = outcomes.find(session, UUID(run["id"]))
    if outcome is None:
        raise Refused("no_plan", state=run["state"])
    return outcome


def _made(problem: Problem, plan: Plan) -> Made:
    return problem, plan, report(problem, plan)


def _figures(problem: Problem, plan: Plan, made: Report) -> Answer:
    trips = list(made.trips.values())
    limit = problem.rules.fair_km
    return {
        "cost_km": plan.cost_km,
        "bound_km": plan.bound_km,
        "gap": plan.gap,
        "travel_km": round(sum(trips), 1),
        "mean_km": round(plan.mean_km, 2),
        "longest_km": round(plan.longest_km, 1),
        "mainland_longest_km": _rounded(made.mainland_longest_km),
        "islands_longest_km": _rounded(made.islands_longest_km),
        "across_water": len(across_water(problem, plan, made.trips)),
        "fair_km": limit,
        "beyond_fair": sum(trip > limit for trip in trips),
        "bodies": len({whole(code) for code in made.trips}),
        "training_days": len(plan.days),
        "webinars": len(plan.webinars),
        "trainers_km": round(made.trainers_km, 1),
        "calendar_km": plan.calendar_km,
    }


def _rounded(km: float | None) -> float | None:
    return None if km is None else round(km, 1)


def _regions(one: Report, other: Report) -> list[Answer]:
    sides = [{region.region: region for region in each.regions} for each in (one, other)]
    return [
        {
            "region": name,
            "sides": [
                None
                if (row := side.get(name)) is None
                else {
                    "bodies": row.bodies,
                    "days": row.days_held,
                    "mean_km": round(row.mean_km, 1),
                    "longest_km": round(row.longest_km, 1),
                }
                for side in sides
            ],
        }
        for name in sorted({*sides[0], *sides[1]})
    ]


def _days(one: Made, other: Made) -> list[Answer]:
    """The days whose place, date or team differs, by number."""
    found = []
    sides = [{day.number: day for day in made[1].days} for made in (one, other)]
    names = {host.code: host.name for made in (one, other) for host in made[0].hosts}
    trainers = {trainer.id: trainer.name for made in (one, other) for trainer in made[0].trainers}
    for number in sorted({*sides[0], *sides[1]}):
        both = [side.get(number) for side in sides]
        told = [
            None
            if day is None
            else {
                "host_code": day.host_code,
                "host_name": names[day.host_code],
                "date": day.date.isoformat(),
                "trainers": sorted(trainers[who] for who in day.trainer_ids),
                "seated": day.seated,
            }
            for day in both
        ]
        keys = ("host_code", "date", "trainers")
        if [told[0] and told[0][key] for key in keys] != [told[1] and told[1][key] for key in keys]:
            found.append({"number": number, "sides": told})
    return found


def _webinars(one: Made, other: Made) -> list[Answer]:
    """The webinars whose topic, date, hour or speaker differs, by number."""
    sides = [{webinar.number: webinar for webinar in made[1].webinars} for made in (one, other)]
    trainers = {trainer.id: trainer.name for made in (one, other) for trainer in made[0].trainers}
    found = []
    for number in sorted({*sides[0], *sides[1]}):
        told = [
            None
            if (row := side.get(number)) is None
            else {
                "topic": row.topic,
                "date": row.date.isoformat(),
                "starts": row.starts,
                "speaker": trainers[row.speaker_id],
            }
            for side in sides
        ]
        if told[0] != told[1]:
            found.append({"number": number, "sides": told})
    return found


def _moves(one: Made, other: Made) -> list[Answer]:
    """The bodies that go elsewhere, who travel most more first."""
    places = [{code: day.host_code for day in made[1].days for code in day.body_codes} for made in (one, other)]
    bodies = {body.code: body for made in (one, other) for body in made[0].bodies}
    names = {host.code: host.name for made in (one, other) for host in made[0].hosts}
    found = []
    parted = {whole(code) for place in places for code in place if code != whole(code)}
    for code in sorted({*places[0], *places[1]} - parted):
        before, after = (place.get(code, place.get(whole(code))) for place in places)
        if before == after:
            continue
        trips = [made[2].trips.get(code, made[2].trips.get(whole(code))) for made in (one, other)]
        found.append(
            {
                "code": whole(code),
                "name": bodies[code].name,
                "region": bodies[code].region,
                "from": names.get(before or ""),
                "to": names.get(after or ""),
                "km": [None if trip is None else round(trip, 1) for trip in trips],
            }
        )
    return sorted(found, key=lambda move: ((move["km"][0] or 0) - (move["km"][1] or 0), move["code"]))


def _appointment(event: AppointmentScheduled) -> Answer:
    return {
        "kind": event.kind,
        "title_it": event.title_it,
        "title_en": event.title_en,
        "starts_at": event.starts_at.isoformat(),
        "host_name": event.host_name,
    }
