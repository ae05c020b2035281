"""Events are stored with the change that they tell, numbered by aggregate."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from chassis.database import Store, metadata
from chassis.logging import correlated
from chassis.outbox import Emitter
from contracts.enrollment import DelegateWithdrawn, PersonErased
from contracts.event import Event
from contracts.scheduling import SchedulingRunRequested


class Base(DeclarativeBase):
    metadata = metadata()


@pytest.fixture
def store(store_for: Callable[[sa.MetaData], Store]) -> Store:
    return store_for(Base.metadata)


def erased(person: UUID) -> PersonErased:
    return PersonErased(person_id=person)


def test_events_are_kept_in_order_and_numbered_by_aggregate(store: Store, emitted: Callable[[Store], list[Event]]):
    one, other = uuid4(), uuid4()
    outbox = Emitter("enrollment")

    with store.transaction() as session:
        outbox.emit(session, erased(one), erased(other), erased(one))
    with store.transaction() as session:
        outbox.emit(session, erased(one))

    assert [(event.person_id, event.sequence) for event in emitted(store)] == [(one, 1), (other, 1), (one, 2), (one, 3)]


def test_aggregates_of_different_kinds_are_numbered_apart(store: Store, emitted: Callable[[Store], list[Event]]):
    person = uuid4()
    withdrawn = DelegateWithdrawn(delegate_id=person, adhesion_id=uuid4(), programme_id=uuid4())

    with store.transaction() as session:
        Emitter("enrollment").emit(session, erased(person), withdrawn)

    assert [event.sequence for event in emitted(store)] == [1, 1]


def test_a_rollback_takes_the_event_and_its_number_back(store: Store, emitted: Callable[[Store], list[Event]]):
    person, outbox = uuid4(), Emitter("enrollment")

    with pytest.raises(ZeroDivisionError), store.transaction() as session:
        outbox.emit(session, erased(person))
        raise ZeroDivisionError
    with store.transaction() as session:
        outbox.emit(session, erased(person))

    assert [event.sequence for event in emitted(store)] == [1]


def test_an_event_carries_the_request_that_caused_it(store: Store, emitted: Callable[[Store], list[Event]]):
    with correlated("request-7"), store.transaction() as session:
        Emitter("enrollment").emit(session, erased(uuid4()))

    assert [event.correlation_id for event in emitted(store)] == ["request-7"]


def test_a_service_tells_its_own_facts_only(store: Store):
    foreign = SchedulingRunRequested(run_id=uuid4(), programme_id=uuid4())

    with pytest.raises(LookupError, match="enrollment does not publish"), store.transaction() as session:
        Emitter("enrollment").emit(session, foreign)


def test_nothing_to_tell_is_nothing_stored(store: Store, emitted: Callable[[Store], list[Event]]):
    with store.transaction() as session:
        Emitter("enrollment").emit(session)

    assert emitted(store) == []
