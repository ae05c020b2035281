"""Plans on pages and in files: shown as they hold now, steered, started with rules, failed with a reason."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from gateway.calendar import whereabouts
from gateway.plan_export import exported, since
from services.scheduling.models import Run
from tests.gateway.conftest import Api
from tests.gateway.platform import Platform
from tests.scheduling.builders import planned, trainer_id


def plan(**changes: Any) -> dict[str, Any]:
    """As scheduling tells of one."""
    undisturbed = {"planned_date": "2017-09-18", "starts": "09:00", "planned_starts": "09:00", "change": None}
    day = {"number": 1, "host_name": "Viterbo", "province": "VT", "region": "Lazio", "date": "2017-09-18"}
    day |= undisturbed
    engagement = {**undisturbed, "date": "2017-09-18", "kind": "training_day", "number": 1, "what": "Viterbo"}
    return {
        "run": {"programme_id": "p", "state": "completed"},
        "days": [{**day, "seated": 2, "capacity": 60, "guests": 1, "trainers": [{"id": "t", "name": "Ada"}]}],
        "webinars": [
            {
                "number": 1,
                "title_it": "Casa",
                "title_en": "Housing",
                "date": "2017-10-02",
                "planned_date": "2017-10-02",
                "change": None,
                "starts": "15:00",
                "planned_starts": "15:00",
                "speaker": "Bea",
                "interested": 9,
            }
        ],
        "trainers": [
            {"id": "t", "name": "Ada", "km": 3, "engagements": [engagement], "relieved": []},
            {
                "id": "u",
                "name": "Bea",
                "km": 0,
                "relieved": [],
                "engagements": [
                    {
                        "date": "2017-10-02",
                        "planned_date": "2017-10-02",
                        "starts": "15:00",
                        "planned_starts": "15:00",
                        "change": None,
                        "kind": "webinar",
                        "number": 1,
                        "what": "Casa",
                    }
                ],
            },
        ],
        "regions": [
            {"region": "Lazio", "bodies": 1, "delegates": 2, "days_held": 1, "mean_km": 12.5, "longest_km": 12.5}
        ],
        **changes,
    }


BODY = {"code": "058091", "name": '=HYPERLINK("http://evil")', "delegates": 2, "km": 12.5, "day": 1}
ADDRESS = "https://corsi.example/programmes/co"
PROGRAMME = {"title_it": "CO", "title_en": "CO", "day_minutes": 480, "webinar_minutes": 90}


def file(name: str) -> tuple[bytes, str]:
    pieces, kind = exported(plan(), lambda: iter([BODY]), PROGRAMME, name, ADDRESS)
    return b"".join(pieces), kind


def test_tables_open_in_italian_spreadsheets_and_are_harmless(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "it"}):
        raw, kind = file("bodies.csv")
        book, _kind = file("plan.xlsx")
    assert kind == "text/csv; charset=utf-8"
    assert raw.startswith(b"\xef\xbb\xbf")
    line = raw.decode("utf-8-sig").splitlines()[1]
    assert line == '058091;"\'=HYPERLINK(""http://evil"")";2;1;Viterbo;2017-09-18;12,5;'
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
    assert len(sheets.sheet_names) == 5
    rows = sheets.get_sheet_by_index(1).to_python()
    assert rows[1][:3] == ["058091", '=HYPERLINK("http://evil")', 2.0]


@pytest.mark.parametrize(
    ("now", "en", "it"),
    [
        ({"change": None}, "", ""),
        ({"change": "called_off"}, "called off", "annullata"),
        ({"starts": "10:00"}, "now at 10:00, planned for 09:00", "ora alle 10:00, era prevista alle 09:00"),
        ({"date": "2017-10-12"}, "moved, planned for 18 Sept 2017", "spostata, era prevista il 18 set 2017"),
        (
            {"date": "2017-10-12", "starts": "10:00"},
            "moved, now at 10:00, planned for 18 Sept 2017 at 09:00",
            "spostata, ora alle 10:00, era prevista il 18 set 2017 alle 09:00",
        ),
    ],
)
def test_what_became_of_a_date_is_said_with_the_hour_where_it_changed(
    app: Flask, now: dict[str, str], en: str, it: str
) -> None:
    (day,) = plan()["days"]
    for language, words in (("en", en), ("it", it)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert since({**day, "change": "moved", **now}, "medium") == words


def test_calendars_for_all_and_for_one(app: Flask) -> None:
    with app.test_request_context():
        whole, _kind = file("calendar.ics")
        own, kind = file("u.ics")
    assert kind == "text/calendar; charset=utf-8"
    assert (whole.count(b"BEGIN:VEVENT"), own.count(b"BEGIN:VEVENT")) == (2, 1)
    assert b"DTSTART;TZID=Europe/Rome:20171002T150000" in own
    assert b"STATUS:TENTATIVE" in own
    assert (whole.count(b"BEGIN:VTIMEZONE"), b"TZID:Europe/Rome" in whole) == (1, True)


def test_a_published_plan_shows_what_holds_now_on_its_page_and_in_its_files(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], joined: dict[str, Any]
) -> None:
    programme_id = programme["programme_id"]
    run_id = planned(
        platform.stores["scheduling"],
        "run",
        [["021004"], ["058091"]],
        webinars=[programme["topics"][0]["code"]],
        programme=UUID(programme_id),
    )
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.cost_km = run.bound_km = run.gap = run.longest_km = run.mean_km = 0.0
    platform.call("scheduling", "publish", run_id=run_id, actor="staff")
    found = platform.call("scheduling", "appointments", programme_id=programme_id)["items"]
    rows = {(one["kind"], one["number"]): one for one in found}
    said = {"actor": "staff", "reason": "closed"}
    moved, off = rows["training_day", 1], rows["training_day", 2]
    to = "2017-10-12T08:00:00+00:00"
    platform.call("scheduling", "move_appointment", appointment_id=moved["id"], starts_at=to, **said)
    platform.call("scheduling", "cancel_appointment", appointment_id=off["id"], **said)

    page = f"/staff/planning/{run_id}"
    shown = " ".join(office.get(f"{page}?lang=en").text.split())
    assert "2 appointments were moved or called off since." in shown
    assert '12 Oct 2017 <span class="small">(moved, now at 10:00, planned for 18 Sept 2017 at 09:00)</span>' in shown
    assert '25 Sept 2017 <span class="small">(called off)</span>' in shown
    assert re.findall(r'<option value="(H\d)"', shown) == ["H1"]  # a place whose day is called off cannot cancel

    everybody = " ".join(office.get(f"{page}/bodies?lang=en").text.split())
    assert "(moved, now at 10:00, planned for 18 Sept 2017 at 09:00)" in everybody
    assert "(called off)" in " ".join(office.get(f"{page}/bodies?lang=en&day=2").text.split())

    lines = office.get(f"{page}/export/bodies.csv?lang=en").data.decode("utf-8-sig").splitlines()
    assert [line.split(";")[5::2] for line in lines[1:]] == [
        ["2017-10-12", "moved, now at 10:00, planned for 2017-09-18 at 09:00"],
        ["2017-09-25", "called off"],
    ]
    events = {
        str(event["uid"]).partition("@")[0]: (str(event["status"]), event["sequence"], event["dtstart"].dt.isoformat())
        for event in Calendar.from_ical(office.get(f"{page}/export/calendar.ics").data).walk("VEVENT")
    }
    assert events == {
        moved["id"]: ("CONFIRMED", 1, "2017-10-12T10:00:00+02:00"),
        off["id"]: ("CANCELLED", 1, "2017-09-25T09:00:00+02:00"),
        rows["webinar", 1]["id"]: ("CONFIRMED", 0, "2017-09-11T15:00:00+02:00"),
    }
    own = Calendar.from_ical(office.get(f"{page}/export/{trainer_id(2)}.ics").data)
    assert [(str(own["x-wr-calname"])[-9:], str(event["status"])) for event in own.walk("VEVENT")] == [
        ("Trainer 2", "CANCELLED")
    ]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"venue": "Sala", "host_name": "Viterbo", "host_province": "VT"}, "Sala, Viterbo (VT)"),
        ({"venue": None, "host_name": "Viterbo", "host_province": "VT"}, "Viterbo (VT)"),
        ({"venue": "Sala", "host_name": "Viterbo", "host_province": None}, "Sala, Viterbo"),
        ({"venue": None, "host_name": None, "host_province": None}, "In rete"),
    ],
)
def test_where_an_appointment_is_says_the_room_and_the_town(app: Flask, about: dict[str, Any], words: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "it"}):
        assert whereabouts(about) == words


def test_the_calendar_of_who_was_replaced_cancels_what_is_no_longer_theirs(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], joined: dict[str, Any]
) -> None:
    def publish(name: str, **changes: Any) -> str:
        store = platform.stores["scheduling"]
        run_id = planned(store, name, [["021004"], ["058091"]], programme=UUID(programme["programme_id"]), **changes)
        with store.transaction() as session:
            run = session.get_one(Run, UUID(run_id))
            run.cost_km = run.bound_km = run.gap = run.longest_km = run.mean_km = 0.0
        platform.call("scheduling", "publish", run_id=run_id, actor="staff")
        return f"/staff/planning/{run_id}"

    def calendar(page: str, number: int) -> dict[str, tuple[str, int]]:
        found = Calendar.from_ical(office.get(f"{page}/export/{trainer_id(number)}.ics").data)
        return {str(one["uid"]): (str(one["status"]), one["sequence"]) for one in found.walk("VEVENT")}

    before = publish("run")
    (day,) = calendar(before, 1)
    assert calendar(before, 1) == {day: ("CONFIRMED", 0)}
    after = publish("ill", team={1: 2})
    assert calendar(after, 1) == {day: ("CANCELLED", 1)}
    assert calendar(after, 2)[day] == ("CONFIRMED", 1)
    assert sorted(status for status, _ in calendar(after, 2).values()) == ["CONFIRMED", "CONFIRMED"]

    shown = " ".join(office.get(f"{after}?lang=en").text.split())
    assert '<s>18 Sept 2017 Sede H1</s> <span class="small">(no longer theirs)</span>' in shown
    assert f'<option value="{trainer_id(2)}"' in shown
    assert f'<option value="{trainer_id(1)}"' not in shown  # who teaches nothing cannot be replaced
    lines = office.get(f"{after}/export/trainers.csv?lang=en").data.decode("utf-8-sig").splitlines()
    assert "Trainer 1;2017-09-18;training day;1;Sede H1;no longer theirs" in lines


def test_steering_asks_before_it_is_sure(office: FlaskClient, platform: Platform, secretariat: Api) -> None:
    missing = "00000000-0000-0000-0000-000000000000"
    for path in ("compare", "again", "bodies", "why/058091", "export/plan.xlsx"):
        assert office.get(f"/staff/planning/{missing}/{path}").status_code == 404
    assert secretariat("GET", f"/scheduling-runs/{missing}/comparison?other_id={missing}").status_code == 404
    assert secretariat("GET", f"/scheduling-runs/{missing}/publication-preview").status_code == 404
