"""On which dates a host is closed: each year, as on its patron's day, or once. Edited, or imported as a list."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import upsert
from chassis.refusal import Invalid, Refused
from services.scheduling.models import Closure, Host

MOST_LINES = 10_000
SHOWN = 50
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?")
_ISO = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)")

Day = tuple[int, int, int]
"""Year (0 for each), month, day."""


def closures_of(session: Session, code: str) -> list[Closure]:
    """A host's closed dates, those of each year first."""
    chosen = sa.select(Closure).where(Closure.host_code == code)
    return list(session.scalars(chosen.order_by(Closure.year, Closure.month, Closure.day)))


def shown(row: Closure) -> dict[str, str]:
    """A closed date as it is told: YYYY-MM-DD, or MM-DD each year."""
    day = f"{row.month:02}-{row.day:02}"
    return {"date": f"{row.year}-{day}" if row.year else day, "reason": row.reason}


def replace_closures(session: Session, code: str, closures: Iterable[dict[str, str]]) -> None:
    """Make these the host's closed dates; of two for the same day the last counts."""
    session.execute(sa.delete(Closure).where(Closure.host_code == code))
    wanted = {_day(item["date"]): item["reason"] for item in closures}
    _store(session, [_row(code, day, reason) for day, reason in wanted.items()])


def closed_dates(session: Session, years: Sequence[int]) -> dict[str, frozenset[date]]:
    """The dates of these years on which each host is closed; 29 February is none in a year that has none."""
    found: dict[str, set[date]] = {}
    for row in session.scalars(sa.select(Closure)):
        for year in [row.year] if row.year else years:
            day = _real(year, row.month, row.day)
            if day is not None:
                found.setdefault(row.host_code, set()).add(day)
    return {code: frozenset(days) for code, days in found.items()}


def import_closures(session: Session, content: str) -> dict[str, Any]:
    """Add the closed dates of a list: code or name of the host, date, and why. All of it, or nothing.

    Columns are separated by ``;``, ``,`` or tabs; a first line without a date is a heading. A date is DD/MM (each
    year), DD/MM/YYYY or ISO. Refused: closures_unreadable, with the lines that are wrong and why.
    """
    lines = _lines(content)
    if not lines:
        raise Invalid({"content": ["required"]})
    hosts = {}
    for code, name in session.execute(sa.select(Host.code, Host.name)):
        hosts[code] = hosts[name.casefold()] = code
    wrong: list[dict[str, Any]] = []
    rows: dict[tuple[str, Day], dict[str, Any]] = {}
    for number, cells in lines:
        day = _read(cells[1]) if len(cells) > 1 else None
        code = hosts.get(cells[0]) or hosts.get(cells[0].casefold())
        reason = cells[2] if len(cells) > 2 else ""
        if day is None:
            wrong.append({"line": number, "what": "date"})
        elif code is None:
            wrong.append({"line": number, "what": "host"})
        elif len(reason) > 200 or not reason.isprintable():
            wrong.append({"line": number, "what": "reason"})
        else:
            rows[code, day] = _row(code, day, reason)
    if wrong:
        raise Refused(
            "closures_unreadable",
            count=len(wrong),
            lines=wrong[:SHOWN],
            first_lines=", ".join(str(each["line"]) for each in wrong[:10]),
        )
    _store(session, list(rows.values()))
    return {"imported": len(rows), "hosts": len({code for code, _ in rows})}


def _lines(content: str) -> list[tuple[int, list[str]]]:
    """The filled lines with their numbers, without the heading."""
    text = content.removeprefix("\ufeff")
    if text.count("\n") > MOST_LINES:
        raise Invalid({"content": ["too_many"]})
    first = text.split("\n", 1)[0]
    separator = max(";,\t", key=first.count)
    try:
        read = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise Invalid({"content": ["invalid"]}) from error
    lines = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(read, start=1)]
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if filled and not any(_read(cell) for cell in filled[0][1]) and not any(map(_digits, filled[0][1])):
        return filled[1:]
    return filled


def _digits(cell: str) -> bool:
    return any(character.isdigit() for character in cell)


def _read(cell: str) -> Day | None:
    if italian := _DATE.fullmatch(cell):
        day, month, year = int(italian[1]), int(italian[2]), int(italian[3] or 0)
    elif iso := _ISO.fullmatch(cell):
        year, month, day = int(iso[1] or 0), int(iso[2]), int(iso[3])
    else:
        return None
    if _real(year or 2000, month, day) is None or (year and not 2000 <= year < 2100):
        return None
    return year, month, day


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(text: str) -> Day:
    *year, month, day = text.split("-")
    return int(year[0]) if year else 0, int(month), int(day)


def _row(code: str, day: Day, reason: str) -> dict[str, Any]:
    year, month, number = day
    return {"host_code": code, "year": year, "month": month, "day": number, "reason": reason}


def _store(session: Session, rows: list[dict[str, Any]]) -> None:
    insert = upsert(session, Closure.__table__)
    keys = ["host_code", "year", "month", "day"]
    for first in range(0, len(rows), 500):
        session.execute(
            insert.on_conflict_do_update(index_elements=keys, set_={"reason": insert.excluded.reason}),
            rows[first : first + 500],
        )
