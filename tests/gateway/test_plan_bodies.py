"""Who goes where in a plan, and who moves: by pages, and looked for."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from gateway import plans
from tests.gateway.conftest import Api, kept
from tests.gateway.platform import Platform


@pytest.fixture
def wide(platform: Platform, programme: dict[str, Any]) -> str:
    """The page of a plan of 61 bodies, most of them on the first day."""
    days = [[f"B{number:02}" for number in range(60)], ["058091"]]
    regions = {"B07": "Umbria", "058091": "Sicilia"}
    return f"/staff/planning/{kept(platform, programme, 'wide', days, regions=regions)}"


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


def test_a_plan_is_taken_away_part_by_part_and_whole(
    office: FlaskClient, secretariat: Api, platform: Platform, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = wide.rpartition("/")[2]
    names = ("bodies.csv", "plan.xlsx")
    at_once = {name: office.get(f"{wide}/export/{name}").data for name in names}
    plan = secretariat("GET", f"/scheduling-runs/{run}/plan")
    monkeypatch.setattr(plans, "AT_ONCE", 7)
    platform.asked.clear()
    assert office.get(f"{wide}/export/bodies.csv").data == at_once["bodies.csv"]
    assert platform.asked.count(("scheduling", "planned_bodies")) == 9
    assert len(at_once["bodies.csv"].splitlines()) == 62
    tables = [CalamineWorkbook.from_filelike(io.BytesIO(at_once["plan.xlsx"])).get_sheet_by_index(n) for n in range(5)]
    assert [len(table.to_python()) for table in tables] == [3, 62, 1, 3, 4]
    again = secretariat("GET", f"/scheduling-runs/{run}/plan")
    assert (again.json, again.content_type) == (plan.json, "application/json")


def test_who_takes_no_bodies_along_asks_for_none(office: FlaskClient, platform: Platform, wide: str) -> None:
    for name in ("days.csv", "trainers.csv", "regions.csv", "calendar.ics"):
        platform.asked.clear()
        assert office.get(f"{wide}/export/{name}").status_code == 200
        assert ("scheduling", "planned_bodies") not in platform.asked


def test_a_plan_without_days_is_whole_too() -> None:
    assert list(plans.by_day([], iter([]))) == []
    days = [{"number": 1}, {"number": 2}, {"number": 3}]
    guests = [{"day": 2, "code": "A"}, {"day": 2, "code": "B"}]
    assert [(day["number"], [one["code"] for one in own]) for day, own in plans.by_day(days, iter(guests))] == [
        (1, []),
        (2, ["A", "B"]),
        (3, []),
    ]
