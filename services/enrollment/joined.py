"""Who has joined a programme, for everybody: bodies in the order of their names, and nobody's data."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid
from services.enrollment.domain import plain
from services.enrollment.models import Adhesion, Body, Programme

__all__ = ["page", "places", "territory"]

GRID = 50
"""Parts of a degree that two places on a map of the country can be told apart by: two kilometres."""
MOST_PLACES = 10_000


def page(
    session: Session,
    programme: Programme,
    *,
    region: str | None,
    province: str | None,
    query: str | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[Body], str | None]:
    """One page of the bodies whose adhesion is confirmed, and the cursor of the next one."""
    chosen = (
        _narrowed(sa.select(Body), programme, region, province, query).order_by(Body.name, Body.code).limit(limit + 1)
    )
    if cursor is not None:
        after = sa.tuple_(*map(sa.literal, _read(cursor)))
        chosen = chosen.where(sa.tuple_(Body.name, Body.code) > after)
    found = list(session.scalars(chosen))
    following = _written(found[limit - 1]) if len(found) > limit else None
    return found[:limit], following


def places(
    session: Session, programme: Programme, *, region: str | None, province: str | None, query: str | None
) -> list[list[float]]:
    """Latitude and longitude of the same bodies, for a map: to ``GRID``, and none twice."""
    at = [sa.func.round(column * GRID) for column in (Body.latitude, Body.longitude)]
    chosen = _narrowed(sa.select(*at), programme, region, province, query).where(*(one.is_not(None) for one in at))
    rows = session.execute(chosen.distinct().order_by(*at).limit(MOST_PLACES))
    return [[latitude / GRID, longitude / GRID] for latitude, longitude in rows]


def _narrowed(chosen: Any, programme: Programme, region: str | None, province: str | None, query: str | None) -> Any:
    """The bodies whose adhesion is confirmed, of a region, of a province, of a name."""
    chosen = chosen.join(Adhesion, Adhesion.body_code == Body.code).where(
        Adhesion.programme_id == programme.id, Adhesion.state == "confirmed"
    )
    if region:
        chosen = chosen.where(Body.region == region)
    if province:
        chosen = chosen.where(Body.province == province)
    if query:
        chosen = chosen.where(Body.search.contains(plain(query)))
    return chosen


def territory(session: Session) -> list[dict[str, str]]:
    """The provinces of the registry with their regions."""
    rows = session.execute(
        sa.select(Body.province, sa.func.min(Body.province_name).label("province_name"), Body.region)
        .where(Body.listed)
        .group_by(Body.region, Body.province)
        .order_by(Body.region, sa.text("province_name"))
    )
    return [dict(row) for row in rows.mappings()]


def _written(last: Body) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.name, last.code]).encode()).decode()


def _read(cursor: Any) -> tuple[str, str]:
    try:
        name, code = json.loads(base64.b64decode(str(cursor), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid({"cursor": ["invalid"]}) from error
    if not (isinstance(name, str) and isinstance(code, str)) or not (name + code).isprintable():
        raise Invalid({"cursor": ["invalid"]})
    return name, code
