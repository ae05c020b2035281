"""Searches for people: found as with any filter, and no address says for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from chassis.database import Store
from gateway.models import AuditEntry
from gateway.vault import Vault
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of

LISTS = ("adhesions", "certificates")


@pytest.fixture
def browser(app: Flask, staff: dict[str, str], programme: dict[str, Any]) -> FlaskClient:
    client = app.test_client()
    log_in(client, staff["secretariat"])
    return client


def search(browser: FlaskClient, **fields: str) -> Any:
    token = token_of(browser.get("/staff/adhesions"))
    return browser.post("/staff/search", data={"csrf_token": token, "list": "adhesions"} | fields)


def test_an_adhesion_is_found_and_the_address_names_nobody(
    browser: FlaskClient, anyone: Api, programme: dict[str, Any]
) -> None:
    assert anyone("POST", "/adhesions", adhesion_form(programme)).status_code == 201
    answer = search(browser, query=" conti ", state="submitted", region="", sort="-body")
    address = urlsplit(answer.location)
    asked = parse_qs(address.query)
    assert (answer.status_code, address.path, set(asked)) == (303, "/staff/adhesions", {"state", "sort", "found"})
    assert "conti" not in answer.location

    page = browser.get(answer.location).text
    assert 'name="query" maxlength="200" value="conti"' in page
    links = [link for link in page.split('href="')[1:] if link.startswith("/staff/adhesions?")]
    assert len(links) > 8  # each column sorts by one
    assert [link for link in links if "conti" in link.partition('"')[0]] == []


@pytest.mark.parametrize("name", LISTS)
def test_nothing_searched_for_is_the_whole_list(browser: FlaskClient, name: str) -> None:
    answer = search(browser, list=name, query="  ")
    assert (answer.status_code, answer.location) == (303, f"/staff/{name}")
    assert browser.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    ("name", "words"),
    [("adhesions", "Nessuna adesione corrisponde."), ("certificates", "Nessun attestato corrisponde.")],
)
def test_who_is_not_there_is_said(browser: FlaskClient, name: str, words: str) -> None:
    page = browser.get(search(browser, list=name, query="x" * 300).location)
    assert page.status_code == 200
    assert words in page.text


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("found", ["conti", "gAAAAA", "x" * 5000, "%C3%A8"])
def test_a_search_that_nobody_sealed_is_refused_and_not_left_out(browser: FlaskClient, name: str, found: str) -> None:
    assert browser.get(f"/staff/{name}?found={found}").status_code == 400


def test_what_was_sealed_for_something_else_opens_no_search(browser: FlaskClient, app: Flask) -> None:
    other = Vault(app.extensions["settings"].secret_key).seal("conti")
    assert browser.get(f"/staff/adhesions?found={other}").status_code == 400


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("words", ["conti", "", "x" * 100_000])
def test_words_written_into_the_address_are_refused_and_not_said_again(
    browser: FlaskClient, anyone: Api, programme: dict[str, Any], name: str, words: str
) -> None:
    assert anyone("POST", "/adhesions", adhesion_form(programme)).status_code == 201
    for language, why in (("it", "cercalo qui, non nell&#39;indirizzo"), ("en", "search for it here")):
        answer = browser.get(f"/staff/{name}", query_string={"query": words, "lang": language, "state": "submitted"})
        assert answer.status_code == 422
        assert why in answer.text
        assert 'href="#query"' in answer.text
        assert 'name="query" maxlength="200" value=""' in answer.text
        assert "Appiano" not in answer.text
    export = {"query": words, "subject": "adhesions", "format": "csv"}
    assert browser.get("/staff/adhesions/export", query_string=export).status_code == 422


def test_who_got_a_letter_is_found_by_an_address_that_names_nobody(
    browser: FlaskClient, anyone: Api, programme: dict[str, Any], platform: Platform
) -> None:
    assert anyone("POST", "/adhesions", adhesion_form(programme)).status_code == 201
    platform.deliver()
    (link,) = re.findall(r'href="(/staff/adhesions[?]found=[^"]*)"', browser.get("/staff/messages").text)
    assert "Appiano" in browser.get(link).text


@pytest.mark.parametrize("name", ["", "accounts", "https://example.org"])
def test_a_list_that_is_none_is_not_found(browser: FlaskClient, name: str) -> None:
    assert search(browser, list=name).status_code == 404


def test_no_field_leads_elsewhere(browser: FlaskClient) -> None:
    answer = search(browser, _external="1", _scheme="ftp", _anchor="x", found="y")
    assert urlsplit(answer.location)[:3] == ("", "", "/staff/adhesions")


# programs


def searched(secretariat: Api, programme: dict[str, Any], **more: Any) -> Any:
    return secretariat("POST", "/adhesions/searches", {"programme_code": programme["code"], "query": "dini", **more})


def test_a_program_finds_adhesions_by_a_name_and_goes_on_without_naming_it(
    anyone: Api, secretariat: Api, programme: dict[str, Any]
) -> None:
    made = [anyone("POST", "/adhesions", adhesion_form(programme, code)).json for code in ("021004", "021008")]
    first = searched(secretariat, programme, sort="-protocol", limit=1, count=True).json
    assert ([one["id"] for one in first["items"]], first["found"]) == ([made[1]["id"]], 2)
    at = f"/adhesions?programme_code={programme['code']}&sort=-protocol&search={first['search']}"
    assert "dini" not in at
    rest = secretariat("GET", f"{at}&cursor={first['next_cursor']}").json
    assert [one["id"] for one in rest["items"]] == [made[0]["id"]]
    nobody = searched(secretariat, programme, query="nobody").json
    assert nobody["items"] == []
    assert secretariat("GET", f"/adhesions?programme_code={programme['code']}&search={nobody['search']}").json == {
        **rest,
        "items": [],
    }


@pytest.mark.parametrize("words", ["\u00e8" * 200, "\U0001f468" * 200, "%_'\"", " "])
def test_words_of_any_script_come_back_from_an_address(secretariat: Api, programme: dict[str, Any], words: str) -> None:
    answer = searched(secretariat, programme, query=words)
    assert answer.status_code == 200
    at = f"/adhesions?programme_code={programme['code']}&search={answer.json['search']}"
    assert secretariat("GET", at).json["items"] == answer.json["items"] == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"query": ""}, "query", "too_short"),
        ({"query": "x" * 201}, "query", "too_long"),
        ({"query": "a\nb"}, "query", "control_characters"),
        ({"query": ["dini"]}, "query", "invalid"),
        ({"query": None}, "query", "required"),
        ({"programme_code": None}, "programme_code", "required"),
        ({"limit": 501}, "limit", "out_of_range"),
        ({"limit": "5"}, "limit", "invalid"),
        ({"sort": "shoe"}, "sort", "unknown_choice"),
        ({"state": "lost"}, "state", "unknown_choice"),
        ({"mailbox_dead": "true"}, "mailbox_dead", "invalid"),
        ({"cursor": "x"}, "cursor", "unknown_field"),
        ({"search": "x"}, "search", "unknown_field"),
    ],
)
def test_a_bad_search_names_the_field(
    secretariat: Api, programme: dict[str, Any], changes: dict[str, Any], field: str, code: str
) -> None:
    answer = searched(secretariat, programme, **changes)
    assert (answer.status_code, answer.json["errors"]) == (422, {field: [code]})


def test_a_programme_that_is_none_is_not_found(secretariat: Api, programme: dict[str, Any]) -> None:
    answer = searched(secretariat, programme, programme_code="none")
    assert answer.status_code == secretariat("GET", "/adhesions?programme_code=none").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/adhesions?programme_code={code}", "/adhesions/export?programme_code={code}", "/certificates?programme_id={id}"],
)
def test_words_that_nobody_sealed_are_refused_in_every_address(
    secretariat: Api, programme: dict[str, Any], app: Flask, address: str
) -> None:
    at = address.format(code=programme["code"], id=programme["programme_id"])
    other = Vault(app.extensions["settings"].secret_key).seal("conti")
    errors = [
        secretariat("GET", f"{at}&search={token}").json["errors"]
        for token in ("conti", "gAAAAA", "%C3%A8", other, "x" * 1501, "")
    ]
    assert errors == [{"search": [code]} for code in (*["invalid"] * 4, "too_long", "too_short")]
    assert secretariat("GET", f"{at}&query=conti").json["errors"] == {"query": ["unknown_field"]}


def test_the_api_finds_certificates_by_name(secretariat: Api, programme: dict[str, Any]) -> None:
    sought = {"programme_id": programme["programme_id"], "query": "nobody"}
    found = secretariat("POST", "/certificates/searches", sought).json
    assert (found["items"], found["next_cursor"]) == ([], None)
    at = f"/certificates?programme_id={programme['programme_id']}&search={found['search']}"
    assert secretariat("GET", at).json == {"items": [], "next_cursor": None}
    for wrong in ({"query": "x" * 201}, {"state": "lost"}, {"programme_id": "7"}, {"delegate_id": "Ada"}):
        answer = secretariat("POST", "/certificates/searches", {**sought, **wrong})
        assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))


def test_a_search_of_a_program_is_for_the_secretariat_and_leaves_no_trace(
    secretariat: Api, api_of: Callable[[str], Api], anyone: Api, programme: dict[str, Any], own_store: Store
) -> None:
    assert searched(api_of("desk"), programme).status_code == 404
    assert searched(anyone, programme).status_code == 401
    assert searched(secretariat, programme).status_code == 200
    with own_store.read() as session:
        told = session.scalars(sa.select(AuditEntry.action)).all()
    assert [action for action in told if "searches" in action] == []
