"""The days and trainers of a plan that has many: by pages, looked for, and told of what has happened to one."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.gateway.conftest import Api, kept, submit
from tests.gateway.platform import Platform
from tests.scheduling.builders import trainer_id

DAYS = 54


@pytest.fixture
def run_id(platform: Platform, programme: dict[str, Any], joined: dict[str, Any]) -> str:
    """A plan of 54 days, the last of them in Rome, with a trainer each."""
    days = [["058091"], *([f"B{number:02}"] for number in range(2, DAYS + 1))]
    return kept(platform, programme, "many", days, hosts={DAYS: "Roma"}, first=date(2017, 7, 5))


@pytest.fixture
def published(platform: Platform, run_id: str) -> str:
    platform.call("scheduling", "publish", run_id=run_id, actor="staff")
    return run_id


def heads(page: str) -> list[str]:
    """What stands in the heads of the rows of the last table."""
    return re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]+?) ?<', page.rpartition("<tbody>")[2])


def following(page: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def test_the_page_of_a_run_shows_a_page_of_each(office: FlaskClient, run_id: str) -> None:
    page = f"/staff/planning/{run_id}"
    shown = office.get(f"{page}?lang=en").text
    assert (shown.count('id="day-'), "Sede H50 " in shown, "Sede H51 " in shown) == (50, True, False)
    assert (f'href="{page}/days">All 54 training days' in shown, "<strong>54</strong>" in shown) == (True, True)
    assert f'href="{page}/trainers">All 54 trainers' in shown  # who teaches nothing is no trainer of the plan


def test_days_are_shown_by_pages_and_found(office: FlaskClient, run_id: str) -> None:
    page = f"/staff/planning/{run_id}/days"
    first = office.get(f"{page}?lang=en").text
    assert ("54 training days" in first, len(heads(first)), heads(first)[0]) == (True, 50, "Sede H1 (VT)")
    second = office.get(following(first)).text
    assert heads(second) == [*(f"Sede H{number} (VT)" for number in range(51, DAYS)), "Sede Roma (VT)"]
    assert ('rel="next"' in second, f'href="{page}?lang=en"' in second) == (False, True)
    assert heads(office.get(f"{page}?host=ROMA&region=Lazio").text) == ["Sede Roma (VT)"]
    assert "No training day matches." in office.get(f"{page}?region=Umbria&lang=en").text
    assert office.get(f"{page}?cursor=x").status_code == 422


def test_trainers_are_shown_by_pages_and_found(office: FlaskClient, run_id: str) -> None:
    page = f"/staff/planning/{run_id}/trainers"
    first = office.get(f"{page}?lang=en").text
    names = heads(first) + heads(office.get(following(first)).text)
    assert names == sorted(f"Trainer {number}" for number in range(1, DAYS + 1))
    assert heads(office.get(f"{page}?query=trainer 54").text) == ["Trainer 54"]
    assert "No trainer matches." in office.get(f"{page}?query=nobody&lang=en").text


def test_the_api_pages_them_alike(secretariat: Api, run_id: str) -> None:
    at = f"/scheduling-runs/{run_id}"
    page = secretariat("GET", f"{at}/days?limit=53").json
    assert (page["total"], [day["number"] for day in page["items"]]) == (DAYS, list(range(1, DAYS)))
    rest = secretariat("GET", f"{at}/days?limit=53&cursor={page['next_cursor']}").json
    assert [(day["host_name"], day["guests"], day["trainers"][0]["name"]) for day in rest["items"]] == [
        ("Sede Roma", 1, "Trainer 54")
    ]
    assert rest["next_cursor"] is None
    page = secretariat("GET", f"{at}/trainers?limit=5&query=trainer 5").json
    assert (page["total"], page["items"][0]["name"], len(page["items"][0]["engagements"])) == (6, "Trainer 5", 1)
    rest = secretariat("GET", f"{at}/trainers?query=trainer 5&cursor={page['next_cursor']}").json
    assert [one["name"] for one in rest["items"]] == ["Trainer 54"]
    for wrong in ("days?limit=501", "days?cursor=x", "trainers?limit=0", "trainers?cursor=WzFd"):
        assert secretariat("GET", f"{at}/{wrong}").status_code == 422


def test_what_holds_is_said_of_the_days_and_trainers_of_a_page(
    office: FlaskClient, platform: Platform, programme: dict[str, Any], published: str
) -> None:
    found = platform.call("scheduling", "appointments", programme_id=programme["programme_id"], limit=500)["items"]
    last = next(one["id"] for one in found if one["number"] == DAYS)
    said = {"actor": "staff", "reason": "closed"}
    platform.call("scheduling", "cancel_appointment", appointment_id=last, **said)
    at = f"/staff/planning/{published}"
    assert "One appointment was moved or called off since." in office.get(f"{at}?lang=en").text
    assert "(called off)" in office.get(f"{at}/days?host=roma&lang=en").text
    assert "(called off)" in office.get(f"{at}/trainers?query=trainer 54&lang=en").text
    assert "repair?day=" not in office.get(f"{at}/days?host=roma").text


def test_what_has_happened_to_one_of_many_is_told_from_its_row(
    office: FlaskClient, platform: Platform, published: str
) -> None:
    at = f"/staff/planning/{published}"
    shown = office.get(at).text
    assert ('name="host_code"' in shown, 'name="trainer_id"' in shown) == (False, False)
    day = office.get(f"{at}/days?host=roma").text
    (address,) = re.findall(rf'href="({at}/repair\?day=\d+)"', day)
    asked = office.get(address).text
    assert ("Sede Roma (VT)" in asked, 'name="host_code" value="Roma"' in asked) == (True, True)
    (address,) = re.findall(rf'href="({at}/repair\?trainer=[^"]+)"', office.get(f"{at}/trainers?query=trainer 54").text)
    asked = office.get(address).text
    assert (f'name="trainer_id" value="{trainer_id(54)}"' in asked, 'name="first"' in asked) == (True, True)
    begun = submit(office, address, f"{at}/repair", kind="host_cancels", host_code="Roma")
    assert begun.status_code == 303
    for wrong in ("day=55", "day=x", "trainer=nobody", ""):
        assert office.get(f"{at}/repair?{wrong}").status_code == 404


def test_a_plan_that_is_not_published_cannot_be_repaired(office: FlaskClient, run_id: str) -> None:
    at = f"/staff/planning/{run_id}"
    assert "repair?day=" not in office.get(f"{at}/days").text
    assert office.get(f"{at}/repair?day=1").status_code == 404


def test_a_plan_of_many_days_is_changed_page_by_page(office: FlaskClient, platform: Platform, run_id: str) -> None:
    at = f"/staff/planning/{run_id}/again"
    first = office.get(f"{at}?lang=en").text
    assert (first.count('name="fate.'), "What you say counts for the training days of this page" in first) == (50, True)
    second = following(first)
    assert office.get(second).text.count('name="fate.') == 4
    only = office.get(f"{at}?host=roma").text
    assert (re.findall(r'name="fate\.(\w+)"', only), f'action="{at}?host=roma"' in only) == (["Roma"], True)
    wrong = submit(office, f"{at}?host=roma", f"{at}?host=roma", **{"seats.Roma": "0", "seconds": "2"})
    assert (wrong.status_code, re.findall(r'name="fate\.(\w+)"', wrong.text)) == (422, ["Roma"])
