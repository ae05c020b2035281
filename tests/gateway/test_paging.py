from __future__ import annotations

import pytest

from chassis.refusal import Invalid
from gateway.api.paging import page_of
from tests.gateway.conftest import Api

ITEMS = [{"id": number} for number in range(5)]


def test_pages_follow_each_other_until_there_are_no_more() -> None:
    seen, cursor = [], None
    for _ in range(3):
        page = page_of(ITEMS, 2, cursor)
        seen.append([item["id"] for item in page["items"]])
        cursor = page["next_cursor"]
    assert (seen, cursor) == ([[0, 1], [2, 3], [4]], None)


def test_a_page_beyond_the_end_is_empty() -> None:
    assert page_of(ITEMS, 2, "900") == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("cursor", ["", "-1", "1.5", "²", "٣", "x", "9" * 5000])
def test_a_cursor_that_nobody_gave_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        page_of(ITEMS, 2, cursor)


def test_bodies_are_found_page_by_page(anyone: Api, programme: dict[str, object]) -> None:
    first = anyone("GET", "/bodies?query=o&limit=1").json
    second = anyone("GET", f"/bodies?query=o&limit=1&cursor={first['next_cursor']}").json
    whole = anyone("GET", "/bodies?query=o&limit=2").json
    assert first["items"] + second["items"] == whole["items"]
