"""The document: one page of A4 that people frame, and that machines and screen readers can read (PDF/A-3a, PDF/UA-1).

The same sheet gives the same bytes on every machine: the time inside is that of the sheet, and the fonts are those in
this package, never the machine's.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from services.certificates.documents import codes, qr

__all__ = ["CannotRender", "Line", "MissingGlyph", "Renderer", "Sheet"]

_HERE = Path(__file__).parent
_STANDARDS: list[Any] = ["a-3a", "ua-1"]
_ANNEX = 6
_LAYOUTS = ((2, 0), (3, 1), (5, 2), (12, 3), (10**9, _ANNEX))
"""Up to so many lines → the layout of the template to begin with."""
_MONTHS_IT = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_KINDS = {"training_day": ("Giornata formativa", "Training day"), "webinar": ("Webinar", "Webinar")}


class CannotRender(Exception):
    """There is no document for this sheet. ``reason`` is fit for the secretariat and names nobody."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MissingGlyph(CannotRender):
    """No font of this package has a letter that the document needs; a certificate with an empty box helps nobody."""

    def __init__(self, characters: str = "") -> None:
        points = " ".join(f"U+{ord(character):04X}" for character in sorted(set(characters)))
        super().__init__(f"missing_glyph {points}".strip())


@dataclass(frozen=True)
class Line:
    """One attended appointment, as the certificate lists it."""

    kind: str
    title_it: str
    title_en: str
    held_on: date
    minutes: int
    host_name: str | None


@dataclass(frozen=True)
class Sheet:
    """All that a certificate says. No fiscal code, no address: what is not here cannot leak from a document."""

    number: str
    edition: int
    public_code: str
    public_url: str
    holder: str
    body_name: str
    programme_it: str
    programme_en: str
    issuer: str
    place: str
    issued_at: datetime
    issued_on: date
    minutes: int
    lines: tuple[Line, ...]
    development_key: bool

    @property
    def verification_url(self) -> str:
        return qr.verification_url(self.public_url, self.public_code)

    def evidence(self) -> str:
        """The same statement as JSON, which travels inside the PDF."""
        statement = {
            "type": "coalizione-certificate",
            "version": 1,
            "number": self.number,
            "edition": self.edition,
            "public_code": self.public_code,
            "verification_url": self.verification_url,
            "issuer": self.issuer,
            "issued_on": self.issued_on.isoformat(),
            "holder": self.holder,
            "body": self.body_name,
            "programme": {"it": self.programme_it, "en": self.programme_en},
            "minutes": self.minutes,
            "appointments": [
                {
                    "kind": line.kind,
                    "title": {"it": line.title_it, "en": line.title_en},
                    "held_on": line.held_on.isoformat(),
                    "minutes": line.minutes,
                    "host": line.host_name,
                }
                for line in self.lines
            ],
        }
        return json.dumps(statement, ensure_ascii=False, indent=1)


class Renderer:
    """Turns sheets into unsigned PDFs. Keeps the compiler and its fonts: the first document costs the most.

    Green threads may share one; threads of the operating system may not.
    """

    @cached_property
    def _compiler(self) -> typst.Compiler:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")])
        return typst.Compiler(input=str(_HERE / "template.typ"), root=str(_HERE), font_paths=fonts)

    @cached_property
    def _drawable(self) -> frozenset[int]:
        drawable: set[int] = set()
        for path in sorted((_HERE / "fonts").glob("*.ttf")):
            with TTFont(path, lazy=True) as font:
                drawable |= set(font.getBestCmap())
        return frozenset(drawable)

    def render(self, sheet: Sheet) -> bytes:
        """The unsigned PDF; raises ``MissingGlyph``, or ``CannotRender`` when the engine refuses."""
        said = _said(sheet)
        self._check_letters(said)
        written = json.dumps(said, ensure_ascii=False)
        layout = next(layout for lines, layout in _LAYOUTS if len(sheet.lines) <= lines)
        document = self._compile(written, layout, sheet.issued_at)
        while layout < _ANNEX and not _on_one_page(document):
            layout += 1
            document = self._compile(written, layout, sheet.issued_at)
        return document if document.endswith(b"\n") else document + b"\n"

    def _compile(self, written: str, layout: int, at: datetime) -> bytes:
        try:
            document = self._compiler.compile(
                format="pdf",
                sys_inputs={"sheet": written, "layout": str(layout)},
                timestamp=int(at.timestamp()),
                pdf_standards=_STANDARDS,
            )
        except typst.TypstError as error:
            if "could not be displayed" in str(error):
                raise MissingGlyph from None
            raise CannotRender("engine_refused") from None
        assert isinstance(document, bytes)
        return document

    def _check_letters(self, said: dict[str, Any]) -> None:
        printed = "".join(value for key, value in said.items() if isinstance(value, str) and key not in _UNPRINTED)
        printed += "".join(value for line in said["lines"] for value in line.values() if isinstance(value, str))
        missing = {character for character in printed if ord(character) not in self._drawable}
        if missing:
            raise MissingGlyph("".join(missing))


_UNPRINTED = frozenset({"qr", "evidence", "verify_url"})


def _said(sheet: Sheet) -> dict[str, Any]:
    """The template's input: words ready to be printed, in NFC and on one line each."""
    drawing = qr.draw(sheet.verification_url)
    return {
        "number": _words(sheet.number),
        "edition": sheet.edition,
        "issuer": _words(sheet.issuer),
        "holder": _words(sheet.holder),
        "body": _words(sheet.body_name),
        "programme_it": _words(sheet.programme_it),
        "programme_en": _words(sheet.programme_en),
        "place": _words(sheet.place),
        "issued_it": _date_it(sheet.issued_on),
        "issued_en": _date_en(sheet.issued_on),
        "duration_it": _duration(sheet.minutes, ("ora", "ore"), ("minuto", "minuti"), " e "),
        "duration_en": _duration(sheet.minutes, ("hour", "hours"), ("minute", "minutes"), " and "),
        "lines": [
            {
                "date": f"{line.held_on:%d/%m/%Y}",
                "kind_it": _KINDS[line.kind][0],
                "kind_en": _KINDS[line.kind][1],
                "title_it": _words(line.title_it),
                "title_en": _words(line.title_en),
                "place": _words(line.host_name) if line.host_name else None,
                "minutes": line.minutes,
            }
            for line in sheet.lines
        ],
        "code": codes.grouped(sheet.public_code),
        "verify_page": f"{sheet.public_url.rstrip('/')}/verify",
        "verify_url": sheet.verification_url,
        "qr": drawing.svg,
        "qr_side_mm": drawing.side_mm,
        "evidence": sheet.evidence(),
        "development": sheet.development_key,
    }


def _on_one_page(document: bytes) -> bool:
    return re.search(rb"/Type/Pages/Count 1/", document) is not None


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _date_it(day: date) -> str:
    return f"{day.day}{'º' if day.day == 1 else ''} {_MONTHS_IT[day.month - 1]} {day.year}"


def _date_en(day: date) -> str:
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def _duration(minutes: int, hour: tuple[str, str], minute: tuple[str, str], conjunction: str) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} {hour[hours != 1]}"] if hours else []
    parts += [f"{rest} {minute[rest != 1]}"] if rest or not hours else []
    return conjunction.join(parts)
