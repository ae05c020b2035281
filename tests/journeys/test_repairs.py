"""What happens after publication, on both modes: a place cancels, a trainer is ill, a planner is killed.

The difference is shown before anything is published; publication changes only that, and writes only to whom it touches.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import requests

from rehearsal.client import Api, until
from rehearsal.platform import Platform
from rehearsal.play import Rehearsal

API = "/api/v1"
RUNS = f"{API}/scheduling-runs"


@dataclass
class Office:
    """The secretariat at a browser without JavaScript, and with a token for the API."""

    play: Rehearsal
    browser: requests.Session

    @property
    def api(self) -> Api:
        return self.play.api

    def submit(self, page: str, action: str, **fields: str) -> requests.Response:
        """Open the page and send one of its forms."""
        shown = self.browser.get(self.play.platform.url + page, timeout=60)
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
        assert token, shown.text
        form = {"csrf_token": token[1], **fields}
        return self.browser.post(self.play.platform.url + action, data=form, timeout=120)

    def get(self, path: str, **query: Any) -> Any:
        return self.api.get(f"{RUNS}/{path}", self.play.token, **query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.api.post(f"{RUNS}{path}", body, self.play.token)

    def ended(self, run_id: str) -> dict[str, Any]:
        """The run when it is over."""
        found: dict[str, Any] = {}

        def over() -> int:
            found.update(self.api.send("GET", f"{RUNS}/{run_id}", token=self.play.token).json())
            return int(found["state"] not in ("requested", "running"))

        until("planning", 1, over, still=120)
        return found

    def published(self) -> str:
        """The run whose plan is the calendar."""
        runs = self.api.pages(RUNS, self.play.token, programme_id=self.play.programme["programme_id"])
        return next(str(run["id"]) for run in runs if run["state"] == "published")

    def places(self) -> set[tuple[str, str, str, int]]:
        """Who sits where, and what of it stands in an invitation."""
        found = set()
        for one in self.api.pages(
            f"{API}/appointments", self.play.token, programme_id=self.play.programme["programme_id"]
        ):
            for place in self.api.pages(f"{API}/appointments/{one['id']}/places", self.play.token):
                found.add((place["delegate_id"], one["id"], one["starts_at"], one["revision"]))
        return found

    def letters(self) -> Counter[str]:
        """How many letters each person got about changes."""
        return Counter(one["to"]["email"] for one in self.play.mailbox.pages("/api/messages", kind="place_changed"))


@pytest.fixture(scope="module")
def office(platform: Platform) -> Office:
    """A dozen bodies, their plan published."""
    play = Rehearsal(platform, bodies=12, seconds=2)
    play.join()
    play.log_in()
    play.plan()
    play.publish()
    office = Office(play, requests.Session())
    login = office.submit("/staff/login", "/staff/login", email=platform.staff_email, password=platform.staff_password)
    assert login.url.endswith("/staff")
    return office


def test_a_place_cancels_and_only_its_guests_are_moved_and_told(office: Office) -> None:
    base = office.published()
    before, plan = office.places(), office.get(f"{base}/plan")
    gone = plan["days"][len(plan["days"]) // 2]
    page = f"/staff/planning/{base}"

    begun = office.submit(page, f"{page}/repair", kind="host_cancels", host_code=gone["host_code"])
    run_id = begun.url.rpartition("/")[2]
    assert office.ended(run_id)["state"] == "completed"

    shown = office.browser.get(begun.url, timeout=60).text
    assert gone["host_name"] in shown[shown.index('id="change"') : shown.index('class="figures"')]
    found = office.get(f"{base}/comparison", other_id=run_id)
    assert {move["code"] for move in found["moves"]} == {body["code"] for body in gone["bodies"]}
    assert [day["number"] for day in found["days"]] == [gone["number"]]
    preview = office.get(f"{run_id}/publication-preview")
    assert (preview["people"], len(preview["moved"]), preview["places_released"]) == (gone["seated"], 1, 0)
    assert (office.places(), office.letters()) == (before, Counter())

    done = office.submit(f"/staff/planning/{run_id}/publish", f"/staff/planning/{run_id}/publish")
    assert done.url.endswith("done=plan_published")
    until("letters", gone["seated"], lambda: office.letters().total(), 60)
    office.play.settle()
    assert (office.letters().total(), set(office.letters().values())) == (gone["seated"], {1})
    changed = office.places() - before
    assert len(changed) == gone["seated"]
    assert {delegate for delegate, *_ in changed} == {delegate for delegate, *_ in before - office.places()}


def test_a_trainer_is_ill_and_nobody_else_is_replaced_or_told(office: Office) -> None:
    base = office.published()
    before, letters = office.places(), office.letters()
    plan = office.get(f"{base}/plan")
    ill = next(one for one in plan["trainers"] if any(each["kind"] == "training_day" for each in one["engagements"]))
    (day, *_rest) = (each for each in ill["engagements"] if each["kind"] == "training_day")
    repair = {"kind": "trainer_ill", "trainer_id": ill["id"], "first": day["date"], "last": day["date"]}

    programme = office.play.programme["programme_id"]
    run_id = office.post("", {"programme_id": programme, "parameters": {"repair": repair, "seconds": 2}})["id"]
    assert office.ended(run_id)["state"] == "completed"
    found = office.get(f"{base}/comparison", other_id=run_id)
    assert found["moves"] == []
    assert [each["number"] for each in found["days"]] == [day["number"]]
    was, now = found["days"][0]["sides"]
    assert len(set(was["trainers"]) - set(now["trainers"])) == 1
    assert ill["name"] not in now["trainers"]
    assert office.get(f"{run_id}/publication-preview")["people"] == 0

    office.post(f"/{run_id}/publication")
    office.play.settle()
    assert (office.places(), office.letters()) == (before, letters)


def test_a_plan_is_changed_on_its_page_and_planned_again_near_it(office: Office) -> None:
    base, before = office.published(), office.places()
    out, kept, third, *_rest = office.get(f"{base}/plan")["days"]
    page = f"/staff/planning/{base}/again"
    guest = kept["bodies"][0]
    begun = office.submit(
        page,
        page,
        **{
            f"fate.{out['host_code']}": "exclude",
            f"fate.{kept['host_code']}": "keep",
            f"seats.{kept['host_code']}": "40",
            f"was.seats.{kept['host_code']}": str(kept["capacity"]),
            "rules.forbidden": f"{guest['name']}; {kept['host_name']} ({kept['province']})",
            "rules.pinned": f"{guest['code']}\t{third['host_code']}",
        },
    )
    run_id = begun.url.rpartition("/")[2]
    assert office.ended(run_id)["state"] == "completed"
    plan = office.get(f"{run_id}/plan")
    days = {day["host_code"]: day for day in plan["days"]}
    assert out["host_code"] not in days
    assert days[kept["host_code"]]["capacity"] == 40
    assert guest["code"] in {body["code"] for body in days[third["host_code"]]["bodies"]}
    again = office.browser.get(f"{office.play.platform.url}/staff/planning/{run_id}/again", timeout=60)
    shown = html.unescape(again.text)
    assert f"{guest['name']} (" in shown[shown.index('id="rules-forbidden"') :]
    assert (office.published(), office.places()) == (base, before)


def test_a_planner_that_is_killed_leaves_no_run_behind_that_runs(office: Office) -> None:
    """The first time it is begun again; killed again and again it fails, and says so. The published plan stands."""
    base, before = office.published(), office.places()
    programme = office.play.programme["programme_id"]
    run_id = office.post("", {"programme_id": programme, "parameters": {"seconds": 600}})["id"]
    killed: set[int] = set()

    def kill() -> int:
        for pids in office.play.platform.pids.values():
            for child in (child for pid in pids for child in psutil.Process(pid).children(recursive=True)):
                if child.pid not in killed and "services.scheduling.planner.worker" in " ".join(child.cmdline()):
                    child.kill()
                    killed.add(child.pid)
        return len(killed)

    until("planners killed", 3, kill, still=120)
    run = office.ended(run_id)
    assert (run["state"], run["reason"]) == ("failed", "worker_lost")
    assert (office.published(), office.places()) == (base, before)
