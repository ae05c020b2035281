"""Italy as a server-rendered SVG: outlines of the regions, and where a place lies on it.

An equirectangular projection at Italy's middle latitude is true enough at this size, and needs no library. The same
facts always stand in a table beside the map: the map is a picture of them, never the only place to find them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import cos, radians
from typing import Any

import seeds

WIDTH = 560
_MIDDLE = cos(radians(42.0))
_MARGIN = 8
SHADES = 5


@dataclass(frozen=True)
class Shape:
    """A region's outline as an SVG path."""

    name: str
    path: str


@dataclass(frozen=True)
class Outline:
    """Italy: its regions, and the projection that they were drawn with."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    west: float
    north: float
    scale: float

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a place in degrees lies on the drawing."""
        x = (longitude - self.west) * _MIDDLE * self.scale + _MARGIN
        y = (self.north - latitude) * self.scale + _MARGIN
        return round(x, 1), round(y, 1)


@dataclass(frozen=True)
class Dot:
    """One numbered place, the people's lines that end in it, and the words that a pointer over it gets."""

    x: float
    y: float
    number: int | None
    title: str
    lines: str


@cache
def italy() -> Outline:
    """Italy's outline; read once. The picture reaches as far as the municipalities: some islands have no outline."""
    regions = seeds.regions()
    points = [point for region in regions for ring in region.polygons for point in ring]
    points += [(lon, lat) for lat, lon in body_places().values()]
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    scale = (WIDTH - 2 * _MARGIN) / ((east - west) * _MIDDLE)
    height = round((north - south) * scale) + 2 * _MARGIN
    bare = Outline(WIDTH, height, (), west, north, scale)
    shapes = tuple(Shape(region.name, "".join(_ring(bare, ring) for ring in region.polygons)) for region in regions)
    return Outline(WIDTH, height, shapes, west, north, scale)


def _ring(outline: Outline, ring: Iterable[tuple[float, float]]) -> str:
    """A closed ring in whole pixels, each point told from the one before: a third of the bytes."""
    drawn, last = [], None
    for lon, lat in ring:
        x, y = (round(value) for value in outline.point(lat, lon))
        if last is None:
            drawn.append(f"M{x} {y}l")
        elif (x, y) != last:
            drawn.append(f"{x - last[0]} {y - last[1]}")
        last = (x, y)
    return f"{drawn[0]}{' '.join(drawn[1:])}z" if len(drawn) > 3 else ""


def shade(part: float, whole: float) -> int:
    """Which of the shades, 0 (nothing) to 5 (all), a share has."""
    if not whole or part <= 0:
        return 0
    return min(SHADES, 1 + int(SHADES * part / whole * 0.9999))


def sketched(sketch: dict[str, Any]) -> list[Dot]:
    """The best choice so far of a run that goes on: its days have no numbers yet."""
    hosts = [{**host, "host_name": host["name"], "number": None} for host in sketch["hosts"]]
    return dots(hosts, body_places())


def dots(days: Iterable[dict[str, Any]], places: dict[str, tuple[float, float]]) -> list[Dot]:
    """The plan's hosts as numbered dots, with a line to each of the ``bodies`` whose place on the map is known.

    ``places`` gives latitude and longitude by the body's code. Lines are in whole pixels, each told from the dot.
    """
    outline, drawn = italy(), []
    for day in days:
        if day.get("latitude") is None or day.get("longitude") is None:
            continue
        x, y = outline.point(day["latitude"], day["longitude"])
        ends = [outline.point(*places[code]) for code in day["bodies"] if code in places]
        steps = [(round(to_x - x), round(to_y - y)) for to_x, to_y in ends]
        lines = "".join(f"l{across} {down}m{-across} {-down}" for across, down in steps)
        drawn.append(Dot(x, y, day["number"], day["host_name"], lines and f"M{x} {y}{lines}"))
    return drawn


def sprinkled(places: Iterable[tuple[float, float]]) -> str:
    """A dot for each place in degrees, as one path: a line of no length has round ends. Each is told from the one
    before, and those that would lie upon each other are one."""
    outline, drawn, here = italy(), [], (0, 0)
    for x, y in sorted({(round(x), round(y)) for x, y in (outline.point(*place) for place in places)}):
        drawn.append(f"m{x - here[0]} {y - here[1]}h0")
        here = x, y
    return "".join(drawn)


@cache
def body_places() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of every municipality of the registry."""
    return {row.code: (row.latitude, row.longitude) for row in seeds.municipalities()}
