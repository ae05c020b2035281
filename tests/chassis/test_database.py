"""The two kinds of transaction: a command once, an event once; and a Store that keeps time zones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from chassis.database import INBOX, Moment, Store, metadata
from chassis.logging import correlation_id
from chassis.refusal import KeyReused, Refused
from contracts.enrollment import PersonErased


class Base(DeclarativeBase):
    metadata = metadata()


class Row(Base):
    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime | None] = mapped_column(Moment)


@pytest.fixture
def store(store_for: Callable[[sa.MetaData], Store]) -> Store:
    return store_for(Base.metadata)


def add(session: Session) -> dict[str, int]:
    session.add(row := Row())
    session.flush()
    return {"id": row.id}


def count(store: Store, table: type = Row) -> int:
    with store.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_whoever_reads_waits_for_no_transaction_and_sees_what_was_committed(store: Store):
    store.once(None, "add", {}, add)
    with store.transaction() as session:
        add(session)
        store.ping()
        assert count(store) == 1
    assert count(store) == 2


def test_reading_writes_nothing(store: Store):
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), store.read() as session:
        add(session)
    assert count(store) == 0
    store.once(None, "add", {}, add)
    assert count(store) == 1


def test_a_command_repeated_with_its_key_is_done_once(store: Store):
    first = store.once("key", "add", {"a": 1}, add)
    second = store.once("key", "add", {"a": 1}, add)

    assert first == second == {"id": 1}
    assert count(store) == 1


def test_a_key_used_again_for_something_else_is_refused(store: Store):
    store.once("key", "add", {"a": 1}, add)

    with pytest.raises(KeyReused):
        store.once("key", "add", {"a": 2}, add)
    assert count(store) == 1


def test_a_key_belongs_to_one_operation(store: Store):
    store.once("key", "add", {}, add)
    store.once("key", "add elsewhere", {}, add)

    assert count(store) == 2


def test_a_refusal_changes_nothing_and_frees_its_key(store: Store):
    def refuse(session: Session) -> dict[str, int]:
        add(session)
        raise Refused("too_late")

    with pytest.raises(Refused):
        store.once("key", "add", {}, refuse)
    assert count(store) == 0

    store.once("key", "add", {}, add)
    assert count(store) == 1


def test_without_a_key_each_call_counts(store: Store):
    store.once(None, "add", {}, add)
    store.once(None, "add", {}, add)

    assert count(store) == 2


def test_an_event_has_its_effect_once_however_often_it_comes(store: Store):
    event, other = PersonErased(person_id=uuid4()), PersonErased(person_id=uuid4())

    for batch in ([event, event], [event, other], [other]):
        with store.receive("reader", batch) as (session, fresh):
            for _ in fresh:
                add(session)

    assert count(store) == 2


def test_two_consumers_each_get_the_event(store: Store):
    event = PersonErased(person_id=uuid4())

    for consumer in ("one", "other"):
        with store.receive(consumer, [event]) as (_, fresh):
            assert list(fresh) == [event]


def test_an_event_whose_handler_fails_counts_as_unseen(store: Store):
    event = PersonErased(person_id=uuid4())

    with pytest.raises(ZeroDivisionError), store.receive("reader", [event]) as (session, fresh):
        add(session)
        raise ZeroDivisionError

    assert count(store) == 0
    with store.receive("reader", [event]) as (_, fresh):
        assert list(fresh) == [event]
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(INBOX)) == 1


def test_what_is_done_for_an_event_belongs_to_its_request(store: Store):
    events = [PersonErased(person_id=uuid4(), correlation_id=name) for name in ("first", "second")]

    with store.receive("reader", events) as (_, fresh):
        assert [correlation_id() for _ in fresh] == ["first", "second"]


def test_a_moment_keeps_its_instant_and_refuses_to_guess(store: Store):
    moment = datetime.fromisoformat("2017-06-30T23:59:59+02:00")
    with store.transaction() as session:
        session.add(Row(at=moment))
    with store.read() as session:
        assert session.scalar(sa.select(Row.at)) == moment.astimezone(UTC)

    with pytest.raises(sa.exc.StatementError), store.transaction() as session:
        session.add(Row(at=datetime(2017, 6, 30)))


def test_a_change_wakes_who_waits_and_nothing_else_does(store: Store):
    woken: list[int] = []
    store.committed.append(lambda: woken.append(1))

    with store.transaction() as session:
        session.add(Row())
    with store.transaction() as session:
        session.execute(sa.update(Row).values(at=datetime(2017, 6, 1, tzinfo=UTC)))
    assert woken == [1, 1]

    with pytest.raises(ZeroDivisionError), store.transaction() as session:
        add(session)
        raise ZeroDivisionError
    with store.transaction() as session:
        session.execute(sa.update(Row).where(Row.id == -1).values(at=None).returning(Row.id))
    with store.transaction() as session:
        session.scalars(sa.select(Row)).all()
    with store.transaction():
        pass

    assert woken == [1, 1]
