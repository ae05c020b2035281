"""The same questions to both brokers: what holds on RabbitMQ must hold on the embedded one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection, Consumer, Exchange, Queue, binding
from kombu.message import Message

from embedded import broker

RABBITMQ = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
PATIENCE = 10


class Bench:
    """One broker, with names of this test's own, and connections that are closed after it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"test-{uuid4().hex[:8]}"
        self.events = Exchange(f"{self.prefix}.events", type="topic", durable=True)
        self.connections: list[Connection] = []
        self.queues: set[str] = set()
        self.connection = self.connect()
        self.channel = self.connection.channel()
        self.events(self.channel).declare()

    def connect(self) -> Connection:
        connection = Connection(self.url)
        connection.connect()
        self.connections.append(connection)
        return connection

    def queue(self, name: str, *routing_keys: str, **options: Any) -> Queue:
        """Declared, and bound to the events."""
        bindings = [binding(self.events, routing_key=key) for key in routing_keys]
        queue = Queue(f"{self.prefix}.{name}", bindings=bindings, **({"durable": True} | options))(self.channel)
        queue.declare()
        self.queues.add(queue.name)
        return queue

    def publish(self, routing_key: str, *bodies: Any, **options: Any) -> None:
        producer = self.connection.Producer(self.channel)
        for body in bodies:
            producer.publish(
                body, **({"exchange": self.events, "routing_key": routing_key, "serializer": "json"} | options)
            )

    def consume(self, queue: Queue, connection: Connection | None = None, prefetch: int = 0) -> Reader:
        return Reader(connection or self.connect(), queue, prefetch)

    def drop(self) -> None:
        """Delete what was declared."""
        for connection in self.connections:
            connection.release()
        with Connection(self.url) as connection:
            channel = connection.channel()
            for name in self.queues:
                channel.queue_delete(name)
            channel.exchange_delete(self.events.name)


class Reader:
    """A consumer that keeps what it was given, unacknowledged."""

    def __init__(self, connection: Connection, queue: Queue, prefetch: int) -> None:
        self.connection = connection
        self.channel = connection.channel()
        self.messages: list[Message] = []
        self.consumer = Consumer(self.channel, [queue(self.channel)], on_message=self.messages.append, accept=["json"])
        self.consumer.qos(prefetch_count=prefetch)
        self.consumer.consume()

    def read(self, count: int) -> list[Message]:
        """The next messages, waited for."""
        known = len(self.messages)
        while len(self.messages) < known + count:
            self.connection.drain_events(timeout=PATIENCE)
        return self.messages[known:]

    def idle(self) -> bool:
        """True when nothing more comes."""
        try:
            self.connection.drain_events(timeout=0.2)
        except TimeoutError:
            return True
        return False


@pytest.fixture(params=["embedded", "amqp"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    url = broker.address(tmp_path / "broker.db") if request.param == "embedded" else RABBITMQ
    bench = Bench(url)
    yield bench
    bench.drop()
    broker.shut(url)


@pytest.fixture
def embedded_bench(tmp_path: Path) -> Iterator[Bench]:
    url = broker.address(tmp_path / "broker.db")
    bench = Bench(url)
    yield bench
    bench.drop()
    broker.shut(url)
