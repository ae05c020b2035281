"""The outbox: events are stored in the transaction of the change that they tell, and relayed afterwards."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from nameko.extensions import DependencyProvider
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import OUTBOX, SEQUENCE, upsert
from chassis.logging import correlation_id
from contracts.event import Event
from contracts.registry import BY_TYPE

__all__ = ["Emitter", "Outbox"]


class Emitter:
    """Stores events for the relay. ``producer`` may only tell what the registry says is its own."""

    def __init__(self, producer: str) -> None:
        self.producer = producer

    def emit(self, session: Session, *events: Event) -> None:
        """Store the events, in order, in the caller's transaction; each gets the next sequence of its aggregate."""
        if not events:
            return
        for event in events:
            row = BY_TYPE.get(event.type())
            if row is None or row.producer != self.producer:
                raise LookupError(f"{self.producer} does not publish {event.type()}")
        last = self._advance(session, Counter(_aggregate(event) for event in events))
        correlation, now = correlation_id(), clock.machine_now()
        rows = []
        for event in events:
            aggregate = _aggregate(event)
            last[aggregate] += 1
            event.sequence = last[aggregate]
            event.correlation_id = event.correlation_id or correlation
            message = json.dumps(event.dump(), ensure_ascii=False, separators=(",", ":"))
            rows.append({"event_id": event.id, "type": event.type(), "message": message, "created_at": now})
        session.execute(sa.insert(OUTBOX), rows)

    def _advance(self, session: Session, wanted: Counter[str]) -> dict[str, int]:
        """Reserve sequences and return the last one used before, by aggregate. Sorted, so that two never deadlock."""
        insert = upsert(session, SEQUENCE)
        statement = insert.on_conflict_do_update(
            index_elements=[SEQUENCE.c.aggregate], set_={"last": SEQUENCE.c.last + insert.excluded.last}
        ).returning(SEQUENCE.c.aggregate, SEQUENCE.c.last)
        rows = [{"aggregate": aggregate, "last": count} for aggregate, count in sorted(wanted.items())]
        return {aggregate: last - wanted[aggregate] for aggregate, last in session.execute(statement, rows)}


def _aggregate(event: Event) -> str:
    return f"{event.aggregate.removesuffix('_id')}:{event.aggregate_id}"


class Outbox(DependencyProvider):  # type: ignore[misc]
    """Gives a service its ``Emitter`` and runs its relay."""

    def setup(self) -> None:
        self.emitter = Emitter(self.container.service_name)

    def start(self) -> None:
        from chassis.relay import Relay

        self.relay = Relay(self.container)
        self.relay.start()

    def stop(self) -> None:
        self.relay.stop()

    def get_dependency(self, worker_ctx: Any) -> Emitter:
        return self.emitter
