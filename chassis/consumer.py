"""``@consumes``: events come in batches, are handled in one transaction, and are acknowledged after it committed.

While one batch is handled the next ones gather, so a batch is as large as the load makes it and a single event never
waits. A batch that fails is halved until the culprit stands alone; that one goes to the table of failed messages with
its next try, and the others go on. When the database is away nothing is acknowledged: the consumer waits until it
answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import eventlet
from eventlet.event import Event as Signal
from eventlet.queue import LightQueue
from kombu import Consumer
from nameko.extensions import Entrypoint
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.database import Store
from chassis.failures import Failures, NotYet, read
from chassis.logging import get_logger
from chassis.wire import Wire
from contracts.event import Event, Malformed

__all__ = ["NotYet", "consumes", "continually"]

log = get_logger("chassis.consumer")
HANDLED = Counter("coalizione_events_handled_total", "Events handled", ["consumer"])
SECONDS = Histogram("coalizione_handler_seconds", "Time to handle one batch", ["consumer"])


@dataclass(frozen=True)
class _Delivery:
    channel: Any
    tag: int
    body: Any
    dead: bool


class Consumes(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind ``@consumes(Event, …, batch=200)``. The method gets a list of events, in order."""

    def __init__(self, *events: type[Event], batch: int = 100, **kwargs: Any) -> None:
        self.events = events
        self.batch = batch
        super().__init__(**kwargs)

    @property
    def reader(self) -> str:
        return f"{self.container.service_name}.{self.method_name}"

    def setup(self) -> None:
        self.wire = Wire(self.container.config["settings"], self.reader, self._opened, self._lost)
        self.container.health = getattr(self.container, "health", {})
        self.container.health[self.reader] = lambda: self.wire.connected
        self.waiting: LightQueue = LightQueue()
        self._stopping = False

    def start(self) -> None:
        self.store: Store = self.container.store
        self.failures = Failures(self.store, self.reader)
        self._threads = [
            self.container.spawn_managed_thread(self.wire.run, identifier=f"read {self.reader}"),
            self.container.spawn_managed_thread(self._handle_all, identifier=f"handle {self.reader}"),
            self.container.spawn_managed_thread(self._retry_all, identifier=f"retry {self.reader}"),
        ]

    def stop(self) -> None:
        """The batch in hand is finished and acknowledged; what was only fetched goes back to the queue."""
        self._stopping = True
        self.waiting.put(None)
        self.failures.wake()
        for thread in self._threads[1:]:
            thread.wait()
        self.wire.stop()
        self._threads[0].wait()

    def _opened(self, channel: Any) -> None:
        topology = self.wire.topology
        assert topology is not None
        for queue, dead in ((topology.reader(self.reader), False), (topology.dead_letters(self.reader), True)):
            consumer = Consumer(channel, [queue(channel)], on_message=partial(self._fetched, channel, dead))
            consumer.qos(prefetch_count=2 * self.batch)
            consumer.consume()

    def _fetched(self, channel: Any, dead: bool, message: Any) -> None:
        self.waiting.put(_Delivery(channel, message.delivery_tag, message.body, dead))

    def _lost(self) -> None:
        """What was fetched on the lost channel comes again."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        if self._stopping:
            self.waiting.put(None)

    def _handle_all(self) -> None:
        while not self._stopping:
            try:
                self._handle_some(self._gather())
            except Exception:
                log.exception("consumer_failed", extra={"consumer": self.reader})
                self.wire.drop()
                eventlet.sleep(1)

    def _gather(self) -> list[_Delivery]:
        """Wait for one delivery and take what has come with it, up to a batch, dead letters apart."""
        first = self.waiting.get()
        if first is None:
            return []
        batch = [first]
        while len(batch) < self.batch and not self.waiting.empty():
            following = self.waiting.get_nowait()
            if following is None:
                break
            batch.append(following)
        return batch

    def _handle_some(self, deliveries: list[_Delivery]) -> None:
        if not deliveries or self._stopping:
            return
        events: list[Event] = []
        for delivery in deliveries:
            event = self._read(delivery)
            if event is not None:
                events.append(event)
        self._handle(events)
        # In the order of the channel: everything up to the last has been handled.
        self.wire.acknowledge(deliveries[-1].channel, deliveries[-1].tag, multiple=True)

    def _read(self, delivery: _Delivery) -> Event | None:
        """The event, or ``None`` after it was put with the failed ones: unreadable, or given up by the broker."""
        message: Any = delivery.body
        try:
            message = json.loads(delivery.body)
            event = read(message)
        except (ValueError, KeyError, TypeError, Malformed) as error:
            raw = message if isinstance(message, dict) else {"raw": repr(delivery.body)[:10_000]}
            self._patiently(partial(self.failures.add_unreadable, raw, f"unreadable: {type(error).__name__}"))
            return None
        if delivery.dead:
            self._patiently(partial(self.failures.add, event, "the broker gave up delivering", waiting=False))
            return None
        return event

    def _handle(self, events: list[Event]) -> None:
        if not events:
            return
        error = self._patiently(partial(self._call, events))
        if error is None:
            HANDLED.labels(self.reader).inc(len(events))
        elif len(events) > 1:
            middle = len(events) // 2
            self._handle(events[:middle])
            self._handle(events[middle:])
        else:
            self._patiently(partial(self.failures.add, events[0], reason(error), waiting=isinstance(error, NotYet)))

    def _call(self, events: list[Event]) -> BaseException | None:
        """Run the handler in a worker and return what it raised."""
        done: Signal = Signal()

        def settled(context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send(exc_info[1] if exc_info else None)
            return result, exc_info

        correlation = events[0].correlation_id
        with SECONDS.labels(self.reader).time():
            self.container.spawn_worker(
                self, (events,), {}, context_data={"correlation_id": correlation}, handle_result=settled
            )
            error: BaseException | None = done.wait()
        if isinstance(error, DBAPIError | PoolTimeout) and not self._answers():
            raise error
        if error is not None and not isinstance(error, NotYet):
            log.error(
                "handler_failed",
                extra={"consumer": self.reader, "events": [str(event.id) for event in events[:5]]},
                exc_info=error,
            )
        return error

    def _answers(self) -> bool:
        try:
            self.store.ping()
        except (DBAPIError, PoolTimeout):
            return False
        return True

    def _patiently(self, work: Callable[[], Any]) -> Any:
        """Do it; while the database does not answer, wait and do it again. Nothing else is hidden."""
        delay = 0.5
        while True:
            try:
                return work()
            except (DBAPIError, PoolTimeout) as error:
                if self._stopping or self._answers():
                    raise
                log.warning("database_lost", extra={"consumer": self.reader, "error": type(error).__name__})
                eventlet.sleep(delay)
                delay = min(delay * 2, 5.0)

    def _retry_all(self) -> None:
        """Give the failed and the parked their next try when it is due."""
        while not self._stopping:
            try:
                for event in self.failures.due():
                    error = self._call([event])
                    if error is None:
                        HANDLED.labels(self.reader).inc()
                        self.failures.settle(event)
                    else:
                        self.failures.add(event, reason(error), waiting=isinstance(error, NotYet))
                if not self._stopping:
                    self.failures.wait()
            except Exception:
                # Most likely the database is away. A managed thread must not die: it would take the process with it.
                log.exception("retry_failed", extra={"consumer": self.reader})
                eventlet.sleep(1)


def reason(error: BaseException) -> str:
    """The kind of error, and its text only when it is ours: a database's text may quote a person."""
    return f"waits for {error}" if isinstance(error, NotYet) else type(error).__name__


consumes = Consumes.decorator


class Continually(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind ``@continually(idle=1.0)``: work that a process does by itself.

    The method is called again at once while it returns true; else after the next commit of this process, or after
    ``idle`` seconds. Every process of the service runs it, so it must claim its work in the database.
    """

    def __init__(self, idle: float = 1.0, **kwargs: Any) -> None:
        self.idle = idle
        super().__init__(**kwargs)

    def setup(self) -> None:
        self._wake = Signal()
        self._stopping = False

    def start(self) -> None:
        self.container.store.committed.append(self._awaken)
        name = f"{self.container.service_name}.{self.method_name}"
        self._thread = self.container.spawn_managed_thread(self._run, identifier=name)

    def stop(self) -> None:
        self._stopping = True
        self._awaken()
        self._thread.wait()

    def _awaken(self) -> None:
        if not self._wake.ready():
            self._wake.send()

    def _run(self) -> None:
        while not self._stopping:
            self._wake = Signal()
            try:
                again = self._call()
            except Exception:
                log.exception("work_failed", extra={"work": self.method_name})
                again = False
                eventlet.sleep(1)
            if not again and not self._stopping:
                with eventlet.Timeout(self.idle, False):
                    self._wake.wait()

    def _call(self) -> bool:
        done: Signal = Signal()

        def settled(context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send((result, exc_info[1] if exc_info else None))
            return result, exc_info

        self.container.spawn_worker(self, (), {}, context_data={}, handle_result=settled)
        result, error = done.wait()
        if error is not None:
            raise error
        return bool(result)


continually = Continually.decorator
