"""Failed messages of every service: seen and replayed by the secretariat, on the page and through the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.database import Store
from chassis.failures import Failures
from chassis.repair import Repairable
from contracts.enrollment import PersonErased
from contracts.registry import BY_TYPE, queues
from gateway.happenings import AGAIN, EVENTS, MISSING, SERVICES, plain_name
from tests.gateway.conftest import Api
from tests.gateway.platform import SERVICES as RUNNING
from tests.gateway.platform import Platform
from tests.gateway.test_identity import log_in, token_of

PAGE = "/staff/failed-messages"


def fail(store: Store, reader: str) -> None:
    event = PersonErased(person_id=uuid4())
    for _ in range(9):
        Failures(store, reader).add(event, "ValueError", waiting=False)


@pytest.fixture
def secretary(app: Flask, staff: dict[str, str]) -> FlaskClient:
    browser = app.test_client()
    log_in(browser, staff["secretariat"])
    return browser


def test_every_service_that_hears_offers_its_failed_messages() -> None:
    hearing = {reader.partition(".")[0] for reader in queues()}
    assert hearing == set(SERVICES)
    assert {name for name, (service, _) in RUNNING.items() if issubclass(service, Repairable)} == hearing - {"gateway"}


def test_every_service_says_what_is_missing_and_what_another_try_does() -> None:
    assert set(MISSING) == set(AGAIN) == set(SERVICES)


def test_every_event_has_a_word() -> None:
    assert {plain_name(event) for event in BY_TYPE} == set(EVENTS)


def test_failed_messages_are_counted_listed_and_replayed(
    secretariat: Api, platform: Platform, own_store: Store, programme: dict[str, Any]
) -> None:
    for service, store in (("scheduling", platform.stores["scheduling"]), ("gateway", own_store)):
        fail(store, f"{service}.hear_enrollment")

    counts = {one["service"]: one["counts"] for one in secretariat("GET", "/failed-message-counts").json["items"]}
    assert {name for name, one in counts.items() if one["stuck"]} == {"scheduling", "gateway"}
    for service in ("scheduling", "gateway"):
        (failed,) = secretariat("GET", f"/failed-messages?service={service}").json["items"]
        assert (failed["type"], failed["state"], failed["next_try"]) == ("enrollment.person.erased.v1", "stuck", None)
        one = {"service": service, "message_id": failed["id"]}
        assert secretariat("POST", "/failed-message-replays", one).json == {"replayed": 1}
        assert secretariat("GET", f"/failed-messages?service={service}").json["items"][0]["state"] == "retrying"
        assert secretariat("POST", "/failed-message-replays", {**one, "message_id": 10**15}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "service"),
        ({"service": "mailbox"}, "service"),
        ({"service": 7}, "service"),
        ({"service": "gateway", "message_id": 0}, "message_id"),
        ({"service": "gateway", "message_id": "all"}, "message_id"),
        ({"service": "gateway", "all": True}, "all"),
    ],
)
def test_a_replay_of_nothing_that_is(secretariat: Api, body: dict[str, Any], field: str) -> None:
    answer = secretariat("POST", "/failed-message-replays", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_a_service_that_is_down_is_said_to_be(
    secretariat: Api, secretary: FlaskClient, platform: Platform, programme: dict[str, Any]
) -> None:
    platform.down = {"certificates"}
    counts = {one["service"]: one["counts"] for one in secretariat("GET", "/failed-message-counts").json["items"]}
    assert [name for name, one in counts.items() if one is None] == ["certificates"]
    assert secretariat("GET", "/failed-messages?service=certificates").status_code == 503
    page = secretary.get(f"{PAGE}?lang=en")
    assert (page.status_code, page.text.count("does not answer now")) == (200, 1)
    page = secretary.get(f"{PAGE}/certificates?lang=en")
    assert (page.status_code, "This part of the service is resting" in page.text) == (200, True)


def test_the_page_lists_and_replays(secretary: FlaskClient, platform: Platform, programme: dict[str, Any]) -> None:
    fail(platform.stores["scheduling"], "scheduling.hear_enrollment")
    page = secretary.get(f"{PAGE}/scheduling?lang=en")
    assert "a person was erased" in page.text
    assert "a body or a delegate is not planned for" in page.text
    assert "whoever gets a place by that is told by mail" in page.text
    form = {"csrf_token": token_of(page), "message_id": "all"}
    answer = secretary.post(f"{PAGE}/scheduling", data=form)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/scheduling?done=messages_replayed")
    assert "tried again by itself" in secretary.get(f"{PAGE}/scheduling?lang=en").text
    for which, status in (("", 400), ("-1", 400), ("9" * 30, 400), ("٣", 400), ("999", 404)):
        assert secretary.post(f"{PAGE}/scheduling", data={**form, "message_id": which}).status_code == status
    assert secretary.post(f"{PAGE}/mailbox", data=form).status_code == 404
    assert secretary.get(f"{PAGE}/mailbox").status_code == 404
