"""The relay: takes stored events to the broker, in order, and marks them when the broker has confirmed them.

Publish, then mark: a crash between the two publishes again with the same event id, and the readers' inbox drops it. The
other order would lose. One relay of a service is active at a time (an advisory lock), so that an aggregate's events
keep their order; the others stand by.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any

import eventlet
import sqlalchemy as sa
from eventlet.event import Event as Signal
from kombu import Connection

from chassis import clock
from chassis.database import OUTBOX, Store
from chassis.logging import get_logger
from chassis.topology import Topology
from chassis.wire import BROKEN, connect, corked, encode, is_amqp

__all__ = ["Relay"]

_BATCH = 1000
_KEPT = timedelta(days=7)
_CONFIRM_SECONDS = 30
log = get_logger("chassis.relay")


class Unroutable(Exception):
    """The broker knows no queue for a message that has readers."""


class Relay:
    """Runs in a managed greenthread of the container, woken by each commit."""

    def __init__(self, container: Any) -> None:
        self.container = container
        self.settings = container.config["settings"]
        self._wake = Signal()
        self._stopping = False

    def start(self) -> None:
        self._store: Store = self.container.store
        self._store.committed.append(self.wake)
        self._thread = self.container.spawn_managed_thread(self._run, identifier="relay")

    def stop(self) -> None:
        self._stopping = True
        self.wake()
        self._thread.wait()

    def wake(self) -> None:
        if not self._wake.ready():
            self._wake.send()

    def _run(self) -> None:
        delay = 0.2
        while not self._stopping:
            try:
                with _turn(self._store) as mine:
                    if mine:
                        with connect(self.settings) as connection:
                            delay = 0.2
                            self._relay(_Publisher(connection, self.settings.namespace))
            except BROKEN as error:
                log.warning("relay_waits", extra={"error": type(error).__name__})
            except Exception:
                # The database is away, or a queue is missing: said, and tried again. A managed thread must not die.
                log.exception("relay_failed")
            if not self._stopping:
                eventlet.sleep(delay)
                delay = min(delay * 2, 5.0)

    def _relay(self, publisher: _Publisher) -> None:
        swept = 0.0
        while True:
            self._wake = Signal()
            if self._send_some(publisher) or self._stopping:
                if self._stopping:
                    return
                continue
            if time.monotonic() - swept > 600:
                swept = time.monotonic()
                self._sweep()
            with eventlet.Timeout(1.0, False):
                self._wake.wait()
            publisher.beat()

    def _send_some(self, publisher: _Publisher) -> bool:
        with self._store.read() as session:
            rows = session.execute(
                sa.select(OUTBOX.c.id, OUTBOX.c.event_id, OUTBOX.c.type, OUTBOX.c.message)
                .where(OUTBOX.c.sent_at.is_(None))
                .order_by(OUTBOX.c.id)
                .limit(_BATCH)
            ).all()
        if not rows:
            return False
        publisher.publish((row.type, str(row.event_id), row.message) for row in rows)
        with self._store.quietly() as session:
            session.execute(
                sa.update(OUTBOX).where(OUTBOX.c.id.in_([row.id for row in rows])).values(sent_at=clock.machine_now())
            )
        return len(rows) == _BATCH

    def _sweep(self) -> None:
        """Sent events are kept for a week: what a lost broker held is published again from here."""
        with self._store.quietly() as session:
            session.execute(sa.delete(OUTBOX).where(OUTBOX.c.sent_at < clock.machine_now() - _KEPT))


@contextmanager
def _turn(store: Store) -> Any:
    """True for the one process whose relay may work now; held as long as the block runs."""
    if store.is_sqlite:
        yield True
        return
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = zlib.crc32(b"coalizione outbox relay")
        mine = connection.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar_one()
        try:
            yield mine
        finally:
            if mine and not connection.invalidated:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


class _Publisher:
    """Publishes a batch and returns when the broker has confirmed all of it."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self.connection = connection
        self.topology = Topology(namespace, quorum=is_amqp(connection))
        self.channel = connection.channel()
        self.topology.declare(self.channel)
        self.exchange = self.topology.events.name
        self.confirms = is_amqp(connection)
        self._published, self._open, self._wrong = 0, set[int](), ""
        if self.confirms:
            self.channel.confirm_select()
            self.channel.events["basic_ack"].add(self._confirmed)
            self.channel.events["basic_nack"].add(self._refused)
            self.channel.events["basic_return"].add(self._returned)

    def publish(self, messages: Iterable[tuple[str, str, Any]]) -> None:
        """Raises when the broker refused or returned any of them; then none counts as sent."""
        atomic = getattr(self.connection.transport, "atomic", nullcontext)
        with atomic(), corked(self.connection):
            for routing_key, event_id, body in messages:
                self._published += 1
                if self.confirms:
                    self._open.add(self._published)
                message = encode(self.channel, body, message_id=event_id, delivery_mode=2)
                self.channel.basic_publish(message, exchange=self.exchange, routing_key=routing_key, mandatory=True)
        deadline = time.monotonic() + _CONFIRM_SECONDS
        while self._open:
            self.connection.drain_events(timeout=max(0.01, deadline - time.monotonic()))
        if self._wrong:
            raise Unroutable(self._wrong)

    def beat(self) -> None:
        """Keep an idle connection alive, and notice a dead one."""
        if self.confirms:
            with suppress(TimeoutError):
                self.connection.drain_events(timeout=0.001)
            self.connection.heartbeat_check()

    def _confirmed(self, tag: int, multiple: bool) -> None:
        self._open = {other for other in self._open if other > tag} if multiple else self._open - {tag}

    def _refused(self, tag: int, multiple: bool) -> None:
        self._wrong = "the broker refused a message"
        self._confirmed(tag, multiple)

    def _returned(self, error: Exception, exchange: str, routing_key: str, message: Any) -> None:
        self._wrong = f"no queue for {routing_key}"
