"""What a body and a delegate take along, as JSON and as a document; and the calendars that programs read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_doors import adhesion, send  # noqa: F401 - the fixture
from tests.gateway.test_own_pages import Contact, clerk, delegate, person  # noqa: F401 - the fixtures

ENGLISH, ITALIAN = {"Accept-Language": "en"}, {"Accept-Language": "it"}


def document(answer: Any) -> str:
    """The text of a document that loads nothing and was sent as a file."""
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert re.fullmatch(r"attachment; filename=[\w-]+\.html", answer.headers["Content-Disposition"])
    assert answer.headers["Cache-Control"] == "no-store"
    page: str = answer.text
    assert not re.search(r"<(script|link|img|iframe|form)|src=|href=", page)
    return page


def test_a_body_takes_all_of_it_along(
    clerk: FlaskClient,  # noqa: F811
    platform: Platform,
    adhesion: dict[str, Any],  # noqa: F811
) -> None:
    platform.deliver()
    found = json.loads(clerk.get("/area/data").text)
    assert set(found) == {"adhesion", "receipt", "history", "places", "certificates", "mails"}
    assert found["receipt"]["hash"] == adhesion["receipt_hash"]
    assert [line["what"] for line in found["history"]] == ["submitted", "confirmed"]
    assert {mail["kind"] for mail in found["mails"]} == {"adhesion_received", "adhesion_confirmed"}

    english, italian = (document(clerk.get("/area/data/document", headers=one)) for one in (ENGLISH, ITALIAN))
    for page in (english, italian):
        for said in (adhesion["protocol"], "Ada Conti", "ada@021004.example.org", "Bruno Sala", "Carla Dini"):
            assert said in page
        assert adhesion["receipt_hash"] in page
    assert ('lang="en"' in english, "What is kept of" in english) == (True, True)
    assert ('lang="it"' in italian, "Quanto si conserva di" in italian) == (True, True)


def test_staff_stay_nameless_in_what_a_body_takes_along(
    clerk: FlaskClient,  # noqa: F811
    secretariat: Api,
    platform: Platform,
    adhesion: dict[str, Any],  # noqa: F811
) -> None:
    path = f"/adhesions/{adhesion['id']}"
    etag = secretariat("GET", path).headers["ETag"]
    correction = {"reason": "Per telefono", "contact": {"phone": "06 1"}}
    assert secretariat("PATCH", path, correction, If_Match=etag).status_code == 200
    line = json.loads(clerk.get("/area/data").text)["history"][-1]
    assert (line["actor"], line["what"], line["reason"]) == ("secretariat", "contact_corrected", "Per telefono")
    assert "the secretariat" in document(clerk.get("/area/data/document", headers=ENGLISH))


def test_a_delegate_takes_the_own_data_along_and_nobody_elses(
    person: FlaskClient,  # noqa: F811
    platform: Platform,
    delegate: str,  # noqa: F811
) -> None:
    right = {"given_name": "Carlotta", "family_name": "<b>Dini", "language": "en"}
    assert send(person, "/me/correct", "/me/correct", **right).status_code == 303
    send(person, "/me/mailbox", "/me/mailbox", email="new@example.org")
    platform.deliver()
    found = json.loads(person.get("/me/data").text)
    assert set(found) == {"delegate", "adhesion", "history", "places", "certificates", "mails"}
    assert (found["delegate"]["id"], found["delegate"]["new_email"]) == (delegate, "new@example.org")
    assert [line["what"] for line in found["history"]] == ["mailbox_change_asked"]
    page = document(person.get("/me/data/document", headers=ENGLISH))
    assert ("Carlotta &lt;b&gt;Dini" in page, "<b>Dini" in page) == (True, False)
    for other in ("Ada Conti", "Bruno Sala", "ada@"):
        assert (other in page, other in json.dumps(found)) == (False, False)


@pytest.mark.parametrize("path", ["/area/data", "/area/data/document", "/me/data", "/me/data/document"])
def test_nobody_takes_along_without_an_area(client: FlaskClient, path: str) -> None:
    assert client.get(path).location == "/area/request"
    assert client.get(f"/api/v1{path}").status_code == 401


def test_while_a_service_rests_nothing_incomplete_is_given(clerk: FlaskClient, platform: Platform) -> None:  # noqa: F811
    platform.down.add("scheduling")
    assert clerk.get("/area/data").status_code == 503
    assert clerk.get("/area/data/document").status_code == 503


def test_programs_take_the_same_along(
    contact: Contact,
    clerk: FlaskClient,  # noqa: F811
    adhesion: dict[str, Any],  # noqa: F811
    delegate: str,  # noqa: F811
    platform: Platform,
) -> None:
    platform.deliver()
    body, own = contact(adhesion["id"]), contact(delegate, "delegate-area")
    assert body("GET", "/area/data").json == json.loads(clerk.get("/area/data").text)
    assert "Carla Dini" in document(body("GET", "/area/data/document"))
    assert own("GET", "/me/data").json["delegate"]["id"] == delegate
    assert "Carla Dini" in document(own("GET", "/me/data/document", Accept_Language="en"))
    assert own("GET", "/area/data").json["reason"] == body("GET", "/me/data").json["reason"] == "area_closed"


def test_calendars_for_programs(
    anyone: Api,
    client: FlaskClient,
    contact: Contact,
    delegate: str,  # noqa: F811
    programme: dict[str, Any],
) -> None:
    code = programme["code"]
    feed = anyone("GET", f"/programmes/{code}/calendar")
    assert (feed.mimetype, feed.data[:15]) == ("text/calendar", b"BEGIN:VCALENDAR")
    assert feed.data == client.get(f"/programmes/{code}/calendar.ics").data
    again = anyone("GET", f"/programmes/{code}/calendar", If_None_Match=feed.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    region = anyone("GET", f"/programmes/{code}/calendar?region=Lazio")
    assert b"Lazio" in region.data
    assert anyone("GET", "/programmes/nowhere/calendar").status_code == 404
    assert anyone("GET", f"/programmes/{code}/calendar?region={'x' * 101}").status_code == 422
    own = contact(delegate, "delegate-area")("GET", "/me/calendar")
    assert (own.mimetype, own.data[:15]) == ("text/calendar", b"BEGIN:VCALENDAR")
    assert anyone("GET", "/me/calendar").status_code == 401


def test_an_adhesion_without_anything_yet(anyone: Api, contact: Contact, programme: dict[str, Any]) -> None:
    made = anyone("POST", "/adhesions", adhesion_form(programme, "021008", delegates=[])).json
    program = contact(made["id"])
    assert program("GET", "/area/data").json["places"] == []
    assert "021008" in document(program("GET", "/area/data/document"))
