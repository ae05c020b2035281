"""The bodies that another plan sends elsewhere, found and ordered by the database: there may be very many.

A body in parts in one of the plans is compared part by part with the whole of the other.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from chassis.database import ASIDE
from services.scheduling import plans, queries
from services.scheduling.models import PlannedBody

Answer = dict[str, Any]

MOST = 5000
"""So many are told at once."""


def page(
    session: Session, one: UUID, other: UUID, query: Any, host: Any, region: Any, limit: Any, cursor: Any
) -> Answer:
    """Who goes elsewhere in the other plan, who travel most more first; how many they are, and where the next page
    begins."""
    queries.check_limit(limit, MOST)
    moved = _moves(one, other, query, host, region).subquery()
    found = sa.select(moved, sa.func.count().over().label("moved")).subquery()
    order = (found.c.less, found.c.planned_as)
    chosen = sa.select(found)
    if cursor is not None:
        values = queries.read_cursor(cursor, order)
        there = (sa.literal(value, column.type) for value, column in zip(values, order, strict=True))
        chosen = chosen.where(sa.tuple_(*order) > sa.tuple_(*there))
    rows = session.execute(chosen.order_by(*order).limit(limit + 1), execution_options=ASIDE).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "moves": [_told(row) for row in rows[:limit]],
        "moved": rows[0].moved if rows else _count(session, moved),
        "next_cursor": None if last is None else queries.cursor_of([last.less, last.planned_as]),
    }


def _count(session: Session, moved: Any) -> int | None:
    return session.scalar(sa.select(sa.func.count()).select_from(moved), execution_options=ASIDE)


def _told(row: Any) -> Answer:
    trips = (row.before_km, row.after_km)
    return {
        "code": row.code,
        "name": row.name,
        "region": row.region,
        "from": row.before,
        "to": row.after,
        "km": [None if trip is None else round(trip, 1) for trip in trips],
    }


def _moves(one: UUID, other: UUID, query: Any, host: Any, region: Any) -> sa.CompoundSelect[Any]:
    """Those of both plans whose host differs, and those of one of them only."""
    before, after = aliased(PlannedBody), aliased(PlannedBody)
    same = sa.and_(
        before.body_code == after.body_code,
        sa.or_(before.code == after.code, before.code == before.body_code, after.code == after.body_code),
    )

    parted = before.code != before.body_code

    def moves(left: Any, come: Any) -> sa.Select[Any]:
        sides = [side for side in (left, come) if side is not None]
        shown = {name: getattr(sides[-1], name) for name in ("body_code", "code", "name", "region")}
        if len(sides) == 2:
            shown = {name: sa.case((parted, getattr(before, name)), else_=column) for name, column in shown.items()}
        at = [sa.or_(*(plans.has(side.host_name, host) for side in sides))] if host else []
        return sa.select(
            shown["body_code"].label("code"),
            shown["code"].label("planned_as"),
            shown["name"].label("name"),
            shown["region"].label("region"),
            _of(left, "host_name").label("before"),
            _of(come, "host_name").label("after"),
            _of(left, "km").label("before_km"),
            _of(come, "km").label("after_km"),
            (_of(left, "km", 0.0) - _of(come, "km", 0.0)).label("less"),
        ).where(sides[0].body_code.in_(differing), *plans.filtered(sides[-1], query, None, region), *at)

    differing = sa.select(sa.union(_only_in(one, other), _only_in(other, one)).cte("differing").c.body_code)
    return sa.union_all(
        moves(before, after).where(
            before.run_id == one, after.run_id == other, same, before.host_code != after.host_code
        ),
        moves(before, None).where(before.run_id == one, _absent(before, other)),
        moves(None, after).where(after.run_id == other, _absent(after, one)),
    )


def _only_in(run_id: UUID, other: UUID) -> sa.Select[Any]:
    """The bodies that this plan sends, whole or in parts, where the other does not. The index alone tells: nearly all
    go to the same place by a plan and by its repair."""
    here, there = aliased(PlannedBody), aliased(PlannedBody)
    same = (getattr(there, name) == getattr(here, name) for name in ("body_code", "code", "host_code"))
    return sa.select(here.body_code).where(here.run_id == run_id, ~sa.exists().where(there.run_id == other, *same))


def _of(side: Any, name: str, otherwise: float | None = None) -> Any:
    """The column of this side; where there is none, what stands for it."""
    column = getattr(PlannedBody if side is None else side, name)
    return sa.cast(sa.null() if otherwise is None else otherwise, column.type) if side is None else column


def _absent(row: Any, run_id: UUID) -> Any:
    there = aliased(PlannedBody)
    return ~sa.exists().where(there.run_id == run_id, there.body_code == row.body_code)
