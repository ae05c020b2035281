"""Plans side by side, what publishing one would change, and why a body goes where it goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing
from services.scheduling import digests, moves, plans, publication, queries, standing
from services.scheduling.difference import Difference
from services.scheduling.domain import ASSIGNED, PUBLISHED, RELEASED, TRAINING_DAY, WAITING, WEBINAR
from services.scheduling.models import PlannedBody, Run
from services.scheduling.planner import travel
from services.scheduling.planner.parts import codes_of, whole
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Body, Host, Problem
from services.scheduling.settings import SchedulingSettings
from services.scheduling.strides import strides

Answer = dict[str, Any]
NEAREST = 6
"""So many hosts are shown of all, and so many of those that hold a day."""


def compare(
    session: Session,
    run_id: Any,
    other_id: Any,
    query: Any = None,
    host: Any = None,
    region: Any = None,
    limit: Any = moves.MOST,
    cursor: Any = None,
    *,
    zone: ZoneInfo,
) -> Answer:
    """Two plans: their figures, how each region fares, which places and dates differ, and which bodies move.

    Of the published one the dates that hold now, without what was called off: what staff have changed is no difference.
    Beside the plan that it was made from it is as it was made: what changed later is none of its doing.

    Of those that move it is a page, who travel most more first: all, or whose name or code, hosts and region are looked
    for.
    """
    runs = [queries.run(session, each) for each in (run_id, other_id)]
    if runs[0]["programme_id"] != runs[1]["programme_id"]:
        raise Missing("run")
    one, other = (digests.find(session, UUID(run["id"]), run["state"]) for run in runs)
    calendars = [
        _as_it_stands(session, run, each, zone)
        if run["state"] == PUBLISHED and run["parameters"].get("based_on") != beside["id"]
        else each
        for run, beside, each in ((runs[0], runs[1], one), (runs[1], runs[0], other))
    ]
    return {
        "runs": runs,
        "figures": [_figures(each) for each in (one, other)],
        "regions": _regions(one, other),
        "days": _days(*calendars),
        "webinars": _webinars(*calendars),
        **moves.page(session, UUID(runs[0]["id"]), UUID(runs[1]["id"]), query, host, region, limit, cursor),
    }


def preview(session: Session, run_id: UUID, settings: SchedulingSettings, now: datetime) -> Answer:
    """What publishing the plan would change and whom it would touch."""
    change = publication.foresee(session, run_id, settings, now)
    places = change.places
    states = Counter(row["state"] for row in places.changed) + Counter(seat.state for seat in places.new)
    people = places.stay | {row["delegate_id"] for row in places.changed}
    people |= {seat.applicant.delegate_id for seat in places.new}
    return {
        "run_id": str(run_id),
        "scheduled": [_appointment(change, each) for each in change.drafts if each not in change.known],
        "moved": [_appointment(change, each) for each in change.drafts if each in change.moved],
        "cancelled": len(change.gone),
        "places_assigned": states[ASSIGNED],
        "places_released": states[RELEASED],
        "places_waiting": states[WAITING],
        "people": len(people),
    }


def why(session: Session, run_id: Any, body_code: str) -> Answer:
    """The hosts nearest to a body, and for each why the body does not go there and what it would cost."""
    told = queries.run(session, run_id)
    digest = digests.find(session, UUID(told["id"]), told["state"])
    problem, plan = digest.problem, digest.plan
    row = _row(session, UUID(told["id"]), body_code)
    # A repair's pins hold everybody where they were, and nobody has set them.
    pinned = None if "repair" in told["parameters"] else row.pinned_to
    body = plans.body(row)
    days = {day.host_code: day for day in plan.days}
    own = next(host for host in problem.hosts if host.code == row.host_code)
    trips = travel.between(problem.hosts, [body], problem.detour, problem.seas)[:, 0]
    km = {host.code: float(trip) for host, trip in zip(problem.hosts, trips, strict=True)}
    nearest = sorted(problem.hosts, key=lambda host: (km[host.code], host.code))
    shown = {
        host.code for host in [*nearest[:NEAREST], *[host for host in nearest if host.code in days][:NEAREST], own]
    }
    options = []
    for host in strides([host for host in nearest if host.code in shown]):
        free = problem.seats(host) - (days[host.code].seated if host.code in days else 0)
        reason = _reason(problem, host.code, body, own, pinned, free if host.code in days else None)
        swap = instead = None
        if reason == "full":
            swap = _swap(problem, plan, body, plans.guests_of(session, row.run_id, days[host.code]), own, host, km)
        elif reason == "not_chosen":
            instead = _instead(problem, plans.guests_of(session, row.run_id, days[own.code]), own, host)
        options.append(
            {
                "host_code": host.code,
                "host_name": host.name,
                "province": host.province,
                "km": round(km[host.code], 1),
                "extra_km": round(km[host.code] - km[own.code], 1),
                "free": max(free, 0) if host.code in days else None,
                "reason": reason,
                "swap_km": swap,
                "instead_km": instead,
            }
        )
    return {
        "run": told,
        "body": {"code": row.body_code, "name": body.name, "region": body.region, "delegates": body.demand},
        "day": row.day,
        "km": round(km[own.code], 1),
        "options": options,
    }


def _row(session: Session, run_id: UUID, body_code: str) -> PlannedBody:
    """The body, or the part of one, of this code; of a body in parts its first."""
    chosen = sa.select(PlannedBody).where(
        PlannedBody.run_id == run_id, PlannedBody.body_code == whole(body_code), PlannedBody.code >= body_code
    )
    row = session.scalar(chosen.order_by(PlannedBody.code).limit(1))
    if row is None or row.code not in codes_of(body_code):
        raise Missing("body")
    return row


def _reason(problem: Problem, host: str, body: Body, own: Host, pinned: str | None, free: int | None) -> str:
    """``free`` are the seats that are left there; None where no day is held."""
    rules = problem.rules
    if host == own.code:
        return "pinned" if pinned == host else "goes_here"
    if (body.code, host) in rules.forbidden:
        return "forbidden"
    if host in rules.excluded_hosts:
        return "excluded"
    if free is None:
        return "not_chosen"
    if pinned is not None:
        return "pinned_elsewhere"
    return "full" if free < body.demand else "dearer"


def _swap(
    problem: Problem, plan: Plan, body: Body, guests: list[Body], own: Host, host: Host, km: dict[str, float]
) -> float | None:
    """The least that all would travel more if the body took the seats of one of the guests there, who goes where there
    is room."""
    hosts = {each.code: each for each in problem.hosts}
    seated = {day.host_code: day.seated for day in plan.days}
    lacking = body.demand - (problem.seats(host) - seated[host.code])
    others = [guest for guest in guests if guest.demand >= lacking]
    room = {code: problem.seats(hosts[code]) - taken for code, taken in seated.items() if code != host.code}
    room[own.code] += body.demand
    goals = [hosts[code] for code in room]
    if not others or not goals:
        return None
    trips = travel.between([*goals, host], others, problem.detour, problem.seas)
    fits = np.array(list(room.values()))[:, None] >= np.array([other.demand for other in others])[None, :]
    if not fits.any():
        return None
    return round(km[host.code] - km[own.code] + float((trips[:-1] - trips[-1])[fits].min()), 1)


def _instead(problem: Problem, guests: list[Body], own: Host, host: Host) -> float | None:
    """What all the guests of this day would travel more if it were held there instead; None when they do not fit."""
    if problem.seats(host) < sum(guest.demand for guest in guests):
        return None
    there, here = travel.between([host, own], guests, problem.detour, problem.seas).sum(axis=1)
    return round(float(there - here), 1)


def _figures(digest: digests.Digest) -> Answer:
    plan, told = digest.plan, digest.told
    return {
        "cost_km": plan.cost_km,
        "bound_km": plan.bound_km,
        "gap": plan.gap,
        "travel_km": round(told["travel_km"], 1),
        "mean_km": round(plan.mean_km, 2),
        "longest_km": round(plan.longest_km, 1),
        "mainland_longest_km": _rounded(told["mainland_longest_km"]),
        "islands_longest_km": _rounded(told["islands_longest_km"]),
        "across_water": told["by_boat"],
        "fair_km": digest.used.rules.fair_km,
        "beyond_fair": told["beyond_fair"],
        "bodies": told["bodies"],
        "training_days": len(plan.days),
        "webinars": len(plan.webinars),
        "trainers_km": round(told["trainers_km"], 1),
        "calendar_km": plan.calendar_km,
    }


def _rounded(km: float | None) -> float | None:
    return None if km is None else round(km, 1)


def _regions(one: digests.Digest, other: digests.Digest) -> list[Answer]:
    sides = [{region["region"]: region for region in each.told["regions"]} for each in (one, other)]
    return [
        {
            "region": name,
            "sides": [
                None
                if (row := side.get(name)) is None
                else {
                    "bodies": row["bodies"],
                    "days": row["days_held"],
                    "mean_km": round(row["mean_km"], 1),
                    "longest_km": round(row["longest_km"], 1),
                }
                for side in sides
            ],
        }
        for name in sorted({*sides[0], *sides[1]})
    ]


def _as_it_stands(session: Session, run: Answer, digest: digests.Digest, zone: ZoneInfo) -> digests.Digest:
    rows = standing.appointments(session, session.get_one(Run, UUID(run["id"])))
    now = {key: row.starts_at.astimezone(zone) for key, row in rows.items()}
    days = [
        replace(day, date=now[key].date()) for day in digest.plan.days if (key := (TRAINING_DAY, day.number)) in now
    ]
    webinars = [
        replace(webinar, date=now[key].date(), starts=f"{now[key]:%H:%M}")
        for webinar in digest.plan.webinars
        if (key := (WEBINAR, webinar.number)) in now
    ]
    return replace(digest, plan=replace(digest.plan, days=tuple(days), webinars=tuple(webinars)))


def _days(one: digests.Digest, other: digests.Digest) -> list[Answer]:
    """The days whose place, date or team differs, by number; not those that were called off, whom nobody teaches."""
    found = []
    off = {day.number for each in (one, other) for day in each.plan.days if not day.trainer_ids}
    sides = [{day.number: day for day in each.plan.days} for each in (one, other)]
    names = {host.code: host.name for each in (one, other) for host in each.used.hosts}
    trainers = {trainer.id: trainer.name for each in (one, other) for trainer in each.used.trainers}
    for number in sorted({*sides[0], *sides[1]} - off):
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


def _webinars(one: digests.Digest, other: digests.Digest) -> list[Answer]:
    """The webinars whose topic, date, hour or speaker differs, by number."""
    sides = [{webinar.number: webinar for webinar in each.plan.webinars} for each in (one, other)]
    trainers = {trainer.id: trainer.name for each in (one, other) for trainer in each.used.trainers}
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


def _appointment(change: Difference, identifier: UUID) -> Answer:
    draft = change.drafts[identifier]
    return {
        "kind": change.keys[identifier][0],
        **{name: draft[name] for name in ("title_it", "title_en", "host_name")},
        "starts_at": draft["starts_at"].isoformat(),
    }
