"""Every route of the running application, for everybody who may come, against the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.access import ACCESS, STAFF
from gateway.models import ROLES
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of

LINKED = {route: who for route, who in ACCESS.items() if who in ("body", "delegate")}
FOR_STAFF = {route: who for route, who in ACCESS.items() if who in STAFF}
PURPOSES = {
    "POST /api/v1/adhesions/confirmations": "confirm-adhesion",
    "POST /api/v1/adhesions/confirmation-links": "confirm-adhesion",
}
OWN_SESSION = "/api/v1/sessions/current"


def test_every_route_is_in_the_table_and_every_row_is_a_route(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(ACCESS)
    assert set(ACCESS.values()) == {"anyone", "body", "delegate", "desk", "secretariat"}


def filled(route: str) -> tuple[str, str]:
    """The method, and an address with ids that nobody has."""
    method, _, rule = route.partition(" ")
    path = re.sub(r"<([^<>]+)>", lambda part: str(uuid4()) if "_id" in part[1] else "x", rule)
    return method, path


class Visitor:
    """Somebody at a browser, or a program of theirs."""

    def __init__(self, app: Flask, email: str | None, bearer: dict[str, str] | None) -> None:
        self.browser: FlaskClient = app.test_client()
        self.headers = bearer or {}
        if email:
            log_in(self.browser, email)
        self.csrf_token = token_of(self.browser.get("/area/request"))

    def ask(self, route: str) -> Any:
        method, path = filled(route)
        if path.startswith("/api/"):
            client = self.browser.application.test_client()
            return client.open(path, method=method, json={} if method == "POST" else None, headers=self.headers)
        form = {"csrf_token": self.csrf_token} if method == "POST" else None
        return self.browser.open(path, method=method, data=form)


@pytest.fixture
def visitor(app: Flask, staff: dict[str, str], api_of: Callable[[str], Api]) -> Callable[[str], Visitor]:
    def make(role: str) -> Visitor:
        return Visitor(app, staff.get(role), api_of(role).headers if role in staff else None)

    return make


def test_strangers_are_sent_to_the_log_in(visitor: Callable[[str], Visitor], platform: Platform) -> None:
    stranger = visitor("stranger")
    platform.asked.clear()
    for route in FOR_STAFF:
        answer = stranger.ask(route)
        if " /api/" in route:
            assert (answer.status_code, answer.content_type) == (401, "application/problem+json"), route
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/staff/login"), route
    assert platform.asked == []


@pytest.mark.parametrize("role", ROLES)
def test_staff_may_what_the_table_says_and_nothing_else_exists_for_them(
    visitor: Callable[[str], Visitor], platform: Platform, programme: dict[str, Any], role: str
) -> None:
    someone, missing = visitor(role), "x" * 8
    for route, needed in FOR_STAFF.items():
        if OWN_SESSION in route:
            continue
        platform.asked.clear()
        answer = someone.ask(route)
        if STAFF.index(role) < STAFF.index(needed):
            assert (answer.status_code, platform.asked) == (404, []), route
            nowhere = someone.ask(f"GET {'/api/v1' if ' /api/' in route else ''}/{missing}")
            assert answer.status_code == nowhere.status_code, route
        else:
            assert answer.status_code not in (401, 403, 405, 500, 503), route
            assert platform.asked or answer.status_code in (303, 400, 422), route


def test_links_open_what_they_are_for_and_nothing_else(
    app: Flask,
    platform: Platform,
    programme: dict[str, Any],
    anyone: Api,
    link: Callable[[str, str], str],
    secretariat: Api,
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    subject = {"body": adhesion["id"], "delegate": adhesion["delegates"][0]["id"]}
    purposes = {"body": "body-area", "delegate": "delegate-area"}
    for route, who in LINKED.items():
        if " /api/" not in route:
            continue
        method, path = filled(route)
        purpose = PURPOSES.get(route, purposes[who])
        wrong = [
            {},
            {"Authorization": "Bearer forged"},
            secretariat.headers,
            *(
                {"Authorization": f"Bearer {link(other, subject['body'])}"}
                for other in ("body-area", "delegate-area", "confirm-adhesion")
                if other != purpose and not (other == "delegate-area" and method == "DELETE")  # may withdraw themselves
            ),
        ]
        for headers in wrong:
            answer = app.test_client().open(
                path, method=method, headers=headers, json={} if path.endswith("/delegates") else None
            )
            assert answer.status_code == (422 if path.endswith("/delegates") else 401), (route, headers)
        right = {"Authorization": f"Bearer {link(purpose, subject[who])}"}
        answer = app.test_client().open(path, method=method, headers=right, json={})
        assert answer.status_code not in (401, 403, 500, 503), route


def test_pages_of_an_area_show_nothing_without_it(
    app: Flask, visitor: Callable[[str], Visitor], platform: Platform
) -> None:
    stranger, secretary = visitor("stranger"), visitor("secretariat")
    for route, who in LINKED.items():
        if " /api/" in route or "<token>" in route:
            continue
        for somebody in (stranger, secretary):
            answer = somebody.ask(route)
            assert (who, answer.status_code) in (("body", 303), ("body", 401), ("body", 404)), route


def test_another_bodys_delegate_and_a_missing_one_are_the_same_404(
    anyone: Api, contact: Callable[..., Api], programme: dict[str, Any], platform: Platform
) -> None:
    mine = anyone("POST", "/adhesions", adhesion_form(programme)).json
    other = anyone("POST", "/adhesions", adhesion_form(programme, "021008")).json
    platform.deliver()
    api = contact(mine["id"])
    answers = [
        api("DELETE", f"/area/delegates/{delegate_id}") for delegate_id in (other["delegates"][0]["id"], str(uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [{**answer.json, "instance": ""} for answer in answers] == [{**answers[0].json, "instance": ""}] * 2
    assert contact(other["id"])("GET", "/area").json["delegates"][0]["state"] == "active"
