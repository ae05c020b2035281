"""The rules of a run as staff write them: a line each, with names; read into codes, and written back.

    Ivrea; Torino            a body and a place
    Sardegna; 2              a region and its least number of days
    058091; 80               a place and its seats; a code does as well as a name

Where two have the same name the province tells them apart: ``Samone (TO)``. Columns are separated by semicolons or
tabs, so that a spreadsheet's cells can be pasted. All of it is read, or none: the lines that cannot be are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid, Refused
from services.scheduling.domain import CONFIRMED
from services.scheduling.models import Admission, Host
from services.scheduling.schemas import MOST_RULES

Named = Mapping[str, str | None]
"""What is written, without regard to case → the code; ``None`` where several have the name."""

SHOWN = 20
_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})|(\d{4})-(\d{2})-(\d{2})")
_COLUMNS = {
    "pinned_hosts": ("host",),
    "excluded_hosts": ("host",),
    "pinned": ("body", "host"),
    "forbidden": ("body", "host"),
    "split": ("body",),
    "least_in_region": ("region", "number"),
    "capacities": ("host", "number"),
    "pinned_dates": ("host", "date"),
}
"""Each rule's columns, in the order in which they are written."""


def read(session: Session, programme_id: UUID, texts: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that the texts say, by the name of the rule. Refused: rules_unreadable, with the wrong lines."""
    readers: dict[str, Callable[[str], Any]] = {
        "host": _Known("host", _named(_hosts(session))),
        "body": _Known("body", _named(_bodies(session, programme_id))),
        "region": _Known("region", {name.casefold(): name for name in session.scalars(sa.select(Host.region))}),
        "number": _number,
        "date": _date,
    }
    found: dict[str, Any] = {}
    wrong: list[dict[str, Any]] = []
    for name, columns in _COLUMNS.items():
        lines = [(number, line.strip()) for number, line in enumerate(texts.get(name, "").splitlines(), start=1)]
        rows = []
        for number, line in ((number, line) for number, line in lines if line):
            cells = [cell.strip() for cell in re.split(r"[;\t]", line)]
            if len(cells) != len(columns):
                wrong.append({"rule": name, "line": number, "what": "columns", "text": line[:80]})
                continue
            try:
                rows.append([readers[column](cell) for column, cell in zip(columns, cells, strict=True)])
            except _Unread as error:
                wrong.append({"rule": name, "line": number, "what": str(error), "text": line[:80]})
        if len(rows) > MOST_RULES:
            raise Invalid({f"rules.{name}": ["too_many"]})
        wrong += _contradictions(name, rows)
        if rows:
            found[name] = _value(name, rows)
    if wrong:
        raise Refused("rules_unreadable", count=len(wrong), lines=wrong[:SHOWN])
    return found


def write(session: Session, programme_id: UUID, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The same texts again, by the name of the rule."""
    shown: dict[str, Mapping[str, str]] = {
        "host": _shown(_hosts(session)),
        "body": _shown(_bodies(session, programme_id)),
    }

    def cell(column: str, value: Any) -> str:
        if column == "date":
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        return shown.get(column, {}).get(str(value), str(value))

    texts = {}
    for name, columns in _COLUMNS.items():
        value = parameters.get(name) or []
        rows = value.items() if isinstance(value, dict) else [row if isinstance(row, list) else [row] for row in value]
        lines = [
            "; ".join(cell(column, each) for column, each in zip(columns, row, strict=True)) for row in sorted(rows)
        ]
        texts[name] = "\n".join(lines)
    return texts


class _Unread(Exception):
    """What is wrong with a cell."""


class _Known:
    """Reads names and codes of one kind."""

    def __init__(self, kind: str, names: Named) -> None:
        self.kind, self.names = kind, names

    def __call__(self, cell: str) -> str:
        key = " ".join(cell.casefold().split())
        if key not in self.names:
            raise _Unread(self.kind)
        code = self.names[key]
        if code is None:
            raise _Unread("several")
        return code


def _number(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 5):
        raise _Unread("number")
    return int(cell)


def _date(cell: str) -> str:
    match = _DATE.fullmatch(cell)
    if match is None:
        raise _Unread("date")
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise _Unread("date") from error


def _value(name: str, rows: list[list[Any]]) -> Any:
    columns = _COLUMNS[name]
    if len(columns) == 1:
        return list(dict.fromkeys(row[0] for row in rows))
    return rows if name == "forbidden" else {row[0]: row[1] for row in rows}


def _contradictions(name: str, rows: list[list[Any]]) -> Iterable[dict[str, Any]]:
    """One thing said twice and differently."""
    if len(_COLUMNS[name]) == 1 or name == "forbidden":
        return
    said: dict[str, Any] = {}
    for key, value in rows:
        if said.setdefault(key, value) != value:
            yield {"rule": name, "line": None, "what": "twice", "text": str(key)}


Row = tuple[str, str, str]


def _hosts(session: Session) -> list[Row]:
    return [
        (code, name, province)
        for code, name, province in session.execute(sa.select(Host.code, Host.name, Host.province))
    ]


def _bodies(session: Session, programme_id: UUID) -> list[Row]:
    chosen = sa.select(Admission.body_code, Admission.body_name, Admission.province).where(
        Admission.programme_id == programme_id, Admission.state == CONFIRMED
    )
    return [(code, name, province) for code, name, province in session.execute(chosen)]


def _named(rows: list[Row]) -> Named:
    names: dict[str, str | None] = {}
    for code, name, province in rows:
        for key in (" ".join(name.casefold().split()), f"{name} ({province})".casefold()):
            names[key] = code if names.get(key, code) == code else None
    names.update({code.casefold(): code for code, _, _ in rows})
    return names


def _shown(rows: list[Row]) -> dict[str, str]:
    """A code's name with its province, or the code where that is not enough."""
    names = _named(rows)
    full = {code: f"{name} ({province})" for code, name, province in rows}
    return {code: text if names[text.casefold()] == code else code for code, text in full.items()}
