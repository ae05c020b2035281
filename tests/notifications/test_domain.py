"""The rules of mail, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.settings import BadSetting
from services.notifications.domain import (
    EVIDENCE,
    KINDS,
    PERMITTED,
    QUEUED,
    STATES,
    Outcome,
    back_off,
    is_address,
    next_cause,
    one_line,
    outcome_of_answer,
    root_cause,
)
from services.notifications.settings import NotificationsSettings

NOW = datetime(2017, 5, 2, 8, 0, tzinfo=UTC)


def test_nothing_leads_back_to_the_queue_but_a_call_that_proved_nothing_was_accepted():
    assert [state for state in STATES if QUEUED in PERMITTED[state]] == ["claimed"]


def test_every_state_can_still_learn_the_truth():
    for state in ("queued", "claimed", "unknown", "failed"):
        assert {*EVIDENCE.values()} <= PERMITTED[state]


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (202, {"X-Message-Id": "abc"}, Outcome("sent", provider_id="abc")),
        (202, {}, Outcome("sent")),
        (429, {"X-RateLimit-Reset": "1493712060"}, Outcome("queued", "rate_limited", None, NOW + timedelta(minutes=1))),
        (429, {"X-RateLimit-Reset": "1"}, Outcome("queued", "rate_limited", None, NOW)),
        (429, {"X-RateLimit-Reset": "9999999999"}, Outcome("queued", "rate_limited", None, NOW + timedelta(hours=1))),
        (429, {"X-RateLimit-Reset": "soon"}, Outcome("queued", "rate_limited", None, NOW + timedelta(seconds=1))),
        (429, {}, Outcome("queued", "rate_limited", None, NOW + timedelta(seconds=1))),
        (401, {}, Outcome("queued", "refused_401", None, NOW + timedelta(minutes=1))),
        (403, {}, Outcome("queued", "refused_403", None, NOW + timedelta(minutes=1))),
        (400, {}, Outcome("failed", "refused_400")),
        (413, {}, Outcome("failed", "refused_413")),
        (302, {}, Outcome("failed", "refused_302")),
        (500, {}, Outcome("unknown", "answered_500")),
        (503, {}, Outcome("unknown", "answered_503")),
    ],
)
def test_what_an_answer_proves(status: int, headers: dict[str, str], outcome: Outcome):
    assert outcome_of_answer(status, headers, NOW) == outcome


def test_waiting_grows_and_ends():
    waits = [(back_off(failures, NOW) - NOW).total_seconds() for failures in range(8)]

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert back_off(10**6, NOW) == NOW + timedelta(seconds=15)


@given(st.text())
def test_one_line_is_one_line_and_printable(text: str):
    assert one_line(text).isprintable() or " " in one_line(text)
    assert len(one_line(text).splitlines()) <= 1


@given(st.text())
def test_no_address_holds_what_could_make_two(text: str):
    if is_address(text):
        assert not set(text) & set(' \r\n\t,;<>"')
        assert text.count("@") == 1


@pytest.mark.parametrize("address", ["a@b.it", "nome.cognome+corsi@comune.reggio-emilia.it", "o'neil@città.example"])
def test_addresses(address: str):
    assert is_address(address)


@pytest.mark.parametrize(
    "address", [None, "", "a", "@b.it", "a@", "a@b", "a b@c.it", "a@b.it\n", "a@b@c.it", "x" * 300]
)
def test_no_addresses(address: str | None):
    assert not is_address(address)


def test_causes_of_what_is_sent_again_are_numbered():
    assert next_cause("place_assigned:7", []) == "place_assigned:7:resend:1"
    assert next_cause("place_assigned:7", ["place_assigned:7:resend:2"]) == "place_assigned:7:resend:3"
    assert root_cause("place_assigned:7:resend:3") == root_cause("place_assigned:7") == "place_assigned:7"


def test_only_certificates_wait_for_a_document():
    assert [name for name, kind in KINDS.items() if kind.document] == ["certificate_issued", "certificate_reissued"]


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "SENDGRID_KEY"),
        ({"SENDGRID_KEY": "SG.x"}, "SENDER_EMAIL"),
        ({"SENDGRID_HOST": "http://127.0.0.1:8025", "SENDGRID_WEBHOOK_KEY": "nonsense"}, "SENDGRID_WEBHOOK_KEY"),
        ({"SENDGRID_HOST": "http://127.0.0.1:8025", "SEND_BATCH": "0"}, "SEND_BATCH"),
    ],
)
def test_a_configuration_that_would_lose_mail_stops_the_start(environment: dict[str, str], complaint: str):
    needed = {"DATABASE_URL": "sqlite://", "LINK_SECRET": "x" * 32}

    with pytest.raises(BadSetting, match=complaint):
        NotificationsSettings.from_environment(needed | environment)


def test_a_real_key_is_all_that_the_real_thing_needs():
    settings = NotificationsSettings.from_environment(
        {
            "DATABASE_URL": "sqlite://",
            "LINK_SECRET": "x" * 32,
            "SENDGRID_KEY": "SG.x",
            "SENDER_EMAIL": "programma@anci.example",
        }
    )

    assert (settings.sendgrid_host, settings.help_address) == ("https://api.sendgrid.com", "programma@anci.example")
