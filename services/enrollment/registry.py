"""The registry of bodies: reading somebody's CSV, and storing what it says.

A file is read whole before anything is stored. Each row that cannot be used is told with its line and its reason; one
such row means that nothing is stored, unless the operator says otherwise.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from chassis.refusal import Refused
from contracts.enrollment import BODY_KINDS
from seeds import Municipality
from services.enrollment import listing
from services.enrollment.domain import plain, searchable
from services.enrollment.models import Body
from services.enrollment.schemas import Words, mailbox

LARGEST_FILE = 20_000_000
MOST_ROWS = 100_000

# ISTAT's "Elenco dei comuni italiani": the first words of its headings, which run on and change from year to year.
ISTAT_HEADINGS = {
    "code": "codice comune formato alfanumerico",
    "name": "denominazione in italiano",
    "name_other": "denominazione altra lingua",
    "region": "denominazione regione",
    "province_name": "denominazione dell unita territoriale sovracomunale",
    "province": "sigla automobilistica",
    "cadastral_code": "codice catastale del comune",
}
REQUIRED = ("code", "name", "province", "province_name", "region")
OWN_HEADINGS = (
    *REQUIRED,
    *("name_other", "kind", "population", "population_year", "latitude", "longitude", "cadastral_code"),
    "institutional_email",
)

_WORDS = Words(200)


class Unusable(Exception):
    """Why a row, or the whole file, cannot be used."""


@dataclass
class Reading:
    """What a file gave: rows as columns of ``Body``, and the complaints, each with its line."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Stored:
    """What storing changed."""

    new: int
    changed: int
    same: int


def decoded(content: bytes) -> str:
    """The text in whatever encoding an office program chose. What is no UTF-8 is taken for Windows' Latin."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if content[:200].count(0) > 20:
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read(content: bytes) -> Reading:
    """Read ISTAT's layout or one's own columns (those of ``seeds/municipalities.csv``, any order, some optional).

    Raises ``Unusable`` when the file is no such table at all.
    """
    if len(content) > LARGEST_FILE:
        raise Unusable(f"the file is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        raise Unusable("the file is no text in UTF-8, UTF-16 or Latin-1") from error
    if not text.strip():
        raise Unusable("the file is empty")
    lines = _lines(text)
    columns = _columns(next(lines)[1])
    reading = Reading()
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            row = _row({name: cells[place] for name, place in columns.items() if place < len(cells)})
            if row["code"] in seen:
                raise Unusable(f"code {row['code']} was already on line {seen[row['code']]}")
        except Unusable as error:
            reading.complaints.append((line, str(error)))
            continue
        seen[row["code"]] = line
        reading.rows.append(row)
        if len(reading.rows) > MOST_ROWS:
            raise Unusable(f"the file has more than {MOST_ROWS} rows")
    if not reading.rows and not reading.complaints:
        raise Unusable("the file has no rows below its headings")
    return reading


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; a quoted heading may hold line breaks, and ISTAT's do."""
    head = text[:5000]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    begins = 1
    try:
        for cells in table:
            yield begins, cells
            begins = table.line_num + 1
    except csv.Error as error:
        raise Unusable(f"line {begins}: the file is no CSV from here on") from error


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Where each column is."""
    found = {heading.strip(): place for place, heading in enumerate(headings)}
    own = {name: found[name] for name in OWN_HEADINGS if name in found}
    if len(own) < len(found.keys() - {""}) or not own:
        istat = {
            name: place
            for name, begins in ISTAT_HEADINGS.items()
            for place, heading in enumerate(headings)
            if plain(heading).startswith(begins)
        }
        own = istat if len(istat) > len(own) else own
    missing = [name for name in REQUIRED if name not in own]
    if missing:
        raise Unusable(f"the headings lack {', '.join(missing)}")
    return own


def _row(cells: dict[str, str]) -> dict[str, Any]:
    """One row as columns of ``Body``; a column that the file does not have is not there."""
    short = [name for name in REQUIRED if name not in cells]
    if short:
        raise Unusable(f"the row ends before {short[0]}")
    row: dict[str, Any] = {name: _text(name, cell) for name, cell in cells.items()}
    row["kind"] = row.get("kind") or "municipality"
    if row["kind"] not in BODY_KINDS:
        raise Unusable(f"kind is none of {', '.join(BODY_KINDS)}")
    empty = [name for name in REQUIRED if not row[name]]
    if empty:
        raise Unusable(f"{empty[0]} is empty")
    if row["kind"] == "municipality":
        row["code"] = row["code"].zfill(6)  # spreadsheets eat leading zeros
    if not re.fullmatch(r"\d{6}" if row["kind"] == "municipality" else r"[A-Z0-9][A-Z0-9-]{1,15}", row["code"]):
        raise Unusable("code is no ISTAT code of six digits")
    if not re.fullmatch(r"[A-Z]{2}", row["province"]):
        raise Unusable("province is no code of two letters")
    if row.get("cadastral_code") and not re.fullmatch(r"[A-Z]\d{3}", row["cadastral_code"]):
        raise Unusable("cadastral_code is no letter with three digits")
    if row.get("institutional_email"):
        row["institutional_email"] = mailbox(row["institutional_email"])
        if not row["institutional_email"]:
            raise Unusable("institutional_email is no address")
    _number(row, "population", 100_000_000)
    _number(row, "population_year", 2999)
    _degrees(row, "latitude", 90)
    _degrees(row, "longitude", 180)
    row["name_other"] = row.get("name_other") or ""
    row["search"] = searchable(row["name"], row["name_other"])
    row["listed"] = True
    return row


def _text(name: str, cell: str) -> str | None:
    if "\ufffd" in cell:
        raise Unusable(f"{name} has letters that cannot be read: save the file as UTF-8")
    try:
        text: str | None = _WORDS.deserialize(cell)
    except ValidationError as error:
        raise Unusable(f"{name} is too long or has control characters") from error
    return text


def _number(row: dict[str, Any], name: str, most: int) -> None:
    if row.get(name) is None:
        return
    digits = re.fullmatch(r"\d+|\d{1,3}(?:\.\d{3})+", row[name])
    if not digits or int(row[name].replace(".", "")) > most:
        raise Unusable(f"{name} is no whole number in its range")
    row[name] = int(row[name].replace(".", ""))


def _degrees(row: dict[str, Any], name: str, most: int) -> None:
    if row.get(name) is None:
        return
    decimal = row[name].replace(",", ".")
    if not re.fullmatch(r"-?\d{1,3}(?:\.\d+)?", decimal) or abs(float(decimal)) > most:
        raise Unusable(f"{name} is no number of degrees")
    row[name] = float(decimal)


def from_seeds(municipalities: Iterable[Municipality]) -> list[dict[str, Any]]:
    return [
        {
            **municipality._asdict(),
            "kind": "municipality",
            "search": searchable(municipality.name, municipality.name_other),
            "listed": True,
        }
        for municipality in municipalities
    ]


def store(session: Session, rows: Sequence[dict[str, Any]]) -> Stored:
    """Add what is new and change what differs. A column that a row does not have keeps its value."""
    columns = Body.__table__.columns
    known = {body.code: body for body in session.execute(sa.select(*columns))}
    new = [{**dict.fromkeys(columns.keys()), **row} for row in rows if row["code"] not in known]
    changed = [
        row
        for row in rows
        if row["code"] in known and any(getattr(known[row["code"]], name) != value for name, value in row.items())
    ]
    kinds = [row["code"] for row in changed if known[row["code"]].kind != row["kind"]]
    if kinds:
        raise Refused("kind_cannot_change", code=kinds[0])
    if new:
        session.execute(sa.insert(Body), new)
    if changed:
        session.execute(sa.update(Body), changed)
        listing.touch(session, bodies=[row["code"] for row in changed])
    return Stored(len(new), len(changed), len(rows) - len(new) - len(changed))
