"""Plans as they are read: ``layout`` has made them so that a page costs what it shows and not what the plan is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid
from services.scheduling import digests, queries
from services.scheduling.models import PlannedBody
from services.scheduling.planner.plan import Day
from services.scheduling.planner.problem import Body

Answer = dict[str, Any]

MOST_BODIES = 5000
"""So many rows fit into one answer: whoever takes a plan away asks for all of them."""


def bodies(
    session: Session,
    run_id: Any,
    query: Any = None,
    host: Any = None,
    region: Any = None,
    day: Any = None,
    by_boat: Any = None,
    limit: Any = 50,
    cursor: Any = None,
) -> Answer:
    """Who goes where, by day and name: those whose name or code has the words of ``query`` in it and whose host's name
    those of ``host``; with the number of all of them."""
    row = queries.run_row(session, run_id)
    digests.check_laid_out(session, row)
    chosen = sa.select(PlannedBody).where(PlannedBody.run_id == row.id, *filtered(PlannedBody, query, host, region))
    if day is not None:
        chosen = chosen.where(PlannedBody.day == _number(day, "day"))
    if by_boat:
        chosen = chosen.where(PlannedBody.by_boat)
    return {**_page(session, chosen, limit, cursor), "total": _count(session, chosen)}


def _page(session: Session, chosen: sa.Select[Any], limit: Any, cursor: Any) -> Answer:
    """As ``queries.page``, of columns alone: thousands of rows are told at once."""
    queries.check_limit(limit, MOST_BODIES)
    order = (PlannedBody.position,)
    if cursor is not None:
        chosen = chosen.where(PlannedBody.position > queries.read_cursor(cursor, order)[0])
    wanted = chosen.with_only_columns(*_TOLD.values(), *order).order_by(*order).limit(limit + 1)
    rows = session.execute(wanted).all()
    items = [dict(zip(_TOLD, row[:-1], strict=True)) for row in rows[:limit]]
    for item in items:
        item["km"] = round(item["km"], 1)
    return {"items": items, "next_cursor": queries.cursor_of([rows[limit - 1][-1]]) if len(rows) > limit else None}


_TOLD = {"code": PlannedBody.body_code, "planned_as": PlannedBody.code} | {
    name: getattr(PlannedBody, name)
    for name in ("name", "region", "delegates", "day", "host_code", "host_name", "km", "by_boat")
}


def _count(session: Session, chosen: sa.Select[Any]) -> int:
    return session.scalar(chosen.with_only_columns(sa.func.count())) or 0


def body(row: PlannedBody) -> Body:
    """As the planner knew it, but for its topics."""
    names = ("code", "name", "latitude", "longitude", "region", "island")
    return Body(**{name: getattr(row, name) for name in names}, demand=row.delegates)


def guests_of(session: Session, run_id: UUID, day: Day) -> list[Body]:
    """Who goes to one day."""
    chosen = sa.select(PlannedBody).where(PlannedBody.run_id == run_id, PlannedBody.day == day.number)
    return [body(row) for row in session.scalars(chosen.order_by(PlannedBody.position))]


def filtered(rows: Any, query: Any, host: Any, region: Any) -> list[Any]:
    """The conditions on rows of bodies that somebody looks for."""
    found = []
    if query:
        found.append(sa.or_(has(rows.name, query), rows.body_code == str(query).strip()))
    if host:
        found.append(has(rows.host_name, host))
    if region:
        found.append(rows.region == str(region))
    return found


def has(column: Any, words: Any) -> Any:
    """The condition that the column has the words in it, in capitals or not."""
    return sa.func.lower(column).contains(str(words).strip().lower(), autoescape=True)


def _number(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise Invalid({name: ["out_of_range"]})
    return value
