"""Mailed links in a browser and in a program: a button, not the address, uses them up; dead ones bring new ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import MovableClock
from tests.gateway.conftest import Api, adhesion_form, delegate_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import token_of

Link = Callable[[str, str], str]


@pytest.fixture
def adhesion(anyone: Api, programme: dict[str, Any], link: Link, platform: Platform) -> dict[str, Any]:
    """A body that has joined, with one delegate."""
    form = adhesion_form(programme)
    made = anyone("POST", "/adhesions", form).json
    anyone("POST", "/adhesions/confirmations", Authorization=f"Bearer {link('confirm-adhesion', made['id'])}")
    platform.deliver()
    return dict(made)


def send(client: FlaskClient, path: str, page: str = "/area/request", **form: str) -> Any:
    """Send a form of a page of ours."""
    return client.post(path, data={"csrf_token": token_of(client.get(page)), **form})


def letters(platform: Platform, kind: str) -> int:
    platform.deliver()
    return int(platform.call("notifications", "message_counts")["by_kind"].get(kind, 0))


@pytest.mark.parametrize(("purpose", "path"), [("body-area", "/area"), ("delegate-area", "/me")])
def test_following_a_link_uses_nothing_up_and_the_button_does(
    client: FlaskClient, app: Flask, adhesion: dict[str, Any], link: Link, purpose: str, path: str
) -> None:
    subject = adhesion["id"] if path == "/area" else adhesion["delegates"][0]["id"]
    address = f"{path}/{link(purpose, subject)}"
    for _scanner in range(3):
        assert app.test_client().get(address).status_code == 200
        assert app.test_client().head(address).status_code == 200
    entered = send(client, address, address)
    assert (entered.status_code, entered.location) == (303, path)
    assert "Carla" in client.get(path).text

    stranger = app.test_client()
    refused = send(stranger, address, address)
    assert refused.status_code == 410
    assert "Carla" not in refused.text
    assert stranger.get(path).location == "/area/request"


def test_pressing_the_button_twice_is_pressing_it_once(
    client: FlaskClient, adhesion: dict[str, Any], link: Link
) -> None:
    address = f"/area/{link('body-area', adhesion['id'])}"
    page = client.get(address)
    key = re.search(r'name="idempotency_key" value="(\w+)"', page.text)
    assert key
    form = {"csrf_token": token_of(page), "idempotency_key": key[1]}
    first = client.post(address, data=form)
    client.delete_cookie("body_area")
    second = client.post(address, data=form)
    assert [answer.status_code for answer in (first, second)] == [303, 303]
    assert first.headers["Set-Cookie"] == second.headers["Set-Cookie"]


def test_a_dead_link_brings_a_new_one_without_the_address(
    client: FlaskClient, adhesion: dict[str, Any], link: Link, platform: Platform, clock: MovableClock
) -> None:
    address = f"/area/{link('body-area', adhesion['id'])}"
    clock.advance(days=4)
    dead = send(client, address, address)
    token = re.search(r'name="token" value="([^"]+)"', dead.text)
    assert (dead.status_code, token is not None) == (410, True)
    assert token
    sent = send(client, "/area/renew", token=token[1])
    assert sent.status_code == 200
    assert adhesion["contact"]["email"] not in sent.text
    assert letters(platform, "area_link") == 1
    forged = send(client, "/area/renew", token="forged")
    assert (forged.status_code, 'name="token"' in forged.text) == (404, False)


def test_an_area_that_closed_meanwhile_brings_a_new_link_too(
    client: FlaskClient, adhesion: dict[str, Any], link: Link, platform: Platform, clock: MovableClock
) -> None:
    address = f"/me/{link('delegate-area', adhesion['delegates'][0]['id'])}"
    send(client, address, address)
    clock.advance(hours=9)
    closed = client.get("/me")
    token = re.search(r'name="token" value="([^"]+)"', closed.text)
    assert (closed.status_code, token is not None) == (410, True)
    assert token
    send(client, "/area/renew", token=token[1])
    assert letters(platform, "own_link") == 1


@pytest.mark.parametrize(("area", "purpose"), [("area", "body-area"), ("me", "delegate-area")])
def test_leaving_ends_the_area_also_for_who_kept_its_cookie(
    client: FlaskClient, app: Flask, adhesion: dict[str, Any], link: Link, area: str, purpose: str
) -> None:
    subject = adhesion["id"] if area == "area" else adhesion["delegates"][0]["id"]
    address = f"/{area}/{link(purpose, subject)}"
    send(client, address, address)
    name = "body_area" if area == "area" else "delegate_area"
    cookie = client.get_cookie(name)
    assert cookie
    assert send(client, f"/{area}/leave").location == "/"
    assert client.get(f"/{area}").location == "/area/request"
    thief = app.test_client()
    thief.set_cookie(name, cookie.value)
    assert thief.get(f"/{area}").status_code == 410


def test_two_tabs_one_of_which_has_withdrawn_the_delegate(
    client: FlaskClient, adhesion: dict[str, Any], link: Link
) -> None:
    address = f"/area/{link('body-area', adhesion['id'])}"
    send(client, address, address)
    path = f"/area/delegates/{adhesion['delegates'][0]['id']}/withdraw"
    tabs = [token_of(client.get(path)) for _ in range(2)]
    answers = [client.post(path, data={"csrf_token": tab, "idempotency_key": uuid4().hex}) for tab in tabs]
    assert [answer.location for answer in answers] == ["/area?done=delegate_withdrawn"] * 2
    assert client.get("/area").text.count('<article class="panel"') == 0


def test_a_program_exchanges_its_link_once(anyone: Api, adhesion: dict[str, Any], link: Link) -> None:
    bearer = f"Bearer {link('body-area', adhesion['id'])}"
    opened = anyone("POST", "/area-sessions", Authorization=bearer, Idempotency_Key="k")
    again = anyone("POST", "/area-sessions", Authorization=bearer, Idempotency_Key="k")
    assert (opened.status_code, opened.json["area"], again.json) == (201, "body", opened.json)
    used = anyone("POST", "/area-sessions", Authorization=bearer)
    assert (used.status_code, used.json["reason"]) == (401, "link_used")
    assert anyone("GET", "/area", Authorization=bearer).json["reason"] == "area_closed"
    own = {"Authorization": f"Bearer {opened.json['token']}"}
    assert anyone("GET", "/area", **own).json["id"] == adhesion["id"]
    assert anyone("GET", "/me", **own).json["reason"] == "area_closed"
    assert anyone("POST", "/area-links/renewals", Authorization=bearer).status_code == 202
    assert anyone("DELETE", "/area-sessions/current", **own).status_code == 204
    assert anyone("GET", "/area", **own).json["reason"] == "area_closed"
    assert anyone("POST", "/area/delegates", delegate_form("x@example.org"), **own).status_code == 401
