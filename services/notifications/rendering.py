"""Words to mails: one template a kind and language, rendered once as plain text and once as HTML.

The templates use the parts (paragraph, facts, action) of ``parts.j2``, which exists in both shapes, so that the two
bodies of a mail cannot drift apart. Values are escaped in HTML; a value never brings a line break of its own.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.notifications.domain import one_line

_TEMPLATES = Path(__file__).parent / "templates"
_ROME = ZoneInfo("Europe/Rome")
_LOCALES = {language: Locale.parse(language) for language in ("it", "en")}
_BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Written:
    """A mail's words."""

    subject: str
    text: str
    html: str


def write(kind: str, language: str, values: Mapping[str, Any]) -> Written:
    """Write a mail; every text in ``values`` must already be of one line."""
    values = {**values, "language": language}
    subject, _, text = _template("text", kind, language).render(values).partition("\n")
    html = _template("html", kind, language).render(values)
    return Written(subject, _BLANKS.sub("\n\n", text).strip() + "\n", html)


@cache
def _template(shape: str, kind: str, language: str) -> Template:
    return _environment(shape).get_template(f"{language}/{kind}.j2")


@cache
def _environment(shape: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_TEMPLATES / shape, _TEMPLATES]),
        autoescape=shape == "html",  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
    )
    environment.filters["one_line"] = one_line
    environment.filters["wrapped"] = lambda text: textwrap.fill(
        " ".join(text.split()), 76, break_long_words=False, break_on_hyphens=False
    )
    return environment


def day(moment: datetime, language: str) -> str:
    """ "17 luglio 2017", by the calendar in Rome."""
    return format_date(moment.astimezone(_ROME).date(), "d MMMM y", locale=_LOCALES[language])


def moment(when: datetime, language: str) -> str:
    """ "alle 9:00 del 17 luglio 2017 (ora italiana)"."""
    local = when.astimezone(_ROME)
    clock = f"{local.hour}:{local.minute:02}"
    if language == "it":
        return f"alle {clock} del {day(when, language)} (ora italiana)"
    return f"{clock} on {day(when, language)} (Italian time)"


def span(start: datetime, end: datetime, language: str) -> str:
    """ "lunedì 17 luglio 2017, dalle 9:00 alle 17:00 (ora italiana)"."""
    first, last = start.astimezone(_ROME), end.astimezone(_ROME)
    date = format_date(first.date(), "EEEE d MMMM y", locale=_LOCALES[language])
    begins, ends = (f"{moment.hour}:{moment.minute:02}" for moment in (first, last))
    if language == "it":
        return f"{date}, dalle {begins} alle {ends} (ora italiana)"
    return f"{date}, from {begins} to {ends} (Italian time)"


def duration(minutes: int, language: str) -> str:
    """ "6 ore e 30 minuti"."""
    one_hour, hours_word, one_minute, minutes_word, joined = _WORDS[language]
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(f"{hours} {one_hour if hours == 1 else hours_word}")
    if rest or not hours:
        parts.append(f"{rest} {one_minute if rest == 1 else minutes_word}")
    return f" {joined} ".join(parts)


_WORDS = {"it": ("ora", "ore", "minuto", "minuti", "e"), "en": ("hour", "hours", "minute", "minutes", "and")}
