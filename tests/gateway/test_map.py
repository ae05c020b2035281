"""Italy on the page."""

from __future__ import annotations

import gzip
import re

import pytest

from gateway.map import WIDTH, body_places, dots, italy, shade, sprinkled


def test_the_twenty_regions_are_drawn_within_the_picture() -> None:
    outline = italy()
    assert len(outline.shapes) == 20
    for shape in outline.shapes:
        assert re.fullmatch(r"(M\d+ \d+l[-\d ]+z)+", shape.path), shape.name
    assert sum(len(shape.path) for shape in outline.shapes) < 25_000


def test_north_is_up_and_east_is_right() -> None:
    outline = italy()
    bolzano, palermo, lecce = outline.point(46.5, 11.35), outline.point(38.1, 13.36), outline.point(40.35, 18.17)
    assert bolzano[1] < lecce[1] < palermo[1]
    assert bolzano[0] < palermo[0] < lecce[0] < WIDTH


def test_every_municipality_lies_on_the_picture() -> None:
    outline = italy()
    points = [outline.point(*place) for place in body_places().values()]
    assert all(0 < x < outline.width and 0 < y < outline.height for x, y in points)


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 10, 0), (1, 10, 1), (2, 10, 1), (3, 10, 2), (9, 10, 5), (10, 10, 5), (3, 0, 0)]
)
def test_shades_grow_with_the_share(part: int, whole: int, shown: int) -> None:
    assert shade(part, whole) == shown


def test_a_dot_for_each_host_with_lines_to_the_bodies_that_are_known() -> None:
    day = {
        "number": 3,
        "host_name": "Ivrea",
        "latitude": 45.46,
        "longitude": 7.87,
        "bodies": ["001125", "S-unknown", "058091"],
    }
    (dot,) = dots([day, {**day, "latitude": None}], body_places())
    assert (dot.number, dot.title) == (3, "Ivrea")
    assert re.fullmatch(rf"M{dot.x} {dot.y}l\d -?\dm-\d -?\dl\d+ \d+m-\d+ -\d+", dot.lines), dot.lines
    assert dots([{**day, "bodies": ["S-unknown"]}], body_places())[0].lines == ""


def test_bodies_are_sprinkled_as_one_light_path_and_never_upon_each_other() -> None:
    assert sprinkled([]) == ""
    assert sprinkled([(46.5, 11.35), (46.5001, 11.3501)]).count("h0") == 1
    everybody = sprinkled(body_places().values())
    assert re.fullmatch(r"(m-?\d+ -?\d+h0)+", everybody)
    x, y = 0, 0
    drawn = set()
    for across, down in re.findall(r"m(-?\d+) (-?\d+)h0", everybody):
        x, y = x + int(across), y + int(down)
        drawn.add((x, y))
    assert drawn == {tuple(round(one) for one in italy().point(*place)) for place in body_places().values()}
    assert len(gzip.compress(everybody.encode(), 5)) < 16_000
