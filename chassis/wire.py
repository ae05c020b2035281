"""A connection to the broker that comes back by itself, and the one greenthread that reads from it.

Many greenthreads may write (acknowledgements, calls, replies): a lock keeps their frames whole. Only ``run`` reads.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import eventlet
from amqp.exceptions import AMQPError
from amqp.transport import TCPTransport
from eventlet.event import Event as Signal
from eventlet.semaphore import Semaphore
from kombu import Connection
from kombu.exceptions import KombuError, OperationalError

from chassis.logging import get_logger
from chassis.settings import ServiceSettings
from chassis.topology import Topology

__all__ = ["BROKEN", "Wire", "connect", "corked", "encode"]

BROKEN = (OSError, AMQPError, OperationalError, KombuError, eventlet.Timeout)
_HEARTBEAT = 20
_TICK = 0.5
_READ_AHEAD = 16_384
log = get_logger("chassis.wire")


def connect(settings: ServiceSettings) -> Connection:
    """A connected connection, or one of ``BROKEN`` within five seconds."""
    connection = Connection(settings.broker_url, heartbeat=_HEARTBEAT, connect_timeout=5)
    connection.connect()
    if is_amqp(connection):
        # Else each publish looks for a "blocked" by reading, beside the one greenthread that reads: frames get lost.
        connection.connection.client_properties["capabilities"]["connection.blocked"] = False
    transport = _tcp(connection)
    if transport is not None:
        # amqp asks the socket for each frame's head, body and end; it keeps what it got too much of.
        receive = transport.sock.recv
        transport._quick_recv = lambda wanted: receive(max(wanted, _READ_AHEAD))
    return connection


@contextmanager
def corked(connection: Connection) -> Iterator[None]:
    """What is published in the block goes out in one write when it ends, instead of three a message."""
    transport = _tcp(connection)
    if transport is None:
        yield
        return
    write, frames = transport._write, list[bytes]()
    transport._write = lambda frame: frames.append(bytes(frame))
    try:
        yield
    finally:
        transport._write = write
    write(b"".join(frames))


def _tcp(connection: Connection) -> Any:
    """amqp's transport when it is plain TCP, whose inner workings of the pinned version are known here."""
    transport = getattr(connection.connection, "transport", None)
    return transport if type(transport) is TCPTransport else None


def is_amqp(connection: Connection) -> bool:
    return bool(connection.transport.driver_type == "amqp")


def encode(channel: Any, body: Any, **properties: Any) -> Any:
    """A message ready for ``basic_publish``, as plain JSON; a text is taken to be JSON already."""
    return channel.prepare_message(
        body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        content_type="application/json",
        content_encoding="utf-8",
        properties=properties,
    )


class Wire:
    """Stays connected until it is told to stop.

    ``opened(channel)`` runs after each connection, with the topology already declared; ``lost()`` after each loss.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        name: str,
        opened: Callable[[Any], None],
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.name = name
        self._opened, self._lost = opened, lost
        self._lock = Semaphore()
        self._stopping = self._dropped = False
        self.channel: Any = None
        self.topology: Topology | None = None
        self.on_silence: Callable[[], None] | None = None
        self._silent: Signal | None = None

    @property
    def connected(self) -> bool:
        return self.channel is not None

    def run(self) -> None:
        """Read until stopped; the body of a managed greenthread, so no exception leaves it."""
        delay = 0.2
        while not self._stopping:
            try:
                with connect(self.settings) as connection:
                    self._open(connection)
                    delay = 0.2
                    self._read(connection)
            except BROKEN as error:
                log.warning("broker_lost", extra={"wire": self.name, "error": type(error).__name__, "retry_in": delay})
            except Exception:
                log.exception("wire_failed", extra={"wire": self.name, "retry_in": delay})
            finally:
                self.channel = self.on_silence = None
                self._lost()
            if not self._stopping:
                eventlet.sleep(delay)
                delay = min(delay * 2, 5.0)

    def stop(self) -> None:
        """Ask ``run`` to close the connection and end."""
        self._stopping = True

    def silence(self) -> None:
        """Take no further deliveries and return when none can come; answers and acknowledgements still go out."""
        if self.channel is not None and self.on_silence is not None:
            self._silent = self._silent or Signal()
            with eventlet.Timeout(5, False):
                self._silent.wait()

    def drop(self) -> None:
        """Close the connection and open another: the broker delivers again what was not acknowledged."""
        self._dropped = True

    def _open(self, connection: Connection) -> None:
        channel = connection.channel()
        self.topology = Topology(self.settings.namespace, quorum=is_amqp(connection))
        self.topology.declare(channel)
        self._opened(channel)
        self.channel = channel

    def _read(self, connection: Connection) -> None:
        beating, checked = is_amqp(connection), time.monotonic()
        self._dropped = False
        while not self._stopping and not self._dropped:
            with suppress(TimeoutError):
                connection.drain_events(timeout=_TICK)
            if self._silent is not None and self.on_silence is not None:
                with self._lock:
                    self.on_silence()
                self.on_silence = None
                self._silent.send()
            if beating and time.monotonic() - checked > _HEARTBEAT / 4:
                checked = time.monotonic()
                with self._lock:
                    connection.heartbeat_check()

    def publish(
        self, body: Any, exchange: str, routing_key: str, *, mandatory: bool = False, **properties: Any
    ) -> None:
        """Send without waiting for the broker's word; raises one of ``BROKEN`` when there is no connection."""
        with self._lock:
            channel = self._live()
            channel.basic_publish(
                encode(channel, body, **properties), exchange=exchange, routing_key=routing_key, mandatory=mandatory
            )

    def acknowledge(self, channel: Any, tag: int, *, multiple: bool = False) -> None:
        """Acknowledge a delivery of this channel, or all up to it; when it is gone, the broker delivers them again."""
        with self._lock:
            if channel is not self.channel:
                return
            try:
                channel.basic_ack(tag, multiple=multiple)
            except BROKEN as error:
                log.warning("acknowledgement_lost", extra={"wire": self.name, "error": type(error).__name__})

    def _live(self) -> Any:
        if self.channel is None:
            raise OSError("not connected to the broker")
        return self.channel
