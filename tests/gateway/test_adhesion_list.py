"""The secretariat's list of adhesions, as a page and through the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.test_identity import log_in

LIST = "/staff/adhesions"


@pytest.fixture
def browser(app: Flask, staff: dict[str, str]) -> FlaskClient:
    client = app.test_client()
    log_in(client, staff["secretariat"])
    return client


@pytest.fixture
def three(anyone: Api, programme: dict[str, Any]) -> list[dict[str, Any]]:
    """Appiano and Bolzano, and Bolzano's valley community, which waits for its mailbox like the others."""
    forms = [
        adhesion_form(programme, "021004"),
        adhesion_form(programme, "021008", delegates=[]),
        adhesion_form(
            programme, body_code=..., body={"name": "Unione <b>X</b>", "kind": "supra_municipal", "province": "BZ"}
        ),
    ]
    return [anyone("POST", "/adhesions", form).json for form in forms]


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', page)


def test_the_page_filters_sorts_and_counts(browser: FlaskClient, three: list[dict[str, Any]]) -> None:
    page = browser.get(f"{LIST}?lang=en").text
    assert names(page) == ["Appiano sulla strada del vino", "Bolzano", "Unione &lt;b&gt;X&lt;/b&gt;"]
    assert "3 adhesions" in page
    assert names(browser.get(f"{LIST}?sort=-population").text)[0] == "Bolzano"
    only = browser.get(f"{LIST}?lang=en&kind=municipality&delegates_min=1&province=bz").text
    assert (names(only), "One adhesion" in only) == (["Appiano sulla strada del vino"], True)
    assert 'aria-sort="descending"' in browser.get(f"{LIST}?sort=-body").text


def test_what_is_wrong_with_a_filter_stands_at_its_field(browser: FlaskClient, three: list[dict[str, Any]]) -> None:
    answer = browser.get(f"{LIST}?lang=en&population_min=many&submitted_from=2017-02-31")
    assert answer.status_code == 422
    for name in ("population_min", "submitted_from"):
        assert f'aria-describedby="{name}-error"' in answer.text
    assert names(answer.text) == []


@pytest.mark.parametrize("address", ["sort=shoe", "cursor=x", "cursor=W10=", "sort=body&cursor=MTox"])
def test_an_address_that_somebody_made_up(browser: FlaskClient, programme: dict[str, Any], address: str) -> None:
    assert browser.get(f"{LIST}?{address}").status_code == 422


def test_a_search_of_100_000_characters(browser: FlaskClient, secretariat: Api, programme: dict[str, Any]) -> None:
    found = secretariat("POST", "/adhesions/searches", {"programme_code": programme["code"], "query": "x" * 100_000})
    assert (found.status_code, found.json["errors"]) == (422, {"query": ["too_long"]})


def test_the_api_lists_as_the_page_does(
    secretariat: Api, three: list[dict[str, Any]], programme: dict[str, Any], api_of: Callable[[str], Api]
) -> None:
    at = f"/adhesions?programme_code={programme['code']}"
    first = secretariat("GET", f"{at}&sort=-protocol&limit=2&count=true").json
    assert [one["id"] for one in first["items"]] == [three[2]["id"], three[1]["id"]]
    assert (first["found"], first["found_all"], first["items"][0]["mailbox_dead"]) == (3, True, False)
    rest = secretariat("GET", f"{at}&sort=-protocol&cursor={first['next_cursor']}").json
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([three[0]["id"]], None)
    assert secretariat("GET", f"{at}&kind=supra_municipal&delegates_min=1&mailbox_dead=false").json["items"] != []
    for wrong in ("sort=shoe", "population_min=x", "mailbox_dead=7", "submitted_from=2017", "kind=x", "count=2"):
        assert list(secretariat("GET", f"{at}&{wrong}").json["errors"]) == [wrong.partition("=")[0]]
    assert secretariat("GET", f"{at}&sort=body&cursor={first['next_cursor']}").json["errors"] == {"cursor": ["invalid"]}
    assert api_of("desk")("GET", at).status_code == 404
