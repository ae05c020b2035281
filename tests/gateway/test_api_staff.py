"""What the secretariat and the desk do through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform

NOBODY = "00000000-0000-4000-8000-000000000000"
UNION = {"body_code": ..., "body": {"name": "Unione Valle", "kind": "supra_municipal", "province": "BZ"}}


def test_adhesions_are_listed_in_pages_without_people(anyone: Api, secretariat: Api, programme: dict[str, Any]) -> None:
    for code in ("021004", "021008"):
        assert anyone("POST", "/adhesions", adhesion_form(programme, code)).status_code == 201
    at = f"/adhesions?programme_code={programme['code']}"
    first = secretariat("GET", f"{at}&limit=1").json
    second = secretariat("GET", f"{at}&limit=1&cursor={first['next_cursor']}").json
    codes = [item["body"]["code"] for page in (first, second) for item in page["items"]]
    assert (sorted(codes), second["next_cursor"]) == (["021004", "021008"], None)
    assert "contact" not in first["items"][0]
    assert "Conti" not in str(first)
    assert secretariat("GET", f"{at}&state=confirmed").json["items"] == []
    assert (
        len(secretariat("GET", f"{at}&state=submitted&region=Trentino-Alto%20Adige/S%C3%BCdtirol").json["items"]) == 2
    )


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/adhesions", "programme_code"),
        ("/adhesions?programme_code=x&state=lost", "state"),
        ("/adhesions?programme_code=x&limit=501", "limit"),
        ("/adhesions?programme_code=x&limit=-1", "limit"),
        ("/adhesions?programme_code=x&cursor=" + "x" * 501, "cursor"),
        ("/adhesions?programme_code=x&query=x", "query"),
        ("/adhesions/export?programme_code=x&query=x", "query"),
        ("/certificates?programme_id=" + NOBODY + "&query=x", "query"),
        ("/scheduling-runs", "programme_id"),
        ("/scheduling-runs?programme_id=x", "programme_id"),
        ("/appointments?programme_id=" + NOBODY + "&kind=party", "kind"),
        ("/appointments?programme_id=" + NOBODY + "&state=", "state"),
        ("/certificates", "programme_id"),
        ("/certificates?programme_id=" + NOBODY + "&delegate_id=7", "delegate_id"),
        ("/messages?state=lost", "state"),
        ("/messages?person_id=Ada", "person_id"),
        ("/people", "id"),
        ("/people?id=x", "id.0"),
        ("/people?" + "&".join(["id=" + NOBODY] * 101), "id"),
        (f"/delegates/{NOBODY}/evidence", "programme_id"),
    ],
)
def test_a_bad_filter_names_the_field(secretariat: Api, programme: dict[str, Any], path: str, field: str) -> None:
    answer = secretariat("GET", path)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.mark.parametrize(
    "path",
    [
        "/adhesions?programme_code={code}",
        "/scheduling-runs?programme_id={id}",
        "/appointments?programme_id={id}",
        "/certificates?programme_id={id}",
        "/messages?kind=area_link",
    ],
)
def test_a_cursor_that_nobody_gave_is_a_4xx(secretariat: Api, programme: dict[str, Any], path: str) -> None:
    filled = path.format(code=programme["code"], id=programme["programme_id"])
    statuses = {secretariat("GET", f"{filled}&cursor={cursor}").status_code for cursor in ("x", "eyJh", "%C3%A8", "-1")}
    assert statuses <= {200, 404, 422}


def test_a_supra_municipal_body_is_reviewed(
    anyone: Api, secretariat: Api, contact: Callable[..., Api], programme: dict[str, Any]
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme, **UNION)).json
    contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    at = f"/adhesions/{adhesion['id']}"
    assert secretariat("GET", at).json["state"] == "under_review"
    silent = secretariat("POST", f"{at}/review", {"decision": "reject"})
    assert (silent.status_code, silent.json["errors"]) == (422, {"reason": ["required"]})
    answers = [secretariat("POST", f"{at}/review", {"decision": "confirm"}, Idempotency_Key="k") for _ in range(2)]
    assert [(answer.status_code, answer.json["state"]) for answer in answers] == [(200, "confirmed")] * 2
    late = secretariat("POST", f"{at}/review", {"decision": "reject", "reason": "no"})
    assert (late.status_code, late.json["reason"]) == (409, "not_in_state")
    history = secretariat("GET", at).json["history"]
    who = secretariat("GET", "/sessions/current").json["id"]
    assert who in [entry["actor"] for entry in history]


@pytest.mark.parametrize("review", [{}, {"decision": "maybe"}, {"decision": True}, {"decision": "reject", "reason": 7}])
def test_a_bad_review_is_422(secretariat: Api, programme: dict[str, Any], review: dict[str, Any]) -> None:
    assert secretariat("POST", f"/adhesions/{NOBODY}/review", review).status_code == 422


def test_people_and_figures_of_what_was_submitted(
    anyone: Api, secretariat: Api, api_of: Callable[[str], Api], programme: dict[str, Any]
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    figures = secretariat("GET", f"/programmes/{programme['code']}/statistics").json
    assert (figures["adhesions"], figures["by_state"]) == (1, {"submitted": 1})
    identity = adhesion["delegates"][0]["id"]
    asked = f"/people?id={identity}&id={NOBODY}"
    assert api_of("desk")("GET", asked).json["items"] == []
    people = secretariat("GET", asked).json["items"]
    assert [(person["id"], person["family_name"], person["body_name"][:7]) for person in people] == [
        (identity, "Dini", "Appiano")
    ]


def test_a_run_without_bodies_is_refused_and_one_with_them_is_accepted(
    anyone: Api, secretariat: Api, contact: Callable[..., Api], programme: dict[str, Any], platform: Platform
) -> None:
    order = {"programme_id": programme["programme_id"], "parameters": {"seconds": 1, "seed": 7}}
    refused = secretariat("POST", "/scheduling-runs", order)
    assert (refused.status_code, refused.json["reason"]) == (409, "no_confirmed_bodies")
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    platform.deliver()
    started = secretariat("POST", "/scheduling-runs", order, Idempotency_Key="k")
    again = secretariat("POST", "/scheduling-runs", order, Idempotency_Key="k")
    assert (started.status_code, again.json) == (202, started.json)
    where = started.headers["Location"]
    assert where == f"/api/v1/scheduling-runs/{started.json['id']}"
    status = secretariat("GET", where.removeprefix("/api/v1"))
    assert (status.status_code, status.json["state"]) == (200, "requested")
    early = secretariat("GET", f"/scheduling-runs/{started.json['id']}/plan")
    assert early.status_code in (404, 409)
    stopped = secretariat("POST", f"/scheduling-runs/{started.json['id']}/stop")
    assert (stopped.status_code, stopped.json["state"]) == (200, "stopped")
    assert secretariat("GET", where.removeprefix("/api/v1")).status_code == 200
    events = secretariat("GET", f"/scheduling-runs/{started.json['id']}/events")
    assert (events.status_code, events.mimetype) == (200, "text/event-stream")
    assert events.text.startswith("retry: 2000\n\n")
    assert "event: ended" in events.text
    listed = secretariat("GET", f"/scheduling-runs?programme_id={programme['programme_id']}").json["items"]
    assert [run["id"] for run in listed] == [started.json["id"]]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"programme_id": "x"},
        {"programme_id": NOBODY, "parameters": {"seconds": 0}},
        {"programme_id": NOBODY, "parameters": {"seconds": 1e9}},
        {"programme_id": NOBODY, "parameters": {"seed": "x"}},
        {"programme_id": NOBODY, "parameters": {"unknown": 1}},
        {"programme_id": NOBODY, "parameters": []},
    ],
)
def test_a_bad_order_for_a_run_is_422(secretariat: Api, programme: dict[str, Any], order: dict[str, Any]) -> None:
    assert secretariat("POST", "/scheduling-runs", order).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/adhesions/{NOBODY}", None),
        ("POST", f"/adhesions/{NOBODY}/review", {"decision": "confirm"}),
        ("GET", f"/scheduling-runs/{NOBODY}", None),
        ("GET", f"/scheduling-runs/{NOBODY}/plan", None),
        ("GET", f"/scheduling-runs/{NOBODY}/events", None),
        ("POST", f"/scheduling-runs/{NOBODY}/stop", None),
        ("POST", f"/scheduling-runs/{NOBODY}/publication", None),
        ("GET", f"/appointments/{NOBODY}", None),
        ("GET", f"/appointments/{NOBODY}/places", None),
        ("POST", f"/appointments/{NOBODY}/closing", None),
        ("POST", f"/appointments/{NOBODY}/cancellation", {"reason": "snow"}),
        ("POST", f"/appointments/{NOBODY}/move", {"starts_at": "2017-10-01T09:00:00+02:00", "reason": "snow"}),
        (
            "POST",
            f"/appointments/{NOBODY}/attendances",
            {"source": "desk", "entries": [{"delegate_id": NOBODY, "minutes": 1}]},
        ),
        ("POST", f"/appointments/{NOBODY}/corrections", {"delegate_id": NOBODY, "minutes": 1, "reason": "late"}),
        ("GET", f"/certificates/{NOBODY}", None),
        ("GET", f"/certificates/{NOBODY}/document", None),
        ("POST", f"/certificates/{NOBODY}/revocation", {"reason": "wrong"}),
        ("POST", f"/certificates/{NOBODY}/retry", None),
        ("POST", f"/messages/{NOBODY}/resolution", {"outcome": "sent"}),
        ("POST", f"/messages/{NOBODY}/resend", None),
        ("GET", "/programmes/nothing/statistics", None),
        ("GET", "/scheduling-runs/x", None),
        ("GET", "/appointments/1", None),
    ],
)
def test_a_missing_thing_is_404(
    secretariat: Api, programme: dict[str, Any], method: str, path: str, body: dict[str, Any] | None
) -> None:
    answer = secretariat(method, path, body)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("attendances", {"entries": []}, "source"),
        ("attendances", {"source": "desk", "entries": []}, "entries"),
        ("attendances", {"source": "desk", "entries": [{}]}, "entries.0.delegate_id"),
        ("attendances", {"source": "rumour", "entries": []}, "source"),
        ("attendances", {"source": "desk", "entries": [{"delegate_id": NOBODY, "minutes": "7"}]}, "entries.0.minutes"),
        ("attendances", {"source": "desk", "entries": [{"delegate_id": NOBODY, "minutes": -1}]}, "entries.0.minutes"),
        ("attendances", {"source": "desk", "entries": [{"delegate_id": NOBODY, "minutes": 1.5}]}, "entries.0.minutes"),
        ("attendances", {"source": "desk", "entries": [{"delegate_id": NOBODY, "minutes": 1}] * 1001}, "entries"),
        ("corrections", {"delegate_id": NOBODY, "minutes": 10}, "reason"),
        ("corrections", {"delegate_id": NOBODY, "minutes": 10**30, "reason": "x"}, "minutes"),
        ("corrections", {"delegate_id": NOBODY, "minutes": 10, "reason": ""}, "reason"),
        ("move", {"starts_at": "tomorrow", "reason": "x"}, "starts_at"),
        ("move", {"starts_at": "2017-10-01T09:00:00", "reason": "x"}, "starts_at"),
        ("move", {"starts_at": 7, "reason": "x"}, "starts_at"),
        ("cancellation", {}, "reason"),
        ("cancellation", {"reason": "x" * 100_000}, "reason"),
    ],
)
def test_a_bad_command_on_an_appointment_names_the_field(
    secretariat: Api, programme: dict[str, Any], path: str, body: dict[str, Any], field: str
) -> None:
    answer = secretariat("POST", f"/appointments/{NOBODY}/{path}", body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_messages_are_listed_and_counted_without_names(
    anyone: Api, secretariat: Api, programme: dict[str, Any], platform: Platform
) -> None:
    anyone("POST", "/adhesions", adhesion_form(programme))
    platform.deliver()
    listed = secretariat("GET", "/messages").json["items"]
    assert [message["kind"] for message in listed] == ["adhesion_received"]
    assert "Ada" not in str(listed)
    assert "@" not in str(listed)
    assert sum(secretariat("GET", "/message-counts").json["by_kind"].values()) == 1
    early = secretariat("POST", f"/messages/{listed[0]['id']}/resend")
    assert early.status_code == 409
    unresolved = secretariat("POST", f"/messages/{listed[0]['id']}/resolution", {"outcome": "sent"})
    assert unresolved.status_code == 409
    assert secretariat("POST", f"/messages/{listed[0]['id']}/resolution", {"outcome": "maybe"}).status_code == 422
