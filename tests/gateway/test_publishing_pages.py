"""Publishing a plan: who is told is said before, and how it goes on while it lasts."""

from __future__ import annotations

import html
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from chassis import clock as clocks
from chassis.refusal import Refused
from gateway.refusals import REFUSALS
from services.scheduling import publications
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
