"""Searches for people: found as with any filter, and no address says for whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.vault import Vault
from tests.gateway.conftest import Api, adhesion_form
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


def test_words_written_into_the_address_are_not_left_out(browser: FlaskClient) -> None:
    assert "Nessun attestato corrisponde." in browser.get("/staff/certificates?query=nobody").text


@pytest.mark.parametrize("name", ["", "accounts", "https://example.org"])
def test_a_list_that_is_none_is_not_found(browser: FlaskClient, name: str) -> None:
    assert search(browser, list=name).status_code == 404


def test_no_field_leads_elsewhere(browser: FlaskClient) -> None:
    answer = search(browser, _external="1", _scheme="ftp", _anchor="x", found="y")
    assert urlsplit(answer.location)[:3] == ("", "", "/staff/adhesions")


def test_the_api_finds_certificates_by_name(secretariat: Callable[..., Any], programme: dict[str, Any]) -> None:
    at = f"/certificates?programme_id={programme['programme_id']}&query="
    assert secretariat("GET", f"{at}nobody").json["items"] == []
    assert secretariat("GET", at + "x" * 201).status_code == 422
