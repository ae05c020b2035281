"""What publishing a plan would change, found by reading alone: ``publication`` carries it out, a preview counts it.

An appointment is matched by its number: it stays, moves, is cancelled or is new. A place stays where the delegate
stays, else it is released and another one given. What has begun or is over is lived, and stays as it is with its
places: a plan that would change it is refused. What staff have called off stays so when a repair of something else is
published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Refused
from services.scheduling import digests, filling
from services.scheduling.domain import (
    ASSIGNED,
    CANCELLED,
    COMPLETED,
    PUBLISHED,
    SCHEDULED,
    TRAINING_DAY,
    WEBINAR,
    Offer,
    hours,
    local_date,
    training_day_titles,
)
from services.scheduling.models import Appointment, Host, PlannedBody, Programme, Run
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem
from services.scheduling.settings import SchedulingSettings
from services.scheduling.standing import changed
from services.scheduling.strides import among, fetched, strides

Key = tuple[str, int]
"""Kind and number: what makes an appointment of a new plan the same as one of the old."""
Draft = dict[str, Any]
"""What an appointment of the plan looks like: columns and their values."""

_SAME_DAY = timedelta(hours=12)
_IN_THE_INVITATION = ("title_it", "title_en", "starts_at", "ends_at", "topic", "host_code", "venue")
"""A change of any of these is told as a move; trainers and room size change without a letter to the guests."""


@dataclass(frozen=True)
class Difference:
    """From the calendar that stands to the one of the plan.

    ``drafts`` are the appointments to come by their ids, those of new ones among them; ``known`` are the rows that
    there are, ``gone`` those that the plan has no more, and ``moved`` the ids of those whose guests must be told.
    ``taken`` are seats by appointment, ``days`` the appointment of each body by the planner's code.
    """

    plan: Plan
    keys: dict[UUID, Key]
    drafts: dict[UUID, Draft]
    known: dict[UUID, Appointment]
    gone: list[Appointment]
    moved: set[UUID]
    days: dict[str, UUID]
    places: filling.Places
    taken: Counter[UUID]
    waiting: int


def find(
    session: Session, run: Run, programme: Programme, settings: SchedulingSettings, now: datetime, *, lock: bool
) -> Difference:
    """Refused: no_plan, already_published, plan_out_of_date. To carry it out, the calendar must be locked."""
    if run.state == PUBLISHED:
        raise Refused("already_published")
    if run.state != COMPLETED:
        raise Refused("no_plan", state=run.state)
    digest = digests.find(session, run.id, run.state)
    problem, plan = digest.used, digest.plan
    if _outgrown(programme, plan):
        raise Refused("plan_out_of_date")
    drafts = _drafts(session, programme, plan, problem, settings)
    standing = _standing(session, programme.id, lock=lock)
    lived = {key: row for key, row in standing.items() if row.state != SCHEDULED or row.starts_at <= now}
    _check_lived(lived, drafts, settings.zone)
    off = _called_off(session, run, drafts) if "repair" in run.parameters else {}
    lived |= {key: row for key, row in off.items() if key not in standing}
    coming = {key: draft for key, draft in drafts.items() if key not in lived}
    if any(draft["starts_at"] <= now for draft in coming.values()):
        raise Refused("plan_out_of_date")

    known = {key: row for key, row in standing.items() if key in coming}
    for key, row in known.items():
        _keep_hour(row, coming[key])
    ids = {key: row.id for key, row in (*lived.items(), *standing.items())} | {
        key: uuid4() for key in coming if key not in known
    }
    days = _days(session, run.id, ids)
    offers = {
        ids[key]: Offer(ids[key], draft["starts_at"], draft["ends_at"], draft["capacity"], draft["topic"])
        for key, draft in coming.items()
    }
    moved = {row.id for key, row in known.items() if _differ(row, coming[key], _IN_THE_INVITATION)}
    seats = filling.seats(session, programme, run.id, offers, days, [row for row in lived.values() if row.topic])
    return Difference(
        plan=plan,
        keys={ids[key]: key for key in coming},
        drafts={ids[key]: draft for key, draft in coming.items()},
        known={row.id: row for row in known.values()},
        gone=[row for key, row in standing.items() if key not in coming and key not in lived],
        moved=moved,
        days=days,
        places=filling.differing(session, programme.id, seats, {row.id for row in lived.values()}, moved, now),
        taken=Counter(seat.appointment_id for seat in strides(seats) if seat.state == ASSIGNED),
        waiting=sum(seat.state != ASSIGNED for seat in strides(seats)),
    )


def _outgrown(programme: Programme, plan: Plan) -> bool:
    """Whether the programme changed since: a date of the plan is outside its training, or a topic is no more."""
    dates = [one.date for one in (*plan.days, *plan.webinars)]
    outside = any(not programme.training_from <= day <= programme.training_until for day in dates)
    return outside or not {webinar.topic for webinar in plan.webinars} <= {topic["code"] for topic in programme.topics}


def _standing(session: Session, programme_id: UUID, *, lock: bool) -> dict[Key, Appointment]:
    """The calendar that this one replaces."""
    chosen = (
        sa.select(Appointment)
        .where(Appointment.programme_id == programme_id, Appointment.state != CANCELLED)
        .order_by(Appointment.id)
        .execution_options(populate_existing=True)
    )
    return {
        (row.kind, row.number): row for row in strides(session.scalars(chosen.with_for_update() if lock else chosen))
    }


def _check_lived(lived: Mapping[Key, Appointment], drafts: Mapping[Key, dict[str, Any]], zone: ZoneInfo) -> None:
    """The new plan has what was lived, on its day and at its place."""
    for key, row in lived.items():
        draft = drafts.get(key)
        if (
            draft is None
            or not _is_there(row, draft)
            or local_date(draft["starts_at"], zone) != local_date(row.starts_at, zone)
        ):
            raise Refused("already_published")


def _called_off(session: Session, run: Run, drafts: Mapping[Key, Draft]) -> dict[Key, Appointment]:
    """What staff have called off, and the plan still has at its place, or on its topic."""
    return {
        key: row
        for key, row in changed(session, run, CANCELLED).items()
        if row.state == CANCELLED and key in drafts and _is_there(row, drafts[key])
    }


def _is_there(row: Appointment, draft: Draft) -> bool:
    return (draft["host_code"], draft["topic"]) == (row.host_code, row.topic)


def _drafts(
    session: Session, programme: Programme, plan: Plan, problem: Problem, settings: SchedulingSettings
) -> dict[Key, Draft]:
    """What each appointment of the plan looks like, by kind and number."""
    zone = settings.zone
    hosts = {host.code: host for host in problem.hosts}
    names = {trainer.id: trainer.name for trainer in problem.trainers}
    titles = {topic["code"]: (topic["title_it"], topic["title_en"]) for topic in programme.topics}
    named = [day.host_code for day in plan.days]
    venues = dict(tuple(row) for row in among(session, sa.select(Host.code, Host.venue), Host.code, named))
    drafts: dict[Key, dict[str, Any]] = {}
    for day in plan.days:
        host = hosts[day.host_code]
        starts_at, ends_at = hours(day.date, settings.day_starts, programme.day_minutes, zone)
        title_it, title_en = training_day_titles(day.number, host.name)
        drafts[TRAINING_DAY, day.number] = {
            "title_it": title_it,
            "title_en": title_en,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "minutes": programme.day_minutes,
            "topic": None,
            "host_code": host.code,
            "host_name": host.name,
            "host_province": host.province,
            "latitude": host.latitude,
            "longitude": host.longitude,
            "venue": venues.get(host.code),
            "capacity": problem.seats(host),
            "trainers": [{"id": identifier, "name": names[identifier]} for identifier in day.trainer_ids],
        }
    for webinar in plan.webinars:
        starts_at, ends_at = hours(webinar.date, webinar.starts, programme.webinar_minutes, zone)
        title_it, title_en = titles[webinar.topic]
        drafts[WEBINAR, webinar.number] = {
            "title_it": title_it,
            "title_en": title_en,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "minutes": programme.webinar_minutes,
            "topic": webinar.topic,
            **dict.fromkeys(("host_code", "host_name", "host_province", "latitude", "longitude", "venue")),
            "capacity": programme.webinar_capacity,
            "trainers": [{"id": webinar.speaker_id, "name": names[webinar.speaker_id]}],
        }
    return drafts


def _days(session: Session, run_id: UUID, ids: Mapping[Key, UUID]) -> dict[str, UUID]:
    """Where each body goes, by the planner's code."""
    chosen = sa.select(PlannedBody.code, PlannedBody.day).where(PlannedBody.run_id == run_id)
    return {code: ids[TRAINING_DAY, day] for code, day in fetched(session, chosen)}


def _keep_hour(row: Appointment, draft: dict[str, Any]) -> None:
    """An hour that staff have chosen by hand stays while place and day stay."""
    same_place = draft["host_code"] == row.host_code
    if same_place and abs(draft["starts_at"] - row.starts_at) < _SAME_DAY:
        draft["ends_at"] += row.starts_at - draft["starts_at"]
        draft["starts_at"] = row.starts_at


def _differ(row: Appointment, draft: Draft, names: tuple[str, ...]) -> bool:
    return any(getattr(row, name) != draft[name] for name in names)
