"""The secretariat's list: which adhesions, in which order, how many. A page costs the same wherever it is.

Pages follow each other by keyset, the sorted column and then the row's number: an adhesion that arrives meanwhile is
shown where it belongs or not at all, and none is shown twice or left out. Counting stops at ``COUNTED``, and the list
says so, rather than walk over everything for a figure that nobody reads.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, undefer

from chassis.refusal import Invalid
from services.enrollment import domain
from services.enrollment.listing import UNKNOWN, YEAR
from services.enrollment.models import Adhesion, ListedAdhesion, ListedWord, Programme

SORTS: dict[str, Any] = {
    "protocol": ListedAdhesion.protocol,
    "body": ListedAdhesion.body_name,
    "province": ListedAdhesion.province,
    "region": ListedAdhesion.region,
    "population": ListedAdhesion.population,
    "state": ListedAdhesion.state,
    "delegates": ListedAdhesion.delegates,
    "submitted": ListedAdhesion.submitted_at,
}
"""What the list sorts by, each one way and, with a minus before it, the other."""
_KINDS: dict[str, type] = {"protocol": int, "population": int, "delegates": int, "submitted": datetime}
COUNTED = 10_000
MOST_TERMS = 12
COMMON, FEW = 20_000, 2_000


@dataclass(frozen=True)
class Filters:
    """Which adhesions of a programme; None is any. Both ends of a range belong to it."""

    state: str | None = None
    kind: str | None = None
    region: str | None = None
    province: str | None = None
    population_min: int | None = None
    population_max: int | None = None
    submitted_from: datetime | None = None
    submitted_until: datetime | None = None
    delegates_min: int | None = None
    delegates_max: int | None = None
    mailbox_dead: bool | None = None
    query: str | None = None


def check_sort(sort: Any) -> None:
    if not isinstance(sort, str) or sort.removeprefix("-") not in SORTS:
        raise Invalid({"sort": ["not_a_choice"]})


def page(
    session: Session, programme: Programme, filters: Filters, sort: str, limit: int, cursor: str | None
) -> tuple[list[Adhesion], str | None]:
    """One page, and the cursor of the next one."""
    column, descends = SORTS[sort.removeprefix("-")], sort.startswith("-")
    row = ListedAdhesion
    chosen = sa.select(row.id, row.adhesion_id, column.label("key")).where(*conditions(session, programme, filters))
    if cursor is not None:
        key, last = (
            sa.literal(value, of.type) for value, of in zip(_read(cursor, sort), (column, row.id), strict=True)
        )
        here, there = sa.tuple_(column, row.id), sa.tuple_(key, last)
        chosen = chosen.where(here < there if descends else here > there)
    order = (column.desc(), row.id.desc()) if descends else (column, row.id)
    found = session.execute(chosen.order_by(*order).limit(limit + 1)).all()
    shown = found[:limit]
    following = _cursor(sort, shown[-1].key, shown[-1].id) if len(found) > limit else None
    return _whole(session, [one.adhesion_id for one in shown]), following


def count(session: Session, programme: Programme, filters: Filters) -> tuple[int, bool]:
    """How many match, and whether that is all: the count stops at ``COUNTED``."""
    wanted = conditions(session, programme, filters, ordered=False)
    some = sa.select(sa.literal(1)).select_from(ListedAdhesion).where(*wanted).limit(COUNTED + 1)
    number = session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0
    return min(number, COUNTED), number <= COUNTED


def conditions(session: Session, programme: Programme, filters: Filters, *, ordered: bool = True) -> list[Any]:
    """What a listed row must be. ``ordered`` says that the rows are wanted in the order of a column that has an index.

    SQLite keeps no statistics and would walk along the programme's index whatever else is asked. Where that is not the
    way (few rows are found by a word, or no order is wanted), the plus keeps it from that index, and changes nothing.
    """
    row = ListedAdhesion
    ranges = (
        (row.population, filters.population_min, filters.population_max),
        (row.submitted_at, filters.submitted_from, filters.submitted_until),
        (row.delegates, filters.delegates_min, filters.delegates_max),
    )
    exact = ("state", "kind", "region", "province", "mailbox_dead")
    found, few = _found_by(session, filters.query) if filters.query else ([], False)
    of: Any = row.programme_id
    if session.get_bind().dialect.name == "sqlite" and (few or not ordered):
        of = sa.literal_column("+listed_adhesion.programme_id", sa.Uuid())
    made: list[Any] = [of == programme.id, *found]
    made += [getattr(row, name) == value for name in exact if (value := getattr(filters, name)) is not None]
    made += [column >= low for column, low, _ in ranges if low is not None]
    made += [column <= high for column, _, high in ranges if high is not None]
    if filters.population_max is not None:
        made.append(row.population > UNKNOWN)
    return made


def _found_by(session: Session, query: str) -> tuple[list[Any], bool]:
    """What the query asks of a row, and whether only few can answer it.

    Neither database guesses well how many words begin so, hence they are counted: the rarest beginning says which rows,
    and the others are looked up in each of those. Where even the rarest is ``COMMON``, all are looked up.
    """
    number = re.fullmatch(r"\s*[A-Za-z]{1,8}-(\d{4})-(\d{1,9})\s*", query)
    if number:
        year, of_year = map(int, number.groups())
        return [ListedAdhesion.protocol == year * YEAR + of_year], False
    terms = domain.search_terms(query)
    if len(terms) > MOST_TERMS:
        raise Invalid({"query": ["too_long"]})
    if not terms:
        return [sa.false()], False
    words = [_words(term) for term in terms]
    sizes = [
        session.scalar(sa.select(sa.func.count()).select_from(one.limit(COMMON + 1).subquery())) or 0 for one in words
    ]
    rarest = min(range(len(terms)), key=sizes.__getitem__)
    found = [
        ListedAdhesion.id.in_(one)
        if number == rarest and sizes[number] <= COMMON
        else one.where(ListedWord.listed_id == ListedAdhesion.id).correlate(ListedAdhesion).exists()
        for number, one in enumerate(words)
    ]
    return found, sizes[rarest] <= FEW


def _words(term: str) -> Any:
    return sa.select(ListedWord.listed_id).where(ListedWord.word >= term, ListedWord.word < term + "\U0010ffff")


def _whole(session: Session, ids: list[UUID]) -> list[Adhesion]:
    found = session.scalars(
        sa.select(Adhesion)
        .where(Adhesion.id.in_(ids))
        .options(
            joinedload(Adhesion.body),
            joinedload(Adhesion.programme),
            joinedload(Adhesion.contact),
            undefer(Adhesion.delegates_count),  # type: ignore[attr-defined]
        )
    )
    by_id = {adhesion.id: adhesion for adhesion in found}
    return [by_id[one] for one in ids]


def _cursor(sort: str, key: Any, last: int) -> str:
    value = key.isoformat() if isinstance(key, datetime) else key
    return base64.urlsafe_b64encode(json.dumps([sort, value, last]).encode()).decode()


def _read(cursor: Any, sort: str) -> tuple[Any, int]:
    """The place where the page before ended; only in the order in which that page was sorted."""
    try:
        of, value, last = json.loads(base64.b64decode(str(cursor), altchars=b"-_", validate=True))
        kind = _KINDS.get(sort.removeprefix("-"), str)
        key = datetime.fromisoformat(value) if kind is datetime else value
        if of != sort or type(key) is not kind or type(last) is not int:
            raise ValueError(cursor)
        if kind is datetime and key.tzinfo is None:
            raise ValueError(cursor)
        if any(isinstance(one, int) and not -(2**31) <= one < 2**63 for one in (key, last)):
            raise ValueError(cursor)
        if kind is str and "\x00" in key.encode().decode():
            raise ValueError(cursor)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Invalid({"cursor": ["invalid"]}) from error
    return key, last
