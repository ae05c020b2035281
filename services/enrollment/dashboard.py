"""How a programme stands, in numbers: read from its tallies, so that 100,000 adhesions cost what ten do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.enrollment import tallies
from services.enrollment.domain import instant
from services.enrollment.models import Body, ListedAdhesion, Programme
from services.enrollment.queries import eligible
from services.enrollment.tallies import CLASSES

__all__ = ["figures", "statistics"]


def figures(session: Session, programme: Programme, now: datetime) -> dict[str, Any]:
    """Adhesions over time, against those who may join, by state; the people; and what waits for somebody."""
    counted = tallies.read(session, programme)
    received, confirmed = counted.get("received", {}), counted.get("confirmed", {})
    may = _may_join(session, programme)
    return {
        "opens": instant(programme.adhesion_opens),
        "closes": instant(programme.adhesion_closes),
        "now": instant(now),
        "by_day": [
            {"day": day, "received": received.get(day, 0), "confirmed": confirmed.get(day, 0)}
            for day in sorted({*received, *confirmed})
        ],
        "by_state": counted.get("state", {}),
        "by_region": _by_region(may, counted),
        "by_population": _by_population(may, counted),
        "delegates": [{"role": role, "gender": gender, "count": count} for role, gender, count in _people(counted)],
        "waiting": _waiting(session, programme, counted),
    }


def statistics(session: Session, programme: Programme) -> dict[str, Any]:
    """How many joined, for the funder: by state, region, role and gender."""
    counted = tallies.read(session, programme)
    by_role, by_gender = Counter[str](), Counter[str]()
    for role, gender, count in _people(counted):
        by_role[role] += count
        by_gender[gender] += count
    by_state = counted.get("state", {})
    return {
        "by_state": by_state,
        "by_region": [
            {"region": one["region"], "eligible": one["eligible"], "confirmed": one["joined"] + one["others"]}
            for one in _by_region(_may_join(session, programme), counted)
        ],
        "delegates_by_role": dict(by_role),
        "delegates_by_gender": dict(by_gender),
        "adhesions": sum(by_state.values()),
        "delegates": by_role.total(),
    }


Tallies = dict[str, dict[str, int]]
MayJoin = list[tuple[str, int | None, int]]
"""How many bodies of a region and a class of population may join; every region is there."""


def _may_join(session: Session, programme: Programme) -> MayJoin:
    least = sa.case(*((Body.population >= low, low) for low in reversed(CLASSES)), else_=None)
    may = sa.func.sum(sa.case((sa.and_(*eligible(programme)), 1), else_=0))
    grouped = sa.select(Body.region, least, may).group_by(Body.region, sa.literal_column("2")).order_by(Body.region)
    return [(region, low, count) for region, low, count in session.execute(grouped)]


def _by_region(may: MayJoin, counted: Tallies) -> list[dict[str, Any]]:
    """Confirmed municipalities of how many that may join; other bodies are counted apart."""
    regions = Counter[str]()
    for region, _, count in may:
        regions[region] += count
    return [
        {"region": region, "eligible": count, **{side: counted.get(side, {}).get(region, 0) for side in _SIDES}}
        for region, count in regions.items()
    ]


_SIDES = ("joined", "others")


def _by_population(may: MayJoin, counted: Tallies) -> list[dict[str, Any]]:
    """The same by class of population; a class of which nobody may join and nobody has is left out."""
    classes, joined = Counter[int](), counted.get("class", {})
    for _, low, count in may:
        if low is not None:
            classes[low] += count
    ends = zip(CLASSES, (*CLASSES[1:], None), strict=True)
    found = [
        {"from": low, "below": end, "eligible": classes[low], "joined": joined.get(str(low), 0)} for low, end in ends
    ]
    return [one for one in found if one["eligible"] or one["joined"]]


def _people(counted: Tallies) -> list[tuple[str, str, int]]:
    return [(*about.split(), count) for about, count in counted.get("delegate", {}).items()]  # type: ignore[misc]


def _waiting(session: Session, programme: Programme, counted: Tallies) -> dict[str, Any]:
    """What somebody must look after: reviews, bodies that have not finished, bodies whom no letter reaches."""
    states = counted.get("state", {})
    return {
        "review": states.get("under_review", 0),
        "oldest_review": _oldest(session, programme, "under_review"),
        "unfinished": states.get("submitted", 0),
        "oldest_unfinished": _oldest(session, programme, "submitted"),
        "dead_mailboxes": counted.get("dead", {}).get("mailbox", 0),
    }


def _oldest(session: Session, programme: Programme, state: str) -> str | None:
    """When the first of those in this state came: rows are numbered as adhesions are accepted."""
    row = ListedAdhesion
    of_state = sa.select(row.submitted_at).where(row.programme_id == programme.id, row.state == state)
    moment = session.scalar(of_state.order_by(row.state, row.id).limit(1))
    return moment and instant(moment)
