"""Plans on pages and in files: shown as they hold now, steered, started with rules, failed with a reason."""

from __future__ import annotations

import html
import io
import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from chassis import clock as clocks
from chassis.refusal import Refused
from gateway.calendar import whereabouts
from gateway.plan_export import exported, since
from gateway.refusals import REFUSALS
from services.scheduling import publications
from services.scheduling.models import Run
from tests.conftest import MovableClock
from tests.gateway.conftest import Api, submit
from tests.gateway.platform import Platform
from tests.scheduling.builders import planned, trainer_id


def plan(**changes: Any) -> dict[str, Any]:
    """As scheduling tells of one."""
    undisturbed = {"planned_date": "2017-09-18", "starts": "09:00", "planned_starts": "09:00", "change": None}
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


def test_who_publishes_a_change_is_told_whom_it_concerns_though_something_is_new(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], joined: dict[str, Any]
) -> None:
    def asked(name: str) -> tuple[str, str]:
        run_id = planned(
            platform.stores["scheduling"], name, [["021004"], ["058091"]], programme=UUID(programme["programme_id"])
        )
        with platform.stores["scheduling"].transaction() as session:
            run = session.get_one(Run, UUID(run_id))
            run.cost_km = run.bound_km = run.gap = run.longest_km = run.mean_km = 0.0
        return run_id, office.get(f"/staff/planning/{run_id}/publish?lang=en").text

    first, page = asked("first")
    assert ("Publish and invite everybody" in page, "Publish the change" in page) == (True, False)
    platform.call("scheduling", "publish", run_id=first, actor="staff")
    days = platform.call("scheduling", "appointments", programme_id=programme["programme_id"])["items"]
    platform.call("scheduling", "cancel_appointment", appointment_id=days[1]["id"], actor="staff", reason="snow")
    _, page = asked("again")
    assert ("Publish and invite everybody" in page, "Publish the change" in page) == (False, True)


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


@pytest.fixture
def wide(platform: Platform, programme: dict[str, Any]) -> str:
    """The page of a plan of 61 bodies, most of them on the first day."""
    days = [[f"B{number:02}" for number in range(60)], ["058091"]]
    regions = {"B07": "Umbria", "058091": "Sicilia"}
    return f"/staff/planning/{kept(platform, programme, 'wide', days, regions=regions)}"


def kept(platform: Platform, programme: dict[str, Any], name: str, days: list[list[str]], **said: Any) -> str:
    """A plan with figures, as the planner leaves it."""
    store = platform.stores["scheduling"]
    run_id = planned(store, name, days, programme=UUID(programme["programme_id"]), **said)
    with store.transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.cost_km = run.bound_km = run.gap = run.longest_km = run.mean_km = 0.0
    return run_id


def rows(page: str) -> list[str]:
    """The names in the heads of the rows of the last table."""
    return re.findall(r'<th scope="row">([^<]+?) ?<', page.rpartition("<tbody>")[2])


def test_who_goes_where_is_shown_by_pages_and_not_on_the_page_of_the_run(office: FlaskClient, wide: str) -> None:
    page = office.get(wide).text
    assert ("Comune B00" in page, f'action="{wide}/bodies"' in page, f'href="{wide}/bodies?day=2"' in page) == (
        False,
        True,
        True,
    )
    first = office.get(f"{wide}/bodies?lang=en").text
    assert "61 bodies" in first
    assert rows(first) == [f"Comune B{number:02}" for number in range(50)]
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = office.get(following).text
    assert rows(second) == [*(f"Comune B{number}" for number in range(50, 60)), "Comune 058091"]
    assert 'rel="next"' not in second
    assert f'href="{wide}/bodies?lang=en"' in second


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("query=b07", ["Comune B07"]),
        ("query=058091&region=Sicilia", ["Comune 058091"]),
        ("region=Umbria&day=1", ["Comune B07"]),
        ("host=h2", ["Comune 058091"]),
        ("by_boat=yes", ["Comune 058091"]),
        ("query=b&cursor=&day=1&region=", [f"Comune B{number:02}" for number in range(50)]),
    ],
)
def test_bodies_of_a_plan_are_found(office: FlaskClient, wide: str, asked: str, names: list[str]) -> None:
    assert rows(office.get(f"{wide}/bodies?{asked}").text) == names


def test_bodies_are_not_found_where_there_are_none(office: FlaskClient, secretariat: Api, wide: str) -> None:
    assert "No body matches." in office.get(f"{wide}/bodies?query=%25&lang=en").text
    for wrong in ("day=3", "day=x", "day=-1", "day=²", "day=99999999999"):
        assert office.get(f"{wide}/bodies?{wrong}").status_code == 404
    assert office.get(f"{wide}/bodies?cursor=x").status_code == 422
    run = wide.rpartition("/")[2]
    assert secretariat("GET", f"/scheduling-runs/{run}/bodies?day=0").status_code == 422
    assert secretariat("GET", f"/scheduling-runs/{run}/bodies?query=b07").json["items"][0]["code"] == "B07"
    whole = secretariat("GET", f"/scheduling-runs/{run}/plan").json
    assert [(len(day["bodies"]), day["bodies"][0]["planned_as"]) for day in whole["days"]] == [
        (60, "B00"),
        (1, "058091"),
    ]
    assert [one["code"] for one in whole["across_water"]] == ["058091"]


def test_who_moves_is_shown_by_pages_and_found(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], wide: str
) -> None:
    everybody = [[f"B{number:02}" for number in range(60)] + ["058091"]]
    other = kept(platform, programme, "other", everybody, hosts={1: "H9"}, regions={"B07": "Umbria"})
    page = office.get(f"{wide}/compare?other={other}&lang=en").text
    assert "61 bodies" in page
    assert len(rows(page)) == 50
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])
    assert len(rows(office.get(following).text)) == 11
    assert rows(office.get(f"{wide}/compare?other={other}&region=Umbria").text) == ["Comune B07"]
    assert "No body matches." in office.get(f"{wide}/compare?other={other}&query=nobody&lang=en").text


def test_a_publication_that_takes_long_goes_on_by_itself_and_is_told_on_its_page(
    office: FlaskClient, platform: Platform, secretariat: Api, programme: dict[str, Any], clock: MovableClock
) -> None:
    run_id = kept(platform, programme, "slow", [["021004"]])
    page = f"/staff/planning/{run_id}"
    platform.down.add(("scheduling", "publish"))
    assert submit(office, f"{page}/publish", f"{page}/publish").status_code == 503  # it has not begun
    assert secretariat("POST", f"/scheduling-runs/{run_id}/publication").status_code == 503

    with platform.stores["scheduling"].transaction() as session:
        publications.begin(session, UUID(run_id), "k", "staff", clocks.now(), clocks.machine_now(), 20.0)
    answer = submit(office, page, f"{page}/publish")
    assert (answer.status_code, answer.location) == (303, page)
    begun = secretariat("POST", f"/scheduling-runs/{run_id}/publication")
    assert (begun.status_code, begun.headers["Location"]) == (202, f"/api/v1/scheduling-runs/{run_id}")
    assert begun.json["publication"]["reason"] is None
    shown = office.get(f"{page}?lang=en").text
    assert "This plan is being published" in shown
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown
    assert f'href="{page}/publish"' not in shown
    assert office.get(f"{page}/publish").location == page

    platform.down.clear()
    again = submit(office, page, f"{page}/publish")
    assert (again.status_code, "This plan is being published already" in again.text) == (409, True)
    with platform.stores["scheduling"].transaction() as session:
        publications.give_up(session, UUID(run_id), Refused("plan_out_of_date"))
    shown = office.get(f"{page}?lang=en").text
    assert ("This plan is being published" in shown, f'href="{page}/publish"' in shown) == (False, True)
    assert html.escape(REFUSALS["plan_out_of_date"][0]) in shown
    assert submit(office, f"{page}/publish", f"{page}/publish").location == f"{page}?done=plan_published"
    assert "This plan is published" in office.get(f"{page}?lang=en").text


def test_steering_asks_before_it_is_sure(office: FlaskClient, platform: Platform, secretariat: Api) -> None:
    missing = "00000000-0000-0000-0000-000000000000"
    for path in ("compare", "again", "bodies", "why/058091", "export/plan.xlsx"):
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


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "there is no such plan: trying what would make room for one"),
        ("it", "un piano così non c&#39;è: si prova che cosa lo renderebbe possibile"),
    ],
)
def test_who_watches_a_planning_reads_that_it_is_tried_what_would_make_room(
    office: FlaskClient, platform: Platform, joined: dict[str, Any], language: str, words: str
) -> None:
    begun = submit(office, "/staff/planning", "/staff/planning", seconds="5")
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(begun.location.rpartition("/")[2]))
        run.phase, run.share = "room", 0.25
    page = office.get(f"{begun.location}?lang={language}").text
    assert f'data-room="{words}"' in page  # for the page that hears of it
    assert f">{words}</span>" in page  # for the one that loads itself again
    assert '<progress id="share" max="1" value="0.25">' in page


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
