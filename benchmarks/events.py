"""Events a second through outbox, broker, inbox and effect, as a share of raw kombu in the same run.

Also, on an idle bus, the way of one event alone: from the commit that stored it to its handler, and by raw kombu.

The house: stored events, the relay's confirmed publishing, a quorum queue, and a consumer that writes inbox and effect
in one transaction a batch. The yardstick: kombu publishing the same bodies with pipelined confirms to a quorum queue,
and a consumer that only counts and acknowledges in batches. Each side is two processes.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from kombu import Connection, Consumer, Exchange, Queue
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.consumer import consumes
from chassis.database import OUTBOX, Database, Store, metadata
from chassis.outbox import Emitter, Outbox
from chassis.runner import container_for
from chassis.settings import Configured, ServiceSettings
from chassis.topology import Topology
from chassis.wire import encode
from contracts.enrollment import PersonErased
from contracts.registry import queues

BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")


class Base(DeclarativeBase):
    metadata = metadata()


class Effect(Base):
    __tablename__ = "effect"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]


class Teller:
    name = "enrollment"
    settings = Configured(ServiceSettings)
    database = Database(Base)
    outbox = Outbox()


class Reader:
    name = "scheduling"
    settings = Configured(ServiceSettings)
    database = Database(Base)
    seen = 0

    @consumes(PersonErased, batch=200)
    def hear_enrollment(self, events: list[PersonErased]) -> None:
        with self.database.receive("scheduling.hear_enrollment", events) as (session, fresh):
            session.execute(sa.insert(Effect.__table__), [{"person_id": event.person_id} for event in fresh])
        Reader.seen += len(fresh)


def settings(name: str) -> ServiceSettings:
    return ServiceSettings(
        database_url=os.environ[name], broker_url=BROKER, namespace=os.environ["NAMESPACE"], link_secret="x" * 32
    )


def tell(number: int) -> None:
    """Store the events, say so, and relay when told to."""
    container = container_for(Teller, settings("TELLER"))
    store = Store(os.environ["TELLER"], Base.metadata)
    store.create_all()
    for start in range(0, number, 1000):
        with store.transaction() as session:
            Emitter("enrollment").emit(
                session, *[PersonErased(person_id=uuid4()) for _ in range(min(1000, number - start))]
            )
    _wait_for_start()
    container.start()
    while _count(store, sa.select(sa.func.count()).where(OUTBOX.c.sent_at.is_(None))):
        eventlet.sleep(0.5)
    container.stop()


def read(number: int) -> None:
    container = container_for(Reader, settings("READER"))
    store = Store(os.environ["READER"], Base.metadata)
    store.create_all()
    container.start()
    while not all(up() for up in container.health.values()):
        eventlet.sleep(0.01)
    _wait_for_start()
    while Reader.seen < number:
        eventlet.sleep(0.02)
    print("done", flush=True)
    container.stop()
    if _count(store, sa.select(sa.func.count()).select_from(Effect)) != number:
        raise SystemExit("the effects are not as many as the events")


def one(number: int) -> None:
    """The milliseconds of each event that finds the bus idle, told and read in one process."""
    teller, reader = container_for(Teller, settings("TELLER")), container_for(Reader, settings("READER"))
    for url, container in ((os.environ["TELLER"], teller), (os.environ["READER"], reader)):
        Store(url, Base.metadata).create_all()
        container.start()
    while not all(up() for up in reader.health.values()):
        eventlet.sleep(0.01)
    _wait_for_start()
    took = []
    for _ in range(number):
        seen = Reader.seen
        with teller.store.transaction() as session:
            Emitter("enrollment").emit(session, PersonErased(person_id=uuid4()))
        began = time.perf_counter()
        while Reader.seen == seen:
            eventlet.sleep(0)
        took.append(1000 * (time.perf_counter() - began))
    for container in (teller, reader):
        container.stop()
    print(json.dumps(took), flush=True)


def raw_one(number: int) -> None:
    """The same with kombu alone: published with a confirm, received, acknowledged."""
    exchange, queue = _raw()
    with Connection(BROKER) as sending, Connection(BROKER) as receiving:
        channel, seen = sending.channel(), [0]
        channel.confirm_select()

        def take(message: Any) -> None:
            seen[0] += 1
            message.ack()

        consumer = Consumer(receiving.channel(), [queue], on_message=take)
        consumer.consume()
        _wait_for_start()
        took = []
        for sent in range(1, number + 1):
            began = time.perf_counter()
            body = json.dumps(PersonErased(person_id=uuid4(), sequence=1).dump())
            message = encode(channel, body, delivery_mode=2)
            channel.basic_publish_confirm(message, exchange=exchange.name, routing_key="x", mandatory=True)
            while seen[0] < sent:
                receiving.drain_events(timeout=10)
            took.append(1000 * (time.perf_counter() - began))
    print(json.dumps(took), flush=True)


def raw_tell(number: int) -> None:
    """The same bodies, published with pipelined confirms, 500 at a time."""
    exchange, _ = _raw()
    bodies = [json.dumps(PersonErased(person_id=uuid4(), sequence=1).dump()) for _ in range(number)]
    with Connection(BROKER) as connection:
        channel = connection.channel()
        outstanding: set[int] = set()

        def confirmed(tag: int, multiple: bool) -> None:
            outstanding.difference_update({one for one in outstanding if one <= tag} if multiple else {tag})

        channel.confirm_select()
        channel.events["basic_ack"].add(confirmed)
        _wait_for_start()
        for start in range(0, number, 500):
            for tag, body in enumerate(bodies[start : start + 500], start + 1):
                outstanding.add(tag)
                message = encode(channel, body, delivery_mode=2)
                channel.basic_publish(message, exchange=exchange.name, routing_key="x", mandatory=True)
            while outstanding:
                connection.drain_events(timeout=10)


def raw_read(number: int) -> None:
    _, queue = _raw()
    with Connection(BROKER) as connection:
        channel = connection.channel()
        queue(channel).declare()
        seen = [0]

        def take(message: Any) -> None:
            json.loads(message.body)
            seen[0] += 1
            if seen[0] % 200 == 0 or seen[0] == number:
                channel.basic_ack(message.delivery_tag, multiple=True)

        consumer = Consumer(channel, [queue(channel)], on_message=take)
        consumer.qos(prefetch_count=400)
        consumer.consume()
        _wait_for_start()
        while seen[0] < number:
            connection.drain_events(timeout=30)
        print("done", flush=True)


def _raw() -> tuple[Exchange, Queue]:
    exchange = Exchange(f"{os.environ['NAMESPACE']}.raw", type="topic")
    queue = Queue(
        f"{os.environ['NAMESPACE']}.raw", exchange, routing_key="x", queue_arguments={"x-queue-type": "quorum"}
    )
    return exchange, queue


def _wait_for_start() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _count(store: Store, statement: Any) -> int:
    with store.read() as session:
        return int(session.scalar(statement) or 0)


def parts(names: Sequence[str], number: int, environment: dict[str, str]) -> tuple[float, str]:
    """Let processes begin together; the seconds until the first of them said its last word, and that word."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.events", "--part", part, "--events", str(number)],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in names
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise SystemExit("a part of the benchmark did not start")
        began = time.perf_counter()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        assert processes[0].stdout is not None
        word = processes[0].stdout.readline()
        if not word:
            raise SystemExit("a part of the benchmark did not finish")
        return time.perf_counter() - began, word
    finally:
        for process in processes:
            process.wait(60)


@dataclass(frozen=True)
class Round:
    """Events a second and milliseconds of one event alone, of the house and of kombu alone."""

    house: float
    raw: float
    one_ms: float
    raw_one_ms: float


def run(number: int) -> Round:
    """One round of all, on databases and queues of its own."""
    namespace = f"bench-{uuid4().hex[:8]}"
    names = [f"bench_{part}_{uuid4().hex[:8]}" for part in ("teller", "reader")]
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in names:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    urls = [sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False) for name in names]
    environment = {"NAMESPACE": namespace, "TELLER": urls[0], "READER": urls[1]}
    try:
        raw = number / parts(["raw_read", "raw_tell"], number, environment)[0]
        house = number / parts(["read", "tell"], number, environment)[0]
        alone = [statistics.median(json.loads(parts([part], 50, environment)[1])) for part in ("one", "raw_one")]
    finally:
        with server.connect() as connection:
            for name in names:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
        with Connection(BROKER) as broker:
            channel, topology = broker.channel(), Topology(namespace, quorum=True)
            every = [queue for reader in queues() for queue in (topology.reader(reader), topology.dead_letters(reader))]
            for name in [queue.name for queue in every] + [f"{namespace}.raw"]:
                channel.queue_delete(name)
            for name in (topology.events.name, topology.dead.name, topology.calls.name, f"{namespace}.raw"):
                channel.exchange_delete(name)
    return Round(house, raw, *alone)


PARTS = {"tell": tell, "read": read, "one": one, "raw_tell": raw_tell, "raw_read": raw_read, "raw_one": raw_one}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--part", choices=("tell", "read", "one", "raw_tell", "raw_read", "raw_one"), help=argparse.SUPPRESS
    )
    asked = parser.parse_args()
    if asked.part:
        PARTS[asked.part](asked.events)
        return
    rounds = [run(asked.events) for _ in range(asked.rounds)]
    for each in rounds:
        print(
            f"house {each.house:7.0f}/s   raw kombu {each.raw:7.0f}/s   ratio {each.house / each.raw:.2f}"
            f"   one alone {each.one_ms:.1f} ms   raw {each.raw_one_ms:.1f} ms"
        )
    print(
        json.dumps(
            {
                "events": asked.events,
                "ratio": round(statistics.median(each.house / each.raw for each in rounds), 2),
                "house": round(max(each.house for each in rounds)),
                "one_ms": round(statistics.median(each.one_ms for each in rounds), 1),
                "one_ratio": round(statistics.median(each.one_ms / each.raw_one_ms for each in rounds), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
