"""Words, numbers and moments in the reader's language: Italian first, English second.

Msgids are English, so the English page needs no catalogue; the others are ``translations/<language>.po``, read once at
start with babel's own reader: no compiled file to forget. ``python -m gateway.i18n check`` fails when a string of the
templates or of the code has no translation, or when a translation serves no string any more; ``update`` brings the
catalogues up to date with the code and leaves the new strings empty.
"""

from __future__ import annotations

import gettext as plural_rules
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import babel.dates
import babel.numbers
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from flask import has_request_context, request

LANGUAGES = ("it", "en")
DEFAULT_LANGUAGE = "it"
LANGUAGE_COOKIE = "lang"
ROME = ZoneInfo("Europe/Rome")

_HERE = Path(__file__).parent
_TRANSLATIONS = _HERE / "translations"
_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def current_language() -> str:
    """What the reader asked for: the link, else the cookie that the link left, else the browser, else Italian."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    for asked in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE


@cache
def _catalogue(language: str) -> Catalog | None:
    path = _TRANSLATIONS / f"{language}.po"
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def _plural(language: str) -> Callable[[int], int]:
    catalogue = _catalogue(language)
    return plural_rules.c2py(catalogue.plural_expr if catalogue else "(n != 1)")


def _translation(message: str, language: str) -> str | tuple[str, ...]:
    catalogue = _catalogue(language)
    found = catalogue.get(message) if catalogue else None
    if found is None or not found.string:
        return message
    return _forms(found.string) if isinstance(found.id, tuple | list) else str(found.string)


def gettext(message: str, **values: object) -> str:
    """``message`` in the reader's language, with its ``%(name)s`` filled in."""
    text = _translation(message, current_language())
    assert isinstance(text, str)
    return text % values if values else text


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """The form that goes with ``number``, with ``%(number)s`` and the other names filled in."""
    language = current_language()
    forms = _translation(singular, language)
    if isinstance(forms, str):
        forms = (singular, plural)
    return forms[_plural(language)(number)] % {"number": format_number(number), **values}


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a string of a table for translation; whoever shows it translates it."""
    return message


def in_language(fields: dict[str, Any], name: str) -> str:
    """The programme's own words come in both languages: ``name_it`` and ``name_en``."""
    return fields.get(f"{name}_{current_language()}") or fields.get(f"{name}_it") or ""


def _moment(value: str | datetime) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(ROME)


def local_date(value: str | date | datetime) -> date:
    """The day on which the moment falls in Italy; a plain date is itself."""
    if isinstance(value, datetime):
        return value.astimezone(ROME).date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if len(value) == 10 else _moment(value).date()


def format_day(value: str | date | datetime | None, form: str = "long") -> str:
    """A date as people say it: 30 giugno 2017, 30 June 2017."""
    if not value:
        return "–"
    locale = "en_GB" if current_language() == "en" else current_language()
    return babel.dates.format_date(local_date(value), form, locale=locale)


def format_weekday(value: str | date | datetime | None) -> str:
    """A date with its weekday, as appointments are remembered."""
    return format_day(value, "EEEE d MMMM y")


def format_time(value: str | datetime | None) -> str:
    """The hour on Italy's clocks, 24 hours."""
    return _moment(value).strftime("%H:%M") if value else "–"


def format_moment(value: str | datetime | None) -> str:
    """A date and the hour on Italy's clocks."""
    if not value:
        return "–"
    return gettext("%(day)s at %(time)s", day=format_day(value), time=format_time(value))


def format_number(value: float | None, decimals: int = 0) -> str:
    """1.234,5 in Italian, 1,234.5 in English; a dash where there is none."""
    if value is None:
        return "–"
    return _decimal(value, "#,##0" + ("." + "0" * decimals if decimals else ""), current_language())


@lru_cache(maxsize=10_000)
def _decimal(value: float, form: str, language: str) -> str:
    """Kept: the page of a large plan shows the same few hundred distances ten thousand times."""
    return babel.numbers.format_decimal(value, form, locale=language)


def format_percent(value: float | None, decimals: int = 0) -> str:
    """A share from 0 to 1 as a percentage."""
    if value is None:
        return "–"
    form = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return babel.numbers.format_percent(value, form, locale=current_language())


def format_duration(minutes: int | None) -> str:
    """Minutes as hours and minutes: 7 h 30 min, with blanks that do not break."""
    if minutes is None:
        return "–"
    hours, rest = divmod(int(minutes), 60)
    return "\u00a0".join([str(hours), "h"] * bool(hours) + [str(rest), "min"] * bool(rest or not hours))


def _strings() -> Catalog:
    found = Catalog(project="coalizione", charset="utf-8")
    for file, line, message, comments, context in extract_from_dir(
        _HERE, method_map=_METHODS, keywords=_KEYWORDS, options_map={"**/templates/**.html": {"silent": "false"}}
    ):
        found.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return found


def complaints(language: str, wanted: Catalog | None = None) -> Iterator[str]:
    """What is wrong with one catalogue: strings without a translation, translations without a string."""
    wanted, have = _strings() if wanted is None else wanted, _catalogue(language)
    assert have is not None, language
    known = {message.id: message for message in have if message.id}
    for message in wanted:
        if not message.id:
            continue
        found = known.pop(message.id, None)
        translated = found is not None and not found.fuzzy and all(_forms(found.string))
        if not translated:
            yield f"{language}: no translation of {message.id!r} ({message.locations[0][0]}:{message.locations[0][1]})"
        elif found and list(found.check()):
            yield f"{language}: the names in the translation of {message.id!r} differ"
    yield from (f"{language}: nothing uses {identity!r}" for identity in known)
    yield from (f"{language}: obsolete {identity!r}" for identity in have.obsolete)


def _forms(string: str | Sequence[str] | None) -> tuple[str, ...]:
    """A translation's forms: one, or one for each plural of the language."""
    return (string or "",) if isinstance(string, str) or string is None else tuple(string)


def _update(language: str) -> None:
    catalogue = _catalogue(language) or Catalog(locale=language)
    catalogue.update(_strings(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    with (_TRANSLATIONS / f"{language}.po").open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, no_location=True)


def main(arguments: list[str]) -> int:
    """``check`` or ``update`` every catalogue."""
    translated = [language for language in LANGUAGES if language != "en"]
    if arguments == ["update"]:
        for language in translated:
            _update(language)
        return 0
    if arguments == ["check"]:
        wanted = _strings()
        found = [complaint for language in translated for complaint in complaints(language, wanted)]
        sys.stdout.write(("\n".join(found) or f"{len(wanted)} strings, all translated") + "\n")
        return 1 if found else 0
    sys.stderr.write("usage: python -m gateway.i18n check|update\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
