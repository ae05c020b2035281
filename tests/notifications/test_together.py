"""Two events about one person in one instant: they lock the same rows, and must not wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.database import Store
from services.notifications.models import Message
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    appointment_scheduled,
    delegate_registered,
    ident,
    person_erased,
    place_assigned,
    place_released,
    programme_opened,
)

ROUNDS, PLACES = 30, 25


def test_an_erasure_and_the_release_of_the_same_persons_places_wait_in_turn(
    service: NotificationsService, store: Store, clock: Any
):
    clock.set(datetime(2017, 5, 2, 8, tzinfo=UTC))
    service.hear_enrollment([programme_opened()])
    service.hear_scheduling([appointment_scheduled()])
    both_are_here = Barrier(2)

    def hear(handler: Callable[[Any], None], events: list[Any]) -> None:
        both_are_here.wait(timeout=30)
        handler(events)

    for number in range(ROUNDS):
        who = ident(f"person {number}")
        places: list[UUID] = [ident(f"place {number} {one}") for one in range(PLACES)]
        service.hear_enrollment([delegate_registered(delegate_id=who)])
        service.hear_scheduling([place_assigned(place_id=one, delegate_id=who) for one in places])
        released = [place_released(place_id=one, delegate_id=who) for one in reversed(places)]
        with ThreadPoolExecutor(2) as threads:
            done = [
                threads.submit(hear, service.hear_enrollment, [person_erased(who, sequence=2)]),
                threads.submit(hear, service.hear_scheduling, released),
            ]
            assert [one.result(timeout=60) for one in done] == [None, None]
    with store.read() as session:
        states = set(session.scalars(sa.select(Message.state).where(Message.kind == "place_assigned")))
    assert states == {"failed"}
