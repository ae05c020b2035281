"""From the search of a body to its area, as a clerk's program would do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.scheduling.models import Place
from tests.conftest import MovableClock
from tests.gateway.conftest import OPEN, Api, adhesion_form, appointment, delegate_form
from tests.gateway.platform import Platform

HUGE = "x" * 100_000


def refusal(answer: Any) -> tuple[int, str | None]:
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json.get("reason")


def test_programmes_are_listed_and_read(anyone: Api, programme: dict[str, Any]) -> None:
    listed = anyone("GET", "/programmes").json
    assert [item["code"] for item in listed["items"]] == [programme["code"]]
    assert listed["next_cursor"] is None
    read = anyone("GET", f"/programmes/{programme['code']}").json
    again = anyone("GET", f"/programmes/{programme['code']}").json
    assert (read["title_en"], again) == (programme["title_en"], listed["items"][0])
    assert {"adhesion_opens", "population_min", "kinds", "topics", "consent_it", "state"} <= set(read)


@pytest.mark.parametrize("code", ["nothing", "x" * 41, "%20", "..", "a'b"])
def test_a_missing_programme_is_404(anyone: Api, programme: dict[str, Any], code: str) -> None:
    assert anyone("GET", f"/programmes/{code}").status_code == 404


def test_bodies_are_found_by_either_name_and_any_accent(anyone: Api, programme: dict[str, Any]) -> None:
    found = {
        query: [body["code"] for body in anyone("GET", f"/bodies?query={query}").json["items"]]
        for query in ("Eppan", "BOLZANO", "bozen", "nowhere")
    }
    assert found == {"Eppan": ["021004"], "BOLZANO": ["021008"], "bozen": ["021008"], "nowhere": []}
    assert anyone("GET", "/bodies/021004").json["cadastral_code"] == "A332"
    assert anyone("GET", "/bodies/999999").status_code == 404


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("", {"query": ["required"]}),
        ("query=", {"query": ["too_short"]}),
        (f"query={'x' * 101}", {"query": ["too_long"]}),
        ("query=a&limit=0", {"limit": ["out_of_range"]}),
        ("query=a&limit=51", {"limit": ["out_of_range"]}),
        ("query=a&limit=x", {"limit": ["invalid"]}),
        ("query=a&limit=" + "9" * 5000, {"limit": ["invalid"]}),
        ("query=a%0Ab", {"query": ["control_characters"]}),
    ],
)
def test_a_bad_search_names_the_field(anyone: Api, programme: dict[str, Any], query: str, errors: Any) -> None:
    answer = anyone("GET", f"/bodies?{query}")
    assert (answer.status_code, answer.json["errors"]) == (422, errors)


def test_eligibility_names_the_rule(anyone: Api, programme: dict[str, Any]) -> None:
    at = f"/programmes/{programme['code']}/eligibility"
    assert anyone("GET", f"{at}?body_code=021004").json["eligible"] is True
    small = anyone("GET", f"{at}?body_code=001002").json
    assert (small["eligible"], small["reason"]) == (False, "population_out_of_band")
    assert (small["facts"]["population"], small["facts"]["min"]) == (3681, 5000)
    assert anyone("GET", at).status_code == 422


def test_an_adhesion_is_submitted_confirmed_and_seen(
    anyone: Api, contact: Callable[..., Api], programme: dict[str, Any]
) -> None:
    submitted = anyone("POST", "/adhesions", adhesion_form(programme))
    assert (submitted.status_code, submitted.json["state"]) == (201, "submitted")
    identity = submitted.json["id"]
    clerk = contact(identity, "confirm-adhesion")
    answers = [clerk("POST", "/adhesions/confirmations") for _ in range(2)]
    assert [(answer.status_code, answer.json["state"]) for answer in answers] == [(200, "confirmed")] * 2
    seen = contact(identity)("GET", "/area").json
    assert (seen["id"], seen["contact"]["given_name"], len(seen["delegates"])) == (identity, "Ada", 1)


def test_the_same_key_gives_the_same_answer_and_another_body_none(anyone: Api, programme: dict[str, Any]) -> None:
    form = adhesion_form(programme)
    first, again = (anyone("POST", "/adhesions", form, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert anyone("POST", "/adhesions", adhesion_form(programme, "021008"), Idempotency_Key="k1").status_code == 422
    assert refusal(anyone("POST", "/adhesions", form, Idempotency_Key="k2")) == (409, "already_joined")
    assert refusal(anyone("POST", "/adhesions", form)) == (409, "already_joined")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"body_code": "001002"}, (409, "population_out_of_band")),
        ({"body_code": "058091"}, (409, "population_out_of_band")),
        ({"body_code": "999999"}, (409, "unknown_body")),
        ({"programme_code": "nothing"}, (404, None)),
        ({"consent": False}, (409, "consent_missing")),
        ({"consent_version": "1999-01"}, (409, "wrong_consent_version")),
        ({"topics": ["nothing"]}, (409, "unknown_topic")),
        ({"delegates": [delegate_form("a@example.org")] * 2}, (409, "duplicate_delegate")),
        ({"delegates": [delegate_form(f"{n}@example.org") for n in range(7)]}, (409, "too_many_delegates")),
    ],
)
def test_each_rule_is_named(anyone: Api, programme: dict[str, Any], changes: dict[str, Any], expected: Any) -> None:
    answer = anyone("POST", "/adhesions", {**adhesion_form(programme), **changes})
    assert refusal(answer) == expected


@pytest.mark.parametrize(
    ("moment", "reason"), [((2017, 4, 1), "adhesions_not_open_yet"), ((2017, 7, 1), "adhesions_closed")]
)
def test_outside_the_window_the_date_is_told(
    anyone: Api, programme: dict[str, Any], clock: MovableClock, moment: tuple[int, int, int], reason: str
) -> None:
    clock.set(datetime(*moment, 12, tzinfo=UTC))
    answer = anyone("POST", "/adhesions", adhesion_form(programme))
    assert refusal(answer) == (409, reason)
    assert len(answer.json["facts"]) == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"contact": ...}, "contact"),
        ({"contact": None}, "contact"),
        ({"contact": []}, "contact"),
        ({"contact": {"given_name": "A"}}, "contact.email"),
        ({"contact": {"given_name": HUGE}}, "contact.given_name"),
        ({"legal_representative": {"given_name": "A\nB", "family_name": "C"}}, "legal_representative.given_name"),
        ({"topics": []}, "topics"),
        ({"topics": ["a"] * 6}, "topics"),
        ({"topics": [7]}, "topics.0"),
        ({"topics": "a"}, "topics"),
        ({"consent": "yes"}, "consent"),
        ({"body_code": ...}, "body_code"),
        ({"body": {"name": "U", "kind": "supra_municipal", "province": "BZ"}}, "body_code"),
        ({"body_code": 21004}, "body_code"),
        ({"delegates": [{}]}, "delegates.0.email"),
        ({"delegates": [delegate_form("no address")]}, "delegates.0.email"),
        ({"delegates": [delegate_form("a@example.org", role="king")]}, "delegates.0.role"),
        ({"delegates": [delegate_form("a@example.org", gender="")]}, "delegates.0.gender"),
        ({"delegates": [delegate_form("a@example.org")] * 201}, "delegates"),
        ({"delegates": {"0": {}}}, "delegates"),
        ({"state": "confirmed"}, "state"),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_sent(
    anyone: Api, platform: Platform, programme: dict[str, Any], changes: dict[str, Any], path: str
) -> None:
    form = adhesion_form(programme, **changes)
    platform.asked.clear()
    answer = anyone("POST", "/adhesions", form)
    assert answer.status_code == 422
    assert path in answer.json["errors"]
    assert HUGE not in answer.text
    assert platform.asked == []


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "O'Brien; DROP TABLE", "Łucja 𝒜", "=1+1", "مريم"])
def test_odd_names_come_back_as_they_were(anyone: Api, programme: dict[str, Any], name: str) -> None:
    form = adhesion_form(programme)
    form["contact"]["given_name"] = name
    assert anyone("POST", "/adhesions", form).json["contact"]["given_name"] == name


def test_a_contact_changes_the_delegates_and_withdraws(
    anyone: Api, contact: Callable[..., Api], programme: dict[str, Any]
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    clerk = contact(adhesion["id"])
    added = clerk("POST", "/area/delegates", delegate_form("new@example.org"), Idempotency_Key="k")
    again = clerk("POST", "/area/delegates", delegate_form("new@example.org"), Idempotency_Key="k")
    assert (added.status_code, again.status_code, added.json["delegates_count"]) == (201, 201, 2)
    assert refusal(clerk("POST", "/area/delegates", delegate_form("new@example.org"))) == (409, "duplicate_delegate")
    several = {"delegates": [delegate_form(f"{number}@example.org") for number in range(4)]}
    path = "/area/delegate-registrations"
    assert clerk("POST", path, several, Idempotency_Key="l").json["delegates_count"] == 6
    assert clerk("POST", path, several, Idempotency_Key="l").status_code == 201
    assert refusal(clerk("POST", path, several)) == (409, "too_many_delegates")
    twice = clerk("POST", path, {"delegates": [delegate_form("t@example.org")] * 2})
    assert (twice.status_code, twice.json["errors"]) == (422, {"delegates.1.email": ["duplicate_delegate"]})
    assert [clerk("POST", path, wrong).status_code for wrong in ({}, [], {"delegates": []}, {"delegates": 1})] == [
        422
    ] * 4
    for one in clerk("GET", "/area").json["delegates"][2:]:
        clerk("DELETE", f"/area/delegates/{one['id']}")
    gone = clerk("DELETE", f"/area/delegates/{adhesion['delegates'][0]['id']}")
    assert (gone.status_code, gone.json["delegates_count"]) == (200, 1)
    assert clerk("DELETE", f"/area/delegates/{uuid4()}").status_code == 404
    assert clerk("DELETE", "/area/delegates/x").status_code == 404
    withdrawn = clerk("POST", "/area/withdrawal")
    assert (withdrawn.status_code, withdrawn.json["state"]) == (200, "withdrawn")
    assert refusal(clerk("POST", "/area/delegates", delegate_form("x@example.org"))) == (409, "not_in_state")


def test_a_link_that_is_too_old_is_401(
    anyone: Api, contact: Callable[..., Api], programme: dict[str, Any], clock: MovableClock
) -> None:
    adhesion_id = anyone("POST", "/adhesions", adhesion_form(programme)).json["id"]
    clerk, confirming = contact(adhesion_id), contact(adhesion_id, "confirm-adhesion")
    clock.advance(days=31)
    assert refusal(clerk("GET", "/area")) == (401, "area_closed")
    assert refusal(confirming("POST", "/adhesions/confirmations")) == (401, "link_expired")


def test_asking_for_a_link_answers_the_same_for_known_and_unknown(anyone: Api, programme: dict[str, Any]) -> None:
    form = adhesion_form(programme)
    anyone("POST", "/adhesions", form)
    answers = [
        anyone("POST", "/area-links", {"email": email, "programme_code": programme["code"]})
        for email in (form["contact"]["email"], "nobody@example.org")
    ]
    assert [(answer.status_code, answer.json) for answer in answers] == [(202, {})] * 2


def test_places_and_certificates_of_an_area_and_of_a_delegate_begin_empty(
    anyone: Api, contact: Callable[..., Api], programme: dict[str, Any], platform: Platform
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    platform.deliver()
    clerk, delegate = contact(adhesion["id"]), contact(adhesion["delegates"][0]["id"], "delegate-area")
    paths = [
        (clerk, "/area/places"),
        (clerk, "/area/certificates"),
        (delegate, "/me/places"),
        (delegate, "/me/certificates"),
    ]
    assert [api("GET", path).json for api, path in paths] == [{"items": [], "next_cursor": None}] * 4
    me = delegate("GET", "/me").json
    assert (me["delegate"]["given_name"], me["adhesion"]["id"]) == ("Carla", adhesion["id"])
    assert "contact" not in me["adhesion"]


def test_a_place_that_was_taken_back_is_given_with_the_reason_and_when(
    anyone: Api,
    contact: Callable[..., Api],
    secretariat: Api,
    programme: dict[str, Any],
    platform: Platform,
    clock: MovableClock,
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    person = adhesion["delegates"][0]["id"]
    day = appointment(programme["programme_id"], taken=1)
    with platform.stores["scheduling"].transaction() as session:
        session.add(day)
        session.flush()
        session.add(
            Place(
                appointment_id=day.id,
                programme_id=day.programme_id,
                delegate_id=UUID(person),
                body_code=adhesion["body"]["code"],
                state="assigned",
                since=OPEN,
            )
        )
    clerk, delegate = contact(adhesion["id"]), contact(person, "delegate-area")
    asked = [(clerk, "/area/places"), (delegate, "/me/places")]
    held = [api("GET", path).json["items"][0] for api, path in asked]
    assert [(one["state"], one["reason"], one["released_at"]) for one in held] == [("assigned", None, None)] * 2

    clock.advance(hours=1)
    called_off = secretariat("POST", f"/appointments/{day.id}/cancellation", {"reason": "Neve"}, If_Match="*")
    assert called_off.status_code == 200
    clock.advance(hours=1)
    lost = [api("GET", path).json["items"][0] for api, path in asked]
    when = f"{OPEN + timedelta(hours=1):%Y-%m-%dT%H}"
    assert [(one["id"], one["state"], one["reason"], one["released_at"][:13]) for one in lost] == [
        (one["id"], "released", "appointment_cancelled", when) for one in held
    ]


def test_one_service_at_rest_does_not_stop_the_others(
    anyone: Api, contact: Callable[..., Api], programme: dict[str, Any], platform: Platform
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    platform.down.add("scheduling")
    clerk = contact(adhesion["id"])
    assert clerk("GET", "/area").status_code == 200
    assert clerk("GET", "/area/places").status_code == 503


@pytest.mark.parametrize("code", ["AAAA-BBBB", "x" * 80, "%F0%9F%8E%93"])
def test_an_unknown_certificate_is_answered_in_the_usual_form(
    anyone: Api, programme: dict[str, Any], code: str
) -> None:
    got = anyone("GET", f"/certificate-verifications/{code}")
    posted = anyone("POST", "/certificate-verifications", {"public_code": "AAAA-BBBB", "name": "Carla Dini"})
    assert (got.status_code, got.json["found"], got.json["holder"]) == (200, False, None)
    assert (posted.status_code, posted.json) == (200, got.json)


def test_a_wrong_question_about_a_certificate(anyone: Api, programme: dict[str, Any]) -> None:
    assert anyone("POST", "/certificate-verifications", {}).json["errors"] == {"public_code": ["required"]}
    assert anyone("POST", "/certificate-verifications", {"public_code": HUGE}).status_code == 422
    assert anyone("GET", f"/certificate-verifications/{'x' * 81}").status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{" * 1000, b"x" * 500_000])
def test_a_webhook_without_a_good_signature_is_refused(anyone: Api, programme: dict[str, Any], body: bytes) -> None:
    answer = anyone.client.post("/api/v1/webhooks/sendgrid", data=body, content_type="application/json")
    assert answer.status_code in (403, 422)
    assert answer.content_type == "application/problem+json"
