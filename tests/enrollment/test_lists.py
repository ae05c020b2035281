"""Searching, paging, filtering, counting; and programmes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

import seeds
from chassis.refusal import Invalid, Missing, Refused
from services.enrollment import registry
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    FIUMICINO,
    GUIDONIA,
    MERANO,
    NONE,
    PROGRAMME,
    ROMA,
    TIVOLI,
    confirm_link,
    delegate,
    form,
    programme_data,
    union,
)


def names(enrollment, query, **more):
    return [one["name"] for one in enrollment.search_bodies(query, **more)["items"]]


def test_bodies_are_found_by_either_name_and_by_code(enrollment):
    for query, found in (
        ("tivoli", ["Tivoli"]),
        ("  TIVO ", ["Tivoli"]),
        ("bozen", ["Bolzano"]),
        ("BRÙN", ["Brunico"]),
        ("bruneck", ["Brunico"]),
        ("None", ["None"]),
        ("058091", ["Roma"]),
        ("h501", ["Roma"]),
        ("montecelio", ["Guidonia Montecelio"]),
        ("vol", ["Tivoli"]),
        ("", []),
        ("%", []),
        ("_____", []),
        ("' OR 1=1 --", []),
        ("\x00\ud800", []),
    ):
        assert names(enrollment, query) == found


def test_the_closest_first_then_the_largest(enrollment, store):
    with store.transaction() as session:
        registry.store(session, registry.from_seeds(seeds.municipalities()))

    assert names(enrollment, "roma", limit=3) == ["Roma", "Romano di Lombardia", "Romano d'Ezzelino"]
    assert names(enrollment, "san gio", limit=1)[0].startswith("San Gio")
    for spelt in ("Sant'Angelo Lodigiano", "santangelo lodigiano", "SANT ANGELO LODIGIANO", "Sant’Angelo Lodigiano"):
        assert names(enrollment, spelt) == ["Sant'Angelo Lodigiano"]
    assert names(enrollment, "nabrezina") == ["Duino Aurisina-Devin Nabrežina"]
    assert names(enrollment, "reggio", limit=2) == ["Reggio di Calabria", "Reggio nell'Emilia"]
    assert len(names(enrollment, "a", limit=50)) == 50


def test_a_search_that_is_none(enrollment):
    for query, limit in ((None, 10), (7, 10), ("x" * 201, 10), ("x", 0), ("x", 51), ("x", "2")):
        with pytest.raises(Invalid):
            enrollment.search_bodies(query, limit)


def test_a_body(enrollment):
    assert enrollment.body(BRUNICO) == {
        "code": BRUNICO,
        "name": "Brunico",
        "name_other": "Bruneck",
        "kind": "municipality",
        "province": "BZ",
        "province_name": "Bolzano/Bozen",
        "region": "Trentino-Alto Adige/Südtirol",
        "population": enrollment.search_bodies("brunico")["items"][0]["population"],
        "population_year": 2023,
        "latitude": pytest.approx(46.79, abs=0.1),
        "longitude": pytest.approx(11.94, abs=0.1),
        "cadastral_code": "B220",
    }
    for unknown in ("999999", "", None, 7, "x" * 1000, "\x00"):
        with pytest.raises(Missing):
            enrollment.body(unknown)


def all_pages(enrollment, **filters):
    codes, cursor = [], None
    while True:
        page = enrollment.adhesions(PROGRAMME, cursor=cursor, **filters)
        codes += [one["body"]["code"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return codes


def test_adhesions_page_by_page_and_filtered(enrollment):
    sent = [TIVOLI, FIUMICINO, BOLZANO, BRUNICO, NONE]
    adhesions = {code: enrollment.submit_adhesion(form(code, delegates=1)) for code in sent}
    for code in (BOLZANO, NONE):
        enrollment.confirm_adhesion(confirm_link(adhesions[code]))

    for limit in (1, 2, 5, 500):
        assert all_pages(enrollment, limit=limit) == sent
    assert all_pages(enrollment, state="confirmed") == [BOLZANO, NONE]
    assert all_pages(enrollment, region="Lazio", limit=1) == [TIVOLI, FIUMICINO]
    assert all_pages(enrollment, province="BZ", state="submitted") == [BRUNICO]
    assert all_pages(enrollment, query="bruneck") == [BRUNICO]
    assert all_pages(enrollment, query="co-2017-000003") == [BOLZANO]
    assert all_pages(enrollment, query="CO-2017-999999999") == []
    assert all_pages(enrollment, region="", query="") == sent
    assert all_pages(enrollment, region="Atlantide") == []
    item = enrollment.adhesions(PROGRAMME, limit=1)["items"][0]
    assert item["delegates_count"] == 1
    assert not {"contact", "delegates", "legal_representative", "history"} & item.keys()


def test_an_adhesion_that_arrives_while_pages_are_turned_is_on_the_last_one(enrollment):
    for code in (TIVOLI, FIUMICINO):
        enrollment.submit_adhesion(form(code))
    first = enrollment.adhesions(PROGRAMME, limit=1)
    enrollment.submit_adhesion(form(MERANO))
    rest = enrollment.adhesions(PROGRAMME, limit=5, cursor=first["next_cursor"])
    assert [one["body"]["code"] for one in rest["items"]] == [FIUMICINO, MERANO]


def test_a_page_that_is_none(enrollment):
    for wrong in (
        {"limit": 0},
        {"limit": 501},
        {"limit": "5"},
        {"limit": None},
        {"limit": True},
        {"cursor": "x"},
        {"cursor": "MjAxNw=="},
        {"cursor": 7},
        {"cursor": "OTk5OTk5OTk5OTk5OTk5OjE="},
        {"sort": "shoe_size"},
        {"sort": ["body"]},
        {"sort": "--body"},
    ):
        with pytest.raises(Invalid):
            enrollment.adhesions(PROGRAMME, **wrong)


def test_a_filter_that_is_none(enrollment):
    for wrong in ({"query": "\x00"}, {"region": 7}, {"province": "x" * 2000}, {"state": "lost"}, {"shoe_size": 43}):
        with pytest.raises(ValidationError):
            enrollment.adhesions(PROGRAMME, **wrong)


def test_missing_adhesions(enrollment):
    for unknown in ("x", None, 7, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(Missing):
            enrollment.adhesion(unknown)
    with pytest.raises(Missing):
        enrollment.adhesions("another")


def test_statistics_for_the_funder(enrollment):
    two = [delegate(1), delegate(2, role="manager", gender="not_said")]
    first = enrollment.submit_adhesion({**form(TIVOLI), "delegates": two})
    enrollment.confirm_adhesion(confirm_link(first))
    enrollment.submit_adhesion(form(FIUMICINO, delegates=3))
    enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(union())))

    assert enrollment.statistics(PROGRAMME) == {
        "by_state": {"confirmed": 1, "submitted": 1, "under_review": 1},
        "by_region": [
            {"region": "Emilia-Romagna", "eligible": 0, "confirmed": 0},
            {"region": "Lazio", "eligible": 3, "confirmed": 1},
            {"region": "Piemonte", "eligible": 1, "confirmed": 0},
            {"region": "Trentino-Alto Adige/Südtirol", "eligible": 3, "confirmed": 0},
        ],
        "delegates_by_role": {"manager": 1, "official": 1},
        "delegates_by_gender": {"female": 1, "not_said": 1},
        "adhesions": 3,
        "delegates": 2,
    }


def test_programmes_and_the_state_of_their_window(enrollment, clock):
    shown = enrollment.programme(PROGRAMME)
    assert enrollment.programmes() == {"items": [shown]}
    assert shown["state"] == "open"
    assert shown["adhesion_closes"] == "2017-06-30T21:59:59+00:00"
    assert (shown["population_min"], shown["population_max"], shown["kinds"]) == (
        5_000,
        150_000,
        ["municipality", "supra_municipal"],
    )
    assert len(shown["topics"]) == 30
    assert "consent_it" in shown
    assert "programme_id" in shown
    for year, state in ((2016, "upcoming"), (2018, "closed")):
        clock.set(datetime(year, 1, 1, tzinfo=UTC))
        assert enrollment.programme(PROGRAMME)["state"] == state


def test_another_programme_is_other_data(enrollment, told):
    opened = enrollment.open_programme(
        programme_data(code="altro", protocol_prefix="AL", kinds=["municipality"], population_max=None),
        actor="admin-1",
        idempotency_key="k",
    )
    assert opened["code"] == "altro"
    assert told() == ["ProgrammeOpened"]
    with pytest.raises(Refused) as caught:
        enrollment.open_programme(programme_data(code="altro"), actor="admin-1")
    assert (caught.value.reason, caught.value.facts) == ("programme_exists", {"code": "altro"})

    assert enrollment.submit_adhesion(form(ROMA, programme_code="altro"))["protocol"] == "AL-2017-000001"
    assert enrollment.submit_adhesion(form(GUIDONIA))["protocol"] == "CO-2017-000001"
    assert enrollment.submit_adhesion(form(GUIDONIA, programme_code="altro"))["protocol"] == "AL-2017-000002"
    with pytest.raises(Refused) as caught:
        enrollment.submit_adhesion({**union(), "programme_code": "altro"})
    assert caught.value.reason == "kind_not_admitted"


def test_a_programme_changes(enrollment, told, emitted, store):
    changed = enrollment.change_programme(PROGRAMME, {"places_per_body": 3, "day_capacity": 90}, actor="admin-1")
    assert (changed["places_per_body"], changed["day_capacity"]) == (3, 90)
    assert told() == ["ProgrammeChanged"]
    assert emitted(store)[-1].day_capacity == 90
    enrollment.change_programme(PROGRAMME, {"places_per_body": 3}, actor="admin-1")
    enrollment.change_programme(PROGRAMME, {}, actor="admin-1")
    assert told() == []


def test_what_of_a_programme_does_not_change(enrollment, told):
    for changes, errors in (
        ({"code": "new-code"}, {"code": ["cannot_change"]}),
        ({"protocol_prefix": "XX"}, {"protocol_prefix": ["cannot_change"]}),
        ({"consent_it": "Altro testo"}, {"consent_version": ["must_change"]}),
        (None, {"changes": ["invalid"]}),
    ):
        with pytest.raises(Invalid) as caught:
            enrollment.change_programme(PROGRAMME, changes, actor="admin-1")
        assert (caught.value.errors, told()) == (errors, [])


def test_a_change_that_makes_no_sense(enrollment, told):
    for changes in ({"state": "open"}, {"day_capacity": 0}, {"topics": []}, {"adhesion_opens": "2018-01-01T00:00:00Z"}):
        with pytest.raises(ValidationError):
            enrollment.change_programme(PROGRAMME, changes, actor="admin-1")
    with pytest.raises(Missing):
        enrollment.change_programme("another", {}, actor="admin-1")
    assert told() == []


def test_a_new_consent_asks_for_the_new_version(enrollment):
    enrollment.change_programme(PROGRAMME, {"consent_it": "Altro", "consent_version": "2017-06"}, actor="admin-1")
    with pytest.raises(Refused) as caught:
        enrollment.submit_adhesion(form())
    assert caught.value.facts == {"current": "2017-06"}
