"""The provider's webhook: only genuine and fresh news counts, once, and only forward."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Refused
from contracts.event import Event
from contracts.notifications import MessageBounced, MessageDelivered, MessageSent
from mailbox.signing import sign, signing_key
from services.notifications.models import Message
from services.notifications.service import NotificationsService
from tests.notifications.builders import known_people
from tests.notifications.conftest import StandIn

Post = Callable[..., dict[str, Any]]


@pytest.fixture
def message(service: NotificationsService, store: Store) -> UUID:
    """A message that is queued."""
    service.hear_enrollment(known_people())
    with store.read() as session:
        return session.scalars(sa.select(Message.id)).one()


@pytest.fixture
def post(service: NotificationsService, stand_in: StandIn) -> Post:
    """Call the webhook as the provider would; ``spoil`` changes the call after it was signed."""

    def call(events: Any, *, age: float = 0, spoil: dict[str, str] | None = None) -> dict[str, Any]:
        body = events if isinstance(events, bytes) else json.dumps(events).encode() + b"\r\n"
        timestamp = str(int(clock.machine_now().timestamp() - age))
        arguments = {
            "body_base64": base64.b64encode(body).decode(),
            "signature": sign(signing_key(stand_in.state_file), timestamp, body),
            "timestamp": timestamp,
        }
        answer: dict[str, Any] = service.receive_webhook(**(arguments | (spoil or {})))
        return answer

    return call


def event(message: UUID, kind: str = "delivered", at: int = 1_500_000_000, **given: Any) -> dict[str, Any]:
    return {
        "email": "m.desantis@comune.trani.example",
        "timestamp": at,
        "event": kind,
        "sg_event_id": uuid4().hex,
        "message_id": str(message),
    } | given


def state_of(store: Store, message: UUID) -> tuple[str, str | None]:
    with store.read() as session:
        found = session.get_one(Message, message)
        return found.state, found.reason


def put(store: Store, message: UUID, state: str) -> None:
    with store.transaction() as session:
        session.execute(sa.update(Message).where(Message.id == message).values(state=state))


def test_delivery_is_told(post: Post, message: UUID, store: Store, emitted: Callable[[Store], list[Event]]):
    put(store, message, "sent")

    assert post([event(message)]) == {"accepted": 1}
    assert state_of(store, message) == ("delivered", None)
    assert [type(one) for one in emitted(store)] == [MessageDelivered]


def test_what_is_told_many_times_counts_once(
    post: Post, message: UUID, store: Store, emitted: Callable[[Store], list[Event]]
):
    put(store, message, "sent")

    accepted = [post([event(message), event(message)])["accepted"] for _ in range(5)]

    assert accepted == [1, 0, 0, 0, 0]
    assert [type(one) for one in emitted(store)] == [MessageDelivered]


def test_a_dead_mailbox_is_told_without_its_address(
    post: Post, message: UUID, store: Store, emitted: Callable[[Store], list[Event]]
):
    put(store, message, "sent")
    reason = "550 5.1.1 <m.desantis@comune.trani.example>: no such mailbox"
    post([event(message, "bounce", reason=reason, status="5.1.1", type="bounce")])

    assert state_of(store, message) == ("bounced", "bounce 5.1.1")
    [told] = emitted(store)
    assert isinstance(told, MessageBounced)
    assert told.data()["reason"] == "bounce 5.1.1"


@pytest.mark.parametrize("seed", range(5))
def test_any_order_ends_the_same(post: Post, message: UUID, store: Store, seed: int):
    put(store, message, "unknown")
    events = [
        event(message, kind, at)
        for at, kind in enumerate(("processed", "deferred", "delivered", "open"), 1_500_000_000)
    ]
    random.Random(seed).shuffle(events)
    for one in events:
        post([one])

    assert state_of(store, message) == ("delivered", None)


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        ("claimed", "delivered", "delivered"),
        ("unknown", "processed", "sent"),
        ("unknown", "delivered", "delivered"),
        ("failed", "delivered", "delivered"),
        ("queued", "delivered", "delivered"),
        ("delivered", "processed", "delivered"),
        ("delivered", "bounce", "bounced"),
        ("bounced", "delivered", "bounced"),
        ("sent", "dropped", "bounced"),
        ("sent", "unsubscribe", "sent"),
    ],
)
def test_evidence_only_moves_forward(post: Post, message: UUID, store: Store, before: str, kind: str, after: str):
    put(store, message, before)
    post([event(message, kind)])

    assert state_of(store, message)[0] == after


def test_news_may_come_before_the_answer_to_the_call(
    service: NotificationsService,
    post: Post,
    message: UUID,
    store: Store,
    stand_in: StandIn,
    emitted: Callable[[Store], list[Event]],
):
    delivery = service._delivery()
    claim = delivery._claim([message])
    post([event(message)])
    delivery._send(claim, {})

    with store.read() as session:
        found = session.get_one(Message, message)
    assert (found.state, found.provider_id) == ("delivered", stand_in.mails()[0]["x_message_id"])
    assert [type(one) for one in emitted(store)] == [MessageDelivered]
    assert service.deliver() is False


def test_events_about_others_are_left_out(post: Post, message: UUID):
    strange: list[Any] = [
        event(uuid4()),
        event(message, "group_resubscribe"),
        {"event": "delivered", "timestamp": 1_500_000_000},
        {"event": "delivered", "timestamp": "soon", "message_id": str(message)},
        event(message, at=-5),
        {"event": ["delivered"], "timestamp": 1, "message_id": str(message)},
        {"event": "delivered", "timestamp": float("inf"), "message_id": str(message)},
        "delivered",
        None,
        7,
    ]

    assert post(strange) == {"accepted": 0}


@pytest.mark.parametrize(
    "spoil",
    [
        {"body_base64": base64.b64encode(b"[]").decode()},
        {"body_base64": "not base64!"},
        {"body_base64": base64.b64encode(b"\xff\xfe").decode()},
        {"signature": "not base64!"},
        {"signature": "AAAA"},
        {"signature": ""},
        {"timestamp": "1500000000"},
        {"timestamp": "yesterday"},
        {"timestamp": ""},
    ],
)
def test_what_is_not_signed_by_the_provider_is_refused(post: Post, message: UUID, store: Store, spoil: dict[str, str]):
    with pytest.raises(Refused) as refusal:
        post([event(message)], spoil=spoil)

    assert refusal.value.reason == "bad_signature"
    assert state_of(store, message)[0] == "queued"


@pytest.mark.parametrize("age", [601, 86_400, -700])
def test_an_old_call_is_refused_however_well_signed(post: Post, message: UUID, age: float):
    with pytest.raises(Refused) as refusal:
        post([event(message)], age=age)

    assert refusal.value.reason == "too_old"


@pytest.mark.parametrize("body", [b"", b"{", b'{"event": "delivered"}'])
def test_a_signed_call_that_is_no_list_is_invalid(post: Post, body: bytes):
    with pytest.raises(Invalid):
        post(body)


def test_without_a_key_nothing_is_believed(
    start: Callable[..., NotificationsService], stand_in: StandIn, message: UUID
):
    timestamp = str(int(clock.machine_now().timestamp()))
    with pytest.raises(Refused):
        start(sendgrid_webhook_key="").receive_webhook(
            base64.b64encode(b"[]").decode(), sign(signing_key(stand_in.state_file), timestamp, b"[]"), timestamp
        )


def test_evidence_settles_what_was_unknown(
    post: Post, message: UUID, store: Store, emitted: Callable[[Store], list[Event]]
):
    put(store, message, "unknown")
    post([event(message, "processed")])

    assert state_of(store, message) == ("sent", None)
    assert [type(one) for one in emitted(store)] == [MessageSent]
