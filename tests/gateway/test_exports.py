"""Adhesions and delegates as tables: what is in them, and what no spreadsheet may run."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from gateway.exports import _written, safe
from services.enrollment import exports
from tests.gateway.conftest import Api, adhesion_form, delegate_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of


@pytest.fixture
def two(anyone: Api, programme: dict[str, Any]) -> list[dict[str, Any]]:
    """Appiano, whose contact tries to be a formula, and Bolzano with two delegates."""
    contact = {"given_name": '=HYPERLINK("http://x";"y")', "family_name": "+Conti", "email": "a@x.example.org"}
    contact |= {"office": '@Ufficio; "personale"', "phone": "+39 0471 1"}
    people = [delegate_form("c@x.example.org"), delegate_form("d@x.example.org", family_name="-Dini", role="manager")]
    forms = [
        adhesion_form(programme, "021004", contact=contact),
        adhesion_form(programme, "021008", delegates=people),
    ]
    return [anyone("POST", "/adhesions", form).json for form in forms]


def rows_of(answer: Any) -> list[list[str]]:
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def at(programme: dict[str, Any], **query: str) -> str:
    return f"/adhesions/export?programme_code={programme['code']}" + "".join(f"&{k}={v}" for k, v in query.items())


def test_a_csv_is_as_offices_expect_it(secretariat: Api, two: list[dict[str, Any]], programme: dict[str, Any]) -> None:
    answer = secretariat("GET", at(programme), Accept_Language="en")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=co-alizione-2017-adhesions.csv"
    head, first, second = rows_of(answer)
    found = dict(zip(head, first, strict=True))
    assert (found["Body"], found["Sent"], found["Confirmed"], found["Inhabitants"]) == (
        "Appiano sulla strada del vino",
        "20/05/2017",
        "",
        "14800",
    )
    assert found["Contact, Given name"] == '\'=HYPERLINK("http://x";"y")'
    assert (found["Contact, Family name"], found["Office"]) == ("'+Conti", '\'@Ufficio; "personale"')
    assert found["Phone"] == "'+39 0471 1"
    assert dict(zip(head, second, strict=True))["Delegates"] == "2"
    assert "Gender" not in head


def test_an_xlsx_holds_the_same_and_dates_are_dates(
    secretariat: Api, two: list[dict[str, Any]], programme: dict[str, Any]
) -> None:
    answer = secretariat("GET", at(programme, format="xlsx"), Accept_Language="en")
    head, first, _second = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    found = dict(zip(head, first, strict=True))
    assert (str(found["Sent"]), found["Inhabitants"]) == ("2017-05-20", 14800)
    assert found["Contact, Family name"] == "'+Conti"


def test_delegates_are_a_table_of_their_own_in_the_same_filters(
    secretariat: Api, two: list[dict[str, Any]], programme: dict[str, Any]
) -> None:
    sought = {"programme_code": programme["code"], "query": "bolzano"}
    words = secretariat("POST", "/adhesions/searches", sought).json["search"]
    head, *rows = rows_of(secretariat("GET", at(programme, subject="delegates", search=words), Accept_Language="en"))
    assert [(row[head.index("Family name")], row[head.index("Role")]) for row in rows] == [
        ("Dini", "official"),
        ("'-Dini", "manager"),
    ]
    empty = secretariat("GET", at(programme, subject="delegates", state="rejected"), Accept_Language="en")
    assert rows_of(empty) == [head]


def test_every_part_is_in_it_once(
    secretariat: Api, two: list[dict[str, Any]], programme: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PART", 1)
    _head, *rows = rows_of(secretariat("GET", at(programme)))
    assert [row[0] for row in rows] == [one["protocol"] for one in two]


@pytest.mark.parametrize("query", ["format=pdf", "subject=mayors", "state=lost", "population_min=x"])
def test_a_table_that_is_none(secretariat: Api, programme: dict[str, Any], query: str) -> None:
    name, value = query.split("=")
    assert list(secretariat("GET", at(programme, **{name: value})).json["errors"]) == [name]


def test_the_page_exports_what_its_filter_finds_and_the_log_says_who_did(
    app: Flask, staff: dict[str, str], two: list[dict[str, Any]], api_of: Callable[[str], Api]
) -> None:
    browser: FlaskClient = app.test_client()
    log_in(browser, staff["secretariat"])
    search = {"csrf_token": token_of(browser.get("/staff/adhesions")), "list": "adhesions", "query": "bolzano"}
    page = browser.post("/staff/search", data=search, follow_redirects=True).text
    [export] = re.findall(r'href="(/staff/adhesions/export[^"]*subject=adhesions&amp;format=csv[^"]*)"', page)
    assert "bolzano" not in export
    assert len(rows_of(browser.get(html.unescape(export)))) == 2
    assert browser.get("/staff/adhesions/export?subject=adhesions&format=exe").status_code == 404
    assert browser.get("/staff/adhesions/export?subject=adhesions&format=csv&state=lost").status_code == 422
    entries = api_of("administrator")("GET", "/audit-entries?limit=50").json["items"]
    assert "GET /staff/adhesions/export" in {entry["action"] for entry in entries}


def test_a_service_at_rest_is_said_before_the_file_begins(
    secretariat: Api, programme: dict[str, Any], platform: Platform
) -> None:
    platform.down.add("enrollment")
    assert secretariat("GET", at(programme)).status_code == 503


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_nothing_is_a_formula(start: str) -> None:
    assert safe(f"{start}1+1") == f"'{start}1+1"


def test_numbers_have_the_decimal_comma_and_stay_numbers() -> None:
    assert (_written(1234.5), _written(-3), safe(-3), safe("a=b")) == ("1234,5", -3, -3, "a=b")
