"""How a programme stands, in numbers: counted by the database, so that 100,000 adhesions are a few short rows here.

Days are those of the office's calendar. No database here knows its clocks, so adhesions are counted by the hour, which
every office day begins with, and hours are put together into days.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.enrollment.domain import ENDED, OFFICE, instant
from services.enrollment.models import Adhesion, Body, Delegate, ListedAdhesion, Programme
from services.enrollment.queries import eligible

CLASSES = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 150_000, 250_000)
"""Where the classes of population begin; each ends where the next one begins."""


def figures(session: Session, programme: Programme, now: datetime) -> dict[str, Any]:
    """Adhesions over time, against those who may join, by state; the people; and what waits for somebody."""
    by_region, by_class = _joined(session, programme)
    states = _by_state(session, programme)
    return {
        "opens": instant(programme.adhesion_opens),
        "closes": instant(programme.adhesion_closes),
        "now": instant(now),
        "by_day": _by_day(session, programme),
        "by_state": {state: count for state, (count, _oldest) in states.items()},
        "by_region": by_region,
        "by_population": by_class,
        "delegates": _delegates(session, programme),
        "waiting": _waiting(session, programme, states),
    }


def _by_day(session: Session, programme: Programme) -> list[dict[str, Any]]:
    """Received and confirmed on each day on which there was one of either."""
    received = _hours(session, programme, Adhesion.submitted_at, sa.true())
    confirmed = _hours(session, programme, Adhesion.confirmed_at, Adhesion.state == "confirmed")
    return [
        {"day": day, "received": received[day], "confirmed": confirmed[day]} for day in sorted({*received, *confirmed})
    ]


def _hours(session: Session, programme: Programme, moment: Any, condition: Any) -> Counter[str]:
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    whole = sa.literal_column("'hour'") if on_postgresql else 13
    hour = sa.func.date_trunc(whole, moment) if on_postgresql else sa.func.substr(sa.cast(moment, sa.String), 1, whole)
    hour = hour.label("hour")
    chosen = sa.select(hour, sa.func.count()).where(
        Adhesion.programme_id == programme.id, moment.is_not(None), condition
    )
    days: Counter[str] = Counter()
    for begun, count in session.execute(chosen.group_by(hour)):
        if isinstance(begun, str):
            begun = datetime.strptime(begun, "%Y-%m-%d %H").replace(tzinfo=UTC)
        days[begun.astimezone(OFFICE).date().isoformat()] += count
    return days


def _by_state(session: Session, programme: Programme) -> dict[str, tuple[int, datetime]]:
    """How many adhesions there are in each state, and when the oldest of them came."""
    counted = sa.select(Adhesion.state, sa.func.count(), sa.func.min(Adhesion.submitted_at))
    rows = session.execute(counted.where(Adhesion.programme_id == programme.id).group_by(Adhesion.state))
    return {state: (count, oldest) for state, count, oldest in rows}


def _joined(session: Session, programme: Programme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Confirmed municipalities of how many that may join, by region and by class; other bodies are counted apart."""
    may = _grouped(session, sa.select(sa.literal("eligible")).select_from(Body).where(*eligible(programme)))
    side = sa.case((Body.kind == "municipality", "joined"), else_="others")
    confirmed = sa.select(side).select_from(Adhesion).join(Body, Body.code == Adhesion.body_code)
    have = _grouped(session, confirmed.where(Adhesion.programme_id == programme.id, Adhesion.state == "confirmed"))
    regions: dict[str, Counter[str]] = {
        region: Counter() for region in session.scalars(sa.select(Body.region).distinct().order_by(Body.region))
    }
    classes: dict[int, Counter[str]] = {least: Counter() for least in CLASSES}
    for what, region, least, count in (*may, *have):
        regions[region][what] += count
        if least is not None and what != "others":
            classes[least][what] += count
    ends = dict(zip(CLASSES, (*CLASSES[1:], None), strict=True))
    return (
        [
            {"region": region, "eligible": one["eligible"], "joined": one["joined"], "others": one["others"]}
            for region, one in regions.items()
        ],
        [
            {"from": low, "below": ends[low], "eligible": one["eligible"], "joined": one["joined"]}
            for low, one in classes.items()
            if one
        ],
    )


def _grouped(session: Session, chosen: Any) -> list[Any]:
    """The rows counted by what they are, their region and their class."""
    least = sa.case(*((Body.population >= low, low) for low in reversed(CLASSES)), else_=None)
    rows = chosen.add_columns(Body.region, least, sa.func.count())
    return list(session.execute(rows.group_by(sa.literal_column("1"), Body.region, sa.literal_column("3"))).all())


def _delegates(session: Session, programme: Programme) -> list[dict[str, Any]]:
    """As the funder asks: of confirmed adhesions, who takes part, and who did and was erased since."""
    counted = (
        sa.select(Delegate.role, Delegate.gender, sa.func.count())
        .join(Adhesion, Adhesion.id == Delegate.adhesion_id)
        .where(
            Adhesion.programme_id == programme.id,
            Adhesion.state == "confirmed",
            Delegate.state.in_(("active", "erased")),
        )
        .group_by(Delegate.role, Delegate.gender)
        .order_by(Delegate.role, Delegate.gender)
    )
    return [{"role": role, "gender": gender, "count": count} for role, gender, count in session.execute(counted)]


def _waiting(session: Session, programme: Programme, states: dict[str, tuple[int, datetime]]) -> dict[str, Any]:
    """What somebody must look after: reviews, bodies that have not finished, bodies whom no letter reaches."""
    dead = sa.select(sa.func.count()).where(
        ListedAdhesion.programme_id == programme.id,
        ListedAdhesion.mailbox_dead,
        ListedAdhesion.state.not_in(ENDED),
    )
    (review, oldest_review), (unfinished, oldest_unfinished) = (
        states.get(state, (0, None)) for state in ("under_review", "submitted")
    )
    return {
        "review": review,
        "oldest_review": oldest_review and instant(oldest_review),
        "unfinished": unfinished,
        "oldest_unfinished": oldest_unfinished and instant(oldest_unfinished),
        "dead_mailboxes": session.scalar(dead),
    }
