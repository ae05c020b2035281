"""Publishing a plan: who is told is said before, and how it goes on while it lasts."""

from __future__ import annotations

import html
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from chassis import clock as clocks
from chassis.refusal import Refused
from gateway.refusals import REFUSALS
from services.scheduling import foresight, publications
from services.scheduling.models import Run
from tests.conftest import MovableClock
from tests.gateway.conftest import Api, kept, submit
from tests.gateway.platform import Platform
from tests.scheduling.builders import planned


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


def test_what_publishing_a_large_plan_changes_is_worked_out_while_the_page_looks_again(
    office: FlaskClient,
    platform: Platform,
    secretariat: Api,
    programme: dict[str, Any],
    joined: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foresight, "AT_ONCE", 0)
    run_id = kept(platform, programme, "large", [["021004"]])
    page, preview = f"/staff/planning/{run_id}/publish?lang=en", f"/scheduling-runs/{run_id}/publication-preview"
    begun = secretariat("GET", preview)
    assert (begun.status_code, begun.headers["Retry-After"]) == (202, "2")
    assert begun.json == {"run_id": run_id, "worked_out_at": None, "pending": True}
    shown = office.get(page).text
    assert ("is being worked out" in shown, 'type="submit">Publish' in shown) == (True, False)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown

    assert platform.services["scheduling"].foresee_publications() is True
    found = secretariat("GET", preview)
    assert (found.status_code, found.json["pending"], len(found.json["scheduled"])) == (200, False, 1)
    shown = office.get(page).text
    assert ("worked out" in shown, 'type="submit">Publish' in shown, "live.js" in shown) == (False, True, False)

    monkeypatch.setattr(foresight, "_mark", lambda *_: "something has happened")
    shown = office.get(page).text
    assert ("it is worked out again" in shown, 'type="submit">Publish' in shown) == (True, True)


def test_whom_a_repair_would_tell_is_worked_out_beside_its_page(
    office: FlaskClient,
    platform: Platform,
    programme: dict[str, Any],
    joined: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = kept(platform, programme, "base", [["021004"], ["058091"]])
    platform.call("scheduling", "publish", run_id=base, actor="staff")
    run_id = kept(platform, programme, "repair", [["021004"], ["058091"]], hosts={1: "H9"})
    with platform.stores["scheduling"].transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.parameters = {"based_on": base, "repair": {"kind": "host_cancels", "host_code": "H1"}}
    monkeypatch.setattr(foresight, "AT_ONCE", 0)
    page = f"/staff/planning/{run_id}?lang=en"
    shown = office.get(page).text
    assert ("How many people get a mail is being worked out" in shown, "live.js" in shown) == (True, True)
    platform.services["scheduling"].foresee_publications()
    shown = office.get(page).text
    assert ("When it is published, " in shown, "live.js" in shown) == (True, False)
