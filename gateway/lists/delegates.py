"""From rows of cells to delegates: headings in Italian and English, in any order, and the words that offices write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from chassis.refusal import Refused
from gateway.fields import wrong
from gateway.lists.tables import LONGEST_CELL, rows_of

__all__ = ["FIELDS", "DelegateList", "Line", "read"]

FIELDS = ("given_name", "family_name", "email", "role", "gender")
_REQUIRED = FIELDS[:4]
_HEADING_ROWS = 10
"""A title may stand above the headings."""

_HEADINGS = {
    "given_name": ("given name", "nome", "first name", "name", "forename"),
    "family_name": ("family name", "cognome", "surname", "last name"),
    "email": (
        *("email", "e mail", "mail", "posta elettronica", "email address", "e mail address", "indirizzo mail"),
        *("indirizzo email", "indirizzo e mail", "indirizzo di posta elettronica", "mailbox"),
    ),
    "role": ("role", "ruolo", "qualifica", "incarico", "carica"),
    "gender": ("gender", "genere", "sesso", "sex"),
}
_FIELD_OF = {heading: name for name, headings in _HEADINGS.items() for heading in headings}

_WORDS = {
    "role": {
        "administrator": (
            *("amministratore", "amministratrice", "elected administrator", "sindaco", "sindaca", "vicesindaco"),
            *("vicesindaca", "assessore", "assessora", "consigliere", "consigliera", "mayor", "councillor"),
            *("amministratore amministratrice", "amministratore locale"),
        ),
        "manager": ("dirigente", "dirigenti"),
        "official": ("funzionario", "funzionaria", "funzionario a", "funzionario funzionaria", "officer"),
    },
    "gender": {
        "female": ("f", "femmina", "femminile", "donna", "woman"),
        "male": ("m", "maschio", "maschile", "uomo", "man"),
        "other": ("altro", "x", "altra"),
        "not_said": ("not said", "non indicato", "preferisce non dirlo", "preferisco non dirlo", "prefers not to say"),
    },
}
_CODE_OF = {
    name: {word: code for code, words in meanings.items() for word in (code, *words)}
    for name, meanings in _WORDS.items()
}
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Line:
    """One person of the list. ``number`` is the row's in the spreadsheet; ``errors`` are codes by field."""

    number: int
    delegate: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DelegateList:
    """A list that was read, whether its lines are right or wrong."""

    lines: tuple[Line, ...]

    @property
    def good(self) -> list[dict[str, str]]:
        """The people of the lines that are right."""
        return [line.delegate for line in self.lines if not line.errors]

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.errors]


def read(content: bytes | str, known: Collection[str] = ()) -> DelegateList:
    """Read the list. ``known`` are the addresses of those who are delegates already."""
    rows = iter(rows_of(content))
    columns = _columns(rows)
    seen = {address.lower() for address in known}
    lines = [_line(number, cells, columns, seen) for number, cells in rows]
    if not lines:
        raise Refused("list_empty")
    return DelegateList(tuple(lines))


def _columns(rows: Iterable[tuple[int, list[str]]]) -> dict[str, int]:
    """Where each field stands, by the first row that has all the headings that are needed."""
    best: list[str] = []
    for _tried, (_number, cells) in zip(range(_HEADING_ROWS), rows, strict=False):
        named = [
            (_FIELD_OF[heading], place) for place, cell in enumerate(cells) if (heading := _plain(cell)) in _FIELD_OF
        ]
        names = [name for name, _place in named]
        if len(set(names)) < len(names):
            raise Refused("list_repeats_columns", columns=sorted({name for name in names if names.count(name) > 1}))
        if set(_REQUIRED) <= set(names):
            return dict(named)
        best = max(best, names, key=len)
    raise Refused("list_lacks_columns", columns=[name for name in _REQUIRED if name not in best])


def _line(number: int, cells: list[str], columns: dict[str, int], seen: set[str]) -> Line:
    """One row's person; an address that came before, here or among the known ones, is the row's error."""
    written = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
    delegate = {name: " ".join(text[:LONGEST_CELL].split()) for name, text in written.items()}
    for name, codes in _CODE_OF.items():
        delegate[name] = codes.get(_plain(delegate.get(name, "")), delegate.get(name, ""))
    delegate["gender"] = delegate["gender"] or "not_said"
    errors = {name: code for name in FIELDS if (code := _wrong(name, delegate[name]))}
    address = delegate["email"].lower()
    if "email" not in errors:
        if address in seen:
            errors["email"] = "duplicate_delegate"
        seen.add(address)
    return Line(number, delegate, errors)


def _wrong(name: str, text: str) -> str | None:
    if text.startswith(_FORMULA):
        return "formula"
    if "\ufffd" in text:
        return "unreadable_letters"
    return wrong(f"delegates.{name}", text)


def _plain(text: str) -> str:
    """Letters and digits only, without accents, capitals, and what stands in brackets."""
    text = unicodedata.normalize("NFKD", re.sub(r"\([^)]*\)", " ", text[:LONGEST_CELL]).casefold())
    letters = "".join(letter for letter in text if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()
