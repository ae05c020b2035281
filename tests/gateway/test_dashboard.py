"""The dashboard: its charts, its tables, its files, and the API with the same numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.dashboard import TABLES
from gateway.exports import as_csv
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in


@pytest.fixture
def secretary(app: Flask, staff: dict[str, str], programme: dict[str, Any]) -> FlaskClient:
    browser = app.test_client()
    log_in(browser, staff["secretariat"])
    return browser


@pytest.fixture
def joined(anyone: Api, contact: Callable[..., Api], programme: dict[str, Any], platform: Platform) -> None:
    """Two bodies of South Tyrol have joined, one of them without confirming."""
    first = anyone("POST", "/adhesions", adhesion_form(programme, "021004")).json
    contact(first["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    anyone("POST", "/adhesions", adhesion_form(programme, "021008"))
    platform.deliver()


def table(browser: FlaskClient, name: str, **asked: str) -> list[list[str]]:
    answer = browser.get(f"/staff/dashboard/{name}.csv", query_string={"lang": "en", **asked})
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_an_empty_programme_has_a_dashboard(secretary: FlaskClient) -> None:
    page = secretary.get("/staff?lang=en")
    assert (page.status_code, page.text.count('<svg class="chart"')) == (200, 7)
    assert table(secretary, "delegates")[1:] == [
        ["elected administrator", "0", "0", "0", "0", "0"],
        ["manager", "0", "0", "0", "0", "0"],
        ["official", "0", "0", "0", "0", "0"],
    ]


@pytest.mark.usefixtures("joined")
def test_page_files_and_api_say_the_same(
    secretary: FlaskClient, secretariat: Api, programme: dict[str, Any], clock: Any
) -> None:
    numbers = secretariat("GET", f"/programmes/{programme['code']}/dashboard").json
    assert numbers["adhesions"]["by_day"] == [{"day": "2017-05-20", "received": 2, "confirmed": 1}]
    assert numbers["adhesions"]["waiting"]["unfinished"] == 1
    assert numbers["mails"]["by_state"] == {"queued": 3}
    assert (numbers["appointments"], len(numbers["failed"])) == ([], 5)

    page = secretary.get("/staff?lang=en")
    assert "1 of 2 · 50%" in page.text
    assert "2 adhesions from" in page.text
    rows = {row[0]: row[1:] for row in table(secretary, "regions")}
    assert rows["Trentino-Alto Adige/Südtirol"] == ["1", "2", "0,5", "0"]
    weekly, daily = table(secretary, "time"), table(secretary, "time", per="day")
    assert [row[1:] for row in weekly if row[1] == "2"] == [["2", "1", "2", "1"]]
    assert (len(weekly), len(daily)) == (1 + 9, 1 + 60)
    assert [row[1] for row in table(secretary, "mails") if row[0] == "queued"] == ["3"]


def test_every_table_is_a_file_and_nothing_else_is(secretary: FlaskClient) -> None:
    for name in TABLES:
        assert len(table(secretary, name)) >= 1
    for name in ("passwords", "time.csv", "%2e%2e"):
        assert secretary.get(f"/staff/dashboard/{name}.csv").status_code == 404
    assert secretary.get("/staff/dashboard/time.csv?programme=nowhere").status_code == 404
    assert secretary.get("/staff?programme=nowhere").status_code == 404
    assert secretary.get("/staff?per=century").status_code == 200


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("resting", ["scheduling", "certificates", "notifications"])
def test_the_part_of_a_service_at_rest_is_said_to_rest(
    secretary: FlaskClient, secretariat: Api, platform: Platform, programme: dict[str, Any], resting: str
) -> None:
    platform.down = {resting}
    page = secretary.get("/staff?lang=en")
    assert (page.status_code, "1 of 2 · 50%" in page.text) == (200, True)
    numbers = secretariat("GET", f"/programmes/{programme['code']}/dashboard").json
    assert [one["service"] for one in numbers["failed"] if one["counts"] is None] == [resting]
    assert (numbers["mails"] is None, numbers["appointments"] is None) == (
        resting == "notifications",
        resting == "scheduling",
    )


def test_a_file_that_offices_open_and_that_calculates_nothing() -> None:
    written = as_csv([("a", "b"), ("=1+1", 0.25), ('-x;"y"', None), ("à", -3), ("@x", 2.0)])
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig") == 'a;b\r\n\'=1+1;0,25\r\n"\'-x;""y""";\r\nà;-3\r\n\'@x;2,0\r\n'
