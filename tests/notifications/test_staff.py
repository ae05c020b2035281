"""What the secretariat sees of the mails, and decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.database import Store
from chassis.refusal import KeyReused, Missing, Refused
from contracts.event import Event
from contracts.notifications import MessageSent
from services.notifications.models import Message
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    ADHESION,
    CONTACT,
    adhesion_confirmed,
    area_link_requested,
    known_people,
    person_erased,
    programme_opened,
)
from tests.notifications.conftest import StandIn


@pytest.fixture
def three(service: NotificationsService, store: Store) -> list[str]:
    """Three messages to one contact, oldest first."""
    service.hear_enrollment(known_people())
    service.hear_enrollment([adhesion_confirmed()])
    service.hear_enrollment([area_link_requested()])
    with store.read() as session:
        return [str(one) for one in session.scalars(sa.select(Message.id).order_by(Message.created_at, Message.id))]


def put(store: Store, message_id: str, state: str, reason: str | None = None) -> None:
    with store.transaction() as session:
        message = session.get_one(Message, UUID(message_id))
        message.state, message.reason = state, reason


def test_messages_come_in_pages_newest_first(service: NotificationsService, three: list[str]):
    first = service.messages(limit=2)
    second = service.messages(limit=2, cursor=first["next_cursor"])

    assert [one["id"] for one in first["items"] + second["items"]] == three[::-1]
    assert second["next_cursor"] is None


def test_a_message_is_shown_without_name_or_address(service: NotificationsService, three: list[str]):
    [shown] = service.messages(kind="adhesion_received")["items"]

    assert {**shown, "created_at": "", "id": ""} == {
        "id": "",
        "kind": "adhesion_received",
        "language": "it",
        "person_id": str(CONTACT),
        "state": "queued",
        "created_at": "",
        "sent_at": None,
        "attempts": 0,
        "cause": f"adhesion_received:{ADHESION}",
        "reason": None,
    }


def test_messages_are_filtered(service: NotificationsService, three: list[str], store: Store):
    put(store, three[0], "unknown", "timed_out")

    assert [one["id"] for one in service.messages(state="unknown")["items"]] == three[:1]
    assert len(service.messages(person_id=str(CONTACT))["items"]) == 3
    assert service.messages(person_id=str(uuid4()))["items"] == []
    assert service.message_counts() == {
        "by_state": {"unknown": 1, "queued": 2},
        "by_kind": {"adhesion_received": 1, "adhesion_confirmed": 1, "area_link": 1},
    }


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"kind": "spam"},
        {"person_id": "Maria"},
        {"limit": 0},
        {"limit": 501},
        {"limit": "ten"},
        {"cursor": "x"},
        {"cursor": "1~2"},
        {"cursor": "9" * 400 + "~" + str(uuid4())},
        {"cursor": 7},
    ],
)
def test_a_wrong_question_is_invalid(service: NotificationsService, query: dict[str, Any]):
    with pytest.raises(ValidationError):
        service.messages(**query)


@pytest.mark.parametrize(("outcome", "state", "told"), [("sent", "sent", [MessageSent]), ("not_sent", "failed", [])])
def test_a_person_settles_what_is_unknown(
    service: NotificationsService,
    three: list[str],
    store: Store,
    emitted: Callable[[Store], list[Event]],
    outcome: str,
    state: str,
    told: list[type],
):
    put(store, three[0], "unknown")

    first = service.resolve_message(three[0], outcome, "staff-1", idempotency_key="k")
    again = service.resolve_message(three[0], outcome, "staff-1", idempotency_key="k")

    assert first == again
    assert first["state"] == state
    assert [type(one) for one in emitted(store)] == told
    with pytest.raises(KeyReused):
        service.resolve_message(three[1], outcome, "staff-1", idempotency_key="k")


@pytest.mark.parametrize("state", ["queued", "claimed", "sent", "delivered", "bounced", "failed"])
def test_only_the_unknown_can_be_settled(service: NotificationsService, three: list[str], store: Store, state: str):
    put(store, three[0], state)

    with pytest.raises(Refused) as refusal:
        service.resolve_message(three[0], "sent", "staff-1")

    assert (refusal.value.reason, refusal.value.facts) == ("not_in_state", {"state": state})


@pytest.mark.parametrize("state", ["failed", "unknown", "bounced"])
def test_sending_again_is_a_new_message(
    service: NotificationsService, three: list[str], store: Store, stand_in: StandIn, state: str
):
    put(store, three[0], state, "whatever")
    put(store, three[1], "sent")
    put(store, three[2], "sent")

    again = service.resend_message(three[0], "staff-1", idempotency_key="k")
    assert service.resend_message(three[0], "staff-1", idempotency_key="k") == again
    assert again["cause"].endswith(":resend:1")
    with pytest.raises(Refused) as refusal:
        service.resend_message(three[0], "staff-1", idempotency_key="another")
    assert refusal.value.reason == "already_on_its_way"

    service.deliver()
    assert [mail["custom_args"]["message_id"] for mail in stand_in.mails()] == [again["id"]]
    put(store, again["id"], "bounced", "bounce 5.1.1")
    assert service.resend_message(again["id"], "staff-1")["cause"].endswith(":resend:2")
    with store.read() as session:
        assert {str(one.id): one.state for one in session.scalars(sa.select(Message))}[three[0]] == state


@pytest.mark.parametrize("state", ["queued", "claimed", "sent", "delivered"])
def test_what_is_on_its_way_is_not_sent_again(
    service: NotificationsService, three: list[str], store: Store, state: str
):
    put(store, three[0], state)

    with pytest.raises(Refused) as refusal:
        service.resend_message(three[0], "staff-1")

    assert refusal.value.reason == "not_in_state"


def test_who_was_erased_is_not_written_to_on_request(service: NotificationsService, three: list[str], store: Store):
    service.hear_enrollment([person_erased(CONTACT)])

    with pytest.raises(Refused) as refusal:
        service.resend_message(three[0], "staff-1")

    assert refusal.value.reason == "person_erased"


@pytest.mark.parametrize("message_id", ["", "x", 7, None, "0" * 5000])
def test_a_message_id_that_is_none_is_invalid(service: NotificationsService, message_id: Any):
    with pytest.raises(ValidationError):
        service.resend_message(message_id, "staff-1")
    with pytest.raises(ValidationError):
        service.resolve_message(message_id, "sent", "staff-1")


def test_a_message_that_is_not_there_is_missing(service: NotificationsService):
    service.hear_enrollment([programme_opened()])

    with pytest.raises(Missing):
        service.resend_message(str(uuid4()), "staff-1")
    with pytest.raises(Missing):
        service.resolve_message(str(uuid4()), "sent", "staff-1")
