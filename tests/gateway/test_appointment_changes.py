"""An appointment is moved or called off on its page, with what it means for whom said first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.conftest import MovableClock
from tests.gateway.conftest import Api
from tests.gateway.test_desk import Days
from tests.gateway.test_desk import days as days
from tests.gateway.test_secretariat import Browser

WHY = "Aula non agibile"


@pytest.fixture
def ada(app: Flask, staff: dict[str, str]) -> Browser:
    return Browser(app.test_client(), staff["secretariat"])


def send(ada: Browser, appointment: str, what: str, **fields: str) -> Any:
    at = f"/staff/appointments/{appointment}/{what}"
    return ada.send(at, at, **{"version": "1", "reason": WHY, **fields})


def state(secretariat: Api, appointment: str) -> tuple[str, str]:
    found = secretariat("GET", f"/appointments/{appointment}").json
    return found["state"], found["starts_at"]


def test_it_is_held_at_another_time_by_the_clocks_of_rome(ada: Browser, secretariat: Api, days: Days) -> None:
    asked = ada.get(f"/staff/appointments/{days.bologna[0]}/move")
    assert 'value="2017-09-18T09:00"' in asked
    assert "Una persona con un posto riceve un messaggio con la nuova data." in asked
    answers = [send(ada, days.bologna[0], "move", starts_at="2017-10-30T10:30") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert state(secretariat, days.bologna[0]) == ("scheduled", "2017-10-30T09:30:00+00:00")


def test_it_is_called_off(ada: Browser, secretariat: Api, days: Days) -> None:
    asked = ada.get(f"/staff/appointments/{days.bologna[0]}/cancellation")
    assert "Una persona perde il posto e riceve un messaggio." in asked
    answers = [send(ada, days.bologna[0], "cancellation") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert state(secretariat, days.bologna[0])[0] == "cancelled"
    page = ada.get(f"/staff/appointments/{days.bologna[0]}")
    assert "/move" not in page


@pytest.mark.parametrize(
    ("what", "fields", "status", "words"),
    [
        ("move", {"starts_at": ""}, 422, "Scrivi una data e un&#39;ora."),
        ("move", {"starts_at": "2017-13-01T09:00"}, 422, "Scrivi una data e un&#39;ora."),
        ("move", {"starts_at": "2017-10-30T10:30+05:00"}, 422, "Scrivi una data e un&#39;ora."),
        ("move", {"starts_at": "2017-10-30T10:30", "reason": "  "}, 422, 'id="reason-error"'),
        ("move", {"starts_at": "2017-10-30T10:30", "reason": "x" * 501}, 422, 'id="reason-error"'),
        ("move", {"starts_at": "2016-10-30T10:30"}, 409, "notice-bad"),
        ("move", {"starts_at": "2017-10-30T10:30", "version": "7"}, 409, "notice-bad"),
        ("cancellation", {"reason": ""}, 422, 'id="reason-error"'),
        ("cancellation", {"version": "7"}, 409, "notice-bad"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    ada: Browser, secretariat: Api, days: Days, what: str, fields: dict[str, str], status: int, words: str
) -> None:
    before = state(secretariat, days.bologna[0])
    answer = send(ada, days.bologna[0], what, **fields)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert fields.get("starts_at", "") in answer.text
    assert state(secretariat, days.bologna[0]) == before


@pytest.mark.parametrize("what", ["move", "cancellation"])
def test_what_has_begun_is_changed_no_more(
    ada: Browser, secretariat: Api, days: Days, clock: MovableClock, what: str
) -> None:
    clock.set(clock.now() + timedelta(days=365))
    before = state(secretariat, days.bologna[0])
    assert send(ada, days.bologna[0], what, starts_at="2019-10-30T10:30").status_code == 409
    assert state(secretariat, days.bologna[0]) == before


@pytest.mark.parametrize("what", ["move", "cancellation"])
def test_one_that_is_not_there_is_not_found(ada: Browser, days: Days, what: str) -> None:
    assert ada.client.get(f"/staff/appointments/{uuid4()}/{what}").status_code == 404
    assert ada.client.get(f"/staff/appointments/x/{what}").status_code == 404
