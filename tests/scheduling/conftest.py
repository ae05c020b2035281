"""The service on each database, its programme opened, and the clock in July 2017."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from chassis.database import Store
from chassis.outbox import Emitter
from chassis.refusal import Refused
from contracts.event import Event
from services.scheduling.models import Appointment, Base, Place, Trainer
from services.scheduling.service import SchedulingService
from services.scheduling.settings import SchedulingSettings
from services.scheduling.workshop import Workshop
from tests.conftest import LINK_SECRET, MovableClock
from tests.scheduling.builders import (
    JULY,
    adhesion_confirmed,
    delegate_registered,
    planned,
    programme_opened,
    trainer_id,
)

HOST = {"province": "VT", "region": "Lazio", "latitude": 42.4, "longitude": 12.1, "venue": "Sala"}


@pytest.fixture
def store(store_for: Callable[[sa.MetaData], Store], clock: MovableClock) -> Store:
    clock.set(JULY)
    return store_for(Base.metadata)


@pytest.fixture
def settings(store: Store) -> SchedulingSettings:
    return SchedulingSettings(database_url=store.url, link_secret=LINK_SECRET, run_poll=0.1, run_overtime=30.0)


@pytest.fixture
def workshop(store: Store, settings: SchedulingSettings) -> Iterator[Workshop]:
    made = Workshop(store, Emitter("scheduling"), settings)
    yield made
    made.close()


@pytest.fixture
def scheduling(worker: Callable[..., Any], store: Store, workshop: Workshop) -> Any:
    service = worker(SchedulingService, store, workshop=workshop)
    service.hear_enrollment([programme_opened()])
    return service


@pytest.fixture
def told(store: Store, emitted: Callable[[Store], list[Event]]) -> Callable[..., list[Event]]:
    """``told(PlaceAssigned)`` are the events of these classes in the outbox, in order; without classes, all of them."""

    def read(*kinds: type[Event]) -> list[Event]:
        return [event for event in emitted(store) if not kinds or type(event) in kinds]

    return read


@pytest.fixture
def seats(store: Store) -> Callable[[], set[tuple[str, int, Any, str]]]:
    """Who sits or waits where: ``(kind, number, delegate, state)``, released places left out."""

    def read() -> set[tuple[str, int, Any, str]]:
        with store.read() as session:
            rows = session.execute(
                sa.select(Appointment.kind, Appointment.number, Place.delegate_id, Place.state)
                .join(Place, Place.appointment_id == Appointment.id)
                .where(Place.state != "released")
            )
            return {(kind, number, delegate, state) for kind, number, delegate, state in rows}

    return read


@pytest.fixture
def joined(scheduling: Any) -> Any:
    """Bodies A, B and C with two delegates each, registered in this order."""
    for number, code in enumerate("ABC"):
        scheduling.hear_enrollment(
            [
                adhesion_confirmed(code),
                delegate_registered(f"{code}1", code, minute=10 * number),
                delegate_registered(f"{code}2", code, minute=10 * number + 1),
            ]
        )
    return scheduling


@pytest.fixture
def placed(joined: Any) -> Any:
    """The same; and hosts: H1, near it H3, and farther H2."""
    for number, latitude in ((1, 42.4), (2, 42.9), (3, 42.5)):
        host = {**HOST, "code": f"H{number}", "name": f"Sede H{number}", "latitude": latitude}
        joined.add_host(host=host)
    return joined


@pytest.fixture
def taught(placed: Any, store: Store) -> Any:
    """The same, with the trainers of the plans that tests make."""
    with store.transaction() as session:
        for number in range(4):
            session.add(
                Trainer(
                    id=UUID(trainer_id(number)),
                    name=f"Trainer {number}",
                    home="Viterbo",
                    latitude=42.0,
                    longitude=12.0,
                    unavailable=[],
                    skills=None,
                    usable=True,
                )
            )
    return placed


@pytest.fixture
def published(scheduling: Any, store: Store) -> Any:
    """The plan of A and B on one day and C on another, with two webinars; A has two delegates more than seats."""
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    scheduling.hear_enrollment([delegate_registered(f"A{n}", "A", minute=n // 2) for n in range(7)])
    run = planned(store, "run", ["AB", "C"], capacity=5, webinars=("asylum", "housing"))
    scheduling.publish(run_id=run, actor="staff")
    return scheduling


def walk(call: Any, limit: int, **arguments: Any) -> list[dict[str, Any]]:
    """All pages, one after the other."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = call(limit=limit, cursor=cursor, **arguments)
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[str, dict[str, Any]]:
    """The reason and the facts of the refusal that the call must end in."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)
    return caught.value.reason, caught.value.facts


@pytest.fixture
def taken(store: Store) -> Callable[[], dict[tuple[str, int], int]]:
    """Seats counted as taken, by kind and number; checked against the places themselves."""

    def read() -> dict[tuple[str, int], int]:
        with store.read() as session:
            counted = {
                (row.kind, row.number): row.taken
                for row in session.scalars(sa.select(Appointment))
                if row.state != "cancelled"
            }
            seated = dict.fromkeys(counted, 0)
            for kind, number, count in session.execute(
                sa.select(Appointment.kind, Appointment.number, sa.func.count())
                .join(Place, Place.appointment_id == Appointment.id)
                .where(Place.state == "assigned")
                .group_by(Appointment.kind, Appointment.number)
            ):
                seated[kind, number] = count
        assert seated == counted
        return counted

    return read
