"""Who has joined, for everybody: the right bodies, page by page, and nobody's data."""

from __future__ import annotations

import json

import pytest
from marshmallow import ValidationError

from chassis.refusal import Invalid, Missing
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    GUIDONIA,
    MERANO,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    form,
)


@pytest.fixture
def joined(enrollment):
    """Some have joined; Guidonia has not confirmed, Merano has left again."""
    made = {code: enrollment.submit_adhesion(form(code)) for code in (TIVOLI, BOLZANO, BRUNICO, GUIDONIA, MERANO)}
    for code in (TIVOLI, BOLZANO, BRUNICO, MERANO):
        enrollment.confirm_adhesion(confirm_link(made[code]))
    enrollment.withdraw_adhesion(area(enrollment, made[MERANO]))
    return lambda **asked: enrollment.joined_bodies(PROGRAMME, **asked)


def names(answer):
    return [body["name"] for body in answer["items"]]


def test_only_confirmed_bodies_are_there_in_the_order_of_their_names(joined):
    answer = joined()
    assert (names(answer), answer["next_cursor"]) == (["Bolzano", "Brunico", "Tivoli"], None)
    written = json.dumps(answer)
    for personal in ("Maria", "Rossi", "Anna", "@"):
        assert personal not in written


def test_by_region_by_province_and_by_either_name(joined):
    assert names(joined(region="Lazio")) == ["Tivoli"]
    assert names(joined(province="BZ")) == ["Bolzano", "Brunico"]
    assert names(joined(query="BOZEN")) == ["Bolzano"]
    assert names(joined(query="brùnico", region="Lazio")) == []
    assert names(joined(query="", region="", province="")) == ["Bolzano", "Brunico", "Tivoli"]


def test_pages_follow_each_other_and_lose_nobody(joined):
    found, cursor = [], None
    while True:
        answer = joined(limit=1, cursor=cursor)
        found += names(answer)
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert found == ["Bolzano", "Brunico", "Tivoli"]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "WzEsMl0=", "WyJcdTAwMDAiLCJ4Il0=", "%" * 100, 7])
def test_a_cursor_that_nobody_gave_is_refused(joined, cursor):
    with pytest.raises(Invalid):
        joined(cursor=cursor)


def test_what_is_no_filter_is_refused(joined, enrollment):
    for asked in ({"limit": 0}, {"limit": 501}, {"query": "x" * 2000}, {"region": "\x00"}):
        with pytest.raises((Invalid, ValidationError)):
            joined(**asked)
    with pytest.raises(Missing):
        enrollment.joined_bodies("nowhere")


def test_the_territory_is_that_of_the_registry(enrollment):
    rows = enrollment.territory()["items"]
    assert [(row["region"], row["province"]) for row in rows if row["region"] == "Lazio"] == [("Lazio", "RM")]
    assert {"province": "BZ", "province_name": "Bolzano/Bozen", "region": "Trentino-Alto Adige/Südtirol"} in rows


def test_a_map_shows_where_the_same_bodies_are(joined, enrollment):
    def places(**asked):
        return enrollment.joined_places(PROGRAMME, **asked)["items"]

    everywhere = places()
    assert len(everywhere) == 3
    assert all(36 < latitude < 48 and 6 < longitude < 19 for latitude, longitude in everywhere)
    assert [round(one) for one in places(province="RM")[0]] == [42, 13]
    assert (len(places(region="Lazio")), len(places(query="bruneck")), places(query="nessuno")) == (1, 1, [])
    with pytest.raises(Missing):
        enrollment.joined_places("nowhere")
    with pytest.raises(ValidationError):
        enrollment.joined_places(PROGRAMME, query=7)
