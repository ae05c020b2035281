"""What contacts replace and take along, and what delegates see, correct, take along and have erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form, delegate_form
from tests.gateway.platform import Platform
from tests.gateway.test_doors import Link, adhesion, send  # noqa: F401 - the fixture

Contact = Callable[..., Api]
NEW = {"given_name": "Dario", "family_name": "Elia", "email": "dario@example.org", "role": "manager", "gender": "male"}


@pytest.fixture
def delegate(adhesion: dict[str, Any]) -> str:  # noqa: F811
    return str(adhesion["delegates"][0]["id"])


@pytest.fixture
def clerk(client: FlaskClient, adhesion: dict[str, Any], link: Link) -> FlaskClient:  # noqa: F811
    """The browser of the body's contact, in the area."""
    address = f"/area/{link('body-area', adhesion['id'])}"
    send(client, address, address)
    return client


@pytest.fixture
def person(client: FlaskClient, delegate: str, link: Link) -> FlaskClient:
    """The delegate's browser, on the own page."""
    address = f"/me/{link('delegate-area', delegate)}"
    send(client, address, address)
    return client


def test_a_clerk_replaces_a_delegate(clerk: FlaskClient, delegate: str) -> None:
    path = f"/area/delegates/{delegate}/replace"
    wrong = send(clerk, path, path, **{"delegate.given_name": "Dario"})
    assert (wrong.status_code, 'value="Dario"' in wrong.text) == (422, True)
    done = send(clerk, path, path, **{f"delegate.{name}": value for name, value in NEW.items()})
    assert done.location == "/area?done=delegate_replaced"
    page = clerk.get("/area").text
    assert ("Dario Elia" in page, "Carla Dini" in page) == (True, False)
    again = send(clerk, path, path, **{f"delegate.{name}": value for name, value in NEW.items()})
    assert again.status_code == 409


def test_another_bodys_delegate_cannot_be_replaced_nor_seen(
    clerk: FlaskClient,
    anyone: Api,
    programme: dict[str, Any],
    contact: Contact,
    adhesion: dict[str, Any],  # noqa: F811
) -> None:
    other = anyone("POST", "/adhesions", adhesion_form(programme, "021008")).json["delegates"][0]["id"]
    program = contact(adhesion["id"])
    for identity in (other, str(uuid4())):
        assert clerk.get(f"/area/delegates/{identity}/replace").status_code == 404
        path = f"/area/delegates/{identity}/replacement"
        assert program("POST", path, delegate_form("x@example.org")).status_code == 404


def test_a_program_replaces_a_delegate_once(contact: Contact, adhesion: dict[str, Any], delegate: str) -> None:  # noqa: F811
    program = contact(adhesion["id"])
    path = f"/area/delegates/{delegate}/replacement"
    first = program("POST", path, delegate_form("new@example.org"), Idempotency_Key="k")
    again = program("POST", path, delegate_form("new@example.org"), Idempotency_Key="k")
    assert (first.status_code, again.json) == (201, first.json)
    assert [one["state"] for one in first.json["delegates"]] == ["withdrawn", "active"]


def test_a_body_takes_along_what_it_gave_and_nobody_elses(clerk: FlaskClient, delegate: str) -> None:
    answer = clerk.get("/area/data")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=CO-2017-")
    found = json.loads(answer.data)
    assert [one["id"] for one in found["adhesion"]["delegates"]] == [delegate]
    assert (found["places"], found["certificates"]) == ([], [])


def test_a_delegate_takes_along_the_own_data_and_nobody_elses(person: FlaskClient, delegate: str) -> None:
    found = json.loads(person.get("/me/data").data)
    assert (found["delegate"]["id"], found["delegate"]["given_name"]) == (delegate, "Carla")
    assert "Ada" not in person.get("/me/data").text
    calendar = person.get("/me/calendar")
    assert (calendar.mimetype, calendar.data[:15]) == ("text/calendar", b"BEGIN:VCALENDAR")


def test_a_certificate_that_is_not_the_delegates_is_missing(
    person: FlaskClient, contact: Contact, delegate: str
) -> None:
    assert person.get(f"/me/certificates/{uuid4()}").status_code == 404
    program = contact(delegate, "delegate-area")
    assert program("GET", f"/me/certificates/{uuid4()}/document").status_code == 404


def test_a_delegate_corrects_the_own_data(person: FlaskClient, platform: Platform) -> None:
    wrong = send(person, "/me/correct", "/me/correct", given_name="", family_name="Dini", language="it")
    assert wrong.status_code == 422
    right = {"given_name": "Carlotta", "family_name": "Dini", "language": "en"}
    assert send(person, "/me/correct", "/me/correct", **right).location == "/me?done=data_corrected"
    assert "Carlotta Dini" in person.get("/me").text


def test_a_delegate_withdraws_and_stays_on_the_own_page(person: FlaskClient) -> None:
    assert send(person, "/me/withdraw", "/me/withdraw").location == "/me?done=left_programme"
    page = person.get("/me")
    assert (page.status_code, "/me/withdraw" in page.text) == (200, False)


def test_who_is_erased_is_forgotten_by_every_service(person: FlaskClient, platform: Platform, delegate: str) -> None:
    assert send(person, "/me/erase", "/me/erase").location == "/area/request?done=data_erased"
    platform.deliver()
    assert person.get("/me").location == "/area/request"
    for name, store in platform.stores.items():
        raw = store.engine.raw_connection()
        kept = "\n".join(line for line in raw.driver_connection.iterdump() if 'INTO "outbox"' not in line)
        raw.close()
        assert "Dini" not in kept, name


def test_programs_do_what_the_pages_do(contact: Contact, delegate: str) -> None:
    program = contact(delegate, "delegate-area")
    right = {"given_name": "Carlotta", "family_name": "Dini", "language": "en"}
    assert program("PUT", "/me/name-and-language", right).status_code == 200
    assert program("GET", "/me").json["delegate"]["given_name"] == "Carlotta"
    assert program("POST", "/me/withdrawal").json["delegates_count"] == 0
    assert program("POST", "/me/erasure").status_code == 200
    assert program("GET", "/me").json["reason"] == "area_closed"
