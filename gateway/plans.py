"""The bodies of a plan, all of them, for whoever takes it away; pages show some of them at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any

from gateway.backend import call

__all__ = ["bodies", "by_day"]

AT_ONCE = 2000

Json = dict[str, Any]


def bodies(run_id: str) -> Iterator[Json]:
    """Who goes where, by day and name. They are asked for in parts, the first at once: what is wrong is said before the
    answer begins."""
    first = _part(run_id, None)
    return chain(first["items"], _rest(run_id, first["next_cursor"]))


def by_day(days: Iterable[Json], guests: Iterable[Json]) -> Iterator[tuple[Json, list[Json]]]:
    """Each day of a plan with its bodies; both in the plan's order."""
    found = groupby(guests, key=lambda body: body["day"])
    number, own = next(found, (None, iter(())))
    for day in days:
        if day["number"] != number:
            yield day, []
            continue
        yield day, list(own)
        number, own = next(found, (None, iter(())))


def _part(run_id: str, cursor: str | None) -> Json:
    answer: Json = call("scheduling", "planned_bodies", run_id=run_id, limit=AT_ONCE, cursor=cursor)
    return answer


def _rest(run_id: str, cursor: str | None) -> Iterator[Json]:
    while cursor is not None:
        part = _part(run_id, cursor)
        yield from part["items"]
        cursor = part["next_cursor"]
