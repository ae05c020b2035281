"""Places, trainers and rules, on pages and by the API."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.calendar_text import closures_read, dates_read, dates_shown, pauses_read, pauses_shown
from tests.gateway.conftest import Api, submit
from tests.gateway.platform import Platform


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
