"""Tokens for programs: limited to their scopes by the gate, shown once, ended and revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Refused
from gateway import scopes, staffing, tokens
from gateway.access import ACCESS, STAFF
from gateway.accounts import create_account
from gateway.models import ApiToken, Base
from tests.gateway.conftest import PASSWORD, Api
from tests.gateway.test_identity import log_in, token_of


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


def test_every_route_of_staff_has_a_scope_or_is_about_staff_themselves() -> None:
    for_staff = [route for route, who in ACCESS.items() if who in STAFF and " /api/" in route]
    without = [route for route in for_staff if scopes.scope_of(route) is None]
    about_staff = ("sessions", "staff-accounts", "api-tokens", "second-factor", "password-changes")
    assert {route.split("/")[3] for route in without} == set(about_staff)
    assert scopes.scope_of("POST /api/v1/adhesions/<uuid:adhesion_id>/review") == "adhesions:write"
    assert scopes.scope_of("GET /api/v1/adhesions") == "adhesions:read"
    assert scopes.scope_of("POST /api/v1/adhesions/searches") == "adhesions:read"
    assert scopes.scope_of("GET /staff/adhesions") is None
    assert set(scopes.scopes_for("desk")) < set(scopes.scopes_for("secretariat")) < set(scopes.ALL)


def test_a_token_is_known_by_its_hash_until_it_ends_or_is_revoked(store: Store) -> None:
    ada = create_account(store, "ada@example.org", "Ada", "secretariat", PASSWORD)
    bruno = create_account(store, "bruno@example.org", "Bruno", "secretariat", PASSWORD)
    token, kept = tokens.create(store, ada, " Register ", ["messages:read", "messages:read"], 30)
    assert (token.startswith(tokens.MARK), kept["name"], kept["scopes"]) == (True, "Register", ["messages:read"])
    assert tokens.owner(store, token) == (ada, {"messages:read"})
    with store.read() as session:
        assert token not in str([tuple(row) for row in session.execute(sa.text("SELECT * FROM api_token"))])
    [listed] = tokens.tokens_of(store, ada)
    assert listed["used_at"] is not None
    assert (tokens.tokens_of(store, bruno), tokens.revoke(store, bruno, kept["id"])) == ([], False)
    assert [tokens.revoke(store, ada, kept["id"]) for _ in range(2)] == [True, False]
    assert tokens.owner(store, token) is None
    ended, _ = tokens.create(store, ada, "Old", ["messages:read"], 1)
    with store.transaction() as session:
        session.execute(sa.update(ApiToken).values(ends_at=clock.machine_now() - timedelta(seconds=1)))
    assert (tokens.owner(store, ended), tokens.tokens_of(store, ada)) == (None, [])


def test_a_closed_owner_s_token_opens_nothing(store: Store) -> None:
    ada = create_account(store, "ada@example.org", "Ada", "desk", PASSWORD)
    token, _ = tokens.create(store, ada, "Desk", ["appointments:read"], 1)
    staffing.close(store, ada.id)
    assert tokens.owner(store, token) is None


@pytest.mark.parametrize(
    ("name", "asked", "days", "field"),
    [
        ("", ["appointments:read"], 1, "name"),
        ("x" * 101, ["appointments:read"], 1, "name"),
        ("a\nb", ["appointments:read"], 1, "name"),
        ("x", [], 1, "scopes"),
        ("x", ["everything"], 1, "scopes"),
        ("x", ["adhesions:write"], 1, "scopes"),
        ("x", ["appointments:read"], 0, "days"),
        ("x", ["appointments:read"], 367, "days"),
    ],
)
def test_a_wrong_wish_makes_no_token(store: Store, name: str, asked: list[str], days: int, field: str) -> None:
    desk = create_account(store, "desk@example.org", "Desk", "desk", PASSWORD)
    with pytest.raises(Invalid) as complaint:
        tokens.create(store, desk, name, asked, days)
    assert list(complaint.value.errors) == [field]
    assert tokens.tokens_of(store, desk) == []


def test_one_person_has_so_many_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 2)
    desk = create_account(store, "desk@example.org", "Desk", "desk", PASSWORD)
    for _ in range(2):
        tokens.create(store, desk, "x", ["appointments:read"], 1)
    with pytest.raises(Refused):
        tokens.create(store, desk, "x", ["appointments:read"], 1)


def test_a_program_may_what_the_token_says(api_of: Callable[[str], Api], anyone: Api) -> None:
    secretariat = api_of("secretariat")
    made = secretariat("POST", "/api-tokens", {"name": "Mails", "scopes": ["messages:read"], "days": 7})
    assert made.status_code == 201
    program = Api(anyone.client, {"Authorization": f"Bearer {made.json['token']}"})
    assert program("GET", "/messages").status_code == 200
    for method, path in [
        ("POST", f"/messages/{uuid4()}/resend"),
        ("GET", "/adhesions"),
        ("GET", "/sessions"),
        ("GET", "/sessions/current"),
        ("POST", "/api-tokens"),
        ("POST", "/password-changes"),
    ]:
        assert program(method, path).status_code == 404
    assert "token" not in secretariat("GET", "/api-tokens").json["items"][0]
    assert secretariat("DELETE", f"/api-tokens/{made.json['id']}").status_code == 204
    assert program("GET", "/messages").status_code == 401


def test_a_token_follows_its_owner_s_role(api_of: Callable[[str], Api], anyone: Api) -> None:
    administrator, secretariat = api_of("administrator"), api_of("secretariat")
    asked = {"name": "Mails", "scopes": ["messages:read"]}
    token = secretariat("POST", "/api-tokens", asked).json["token"]
    me = secretariat("GET", "/sessions/current").json["id"]
    administrator("POST", f"/staff-accounts/{me}/role", {"role": "desk"})
    assert Api(anyone.client, {"Authorization": f"Bearer {token}"})("GET", "/messages").status_code == 404


def test_the_page_shows_a_token_once(client: FlaskClient, staff: Any, own_store: Store) -> None:
    log_in(client, staff["secretariat"])
    form = {"csrf_token": token_of(client.get("/staff/tokens")), "name": "Register", "days": "30"}
    assert client.post("/staff/tokens", data=form).status_code == 422
    assert client.post("/staff/tokens", data={**form, "scopes": "messages:read", "days": "999"}).status_code == 422
    made = client.post("/staff/tokens", data={**form, "scopes": "messages:read"})
    assert (made.status_code, made.text.count(tokens.MARK), made.headers["Cache-Control"]) == (200, 1, "no-store")
    page = client.get("/staff/tokens")
    assert (tokens.MARK in page.text, "Register" in page.text) == (False, True)
    with own_store.read() as session:
        token_id = session.scalar(sa.select(ApiToken.id))
    address = f"/staff/tokens/{token_id}/revoke"
    answers = [client.post(address, data={"csrf_token": token_of(page)}).status_code for _ in range(2)]
    assert answers == [303, 404]
    assert client.post("/staff/tokens/x/revoke", data={"csrf_token": token_of(page)}).status_code == 404
