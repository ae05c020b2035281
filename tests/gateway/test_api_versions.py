"""Two people at one appointment: whoever read an older version is told, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from gateway.access import ACCESS
from gateway.api.versions import expected_version, if_match
from services.scheduling.models import Appointment
from tests.gateway.conftest import Api
from tests.gateway.platform import Platform

DAY = "11111111-1111-4111-8111-111111111111"
MOVES = [{"starts_at": f"2017-09-{day}T09:00:00+02:00", "reason": "Sala allagata"} for day in (20, 21)]


@pytest.fixture
def appointment(platform: Platform, programme: dict[str, Any]) -> dict[str, str]:
    """A training day in September; the headers say which version was read."""
    with platform.stores["scheduling"].transaction() as session:
        session.add(
            Appointment(
                id=UUID(DAY),
                programme_id=UUID(programme["programme_id"]),
                kind="training_day",
                number=1,
                state="scheduled",
                title_it="Giornata formativa",
                title_en="Training day",
                starts_at=datetime(2017, 9, 18, 7, tzinfo=UTC),
                ends_at=datetime(2017, 9, 18, 15, tzinfo=UTC),
                minutes=480,
                capacity=10,
                trainers=[],
            )
        )
    return {"at": f"/appointments/{DAY}"}


def test_the_slower_of_two_is_told_and_overwrites_nothing(secretariat: Api, appointment: dict[str, str]) -> None:
    at = appointment["at"]
    read = [secretariat("GET", at).headers["ETag"] for _ in range(2)]
    faster, slower = (secretariat("POST", f"{at}/move", MOVES[who], If_Match=read[who]) for who in range(2))
    assert (faster.status_code, slower.status_code) == (200, 412)
    assert (slower.content_type, slower.json["reason"]) == ("application/problem+json", "changed_meanwhile")
    now = secretariat("GET", at)
    assert (now.json["starts_at"], now.headers["ETag"]) == ("2017-09-20T07:00:00+00:00", faster.headers["ETag"])
    assert f'"{slower.json["facts"]["version"]}"' == now.headers["ETag"]
    again = secretariat("POST", f"{at}/cancellation", {"reason": "Neve"}, If_Match=now.headers["ETag"])
    assert (again.status_code, again.json["state"]) == (200, "cancelled")


def test_who_sends_a_change_twice_gets_the_first_answer_again(secretariat: Api, appointment: dict[str, str]) -> None:
    headers = {"If_Match": secretariat("GET", appointment["at"]).headers["ETag"], "Idempotency_Key": "k"}
    answers = [secretariat("POST", f"{appointment['at']}/move", MOVES[0], **headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ("*", 200),
        ('"1"', 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ('"x"', 412),
        ('""', 412),
        ('"01"', 412),
        ('"99999999999999999999"', 412),
        ("1", 200),
        ("2", 412),
        ("one", 400),
        ('"1', 400),
        ('"1", "2"', 400),
        ("\u00e8", 400),
        ('"' + "1" * 5000, 400),
    ],
)
def test_a_tag_is_ours_or_somebody_elses_or_none(
    secretariat: Api, appointment: dict[str, str], tag: str, status: int
) -> None:
    assert secretariat("POST", f"{appointment['at']}/move", MOVES[0], If_Match=tag).status_code == status


def test_where_the_tag_is_required_a_change_without_it_is_428(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ACCESS, "PATCH /api/v1/things", "anyone")
    app = make_app()

    @app.patch("/api/v1/things")
    @if_match(required=True)
    def change_thing() -> dict[str, Any]:
        return {"version": expected_version()}

    client = app.test_client()
    without = client.patch("/api/v1/things")
    assert (without.status_code, without.content_type) == (428, "application/problem+json")
    answers = [client.patch("/api/v1/things", headers={"If-Match": tag}).json for tag in ('"7"', "*")]
    assert answers == [{"version": 7}, {"version": None}]
