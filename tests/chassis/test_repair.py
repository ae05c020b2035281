"""The failed messages of a service by call: listed without the message, and given another try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from chassis.database import Database, Store, metadata
from chassis.failures import Failures
from chassis.refusal import Invalid, KeyReused, Missing
from chassis.repair import Repairable
from contracts.enrollment import PersonErased


class Base(DeclarativeBase):
    metadata = metadata()


class Workshop(Repairable):
    name = "workshop"

    database = Database(Base)


@pytest.fixture
def store(store_for: Callable[[sa.MetaData], Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def workshop(worker: Callable[..., Any], store: Store) -> Any:
    return worker(Workshop, store)


def fail(store: Store, reason: str = "ValueError", *, times: int = 1, waiting: bool = False) -> PersonErased:
    event = PersonErased(person_id=uuid4())
    for _ in range(times):
        Failures(store, "workshop.hear").add(event, reason, waiting=waiting)
    return event


def test_nothing_failed(workshop: Any):
    assert workshop.failed_messages() == {
        "items": [],
        "next_cursor": None,
        "counts": {"waiting": 0, "retrying": 0, "stuck": 0},
    }


def test_what_failed_page_by_page_with_its_state_and_never_the_message(workshop: Any, store: Store):
    fail(store, "waits for adhesion 7", waiting=True)
    fail(store)
    fail(store, times=9)
    Failures(store, "workshop.hear").add_unreadable({"given_name": "Ada"}, "unreadable: KeyError")

    first = workshop.failed_messages(limit=3)
    rest = workshop.failed_messages(limit=3, cursor=first["next_cursor"])
    shown = first["items"] + rest["items"]
    assert [one["state"] for one in shown] == ["waiting", "retrying", "stuck", "stuck"]
    assert [one["attempts"] for one in shown] == [1, 1, 9, 1]
    assert [one["next_try"] is None for one in shown] == [False, False, True, True]
    assert first["counts"] == {"waiting": 1, "retrying": 1, "stuck": 2}
    assert rest["next_cursor"] is None
    assert "Ada" not in str(shown)


def test_one_is_replayed_or_all(workshop: Any, store: Store):
    for _ in range(2):
        fail(store, times=9)
    first = workshop.failed_messages()["items"][0]["id"]

    assert workshop.replay_failed(actor="staff-1", message_id=first) == {"replayed": 1}
    assert workshop.failed_messages()["counts"] == {"waiting": 0, "retrying": 1, "stuck": 1}
    assert workshop.replay_failed(actor="staff-1") == {"replayed": 2}
    assert workshop.failed_messages()["counts"]["stuck"] == 0


def test_a_replay_under_one_key_happens_once(workshop: Any, store: Store):
    fail(store, times=9)
    assert workshop.replay_failed(actor="staff-1", idempotency_key="k") == {"replayed": 1}
    fail(store, times=9)
    assert workshop.replay_failed(actor="staff-1", idempotency_key="k") == {"replayed": 1}
    assert workshop.failed_messages()["counts"]["stuck"] == 1
    with pytest.raises(KeyReused):
        workshop.replay_failed(actor="staff-1", message_id=1, idempotency_key="k")


def test_a_message_that_is_no_more_cannot_be_replayed(workshop: Any):
    with pytest.raises(Missing):
        workshop.replay_failed(actor="staff-1", message_id=10**15)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 501}, {"limit": "5"}, {"limit": True}, {"cursor": "x"}])
def test_a_page_that_is_none(workshop: Any, wrong: dict[str, Any]):
    with pytest.raises(Invalid):
        workshop.failed_messages(**wrong)


@pytest.mark.parametrize("wrong", ["x", -1, "1" * 19, 1.5])
def test_an_id_that_is_none(workshop: Any, wrong: Any):
    with pytest.raises(Invalid):
        workshop.replay_failed(actor="staff-1", message_id=wrong)


def test_what_stays_unreadable_after_a_replay_is_one_row_still(workshop: Any, store: Store):
    failures = Failures(store, "workshop.hear")
    failures.add_unreadable({"raw": "nothing"}, "unreadable: JSONDecodeError")
    workshop.replay_failed(actor="staff-1")

    assert list(failures.due()) == []
    (left,) = workshop.failed_messages()["items"]
    assert (left["state"], left["reason"]) == ("stuck", "unreadable: KeyError")


def test_what_a_newer_version_can_read_is_taken_after_a_replay(workshop: Any, store: Store):
    event = PersonErased(person_id=uuid4())
    failures = Failures(store, "workshop.hear")
    failures.add_unreadable(event.dump(), "unreadable: KeyError")
    workshop.replay_failed(actor="staff-1")

    assert list(failures.due()) == [event]
