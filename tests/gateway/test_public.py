"""What everybody may read: who has joined, and the published appointments as a calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from services.scheduling.models import Appointment
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform

DAY = datetime(2017, 10, 27, 7, tzinfo=UTC)


@pytest.fixture
def planned(platform: Platform, programme: dict[str, Any]) -> dict[str, Appointment]:
    """A day in Rome, a cancelled one in Bolzano after the clocks have gone back, and a webinar."""

    def made(number: int, kind: str, at: datetime, minutes: int, **given: Any) -> Appointment:
        return Appointment(
            id=uuid4(),
            programme_id=UUID(programme["programme_id"]),
            kind=kind,
            number=number,
            title_it=f"Titolo {number}, con una virgola",
            title_en=f"Title {number}",
            starts_at=at,
            ends_at=at + timedelta(minutes=minutes),
            minutes=minutes,
            capacity=10,
            trainers=[{"id": "1", "name": "Secret Trainer"}],
            **{"state": "scheduled", **given},
        )

    rows = {
        "rome": made(1, "training_day", DAY, 480, host_name="Roma", host_province="RM", venue="Sala Rossa"),
        "bolzano": made(
            *(2, "training_day", DAY + timedelta(days=7), 480),
            host_name="Bolzano",
            host_province="BZ",
            state="cancelled",
            revision=3,
        ),
        "webinar": made(3, "webinar", DAY + timedelta(days=1), 90),
    }
    with platform.stores["scheduling"].transaction() as session:
        session.add_all(rows.values())
    return rows


@pytest.fixture
def feed(client: FlaskClient, programme: dict[str, Any]) -> Callable[..., Any]:
    return lambda query="", **headers: client.get(
        f"/programmes/{programme['code']}/calendar.ics{query}", headers=headers
    )


def events(answer: Any) -> list[Any]:
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def test_the_calendar_has_every_appointment_on_italys_clocks(planned: dict[str, Appointment], feed: Any) -> None:
    answer = feed("?lang=it")
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    (zone,) = Calendar.from_ical(answer.data).walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Rome"
    found = {str(one["UID"]): one for one in events(answer)}
    assert set(found) == {f"{row.id}@127.0.0.1" for row in planned.values()}
    rome, bolzano, webinar = (found[f"{row.id}@127.0.0.1"] for row in planned.values())
    assert rome["DTSTART"].to_ical() == b"20171027T090000"
    assert rome["DTSTART"].params["TZID"] == "Europe/Rome"
    assert bolzano["DTSTART"].to_ical() == b"20171103T080000"
    assert (rome["SUMMARY"], rome["LOCATION"]) == ("Titolo 1, con una virgola", "Sala Rossa, Roma (RM)")
    assert (bolzano["STATUS"], bolzano["SEQUENCE"], webinar["LOCATION"]) == ("CANCELLED", 3, "In rete")
    assert "Secret Trainer" not in answer.text


def test_a_region_has_its_own_days_and_the_webinars(planned: dict[str, Appointment], feed: Any) -> None:
    def uids(region: str) -> set[str]:
        return {str(one["UID"]).partition("@")[0] for one in events(feed(f"?region={region}"))}

    assert uids("Lazio") == {str(planned[name].id) for name in ("rome", "webinar")}
    assert uids("Atlantis") == {str(planned["webinar"].id)}


def test_a_calendar_that_has_not_changed_is_not_sent_again(planned: Any, feed: Any, platform: Platform) -> None:
    first = feed("?lang=it")
    assert first.headers["Cache-Control"] == "public, max-age=900"
    again = feed("?lang=it", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    with platform.stores["scheduling"].transaction() as session:
        row = session.get_one(Appointment, planned["rome"].id)
        row.revision, row.starts_at = 1, row.starts_at + timedelta(hours=1)
    assert feed("?lang=it", If_None_Match=first.headers["ETag"]).status_code == 200


def test_without_a_plan_the_calendar_is_empty_and_without_a_programme_there_is_none(
    client: FlaskClient, feed: Any
) -> None:
    assert events(feed()) == []
    assert client.get("/programmes/nowhere/calendar.ics").status_code == 404


def test_programs_read_the_appointments_without_a_log_in(
    anyone: Api, programme: dict[str, Any], planned: dict[str, Appointment]
) -> None:
    answer = anyone("GET", f"/programmes/{programme['code']}/appointments?kind=training_day")
    assert [one["host_name"] for one in answer.json["items"]] == ["Roma", "Bolzano"]
    assert {"trainers", "capacity", "taken"} & answer.json["items"][0].keys() == set()
    assert "Secret Trainer" not in answer.text


def test_who_has_joined_is_searched_by_everybody_and_names_nobody(
    client: FlaskClient, anyone: Api, programme: dict[str, Any], contact: Callable[..., Api]
) -> None:
    path = f"/programmes/{programme['code']}/joined"
    assert "Nessun ente ha ancora aderito" in client.get(path).text
    for code in ("021004", "021008"):
        adhesion = anyone("POST", "/adhesions", adhesion_form(programme, code)).json
        contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    page = client.get(f"{path}?query=bozen&region=&province=BZ").text
    assert ("Bolzano / Bozen" in page, "Appiano" in page) == (True, False)
    for personal in ("Ada", "Conti", "Carla", "Dini", "@021008"):
        assert personal not in page
    assert (page.count("h0"), client.get(path).text.count("h0")) == (1, 2)
    bodies = anyone("GET", f"/programmes/{programme['code']}/joined-bodies?province=BZ&limit=1").json
    assert (len(bodies["items"]), bool(bodies["next_cursor"])) == (1, True)
    assert client.get(f"{path}?cursor=x").status_code == 422
    hostile = client.get(path, query_string={"query": '"><script>alert(1)</script>\u202e' + "x" * 5000})
    assert (hostile.status_code in (200, 422), "<script>alert" in hostile.text) == (True, False)


def test_programs_read_what_the_map_shows(anyone: Api, programme: dict[str, Any], contact: Callable[..., Api]) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme, "021008")).json
    contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    answer = anyone("GET", f"/programmes/{programme['code']}/regions?limit=100").json
    assert {row["region"]: row["confirmed"] for row in answer["items"] if row["confirmed"]} == {
        "Trentino-Alto Adige/Südtirol": 1
    }
    assert answer["next_cursor"] is None
