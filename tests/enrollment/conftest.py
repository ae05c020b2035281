"""Enrollment on each database, with a few bodies and the CO-AliZIONE programme, in the middle of its window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.database import OUTBOX, SEQUENCE, Store
from contracts.event import Event
from services.enrollment import registry
from services.enrollment.models import Base
from services.enrollment.service import EnrollmentService
from tests.enrollment.builders import OPEN, programme_data, small_registry


@pytest.fixture
def store(store_for: Callable[[sa.MetaData], Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def enrollment(store: Store, worker: Callable[..., Any], clock: Any) -> Any:
    """The service. What it told while the stage was set is not in the outbox any more."""
    clock.set(OPEN)
    service = worker(EnrollmentService, store)
    with store.transaction() as session:
        registry.store(session, small_registry())
    service.open_programme(programme_data(), actor="staff-1")
    with store.transaction() as session:
        session.execute(sa.delete(OUTBOX))
        session.execute(sa.delete(SEQUENCE))
    return service


@pytest.fixture
def told(store: Store, emitted: Callable[[Store], list[Event]]) -> Callable[[], list[str]]:
    """``told()`` are the names of the events since it was asked last."""
    seen = 0

    def names() -> list[str]:
        nonlocal seen
        events = emitted(store)
        fresh, seen = events[seen:], len(events)
        return [type(event).__name__ for event in fresh]

    return names
