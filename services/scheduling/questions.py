"""The question put to the planner: the confirmed bodies, the hosts and the trainers, as they are at this moment."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling import resources, steering
from services.scheduling.domain import ACTIVE, CONFIRMED, Point, local_date, stand_in_point
from services.scheduling.models import Admission, Delegate, Host, Programme, Run, Trainer
from services.scheduling.planner import problem
from services.scheduling.strides import fetched, strides


def count_bodies(session: Session, programme_id: UUID) -> int:
    """How many bodies a run of now would be about."""
    return (
        session.scalar(
            sa.select(sa.func.count(sa.distinct(Admission.body_code))).where(
                Admission.programme_id == programme_id, Admission.state == CONFIRMED
            )
        )
        or 0
    )


def ask(session: Session, run: Run, zone: ZoneInfo, now: datetime) -> problem.Problem:
    """The problem of this run. Days are looked for from tomorrow on, and within the programme's training window."""
    programme = session.get_one(Programme, run.programme_id)
    hosts = [host for (host,) in fetched(session, sa.select(Host).where(Host.usable).order_by(Host.code))]
    trainers = [one for (one,) in fetched(session, sa.select(Trainer).where(Trainer.usable).order_by(Trainer.id))]
    rules = resources.rules_of(session, programme.id)
    years = range(programme.training_from.year, programme.training_until.year + 1)
    closed = resources.closed_dates(session, years)
    bodies, topics = _bodies(session, programme, [Point(h.latitude, h.longitude, h.province, h.region) for h in hosts])
    asked = problem.Problem(
        bodies=bodies,
        hosts=tuple(
            problem.Host(
                *(h.code, h.name, h.latitude, h.longitude, h.province, h.region, h.capacity),
                closed_dates=closed.get(h.code, frozenset()),
            )
            for h in strides(hosts)
        ),
        trainers=tuple(
            problem.Trainer(
                *(str(t.id), t.name, t.latitude, t.longitude),
                unavailable=frozenset(date.fromisoformat(day) for day in t.unavailable),
                skills=None if t.skills is None else frozenset(t.skills),
                most_days=t.most_days,
                most_a_week=t.most_a_week,
            )
            for t in strides(trainers)
        ),
        training_days=programme.training_days,
        trainers_per_day=programme.trainers_per_day,
        window_from=max(programme.training_from, local_date(now, zone) + timedelta(days=1)),
        window_until=programme.training_until,
        webinars=programme.webinars,
        topics=topics,
        day_capacity=programme.day_capacity,
        days_per_date=rules.days_per_date,
        days_per_week=rules.days_per_week,
        reachable_km=rules.reachable_km,
        pauses=resources.yearly(rules.pauses),
        closed_dates=frozenset(map(date.fromisoformat, rules.closed_dates)),
    )
    return steering.steered(session, run, asked, zone, now)


def _bodies(
    session: Session, programme: Programme, known: list[Point]
) -> tuple[tuple[problem.Body, ...], dict[str, int]]:
    """The bodies with their demand, and how many delegates want each of the programme's topics.

    A body's demand is what it asked for, or the delegates that it sends if they are more, and at least one.
    """
    counted = (
        sa.select(Delegate.adhesion_id, sa.func.count())
        .where(Delegate.programme_id == programme.id, Delegate.state == ACTIVE)
        .group_by(Delegate.adhesion_id)
    )
    sent: Counter[UUID] = Counter(dict(fetched(session, counted)))
    asked = (
        *(Admission.body_code, Admission.body_name, Admission.adhesion_id, Admission.latitude, Admission.longitude),
        *(Admission.province, Admission.region, Admission.places_requested, Admission.topics),
    )
    confirmed = (
        sa.select(*asked)
        .where(Admission.programme_id == programme.id, Admission.state == CONFIRMED)
        .order_by(Admission.body_code, Admission.adhesion_id)
    )
    admissions = {row.body_code: row for row in fetched(session, confirmed)}
    bodies: list[problem.Body] = []
    topics = {topic["code"]: 0 for topic in programme.topics}
    for row in strides(admissions.values()):
        point = (
            (row.latitude, row.longitude)
            if row.latitude is not None and row.longitude is not None
            else stand_in_point(row.province, row.region, known)
        )
        demand = max(row.places_requested, sent[row.adhesion_id], 1)
        latitude, longitude = point if point is not None else (float("nan"), float("nan"))
        wished = frozenset(row.topics) & topics.keys()
        bodies.append(
            problem.Body(row.body_code, row.body_name, latitude, longitude, row.region, demand, topics=wished)
        )
        for topic in wished:
            topics[topic] += demand
    return tuple(bodies), {topic: count for topic, count in topics.items() if count}
