"""One decision about many mails: looked at first, done once, and never a second mail for what has arrived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.database import Store
from chassis.refusal import KeyReused, Refused
from contracts.event import Event
from services.notifications.models import Message
from services.notifications.service import NotificationsService
from tests.notifications.test_staff import put, three

__all__ = ["three"]


def states(store: Store) -> list[str]:
    with store.read() as session:
        return sorted(session.scalars(sa.select(Message.state)))


def test_a_preview_does_nothing(service: NotificationsService, three: list[str], store: Store):
    for one in three:
        put(store, one, "bounced", "bounce 5.1.1")
    assert service.preview_decision(three, "resend") == {"done": 3, "left": []}
    assert states(store) == ["bounced"] * 3


def test_many_are_sent_again_and_what_the_rule_keeps_back_is_counted_by_why(
    service: NotificationsService, three: list[str], store: Store
):
    put(store, three[0], "bounced", "bounce 5.1.1")
    put(store, three[1], "failed", "superseded")
    put(store, three[2], "delivered")
    chosen = [*three, str(uuid4())]
    expected = {
        "done": 1,
        "left": [
            {"reason": "missing", "count": 1},
            {"reason": "not_in_state", "count": 1},
            {"reason": "superseded", "count": 1},
        ],
    }
    assert service.preview_decision(chosen, "resend") == expected
    assert service.decide_messages(chosen, "resend", "staff-1", idempotency_key="k") == expected
    assert service.decide_messages(chosen, "resend", "staff-1", idempotency_key="k") == expected
    assert states(store) == ["bounced", "delivered", "failed", "queued"]
    again = service.decide_messages(chosen, "resend", "staff-1")
    assert (again["done"], again["left"][0]) == (0, {"reason": "already_on_its_way", "count": 1})
    with pytest.raises(KeyReused):
        service.decide_messages(three, "resend", "staff-1", idempotency_key="k")


@pytest.mark.parametrize("arrived", ["sent", "delivered"])
def test_what_left_when_it_was_sent_again_is_not_sent_a_third_time(
    service: NotificationsService, three: list[str], store: Store, arrived: str
):
    put(store, three[0], "bounced")
    again = service.resend_message(three[0], "staff-1")
    put(store, again["id"], arrived)

    assert service.decide_messages(three[:1], "resend", "staff-1") == {
        "done": 0,
        "left": [{"reason": "sent_again_already", "count": 1}],
    }
    with pytest.raises(Refused) as refusal:
        service.resend_message(three[0], "staff-1")
    assert refusal.value.reason == "sent_again_already"


def test_a_mail_and_its_repetition_chosen_together_are_sent_once(
    service: NotificationsService, three: list[str], store: Store
):
    put(store, three[0], "bounced")
    again = service.resend_message(three[0], "staff-1")["id"]
    put(store, again, "bounced")

    decided = service.decide_messages([three[0], again], "resend", "staff-1")
    assert decided == {"done": 1, "left": [{"reason": "already_on_its_way", "count": 1}]}


@pytest.mark.parametrize(("decision", "state", "told"), [("sent", "sent", 2), ("not_sent", "failed", 0)])
def test_many_of_unknown_outcome_are_settled(
    service: NotificationsService,
    three: list[str],
    store: Store,
    emitted: Callable[[Store], list[Event]],
    decision: str,
    state: str,
    told: int,
):
    for one in three[:2]:
        put(store, one, "unknown", "timed_out")
    assert service.decide_messages(three, decision, "staff-1") == {
        "done": 2,
        "left": [{"reason": "not_in_state", "count": 1}],
    }
    assert (states(store), len(emitted(store))) == (sorted(["queued", state, state]), told)


@pytest.mark.parametrize(
    ("ids", "decision"),
    [([], "resend"), (["x"], "resend"), ("x", "resend"), (None, "resend"), ([str(uuid4())] * 501, "resend")]
    + [([str(uuid4())], wrong) for wrong in ("burn", "", None, 7)],
)
def test_a_decision_that_is_none(service: NotificationsService, ids: Any, decision: Any):
    for ask in (
        lambda: service.preview_decision(ids, decision),
        lambda: service.decide_messages(ids, decision, "staff-1"),
    ):
        with pytest.raises(ValidationError):
            ask()


def test_messages_of_one_programme(service: NotificationsService, three: list[str], store: Store):
    with store.read() as session:
        programme = session.get_one(Message, UUID(three[0])).programme_id
    assert len(service.messages(programme_id=str(programme))["items"]) == 3
    assert service.messages(programme_id=str(uuid4()))["items"] == []
    assert service.message_counts(str(uuid4())) == {"by_state": {}, "by_kind": {}}
