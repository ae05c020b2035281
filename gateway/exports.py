"""Adhesions and delegates as offices take them away: CSV as their spreadsheets open it by a double click, or XLSX.

Rows are asked for in parts and sent as they come, so that memory does not grow with their number and nothing between us
and the reader takes the silence for an end. CSV has a BOM, semicolons, dates as 16/05/2017 and the decimal comma. A
text that a spreadsheet would run as a formula gets an apostrophe before it, in both formats: what is saved as XLSX
today may be saved as CSV tomorrow.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import cache
from itertools import chain
from typing import Any

from flask import Response, stream_with_context

from gateway import sheet
from gateway.backend import call
from gateway.i18n import ROME, in_language
from gateway.i18n import gettext as _
from gateway.labels import label

__all__ = ["FORMATS", "SUBJECTS", "as_csv", "csv_of", "exported", "safe"]

FORMATS = ("csv", "xlsx")
SUBJECTS = ("adhesions", "delegates")
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 65536

Cell = str | int | float | date | None
Column = tuple[str, Callable[[dict[str, Any]], Cell]]


def exported(programme: dict[str, Any], subject: str, form: str, filters: dict[str, Any]) -> Response:
    """The table as a file to keep. The first part is asked for at once: what is wrong is said before it begins."""
    columns = _columns(programme, subject)
    parts = _parts(programme["code"], subject, filters)
    first = next(parts)

    def cells() -> Iterator[list[Cell]]:
        yield [name for name, _read in columns]
        for rows in chain([first], parts):
            yield from ([safe(read(row)) for _name, read in columns] for row in rows)

    body = csv_of(cells()) if form == "csv" else sheet.written(cells())
    response = Response(stream_with_context(body), content_type=_MEDIA[form])
    name = {"adhesions": _("adhesions"), "delegates": _("delegates")}[subject]
    response.headers.set("Content-Disposition", "attachment", filename=f"{programme['code']}-{name}.{form}")
    response.headers["Cache-Control"] = "no-store"
    return response


def as_csv(rows: Iterable[Iterable[Cell]]) -> bytes:
    """A short table as a file of the same kind."""
    return b"".join(csv_of([safe(cell) for cell in row] for row in rows))


def _parts(code: str, subject: str, filters: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    after: int | None = 0
    while after is not None:
        found = call("enrollment", "export_rows", programme_code=code, subject=subject, after=after, **filters)
        yield found["rows"]
        after = found["next"]


def _columns(programme: dict[str, Any], subject: str) -> list[Column]:
    titles = {topic["code"]: in_language(topic, "title") for topic in programme["topics"]}

    def field(name: str) -> Callable[[dict[str, Any]], Cell]:
        return lambda row: row[name]

    known = cache(label)  # a few codes, in one language, for a hundred thousand rows

    def word(group: str, name: str) -> Callable[[dict[str, Any]], Cell]:
        return lambda row: known(group, row[name]) if row[name] else None

    def day(name: str) -> Callable[[dict[str, Any]], Cell]:
        return lambda row: datetime.fromisoformat(row[name]).astimezone(ROME).date() if row[name] else None

    body: list[Column] = [
        (_("Protocol number"), field("protocol")),
        (_("Body"), field("body_name")),
        (_("ISTAT code"), field("body_code")),
        (_("Province"), field("province")),
        (_("Region"), field("region")),
    ]
    person: list[Column] = [
        (_("Family name"), field("family_name")),
        (_("Given name"), field("given_name")),
        (_("E-mail"), field("email")),
    ]
    if subject == "delegates":
        return [
            *body,
            *person,
            (_("Role"), word("role", "role")),
            (_("Mailbox"), word("mailbox", "mail_state")),
            (_("State"), word("adhesion", "state")),
        ]
    return [
        *body,
        (_("Kind"), word("kind", "kind")),
        (_("Inhabitants"), field("population")),
        (_("State"), word("adhesion", "state")),
        (_("Sent"), day("submitted_at")),
        (_("Confirmed"), day("confirmed_at")),
        (_("Delegates"), field("delegates")),
        (_("Topics"), lambda row: "; ".join(titles.get(code, code) for code in row["topics"])),
        *((f"{_('Contact')}, {name}", read) for name, read in person),
        (_("Phone"), field("phone")),
        (_("Office"), field("office")),
        (_("Mailbox"), word("mailbox", "mail_state")),
    ]


def safe(cell: Cell) -> Cell:
    """The cell, harmless to a spreadsheet that takes texts for formulas."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv_of(rows: Iterable[list[Cell]]) -> Iterator[bytes]:
    """The file, piece by piece."""
    lines = io.StringIO("\ufeff")
    lines.seek(0, io.SEEK_END)
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_written(cell) for cell in row])
        if lines.tell() >= _CHUNK:
            yield lines.getvalue().encode()
            lines.seek(0)
            lines.truncate()
    yield lines.getvalue().encode()


def _written(cell: Cell) -> str | int | None:
    match cell:
        case date():
            return f"{cell:%d/%m/%Y}"
        case float():
            return f"{cell}".replace(".", ",")
        case _:
            return cell
