"""Another contact, and another mailbox of a delegate, in the browser and by programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from chassis.links import make_link_token
from services.enrollment.models import MailboxChange, Nomination
from tests.conftest import LINK_SECRET, MovableClock
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_doors import Link, adhesion, letters, send  # noqa: F401 - the fixture
from tests.gateway.test_own_pages import Contact, clerk, delegate, person  # noqa: F401 - the fixtures

NEXT = {"given_name": "Elsa", "family_name": "Neri", "email": "elsa.neri@example.org", "office": "Formazione"}
NEW = "carla.nuova@example.org"
ENGLISH = {"Accept-Language": "en"}


def id_of(platform: Platform, kind: Any) -> str:
    with platform.stores["enrollment"].read() as session:
        return str(session.scalars(sa.select(kind.id)).one())


@pytest.fixture
def address(platform: Platform, link: Link) -> Callable[[str], str]:
    """The address in the mail that asks for an acceptance, or for a confirmation."""

    def make(which: str) -> str:
        if which == "nomination":
            return f"/area/nomination/{link('contact-nomination', id_of(platform, Nomination))}"
        return f"/me/mailbox/{link('mailbox-change', id_of(platform, MailboxChange))}"

    return make


def test_a_clerk_names_the_next_contact_who_takes_over(
    clerk: FlaskClient,  # noqa: F811
    app: Flask,
    platform: Platform,
    address: Callable[[str], str],
) -> None:
    path = "/area/contact"
    wrong = send(clerk, path, path, **{**NEXT, "email": "x"})
    assert (wrong.status_code, 'value="Elsa"' in wrong.text) == (422, True)
    assert send(clerk, path, path, **NEXT, language="it").location == "/area?done=contact_nominated"
    assert letters(platform, "contact_nominated") == 1
    assert "elsa.neri@example.org" in clerk.get("/area").text

    door, newcomer = address("nomination"), app.test_client()
    for _scanner in range(3):
        page = newcomer.get(door, headers=ENGLISH)
        assert (page.status_code, "Become the contact of" in page.text) == (200, True)
    assert send(newcomer, door, door).location == "/area?done=contact_changed"
    assert "Elsa Neri" in newcomer.get("/area").text
    assert letters(platform, "contact_replaced") == 1
    assert clerk.get("/area", headers=ENGLISH).status_code == 410
    again = send(app.test_client(), door, "/area/request")
    assert (again.status_code, 'action="/area/renew"' in again.text) == (410, True)


def test_a_clerk_takes_it_back(clerk: FlaskClient, address: Callable[[str], str]) -> None:  # noqa: F811
    send(clerk, "/area/contact", "/area/contact", **NEXT)
    door = address("nomination")
    assert send(clerk, "/area/contact/withdrawal", "/area").location == "/area?done=nomination_withdrawn"
    for answer in (clerk.get(door, headers=ENGLISH), send(clerk, door, "/area/request")):
        assert (answer.status_code, NEXT["email"] in answer.text) == (410, False)


def test_who_reads_the_institutional_mailbox_names_a_contact(
    client: FlaskClient, platform: Platform, anyone: Api, programme: dict[str, Any], link: Link, clock: MovableClock
) -> None:
    form = adhesion_form(programme, "021008", institutional_email="pec@021008.example.org")
    made = anyone("POST", "/adhesions", form).json
    anyone("POST", "/adhesions/confirmations", Authorization=f"Bearer {link('confirm-adhesion', made['id'])}")
    words = {
        send(client, "/area/request", email=email, programme_code=programme["code"]).text
        for email in ("pec@021008.example.org", "nobody@example.org", "ada@021008.example.org")
    }
    assert len(words) == 1
    assert (letters(platform, "mailbox_link"), letters(platform, "area_link")) == (1, 1)

    door = f"/area/mailbox/{_mailbox_token(clock, made['id'])}"
    page = client.get(door)
    assert (page.status_code, "Ada" in page.text, "carla@" in page.text) == (200, False, False)
    assert send(client, door, door, given_name="Elsa").status_code == 422
    assert send(client, door, door, **NEXT).status_code == 200
    assert letters(platform, "contact_nominated") == 1
    for answer in (client.get(door), send(client, door, "/area/request", **NEXT)):
        assert (answer.status_code, 'action="/area/renew"' in answer.text) == (410, True)


def _mailbox_token(clock: MovableClock, adhesion_id: str) -> str:
    return make_link_token(LINK_SECRET, "body-mailbox", adhesion_id, clock.now(), nonce=uuid4().hex)


@pytest.mark.parametrize("path", ["/area/mailbox/dead", "/area/nomination/dead"])
def test_dead_links_say_so(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert send(client, path, "/area/request", **NEXT).status_code == 404
    assert send(client, "/me/mailbox/dead", "/me/mailbox/dead").status_code == 404


def test_a_delegate_moves_to_another_mailbox(
    person: FlaskClient,  # noqa: F811
    app: Flask,
    platform: Platform,
    address: Callable[[str], str],
) -> None:
    assert send(person, "/me/mailbox", "/me/mailbox", email="x").status_code == 422
    assert send(person, "/me/mailbox", "/me/mailbox", email=NEW).location == "/me?done=mailbox_change_asked"
    page = person.get("/me").text
    assert (NEW in page, "carla@021004.example.org" in page) == (True, True)
    assert letters(platform, "mailbox_change") == 1

    door, elsewhere = address("change"), app.test_client()
    assert elsewhere.get(door).status_code == 200
    assert send(elsewhere, door, door).location == "/me?done=mailbox_changed"
    page = elsewhere.get("/me").text
    assert (NEW in page, "carla@021004.example.org" in page) == (True, False)
    assert letters(platform, "mailbox_changed") == 1
    assert person.get("/me", headers=ENGLISH).status_code == 410
    assert send(elsewhere, door, door).status_code == 410


def test_a_clerk_gives_a_delegates_new_mailbox(
    clerk: FlaskClient,  # noqa: F811
    delegate: str,  # noqa: F811
    platform: Platform,
    anyone: Api,
    programme: dict[str, Any],
) -> None:
    path = f"/area/delegates/{delegate}/mailbox"
    assert clerk.get(path).status_code == 200
    assert send(clerk, path, path, email=NEW).location == "/area?done=mailbox_change_asked"
    assert NEW in clerk.get("/area").text
    other = anyone("POST", "/adhesions", adhesion_form(programme, "021008")).json["delegates"][0]["id"]
    for stranger in (other, str(uuid4()), "x"):
        path = f"/area/delegates/{stranger}/mailbox"
        assert clerk.get(path).status_code == 404
        assert send(clerk, path, "/area", email=NEW).status_code == 404


def test_programs_do_what_the_pages_do(
    contact: Contact,
    adhesion: dict[str, Any],  # noqa: F811
    delegate: str,  # noqa: F811
    platform: Platform,
    link: Link,
    app: Flask,
) -> None:
    program = contact(adhesion["id"])
    assert program("POST", "/area/contact-nominations", {**NEXT, "email": "x"}).status_code == 422
    named = program("POST", "/area/contact-nominations", NEXT, Idempotency_Key="k")
    assert (named.status_code, named.json["nomination"]["email"]) == (201, NEXT["email"])
    assert program("DELETE", "/area/contact-nominations/current").json["nomination"] is None
    program("POST", "/area/contact-nominations", NEXT)
    moved = program("POST", f"/area/delegates/{delegate}/mailbox-changes", {"email": NEW})
    assert (moved.status_code, moved.json["delegates"][0]["new_email"]) == (201, NEW)
    assert program("POST", f"/area/delegates/{uuid4()}/mailbox-changes", {"email": NEW}).status_code == 404

    mailed = link("contact-nomination", id_of(platform, Nomination))
    newcomer = Api(app.test_client(), {"Authorization": f"Bearer {mailed}"})
    assert newcomer("GET", "/contact-nominations/current").json["adhesion"]["id"] == adhesion["id"]
    opened = newcomer("POST", "/contact-nominations/current/acceptance")
    assert (opened.status_code, opened.json["area"]) == (201, "body")
    assert newcomer("POST", "/contact-nominations/current/acceptance").json["reason"] == "link_used"
    assert program("GET", "/area").json["reason"] == "area_closed"

    mailed = link("mailbox-change", id_of(platform, MailboxChange))
    person = Api(app.test_client(), {"Authorization": f"Bearer {mailed}"})  # noqa: F811
    opened = person("POST", "/mailbox-changes/current/confirmation")
    own = Api(app.test_client(), {"Authorization": f"Bearer {opened.json['token']}"})
    assert own("GET", "/me").json["delegate"]["email"] == NEW
    assert own("POST", "/me/mailbox-changes", {"email": "third@example.org"}).status_code == 201
    assert own("GET", "/me").json["delegate"]["new_email"] == "third@example.org"


def test_a_program_names_a_contact_by_the_institutional_mailbox(
    app: Flask,
    adhesion: dict[str, Any],  # noqa: F811
    clock: MovableClock,
) -> None:
    token = _mailbox_token(clock, adhesion["id"])
    program = Api(app.test_client(), {"Authorization": f"Bearer {token}"})
    answer = program("POST", "/contact-nominations", NEXT)
    assert answer.status_code == 201
    assert not {"contact", "delegates", "nomination"} & answer.json.keys()
    assert program("POST", "/contact-nominations", NEXT).json["reason"] == "link_used"
