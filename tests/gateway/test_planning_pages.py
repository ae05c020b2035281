"""Places, trainers and rules on pages and by the API; plans steered, compared and taken away."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from gateway.calendar_text import closures_read, dates_read, dates_shown, pauses_read, pauses_shown
from gateway.plan_export import exported
from services.scheduling.models import Run
from tests.gateway.conftest import PASSWORD, Api, adhesion_form
from tests.gateway.platform import Platform
from tests.scheduling.builders import planned, trainer_id


@pytest.fixture
def office(app: Flask, staff: dict[str, str]) -> FlaskClient:
    """The secretariat at a browser."""
    client = app.test_client()
    submit(client, "/staff/login", "/staff/login", email=staff["secretariat"], password=PASSWORD)
    return client


def submit(client: FlaskClient, page: str, action: str, **fields: Any) -> Any:
    """Open the page, and send a form of it to the address."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(action, data={"csrf_token": token[1], **fields})


@pytest.fixture
def joined(anyone: Api, contact: Callable[..., Api], platform: Platform, programme: dict[str, Any]) -> dict[str, Any]:
    """An adhesion that is confirmed, and known to scheduling."""
    adhesion: dict[str, Any] = anyone("POST", "/adhesions", adhesion_form(programme)).json
    contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    platform.deliver()
    return adhesion


@pytest.fixture
def trainer(platform: Platform) -> dict[str, Any]:
    found: dict[str, Any] = platform.call("scheduling", "trainers")["items"][0]
    return found


# places


def test_a_place_is_found_added_and_changed(office: FlaskClient, platform: Platform) -> None:
    assert "Appiano" in office.get("/staff/hosts/new?query=Appiano").text
    added = submit(office, "/staff/hosts/new?query=Appiano", "/staff/hosts", body_code="021004")
    assert (added.status_code, added.location) == (303, "/staff/hosts/021004?done=host_added")

    page = "/staff/hosts/021004"
    form = {"venue": "Aula magna", "address": "Via Roma 1", "capacity": "80", "usable": "yes"}
    changed = submit(office, page, page, **form, closures="7/12/2017 Consiglio\n4/10", version="1")
    assert changed.status_code == 303
    host = platform.call("scheduling", "host", code="021004")
    assert (host["venue"], host["capacity"], host["version"]) == ("Aula magna", 80, 2)
    assert host["closures"] == [{"date": "10-04", "reason": ""}, {"date": "2017-12-07", "reason": "Consiglio"}]
    assert "07/12/2017 Consiglio" in office.get(page).text
    assert "Aula magna" in office.get("/staff/hosts?query=appiano").text

    late = submit(office, page, page, **form, closures="", version="1")
    assert late.status_code == 409
    assert platform.call("scheduling", "host", code="021004")["version"] == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"venue": ""}, "venue"),
        ({"closures": "31/2"}, "closures"),
    ],
)
def test_a_bad_place_is_told_which_field(
    office: FlaskClient, platform: Platform, wrong: dict[str, str], field: str
) -> None:
    code = platform.call("scheduling", "hosts", limit=1)["items"][0]["code"]
    page = f"/staff/hosts/{code}"
    before = platform.call("scheduling", "host", code=code)
    answer = submit(office, page, page, **{"venue": "Aula", "capacity": "", "closures": "", **wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert platform.call("scheduling", "host", code=code) == before


def test_who_made_a_mistake_and_was_overtaken_overwrites_nothing(
    office: FlaskClient, platform: Platform, secretariat: Api, programme: dict[str, Any], trainer: dict[str, Any]
) -> None:
    host = platform.call("scheduling", "hosts", limit=1)["items"][0]
    rules = platform.call("scheduling", "calendar_rules", programme_id=programme["programme_id"])
    for page, mistake, seen, change in (
        (f"hosts/{host['code']}", {"venue": "Aula", "capacity": "many"}, host, {"capacity": 70}),
        (f"trainers/{trainer['id']}", {"name": "Ada", "home": "Atlantide"}, trainer, {"name": "Bea"}),
        ("calendar-rules", {"days_per_date": "0"}, rules, {"days_per_date": 1, "reachable_km": 90}),
    ):
        opened = f"/staff/{page}"
        stale = hidden(office.get(opened).text, "version")
        assert stale == str(seen["version"])
        method, path = ("PUT", f"/programmes/{programme['code']}/{page}") if seen is rules else ("PATCH", f"/{page}")
        whole = {"pauses": [], "closed_dates": [], **change} if seen is rules else change
        assert secretariat(method, path, whole, If_Match=f'"{stale}"').status_code == 200
        wrong = submit(office, opened, opened, **mistake, version=stale)
        assert (wrong.status_code, hidden(wrong.text, "version")) == (422, stale)
        late = submit(office, opened, opened, **ALL_RIGHT, version=stale)
        assert (late.status_code, hidden(late.text, "version")) == (409, stale)


@pytest.mark.parametrize("page", ["hosts/{host}", "trainers/{trainer}", "calendar-rules"])
def test_a_change_that_is_sent_twice_is_made_once_and_no_conflict(
    office: FlaskClient, platform: Platform, trainer: dict[str, Any], page: str
) -> None:
    host = platform.call("scheduling", "hosts", limit=1)["items"][0]
    address = f"/staff/{page.format(host=host['code'], trainer=trainer['id'])}"
    shown = office.get(address).text
    form = {name: hidden(shown, name) for name in ("csrf_token", "idempotency_key", "version")}
    answers = [office.post(address, data={**form, **ALL_RIGHT}) for _once_or_twice in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, answers[0].location)] * 2
    assert int(hidden(office.get(address).text, "version")) == int(form["version"]) + 1


def hidden(page: str, name: str) -> str:
    """What a page's form carries under this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


ALL_RIGHT = {
    "venue": "Aula",
    "name": "Ada",
    "home": "Viterbo",
    "all_topics": "yes",
    "days_per_date": "2",
    "reachable_km": "250",
}
"""What any of these forms is content with."""


def test_patron_days_come_as_a_file_or_a_pasted_list(office: FlaskClient, platform: Platform) -> None:
    code = platform.call("scheduling", "hosts", limit=1)["items"][0]["code"]
    page = "/staff/hosts/closures"
    latin = f"codice;data;festa\n{code};24/6;Patronalità".encode("cp1252")
    sent = submit(office, page, page, content="", file=(io.BytesIO(latin), "feste.csv"))
    assert sent.status_code == 200
    assert platform.call("scheduling", "host", code=code)["closures"] == [{"date": "06-24", "reason": "Patronalità"}]

    wrong = submit(office, page, page, content=f"{code};25/6\nnowhere;26/6")
    assert (wrong.status_code, "2" in wrong.text) == (409, True)
    assert submit(office, page, page, content="").status_code == 422


def test_places_by_the_api(secretariat: Api, contact: Callable[..., Api], anyone: Api) -> None:
    made = secretariat("POST", "/hosts", {"body_code": "021004", "venue": "Aula magna"})
    assert (made.status_code, made.json["name"], made.headers["ETag"]) == (201, made.json["name"], '"1"')
    assert secretariat("POST", "/hosts", {"body_code": "021004", "venue": "x"}).json["reason"] == "host_exists"
    assert secretariat("POST", "/hosts", {"body_code": "nowhere", "venue": "x"}).status_code == 404
    path = "/hosts/021004"
    assert secretariat("PATCH", path, {"capacity": 70}).status_code == 428
    assert secretariat("PATCH", path, {"capacity": 0}, If_Match='"1"').status_code == 422
    assert secretariat("PATCH", path, {"capacity": 70}, If_Match='"1"').json["capacity"] == 70
    assert secretariat("PATCH", path, {"capacity": 60}, If_Match='"1"').status_code == 412
    assert secretariat("POST", "/host-closures", {"content": "021004;1/5"}).json == {"imported": 1, "hosts": 1}
    assert anyone("GET", path).status_code == 401


# trainers and rules


def test_a_trainer_is_changed_and_told_what_is_wrong(office: FlaskClient, platform: Platform, trainer: Any) -> None:
    page = f"/staff/trainers/{trainer['id']}"
    good = {"name": "Ada Neri", "home": "bolzano", "skills": ["tratta"], "most_days": "9", "usable": "yes"}
    assert submit(office, page, page, **good, unavailable="9/10/2017 - 11/10/2017", version="1").status_code == 303
    changed = platform.call("scheduling", "trainer", trainer_id=trainer["id"])
    assert (changed["skills"], changed["most_days"], changed["most_a_week"]) == (["tratta"], 9, None)
    assert changed["unavailable"] == ["2017-10-09", "2017-10-10", "2017-10-11"]
    assert round(changed["latitude"]) == 46
    assert "09/10/2017 - 11/10/2017" in office.get(page).text

    for wrong, field in (
        ({"skills": []}, "skills"),
        ({"home": "Atlantide"}, "home"),
        ({"most_days": "0"}, "most_days"),
    ):
        answer = submit(office, page, page, **{**good, **wrong})
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert platform.call("scheduling", "trainer", trainer_id=trainer["id"]) == changed
    assert submit(office, "/staff/trainers/new", "/staff/trainers", **good).status_code == 303


def test_trainers_and_rules_by_the_api(secretariat: Api, programme: dict[str, Any]) -> None:
    ada = {"name": "Ada Neri", "home": "Viterbo", "latitude": 42.4, "longitude": 12.1, "unavailable": ["2017-10-09"]}
    made = secretariat("POST", "/trainers", ada).json
    assert (made["skills"], made["unavailable"]) == (None, ["2017-10-09"])
    assert secretariat("POST", "/trainers", {**ada, "latitude": 0, "longitude": 0}).status_code == 422
    changed = secretariat("PATCH", f"/trainers/{made['id']}", {"skills": []}, If_Match='"1"')
    assert changed.status_code == 422
    path = f"/programmes/{programme['code']}/calendar-rules"
    rules = secretariat("GET", path)
    assert (rules.json["days_per_date"], rules.headers["ETag"]) == (2, '"0"')
    given = {"days_per_date": 1, "reachable_km": 200, "pauses": [], "closed_dates": ["2017-11-03"]}
    assert secretariat("PUT", path, given, If_Match='"0"').json["closed_dates"] == ["2017-11-03"]
    assert secretariat("PUT", path, given, If_Match='"0"').status_code == 412
    assert secretariat("PUT", path, {**given, "days_per_date": 0}, If_Match='"1"').status_code == 422


def test_rules_on_their_page(office: FlaskClient, platform: Platform, programme: dict[str, Any]) -> None:
    page = "/staff/calendar-rules"
    good = {
        "days_per_date": "1",
        "days_per_week": "3",
        "reachable_km": "250",
        "pauses": "5/8 - 25/8",
        "closed_dates": "",
    }
    assert submit(office, page, page, **good, version="0").status_code == 303
    rules = platform.call("scheduling", "calendar_rules", programme_id=programme["programme_id"])
    assert (rules["days_per_week"], rules["pauses"]) == (3, [{"first": "08-05", "last": "08-25"}])
    for wrong in ({"days_per_date": "0"}, {"pauses": "August"}, {"closed_dates": "2/11"}, {"reachable_km": ""}):
        assert submit(office, page, page, **{**good, **wrong}).status_code == 422
    assert submit(office, page, page, **good, version="0").status_code == 409


def test_dates_are_read_as_people_write_them() -> None:
    assert dates_read("2/11/2017\n\n 30/12/2017 – 1/1/2018 ", "away") == [
        *("2017-11-02", "2017-12-30", "2017-12-31", "2018-01-01"),
    ]
    assert dates_shown(["2018-01-01", "2017-12-31", "2017-11-02"]) == "02/11/2017\n31/12/2017 - 01/01/2018"
    assert closures_read("29/2 leap", "closures") == [{"date": "02-29", "reason": "leap"}]
    assert pauses_shown(pauses_read("24/12 - 6/1", "pauses")) == "24/12 - 06/01"


# plans


def plan(**changes: Any) -> dict[str, Any]:
    """As scheduling tells of one."""
    undisturbed = {"planned_date": "2017-09-18", "change": None}
    body = {"code": "058091", "name": '=HYPERLINK("http://evil")', "delegates": 2, "km": 12.5}
    day = {"number": 1, "host_name": "Viterbo", "province": "VT", "region": "Lazio", "date": "2017-09-18"}
    day |= undisturbed
    engagement = {**undisturbed, "date": "2017-09-18", "kind": "training_day", "number": 1, "what": "Viterbo"}
    return {
        "run": {"programme_id": "p", "state": "completed"},
        "days": [{**day, "seated": 2, "capacity": 60, "bodies": [body], "trainers": [{"id": "t", "name": "Ada"}]}],
        "webinars": [
            {
                "number": 1,
                "title_it": "Casa",
                "title_en": "Housing",
                "date": "2017-10-02",
                "planned_date": "2017-10-02",
                "change": None,
                "starts": "15:00",
                "speaker": "Bea",
                "interested": 9,
            }
        ],
        "trainers": [
            {"id": "t", "name": "Ada", "km": 3, "engagements": [engagement]},
            {
                "id": "u",
                "name": "Bea",
                "km": 0,
                "engagements": [
                    {
                        "date": "2017-10-02",
                        "planned_date": "2017-10-02",
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


ADDRESS = "https://corsi.example/programmes/co"
PROGRAMME = {"title_it": "CO", "title_en": "CO", "day_minutes": 480, "webinar_minutes": 90}


def test_tables_open_in_italian_spreadsheets_and_are_harmless(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "it"}):
        raw, kind = exported(plan(), PROGRAMME, "bodies.csv", ADDRESS)
        book, _kind = exported(plan(), PROGRAMME, "plan.xlsx", ADDRESS)
    assert kind == "text/csv; charset=utf-8"
    assert raw.startswith(b"\xef\xbb\xbf")
    line = raw.decode("utf-8-sig").splitlines()[1]
    assert line == '058091;"\'=HYPERLINK(""http://evil"")";2;1;Viterbo;2017-09-18;12,5;'
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
    assert len(sheets.sheet_names) == 5
    rows = sheets.get_sheet_by_index(1).to_python()
    assert rows[1][:3] == ["058091", '=HYPERLINK("http://evil")', 2.0]


def test_calendars_for_all_and_for_one(app: Flask) -> None:
    with app.test_request_context():
        whole, _kind = exported(plan(), PROGRAMME, "calendar.ics", ADDRESS)
        own, kind = exported(plan(), PROGRAMME, "u.ics", ADDRESS)
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
    assert '12 Oct 2017 <span class="small">(moved, planned for 18 Sept 2017)</span>' in shown
    assert '25 Sept 2017 <span class="small">(called off)</span>' in shown
    assert re.findall(r'<option value="(H\d)"', shown) == ["H1"]  # a place whose day is called off cannot cancel

    lines = office.get(f"{page}/export/bodies.csv?lang=en").data.decode("utf-8-sig").splitlines()
    assert [line.split(";")[5::2] for line in lines[1:]] == [
        ["2017-10-12", "moved, planned for 2017-09-18"],
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


def test_steering_asks_before_it_is_sure(office: FlaskClient, platform: Platform, secretariat: Api) -> None:
    missing = "00000000-0000-0000-0000-000000000000"
    for path in ("compare", "again", "why/058091", "export/plan.xlsx"):
        assert office.get(f"/staff/planning/{missing}/{path}").status_code == 404
    assert secretariat("GET", f"/scheduling-runs/{missing}/comparison?other_id={missing}").status_code == 404
    assert secretariat("GET", f"/scheduling-runs/{missing}/publication-preview").status_code == 404


# rules in words


def test_a_planning_is_started_with_rules_in_words(
    office: FlaskClient, platform: Platform, joined: dict[str, Any], programme: dict[str, Any]
) -> None:
    page = "/staff/planning"
    host = platform.call("scheduling", "hosts", limit=1)["items"][0]
    rules = {
        "rules.excluded_hosts": host["name"],
        "rules.least_in_region": "Lazio; 1",
        "fair_km": "60",
        "fairness": "3",
    }

    wrong = submit(office, page, page, **rules, **{"rules.pinned": "Nessuno; Viterbo"}, seconds="5")
    assert wrong.status_code == 422
    assert "Nessuno; Viterbo" in wrong.text
    assert 'href="#rules-pinned"' in wrong.text
    assert platform.call("scheduling", "runs", programme_id=programme["programme_id"])["items"] == []

    begun = submit(office, page, page, **rules, seconds="5")
    assert begun.status_code == 303
    run = platform.call("scheduling", "run", run_id=begun.location.rpartition("/")[2])
    told = run["parameters"]
    assert (told["excluded_hosts"], told["least_in_region"]) == ([host["code"]], {"Lazio": 1})
    assert (told["fair_km"], told["fairness"]) == (60, 3)

    again = office.get(f"{page}?like={run['id']}").text
    assert f"{host['name']} ({host['province']})</textarea>" in again
    assert "Lazio; 1</textarea>" in again
    assert office.get(f"{page}?like=nothing").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"seconds": "7"}, "seconds"),
        ({"fair_km": "far"}, "fair_km"),
        ({"fair_km": "99999"}, "fair_km"),
        ({"fairness": "9"}, "fairness"),
        ({"seed": "-1"}, "seed"),
    ],
)
def test_a_planning_is_not_started_with_wrong_numbers(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], wrong: dict[str, str], field: str
) -> None:
    answer = submit(office, "/staff/planning", "/staff/planning", **wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert platform.call("scheduling", "runs", programme_id=programme["programme_id"])["items"] == []


def test_a_failed_planning_says_whom_it_concerns_and_what_would_make_room(
    office: FlaskClient, platform: Platform, joined: dict[str, Any], programme: dict[str, Any]
) -> None:
    begun = submit(office, "/staff/planning", "/staff/planning", seconds="5")
    run_id = begun.location.rpartition("/")[2]
    facts = {
        "delegates": 90,
        "seats": 60,
        "room": {"numbers": {"training_days": {"now": 1, "needed": 2}}, "rules": ["excluded_hosts"]},
        "names": ["Ivrea", "Torino"],
        "count": 5,
    }
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.state, run.reason, run.facts = "failed", "more_delegates_than_seats", facts
    page = office.get(f"/staff/planning/{run_id}?lang=en").text
    assert "2 training days instead of 1" in page
    assert "giving up this rule: the places that are left out" in page
    assert "Ivrea, Torino and others" in page
    assert f"like={run_id}" in page
    assert "at most" not in page
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.facts = {**facts, "room": {**facts["room"], "cut_short": True}}
    assert "these changes are needed at most" in office.get(f"/staff/planning/{run_id}?lang=en").text
