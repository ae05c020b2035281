"""Messages that a handler could not take: kept, tried again, given to a person, replayed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from chassis import clock as house_clock
from chassis.database import FAILED, Store, metadata
from chassis.failures import Failures, main, replay
from contracts.enrollment import PersonErased


class Base(DeclarativeBase):
    metadata = metadata()


@pytest.fixture
def store(store_for: Callable[[sa.MetaData], Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def failures(store: Store) -> Failures:
    return Failures(store, "scheduling.hear_enrollment")


def rows(store: Store) -> list[sa.Row]:
    with store.read() as session:
        return list(session.execute(sa.select(FAILED).order_by(FAILED.c.id)))


def make_due(store: Store) -> None:
    with store.transaction() as session:
        session.execute(sa.update(FAILED).values(next_try=house_clock.machine_now() - timedelta(seconds=1)))


def test_a_failed_event_waits_for_its_next_try(store: Store, failures: Failures):
    event = PersonErased(person_id=uuid4())
    failures.add(event, "ValueError", waiting=False)

    assert list(failures.due()) == []
    make_due(store)
    due = list(failures.due())
    assert (due, due[0].id) == ([event], event.id)


def test_a_claimed_event_is_nobody_elses(store: Store, failures: Failures):
    failures.add(PersonErased(person_id=uuid4()), "ValueError", waiting=False)
    make_due(store)
    claimed = failures.due()
    next(claimed)

    assert list(Failures(store, failures.consumer).due()) == []


def test_each_failure_is_counted_and_the_last_one_is_a_persons_matter(store: Store, failures: Failures):
    event = PersonErased(person_id=uuid4())
    for _ in range(9):
        failures.add(event, "ValueError", waiting=False)

    assert [(row.attempts, row.next_try, row.reason) for row in rows(store)] == [(9, None, "ValueError")]


def test_a_settled_event_is_gone(store: Store, failures: Failures):
    event = PersonErased(person_id=uuid4())
    failures.add(event, "waits for a person", waiting=True)
    failures.settle(event)

    assert rows(store) == []


def test_an_unreadable_message_is_kept_and_not_tried(store: Store, failures: Failures):
    failures.add_unreadable({"raw": "\x00 not json"}, "unreadable: JSONDecodeError")

    assert [(row.next_try, row.message["raw"][1:]) for row in rows(store)] == [(None, " not json")]


def test_replay_gives_a_new_first_try(store: Store, failures: Failures):
    events = [PersonErased(person_id=uuid4()) for _ in range(2)]
    for event in events:
        for _ in range(9):
            failures.add(event, "ValueError", waiting=False)

    assert replay(store, rows(store)[0].id) == 1
    assert list(failures.due()) == events[:1]
    assert replay(store) == 2


def test_the_command_lists_without_the_message_and_replays(
    store: Store, failures: Failures, capsys: pytest.CaptureFixture[str]
):
    failures.add_unreadable({"given_name": "Ada"}, "unreadable: KeyError")
    environment = {"DATABASE_URL": store.url}

    assert main(["list"], environment) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["reason"] == "unreadable: KeyError"
    assert "Ada" not in said

    number = str(rows(store)[0].id)
    assert main(["replay", number], environment) == 0
    assert capsys.readouterr().out == "1 will be tried again\n"
    assert main(["replay", "12345"], environment) == 1


@pytest.mark.parametrize("arguments", [[], ["replay"], ["replay", "-1"], ["replay", "x"], ["list", "all"]])
def test_the_command_says_how_it_is_used(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(arguments, {"DATABASE_URL": "sqlite://"}) == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_the_command_needs_its_database(capsys: pytest.CaptureFixture[str]):
    assert main(["list"], {}) == 2
    assert capsys.readouterr().err == "DATABASE_URL is not set\n"
