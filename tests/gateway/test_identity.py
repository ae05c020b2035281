from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from chassis.database import Store
from gateway.identity import safe_next
from tests.gateway.conftest import PASSWORD, Api


def token_of(page: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found is not None
    return found.group(1)


def log_in(client: FlaskClient, email: str, password: str = PASSWORD, **form: str) -> Any:
    page = client.get("/staff" if cookie(client) else "/staff/login", follow_redirects=True)
    return client.post(
        "/staff/login", data={"csrf_token": token_of(page), "email": email, "password": password, **form}
    )


def cookie(client: FlaskClient, name: str = "staff") -> Any:
    return client.get_cookie(name)


@pytest.mark.usefixtures("programme")
def test_logging_in_gives_a_session_that_logging_out_ends(client: FlaskClient, staff: dict[str, str]) -> None:
    assert log_in(client, staff["secretariat"]).status_code in (302, 303)
    held = cookie(client)
    assert (held.http_only, held.same_site, held.secure, held.path) == (True, "Lax", False, "/")
    page = client.get("/staff")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    client.post("/staff/logout", data={"csrf_token": token_of(page)})
    assert cookie(client) is None
    client.set_cookie("staff", held.value)
    assert client.get("/staff").status_code == 303


def test_every_failure_has_the_same_words(client: FlaskClient, staff: dict[str, str]) -> None:
    attempts = [(staff["desk"], "wrong"), ("nobody@example.org", PASSWORD), ("", "")]
    pages = [log_in(client, email, password) for email, password in attempts]
    for _ in range(6):
        log_in(client, staff["desk"], "wrong")
    pages.append(log_in(client, staff["desk"], PASSWORD))
    assert {page.status_code for page in pages} in ({401}, {422}, {200})
    words = [re.sub(r'value="[^"]*"', "", page.text) for page in pages]
    assert set(words) == {words[0]}
    assert cookie(client) is None


@pytest.mark.usefixtures("programme")
def test_logging_in_again_rotates_the_session(client: FlaskClient, staff: dict[str, str]) -> None:
    log_in(client, staff["desk"])
    first = cookie(client).value
    log_in(client, staff["desk"])
    second = cookie(client).value
    assert first != second
    client.set_cookie("staff", first)
    assert client.get("/staff").status_code == 303


def test_a_session_that_somebody_planted_is_not_taken_over(client: FlaskClient, staff: dict[str, str]) -> None:
    page = client.get("/staff/login")
    client.set_cookie("staff", "planted")
    form = {"csrf_token": token_of(page), "email": staff["desk"], "password": PASSWORD}
    assert client.post("/staff/login", data=form).status_code == 400
    log_in(client, staff["desk"])
    assert cookie(client).value != "planted"


def test_with_https_cookies_are_secure_and_bound_to_the_host(
    make_app: Callable[..., Flask], staff: dict[str, str]
) -> None:
    client = make_app(public_url="https://example.org").test_client()
    page = client.get("/staff/login", base_url="https://localhost")
    client.post(
        "/staff/login",
        data={"csrf_token": token_of(page), "email": staff["desk"], "password": PASSWORD},
        base_url="https://localhost",
    )
    held = cookie(client, "__Host-staff")
    assert (held.secure, held.http_only, held.same_site, held.path) == (True, True, "Lax", "/")


def test_a_stranger_is_shown_the_way_in_and_comes_back(client: FlaskClient, staff: dict[str, str]) -> None:
    answer = client.get("/staff/messages?state=unknown")
    asked = urlsplit(answer.headers["Location"])
    assert (answer.status_code, asked.path) == (303, "/staff/login")
    back = parse_qs(asked.query)["next"][0]
    assert back == "/staff/messages?state=unknown"
    assert urlsplit(log_in(client, staff["secretariat"], next=back).headers["Location"]).path == "/staff/messages"


@pytest.mark.parametrize(
    "wanted",
    ["", None, "//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\r\nb", "staff"],
)
def test_the_way_back_is_always_ours(wanted: str | None) -> None:
    assert safe_next(wanted) == "/staff"


@pytest.mark.usefixtures("programme")
def test_without_the_role_a_page_is_missing(client: FlaskClient, staff: dict[str, str]) -> None:
    log_in(client, staff["desk"])
    assert client.get("/staff/adhesions").status_code == 404
    assert client.get("/staff").status_code == 200


def test_a_program_logs_in_and_out(anyone: Api, api_of: Callable[[str], Api]) -> None:
    desk = api_of("desk")
    who = desk("GET", "/sessions/current")
    assert (who.status_code, who.json["role"], who.json["roles"]) == (200, "desk", ["desk"])
    closed = desk("DELETE", "/sessions/current")
    assert (closed.status_code, closed.data) == (204, b"")
    assert desk("GET", "/sessions/current").status_code == 401
    assert anyone("GET", "/sessions/current").status_code == 401


def test_every_failure_of_a_program_is_the_same_401(anyone: Api, staff: dict[str, str]) -> None:
    attempts = [(staff["desk"], "wrong"), ("nobody@example.org", PASSWORD)]
    answers = [anyone("POST", "/sessions", {"email": email, "password": word}) for email, word in attempts]
    for _ in range(6):
        anyone("POST", "/sessions", {"email": staff["desk"], "password": "wrong"})
    answers.append(anyone("POST", "/sessions", {"email": staff["desk"], "password": PASSWORD}))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer realm=wrong_password"}
    assert len({(answer.json["title"], answer.json["detail"]) for answer in answers}) == 1


@pytest.mark.parametrize(
    "authorization",
    ["Bearer x", "Bearer ", "Bearer", "Basic YTpi", "bearer x y z", "Digest a=b", "\x00", "Bearer " + "x" * 5000],
)
def test_other_credentials_are_401(anyone: Api, authorization: str) -> None:
    assert anyone("GET", "/sessions/current", Authorization=authorization).status_code == 401
    assert anyone("GET", "/area", Authorization=authorization).status_code == 401


def test_a_browser_session_is_no_bearer_token_and_the_other_way_round(
    client: FlaskClient, staff: dict[str, str], api_of: Callable[[str], Api]
) -> None:
    log_in(client, staff["desk"])
    bearer = f"Bearer {cookie(client).value}"
    assert client.get("/api/v1/sessions/current", headers={"Authorization": bearer}).status_code == 401
    program = api_of("desk").headers["Authorization"].removeprefix("Bearer ")
    client.set_cookie("staff", program)
    assert client.get("/api/v1/sessions/current").status_code == 401


@pytest.mark.usefixtures("programme")
def test_a_browser_may_use_the_api_with_its_csrf_token(client: FlaskClient, staff: dict[str, str]) -> None:
    log_in(client, staff["secretariat"])
    assert client.get("/api/v1/sessions/current").status_code == 200
    assert client.delete("/api/v1/sessions/current").status_code == 400
    assert client.delete("/api/v1/sessions/current", headers={"CSRF-Token": "0" * 64}).status_code == 400
    right = token_of(client.get("/staff"))
    assert client.delete("/api/v1/sessions/current", headers={"CSRF-Token": right}).status_code == 204


def test_tokens_are_not_in_the_database(own_store: Store, api_of: Callable[[str], Api]) -> None:
    token = api_of("desk").headers["Authorization"].removeprefix("Bearer ")
    raw = own_store.engine.raw_connection()
    assert token not in "\n".join(raw.driver_connection.iterdump())
    raw.close()


def test_an_area_cookie_that_is_not_ours_opens_nothing(app: Flask, client: FlaskClient) -> None:
    forged = URLSafeTimedSerializer("t" * 32, salt="body-area").dumps("token")
    for value in ("", "x", forged, "x" * 4000):
        client.set_cookie("body_area", value)
        assert client.get("/area").status_code != 200 or "token" not in client.get("/area").text
