"""Where staff are logged in: seen by themselves only, coarsely, and ended one by one or all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gateway.sessions import Whence, whence
from tests.gateway.conftest import PASSWORD, Api
from tests.gateway.test_identity import log_in, token_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 Edg/131.0"


@pytest.mark.parametrize(
    ("agent", "address", "kept"),
    [
        (FIREFOX, "192.0.2.17", Whence("Firefox, Linux", "192.0.0.0/16")),
        (EDGE, "2001:db8:1:2::3", Whence("Edge, Windows", "2001:db8::/32")),
        ("python-requests/2.32", "", Whence("python-requests", "")),
        ("<script>" * 1000, "somewhere", Whence("", "")),
        ("", "::1", Whence("", "::/32")),
    ],
)
def test_of_a_browser_and_its_address_little_is_kept(agent: str, address: str, kept: Whence) -> None:
    assert whence(agent, address) == kept


def test_one_sees_own_sessions_and_ends_another(api_of: Callable[[str], Api], anyone: Api, staff: Any) -> None:
    first = api_of("desk")
    api_of("secretariat")
    token = anyone("POST", "/sessions", {"email": staff["desk"], "password": PASSWORD}).json["token"]
    second = Api(anyone.client, {"Authorization": f"Bearer {token}"})
    shown = first("GET", "/sessions").json["items"]
    assert [one["current"] for one in shown] == [False, True]
    assert first("DELETE", f"/sessions/{shown[0]['id']}").status_code == 204
    assert second("GET", "/sessions/current").status_code == 401
    assert first("DELETE", f"/sessions/{shown[0]['id']}").status_code == 404


def test_ending_all_others_leaves_this_one(api_of: Callable[[str], Api], anyone: Api, staff: Any) -> None:
    desk = api_of("desk")
    for _ in range(3):
        anyone("POST", "/sessions", {"email": staff["desk"], "password": PASSWORD})
    assert desk("DELETE", "/sessions").status_code == 204
    assert [one["current"] for one in desk("GET", "/sessions").json["items"]] == [True]


def test_the_page_shows_the_kind_of_browser_and_ends_sessions(app: Flask, staff: Any, programme: Any) -> None:
    browsers = []
    for agent in (FIREFOX, EDGE):
        browser = FlaskClient(app, app.response_class)
        browser.environ_base["HTTP_USER_AGENT"] = agent
        log_in(browser, staff["secretariat"])
        browsers.append(browser)
    page = browsers[0].get("/staff/sessions")
    assert (page.text.count("Firefox, Linux"), page.text.count("Edge, Windows")) == (1, 1)
    browsers[0].post("/staff/sessions/end-others", data={"csrf_token": token_of(page)})
    assert browsers[0].get("/staff/sessions").status_code == 200
    assert browsers[1].get("/staff/sessions").status_code == 303
    again = {"csrf_token": token_of(browsers[0].get("/staff/sessions"))}
    for wrong in ("x", "00000000-0000-0000-0000-000000000000"):
        assert browsers[0].post(f"/staff/sessions/{wrong}/end", data=again).status_code == 404
