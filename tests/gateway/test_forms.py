from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.forms import csrf_token, new_key, request_key
from tests.gateway.conftest import PASSWORD
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of


def test_a_form_without_its_token_is_refused_and_nothing_happens(
    client: FlaskClient, platform: Platform, staff: dict[str, str]
) -> None:
    right = token_of(client.get("/staff/login"))
    other = token_of(client.application.test_client().get("/staff/login"))
    form = {"email": staff["desk"], "password": PASSWORD}
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": other}, {"csrf_token": "à" * 64}, {"csrf_token": right[:-1]}):
        assert client.post("/staff/login", data={**form, **wrong}).status_code == 400
    assert client.get_cookie("staff") is None
    assert client.post("/staff/login", data={**form, "csrf_token": right}).status_code in (302, 303)


def test_a_token_without_its_cookie_is_refused(client: FlaskClient) -> None:
    right = token_of(client.get("/staff/login"))
    client.delete_cookie("visit")
    assert client.post("/staff/login", data={"csrf_token": right}).status_code == 400


def test_a_token_from_before_the_login_is_refused_after_it(client: FlaskClient, staff: dict[str, str]) -> None:
    before = token_of(client.get("/staff/login"))
    log_in(client, staff["desk"])
    assert client.post("/staff/logout", data={"csrf_token": before}).status_code == 400


def test_a_token_signed_with_another_secret_is_refused(make_app: Callable[..., Flask], client: FlaskClient) -> None:
    other = make_app(secret_key="o" * 32).test_client()
    right = token_of(other.get("/staff/login"))
    client.set_cookie("visit", other.get_cookie("visit").value)
    assert client.post("/staff/login", data={"csrf_token": right}).status_code == 400


def test_every_page_of_a_visit_has_the_same_token(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "visit=v"}):
        first = csrf_token()
        assert csrf_token() == first
    with app.test_request_context(headers={"Cookie": "visit=w"}):
        assert csrf_token() != first


def key(app: Flask, path: str = "/api/v1/adhesions", **request: Any) -> str | None:
    with app.test_request_context(path, method="POST", **request):
        return request_key()


def test_a_key_belongs_to_who_sends_it(app: Flask) -> None:
    mine = {"Idempotency-Key": "k", "Authorization": "Bearer mine"}
    theirs = {"Idempotency-Key": "k", "Authorization": "Bearer theirs"}
    assert key(app, headers=mine) == key(app, headers=mine)
    assert key(app, headers=mine) != key(app, headers=theirs)
    assert key(app, headers={"Idempotency-Key": "k"}) not in (None, key(app, headers=mine))
    assert len(key(app, headers=mine) or "") == 64


def test_a_form_carries_its_key_in_a_field(app: Flask) -> None:
    assert key(app, "/programmes/x/adhesion", data={"idempotency_key": "k"}) == key(
        app, headers={"Idempotency-Key": "k"}
    )
    assert key(app, "/programmes/x/adhesion", data={}) is None
    assert key(app) is None
    assert new_key() != new_key()


@pytest.mark.parametrize("wrong", ["x" * 201, "a b", "è", "\x7f"])
def test_a_key_that_cannot_be_one_is_422(client: FlaskClient, programme: dict[str, Any], wrong: str) -> None:
    answer = client.post(
        "/api/v1/adhesions/confirmations",
        headers={"Idempotency-Key": wrong.encode().decode("latin-1"), "Authorization": "Bearer x"},
    )
    assert answer.status_code == 422
