"""``embedded:///path/of/a/file``: a kombu transport whose broker is this very process and one SQLite file.

For one machine without RabbitMQ. Everything that speaks to the broker must run in one process, on eventlet; a second
process is refused. Import this module and ``kombu.Connection`` knows the scheme.

- A persistent message (delivery mode 2) is on disk before ``publish`` returns and stays there until it is
  acknowledged: taken but unacknowledged messages come back, in their order, when their channel closes or the process
  dies. A transient one lives in memory.
- ``with connection.transport.atomic()`` publishes many in one transaction, which is one wait for the disk.
- ``drain_events`` sleeps until there is something to deliver; nothing polls.
- Exchanges and bindings are declared anew at each start, as the chassis does on any broker. A message published
  with ``mandatory`` that reaches no queue is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote, unquote

import amqp.exceptions
from eventlet.event import Event
from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.transport.virtual.exchange import STANDARD_EXCHANGE_TYPES

from embedded.channel import Channel, Consumer
from embedded.journal import Journal
from embedded.queues import Broker, Post, Queue

__all__ = ["Transport", "address", "shut"]

TRANSPORT_ALIASES["embedded"] = "embedded.broker:Transport"

_ROUTERS = {name: kind(None) for name, kind in STANDARD_EXCHANGE_TYPES.items()}
_open: dict[Path, tuple[Broker, virtual.BrokerState]] = {}


def address(path: Path) -> str:
    """The URL of the broker that lives in this file."""
    return f"embedded://{quote(str(path.absolute()))}"


def shut(url: str) -> None:
    """Close the broker's file, as the end of the process does; what was transient is forgotten."""
    house = _open.pop(_path(unquote(url.partition("://")[2])), None)
    if house is not None:
        house[0].journal.close()


def _path(virtual_host: str) -> Path:
    return Path("/" + virtual_host.lstrip("/"))


def _broker(path: Path) -> tuple[Broker, virtual.BrokerState]:
    if path not in _open:
        state = virtual.BrokerState()
        _open[path] = Broker(Journal(path), partial(_route, state)), state
    return _open[path]


def _route(state: virtual.BrokerState, exchange: str, routing_key: str) -> list[str]:
    if not exchange:
        return [routing_key]
    declared = state.exchanges.get(exchange)
    if declared is None:
        return []
    return sorted(_ROUTERS[declared["type"]].lookup(declared["table"], exchange, routing_key, None))


class Transport(virtual.Transport):  # type: ignore[misc]
    """One connection: its channels, its consumers in turn, and the bell that wakes it."""

    Channel = Channel
    driver_type = "embedded"
    driver_name = "embedded"
    default_port = 0
    connection_errors = (*virtual.Transport.connection_errors, OSError)
    channel_errors = (*virtual.Transport.channel_errors, amqp.exceptions.ChannelError)
    implements = virtual.Transport.implements.extend(exchange_type=frozenset(STANDARD_EXCHANGE_TYPES))

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.broker, self.state = _broker(_path(client.virtual_host))
        self.exclusive: set[str] = set()
        self._consumers: deque[Consumer] = deque()
        self._bell: Event | None = None
        self._together: list[Post] | None = None
        self._connected = False

    def driver_version(self) -> str:
        return "1"

    def establish_connection(self) -> Transport:
        self._connected = True
        return self

    def verify_connection(self, connection: Transport) -> bool:
        return self._connected

    def create_channel(self, connection: Transport) -> Channel:
        channel = Channel(self)
        self.channels.append(channel)
        return channel

    def close_connection(self, connection: Transport) -> None:
        """Close the channels and delete the queues that were this connection's own; who waits on it is told."""
        self._connected = False
        for channel in list(self.channels):
            channel.close()
        for name in self.exclusive & self.broker.queues.keys():
            self.delete(self.broker.queues[name])
        self.ring()

    def delete(self, queue: Queue) -> int:
        """Delete the queue with its bindings; answers how many messages went with it."""
        for exchange in self.state.exchanges.values():
            exchange["table"][:] = [binding for binding in exchange["table"] if binding[-1] != queue.name]
        self.state.queue_bindings_delete(queue.name)
        return self.broker.delete(queue)

    def publish(self, posts: list[Post]) -> None:
        if self._together is None:
            self.broker.publish(posts)
        else:
            self._together += posts

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """What this connection publishes inside goes out at the end, in one transaction; or not at all, on an error."""
        if self._together is not None:
            raise RuntimeError("atomic publishing does not nest")
        posts: list[Post] = []
        self._together = posts
        try:
            yield
        finally:
            self._together = None
        self.broker.publish(posts)

    def ring(self) -> None:
        """Wake who waits for events, to look again."""
        if self._bell is not None:
            bell, self._bell = self._bell, None
            bell.send()

    def consume(self, consumer: Consumer) -> None:
        consumer.queue.listeners.append(self.ring)
        self._consumers.append(consumer)
        self.ring()

    def cancel(self, channel: Channel, tag: str) -> list[Queue]:
        """The queues that the consumer listened to."""
        gone = [consumer for consumer in self._consumers if consumer.channel is channel and consumer.tag == tag]
        for consumer in gone:
            self._consumers.remove(consumer)
            consumer.queue.listeners.remove(self.ring)
        return [consumer.queue for consumer in gone]

    def tags(self, channel: Channel) -> list[str]:
        return [consumer.tag for consumer in self._consumers if consumer.channel is channel]

    def drain_events(self, connection: Transport, timeout: float | None = None) -> None:
        """Deliver one message, waiting for it at most ``timeout`` seconds (for ever, when it is ``None``)."""
        end = None if timeout is None else monotonic() + timeout
        while True:
            if not self._connected:
                raise amqp.exceptions.RecoverableConnectionError("the connection is closed")
            if self._deliver_one():
                return
            left = None if end is None else end - monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("no message came in time")
            self._bell = self._bell or Event()
            self._bell.wait(left)

    def _deliver_one(self) -> bool:
        """Offer each consumer its turn; who was served goes to the end of the line."""
        for _ in range(len(self._consumers)):
            consumer = self._consumers[0]
            self._consumers.rotate(-1)
            if not consumer.channel.may_take and not consumer.no_ack:
                continue
            letter = self.broker.take(consumer.queue)
            if letter is not None:
                consumer.callback(consumer.channel.deliver(consumer.queue, letter, consumer.no_ack, consumer.tag))
                return True
        return False
