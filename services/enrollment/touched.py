"""Whom a change of a programme would touch: a few counts, asked only for what changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contracts.enrollment import ROLES
from services.enrollment.amendments import Joined, Some
from services.enrollment.domain import ENDED
from services.enrollment.models import Adhesion, Body, Delegate, ListedAdhesion, Programme

_EXAMPLES = 5


def touched(session: Session, programme: Programme, after: Mapping[str, Any], changed: Collection[str]) -> Joined:
    """What the rules of ``amendments`` look at, for a change of these fields."""
    of_programme = Adhesion.programme_id == programme.id
    standing = sa.and_(of_programme, Adhesion.state.not_in(ENDED))
    facts: dict[str, Any] = {}
    if {"adhesion_opens", "adhesion_closes"} & set(changed):
        at = Adhesion.submitted_at
        received = sa.select(sa.func.count(), sa.func.min(at), sa.func.max(at)).where(of_programme)
        facts["received"], facts["first_at"], facts["last_at"] = session.execute(received).one()
    if "kinds" in changed:
        facts["outside_kinds"] = _bodies(session, standing, Body.kind.not_in(after["kinds"]))
    if {"population_min", "population_max"} & set(changed):
        facts["outside_band"] = _outside_band(session, standing, after["population_min"], after["population_max"])
    if "places_per_body" in changed:
        facts["crowded"], facts["most_delegates"] = _crowded(session, programme, after["places_per_body"])
    if {f"{role}_{end}" for role in ROLES for end in ("least", "most")} & set(changed):
        facts["outside_quotas"] = _outside_quotas(session, standing, after)
    if "topics" in changed:
        gone = {topic["code"] for topic in programme.topics} - {topic["code"] for topic in after["topics"]}
        facts["topics"] = _chosen(session, standing, gone) if gone else {}
    if "consent_version" in changed:
        versions = sa.select(Adhesion.consent_version, sa.func.count()).where(of_programme)
        rows = session.execute(versions.group_by(Adhesion.consent_version))
        facts["consented"] = dict(rows.all())
    return Joined(**facts)


def _outside_band(session: Session, standing: Any, low: int | None, high: int | None) -> Some:
    outside = [Body.population.is_(None)] if (low, high) != (None, None) else []
    outside += [Body.population < low] if low is not None else []
    outside += [Body.population > high] if high is not None else []
    if not outside:
        return Some()
    return _bodies(session, standing, sa.and_(Body.kind == "municipality", sa.or_(*outside)))


def _bodies(session: Session, standing: Any, condition: Any) -> Some:
    chosen = sa.select(Body.name).join(Adhesion, Adhesion.body_code == Body.code).where(standing, condition)
    count = session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    return Some(count, tuple(session.scalars(chosen.order_by(Body.name).limit(_EXAMPLES))) if count else ())


def _crowded(session: Session, programme: Programme, places: int) -> tuple[Some, int]:
    """The bodies with more delegates than there would be places, and how many the largest of them sends."""
    crowded = sa.and_(
        ListedAdhesion.programme_id == programme.id,
        ListedAdhesion.delegates > places,
        ListedAdhesion.state.not_in(ENDED),
    )
    counted = sa.select(sa.func.count(), sa.func.max(ListedAdhesion.delegates)).where(crowded)
    count, most = session.execute(counted).one()
    named = sa.select(Body.name).join(Adhesion, Adhesion.body_code == Body.code)
    named = named.join(ListedAdhesion, ListedAdhesion.adhesion_id == Adhesion.id).where(crowded)
    examples = session.scalars(named.order_by(ListedAdhesion.delegates.desc(), ListedAdhesion.id).limit(_EXAMPLES))
    return Some(count, tuple(examples)), most or 0


def _outside_quotas(session: Session, standing: Any, after: Mapping[str, Any]) -> Some:
    """Bodies with more of a role than there may be, or without room for those of another that must be."""
    active = Delegate.state == "active"
    sent = {role: sa.func.sum(sa.case((active & (Delegate.role == role), 1), else_=0)) for role in ROLES}
    all_sent = sa.func.sum(sa.case((active, 1), else_=0))
    too_many = [sent[role] > after[f"{role}_most"] for role in ROLES if after[f"{role}_most"] is not None]
    least = {role: after[f"{role}_least"] or 0 for role in ROLES}
    kept = sum(
        (sa.case((sent[role] < number, number - sent[role]), else_=0) for role, number in least.items() if number),
        start=sa.literal(0),
    )
    of_body = sa.select(Delegate.adhesion_id).group_by(Delegate.adhesion_id)
    outside = of_body.having(sa.or_(*too_many, all_sent + kept > after["places_per_body"]))
    return _bodies(session, standing, Adhesion.id.in_(outside))


def _chosen(session: Session, standing: Any, topics: Collection[str]) -> dict[str, int]:
    """How many bodies chose each of these topics; those that nobody chose are left out."""
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    elements = sa.func.json_array_elements_text if on_postgresql else sa.func.json_each
    chosen = elements(Adhesion.topics).table_valued("value")
    topic = chosen.c.value
    counted = sa.select(topic, sa.func.count()).select_from(Adhesion).join(chosen, sa.true())
    rows = session.execute(counted.where(standing, topic.in_(sorted(topics))).group_by(topic))
    return dict(rows.all())
