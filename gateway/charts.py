"""Charts as server-rendered SVG: where each mark stands. What they say stands in words beside them, and in a table.

Across, a chart is as wide as its place, so places are percentages; down, it is as high as it needs, in pixels. So its
words keep their size on a telephone. No colour carries a meaning alone: series differ by pattern or dash, and are
named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

__all__ = ["Columns", "Period", "Row", "columns", "lines", "periods", "row"]

HEIGHT = 180
TOP = 24
"""Room above the highest mark, for the words at the top line."""
MOST_PERIODS = 120


@dataclass(frozen=True)
class Period:
    """Some days, from ``start`` on, and what was received and confirmed in them and until their end."""

    start: date
    days: int
    received: int
    confirmed: int
    all_received: int
    all_confirmed: int

    @property
    def last(self) -> date:
        return self.start + timedelta(days=self.days - 1)


@dataclass(frozen=True)
class Columns:
    """A chart over time: ``marks`` and ``tops`` in percent across and pixels down; ``end`` is where the window ends."""

    marks: tuple[tuple[float, float, float, float], ...]
    tops: tuple[tuple[float, int], ...]
    end: float | None
    first: date
    last: date


@dataclass(frozen=True)
class Row:
    """One bar of a chart of bars: its parts as (pattern, from, width) in percent, its name, and its figure in words."""

    name: str
    figure: str
    parts: tuple[tuple[str, float, float], ...]


def periods(by_day: list[dict[str, Any]], opens: date, until: date, days: int) -> list[Period]:
    """The days of the window put together, from its opening to ``until``, or to the last adhesion if that is later.

    ``days`` make a period; more, where there would be too many periods to be told apart.
    """
    counted = {date.fromisoformat(one["day"]): one for one in by_day}
    first, last = min([opens, *counted]), max([until, opens, *counted])
    while (last - first).days // days >= MOST_PERIODS:
        days *= 2
    found: list[Period] = []
    received = confirmed = 0
    start = first
    while start <= last:
        some = [one for day, one in counted.items() if start <= day < start + timedelta(days=days)]
        new_received, new_confirmed = (sum(one[name] for one in some) for name in ("received", "confirmed"))
        received, confirmed = received + new_received, confirmed + new_confirmed
        found.append(Period(start, days, new_received, new_confirmed, received, confirmed))
        start += timedelta(days=days)
    return found


def columns(some: list[Period], closes: date) -> Columns:
    """Columns of what each period received."""
    top = nice(max(period.received for period in some))
    wide = 100 / len(some)
    marks = tuple(
        (round((number + 0.1) * wide, 2), round(0.8 * wide, 2), _down(one.received, top), _up(one.received, top))
        for number, one in enumerate(some)
        if one.received
    )
    return Columns(marks, _tops(top), _end(some, closes), some[0].start, some[-1].last)


def lines(some: list[Period], closes: date, now: date, series: str) -> Columns:
    """A line of all that came until the end of each period, as pieces (from x, y, to x, y); it ends at the present."""
    top = nice(some[-1].all_received)
    wide = 100 / len(some)
    points = [(0.0, _down(0, top))] + [
        (round((number + 1) * wide, 2), _down(getattr(period, series), top))
        for number, period in enumerate(some)
        if period.start <= now
    ]
    pieces = tuple((*before, *after) for before, after in pairwise(points))
    return Columns(pieces, _tops(top), _end(some, closes), some[0].start, some[-1].last)


def row(name: str, figure: str, parts: list[tuple[str, int]], whole: int) -> Row:
    """A bar whose parts are shares of the whole."""
    drawn, at = [], 0.0
    for pattern, value in parts:
        width = 100 * min(value, whole) / whole if whole else 0.0
        if width:
            drawn.append((pattern, round(at, 2), round(width, 2)))
        at += width
    return Row(name, figure, tuple(drawn))


def nice(value: int) -> int:
    """The least of 2, 4, 10, 20, 40, 100 … that is not below the value: its half is a whole number too."""
    step = 1
    while True:
        for times in (2, 4, 10):
            if times * step >= value:
                return times * step
        step *= 10


def _down(value: int, top: int) -> float:
    return round(TOP + HEIGHT * (1 - value / top), 1)


def _up(value: int, top: int) -> float:
    return round(HEIGHT * value / top, 1)


def _tops(top: int) -> tuple[tuple[float, int], ...]:
    return tuple((_down(value, top), value) for value in (top, top // 2, 0))


def _end(some: list[Period], closes: date) -> float | None:
    """The end of the day on which the window closes, where the chart reaches so far."""
    first, days = some[0].start, len(some) * some[0].days
    at = (closes - first).days + 1
    return round(100 * at / days, 2) if 0 < at <= days else None
