"""Dates as people write them, one or one stretch a line: 24/12/2017, 24/12 (each year), 1/8/2017 - 31/8/2017."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from chassis.refusal import Invalid

__all__ = ["closures_read", "closures_shown", "dates_read", "dates_shown", "pauses_read", "pauses_shown"]

_DAY = r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?"
_LINE = re.compile(_DAY + r"\s*(.*)")
_STRETCH = re.compile(rf"{_DAY}\s*[-–]\s*{_DAY}")
_LONGEST = 400
_LEAP = 2000


def dates_read(text: str, field: str) -> list[str]:
    """ISO dates from dates and stretches; ``Invalid`` names the field."""
    found: set[date] = set()
    for line in _lines(text):
        stretch = _STRETCH.fullmatch(line)
        if stretch:
            first, last = _whole(stretch.groups()[:3], field), _whole(stretch.groups()[3:], field)
        else:
            single = _LINE.fullmatch(line)
            if single is None or single[4]:
                raise Invalid({field: ["not_a_day"]})
            first = last = _whole(single.groups()[:3], field)
        if last < first:
            raise Invalid({field: ["before_start"]})
        if (last - first).days > _LONGEST:
            raise Invalid({field: ["too_many"]})
        found |= {first + timedelta(days=offset) for offset in range((last - first).days + 1)}
    return sorted(day.isoformat() for day in found)


def dates_shown(dates: Iterable[str]) -> str:
    """The same text again: consecutive dates as one stretch."""
    stretches: list[list[date]] = []
    for day in sorted(map(date.fromisoformat, dates)):
        if stretches and (day - stretches[-1][-1]).days == 1:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return "\n".join(_shown(one[0]) if len(one) == 1 else f"{_shown(one[0])} - {_shown(one[-1])}" for one in stretches)


def closures_read(text: str, field: str) -> list[dict[str, str]]:
    """Closed dates, each with what is written after it."""
    found = []
    for line in _lines(text):
        read = _LINE.fullmatch(line)
        if read is None:
            raise Invalid({field: ["not_a_day"]})
        day = _real(read[1], read[2], read[3], field)
        found.append({"date": day.isoformat() if read[3] else f"{day:%m-%d}", "reason": read[4]})
    return found


def closures_shown(closures: Iterable[dict[str, str]]) -> str:
    """The same text again."""
    return "\n".join(f"{_turned(each['date'])} {each['reason']}".strip() for each in closures)


def pauses_read(text: str, field: str) -> list[dict[str, str]]:
    """Yearly pauses: a first and a last day without a year."""
    found = []
    for line in _lines(text):
        read = _STRETCH.fullmatch(line)
        if read is None or read[3] or read[6]:
            raise Invalid({field: ["not_a_pause"]})
        days = (_real(read[1], read[2], None, field), _real(read[4], read[5], None, field))
        found.append({"first": f"{days[0]:%m-%d}", "last": f"{days[1]:%m-%d}"})
    return found


def pauses_shown(pauses: Iterable[dict[str, str]]) -> str:
    """The same text again."""
    return "\n".join(f"{_turned(pause['first'])} - {_turned(pause['last'])}" for pause in pauses)


def _lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text[:40_000].splitlines()]
    return [line for line in lines if line]


def _whole(parts: tuple[str | None, ...], field: str) -> date:
    day, month, year = parts
    if not year:
        raise Invalid({field: ["year_missing"]})
    return _real(day, month, year, field)


def _real(day: str | None, month: str | None, year: str | None, field: str) -> date:
    try:
        return date(int(year or _LEAP), int(month or 0), int(day or 0))
    except ValueError as error:
        raise Invalid({field: ["not_a_day"]}) from error


def _shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _turned(text: str) -> str:
    *year, month, day = text.split("-")
    return "/".join([day, month, *year])
