"""A whole small programme through the API: planned, published, attended, closed, certified, verified, revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.scheduling.workshop import Workshop
from tests.conftest import MovableClock
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform

MOST_TURNS = 500


@pytest.fixture
def planner(platform: Platform) -> Iterator[Callable[[], None]]:
    """Works on planning runs until there are no more, as the scheduling process does."""
    scheduling = platform.services["scheduling"]
    workshop = Workshop(platform.stores["scheduling"], scheduling.outbox, scheduling.settings)

    def work() -> None:
        for _ in range(MOST_TURNS):
            if not workshop.turn():
                return
        raise AssertionError("the planner does not end")

    yield work
    workshop.close()


def test_a_programme_from_the_plan_to_a_revoked_certificate(
    anyone: Api,
    secretariat: Api,
    api_of: Callable[[str], Api],
    contact: Callable[..., Api],
    platform: Platform,
    programme: dict[str, Any],
    planner: Callable[[], None],
    clock: MovableClock,
) -> None:
    platform.call(
        "enrollment",
        "change_programme",
        code=programme["code"],
        changes={"training_days": 1, "webinars": 1},
        actor="system",
    )
    adhesions = [anyone("POST", "/adhesions", adhesion_form(programme, code)).json for code in ("021004", "021008")]
    for adhesion in adhesions:
        contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    platform.deliver()

    run = secretariat(
        "POST", "/scheduling-runs", {"programme_id": programme["programme_id"], "parameters": {"seconds": 1}}
    )
    planner()
    done = secretariat("GET", f"/scheduling-runs/{run.json['id']}")
    assert done.status_code == 303, done.json
    plan = secretariat("GET", done.headers["Location"].removeprefix("/api/v1")).json
    assert (len(plan["days"]), len(plan["webinars"])) == (1, 1)
    assert sum(body["delegates"] for body in plan["days"][0]["bodies"]) == 2

    published = [
        secretariat("POST", f"/scheduling-runs/{run.json['id']}/publication", None, Idempotency_Key="k")
        for _ in range(2)
    ]
    assert [(answer.status_code, answer.json["training_days"]) for answer in published] == [(200, 1)] * 2
    platform.deliver()
    (day,) = secretariat("GET", f"/appointments?programme_id={programme['programme_id']}&kind=training_day").json[
        "items"
    ]
    at = f"/appointments/{day['id']}"
    seated = secretariat("GET", f"{at}/places").json["items"]
    assert {place["state"] for place in seated} == {"assigned"}
    own = contact(adhesions[0]["id"])("GET", "/area/places").json["items"]
    assert day["id"] in [place["appointment_id"] for place in own]
    assert own[0]["appointment"]["title_it"]

    desk = api_of("desk")
    assert desk("GET", at).status_code == 404
    account = desk("GET", "/sessions/current").json["id"]
    assert secretariat(
        "POST", "/desk-assignments", {"account_ids": [account], "appointment_ids": [day["id"]]}
    ).json == {"appointment_ids": [day["id"]], "assigned": 1, "unchanged": 0}
    assert [one["id"] for one in desk("GET", "/desk-appointments").json["items"]] == [day["id"]]
    platform.deliver()
    told = secretariat("GET", "/messages?kind=desk_assigned").json["items"]
    assert [(one["person_id"], one["language"], one["state"]) for one in told] == [(account, "it", "queued")]
    present, absent = (adhesion["delegates"][0]["id"] for adhesion in adhesions)
    sheet = {"source": "desk", "entries": [{"delegate_id": present, "minutes": 470}]}
    early = desk("POST", f"{at}/attendances", sheet)
    assert (early.status_code, early.json["reason"]) == (409, "not_started")
    clock.set(datetime.fromisoformat(day["starts_at"]) + timedelta(hours=2))
    strange = {"source": "desk", "entries": [{"delegate_id": programme["programme_id"], "minutes": 1}]}
    assert desk("POST", f"{at}/attendances", strange).json["reason"] == "not_seated"
    recorded = [desk("POST", f"{at}/attendances", sheet, Idempotency_Key="sheet").json for _ in range(2)]
    assert recorded == [{"recorded": 1, "unchanged": 0}] * 2
    assert secretariat("POST", f"{at}/closing").json["reason"] == "not_over_yet"
    clock.set(datetime.fromisoformat(day["ends_at"]) + timedelta(hours=1))
    closed = [secretariat("POST", f"{at}/closing") for _ in range(2)]
    assert [(answer.status_code, answer.json["state"]) for answer in closed] == [(200, "closed")] * 2
    late = desk("POST", f"{at}/attendances", sheet)
    assert (late.status_code, late.json["reason"]) == (409, "appointment_closed")

    platform.deliver()
    platform.services["certificates"].press_documents()
    platform.deliver()
    listed = secretariat("GET", f"/certificates?programme_id={programme['programme_id']}").json["items"]
    assert [(one["delegate_id"], one["minutes"], one["state"]) for one in listed] == [(present, 470, "valid")]
    of_body = [secretariat("GET", f"/adhesions/{one['id']}/certificates").json["items"] for one in adhesions]
    assert of_body == [listed, []]
    places = secretariat("GET", f"/adhesions/{adhesions[0]['id']}/places").json["items"]
    assert [one["minutes"] for one in places if one["appointment_id"] == day["id"]] == [470]
    (certificate,) = listed
    document = secretariat("GET", f"/certificates/{certificate['id']}/document")
    assert (document.mimetype, document.data[:5]) == ("application/pdf", b"%PDF-")
    assert document.headers["Content-Disposition"].startswith('attachment; filename="')
    assert document.headers["Cache-Control"] == "no-store"
    asked = {"public_code": certificate["public_code"], "name": "CARLA dini"}
    verified = anyone("POST", "/certificate-verifications", asked).json
    assert (verified["status"], verified["holder"], verified["minutes"]) == ("valid", "Carla Dini", 470)
    unnamed = anyone("GET", f"/certificate-verifications/{certificate['public_code']}").json
    assert (unnamed["status"], unnamed["holder"]) == ("valid", None)
    mine = contact(present, "delegate-area")("GET", "/me/certificates").json["items"]
    assert [one["id"] for one in mine] == [certificate["id"]]
    evidence = secretariat("GET", f"/delegates/{present}/evidence?programme_id={programme['programme_id']}").json
    assert (evidence["minutes"], evidence["threshold"]) == (470, programme["certificate_minutes"])

    correction = {"delegate_id": absent, "minutes": 480, "reason": "the sheet came later"}
    assert secretariat("POST", f"{at}/corrections", correction).status_code == 200
    revoked = secretariat("POST", f"/certificates/{certificate['id']}/revocation", {"reason": "wrong person"})
    assert (revoked.status_code, revoked.json["state"]) == (200, "revoked")
    platform.deliver()
    assert anyone("POST", "/certificate-verifications", asked).json["status"] == "revoked"
    assert len(secretariat("GET", f"/certificates?programme_id={programme['programme_id']}").json["items"]) == 2
