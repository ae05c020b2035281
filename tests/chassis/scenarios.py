"""Two small services on a real broker, in a process of their own: what ``test_bus`` runs, kills and asks.

``python -m tests.chassis.scenarios NAME`` with the addresses in the environment prints what happened as JSON. A process
of its own, because eventlet patches the whole process, and because some scenarios end in ``kill -9``.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import embedded.broker  # noqa: F401 – makes the embedded broker known to kombu
from chassis import logging
from chassis.consumer import NotYet, consumes, continually
from chassis.database import FAILED, OUTBOX, Database, metadata
from chassis.logging import correlated, correlation_id
from chassis.outbox import Outbox
from chassis.rpc import Client, Missing, Refused, RpcClient, Unavailable, rpc
from chassis.runner import container_for
from chassis.settings import Configured, ServiceSettings
from contracts.enrollment import PersonErased


class Base(DeclarativeBase):
    metadata = metadata()


class Effect(Base):
    """What the reader did for an event; no uniqueness here, so that a double effect would show."""

    __tablename__ = "effect"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    correlation: Mapped[str | None]
    batch: Mapped[int]


class Teller:
    name = "enrollment"
    settings = Configured(ServiceSettings)
    database = Database(Base)
    outbox = Outbox()

    @rpc
    def tell(self, people: list[str]) -> dict[str, int]:
        with self.database.transaction() as session:
            self.outbox.emit(session, *[PersonErased(person_id=UUID(person)) for person in people])
        return {"told": len(people)}

    @rpc
    def answer(self, kind: str) -> dict[str, Any]:
        if kind == "refused":
            raise Refused("too_late", by=3)
        if kind == "missing":
            raise Missing("person")
        if kind == "accident":
            raise ValueError("Ada Rossi")
        if kind == "slow":
            eventlet.sleep(2)
        return {"correlation_id": correlation_id()}


class Reader:
    name = "scheduling"
    settings = Configured(ServiceSettings)
    database = Database(Base)

    poison: set[UUID] = set()
    early: set[UUID] = set()
    hold: float = 0.0

    @consumes(PersonErased, batch=50)
    def hear_enrollment(self, events: list[PersonErased]) -> None:
        with self.database.receive("scheduling.hear_enrollment", events) as (session, fresh):
            for event in fresh:
                if event.person_id in self.poison:
                    raise ValueError("cannot take this one")
                if event.person_id in self.early:
                    raise NotYet(f"person {event.person_id}")
                session.add(Effect(person_id=event.person_id, correlation=correlation_id(), batch=len(events)))
        eventlet.sleep(self.hold)


class Idler:
    name = "certificates"
    settings = Configured(ServiceSettings)
    database = Database(Base)
    ran: list[int] = []

    @continually(idle=60)
    def work(self) -> bool:
        self.ran.append(1)
        return len(self.ran) < 3

    @rpc
    def commit(self) -> dict[str, Any]:
        with self.database.transaction() as session:
            session.add(Effect(person_id=uuid4(), batch=1))
        return {}


class Caller:
    name = "gateway"
    settings = Configured(ServiceSettings)
    client = Client()


def settings(service: str) -> ServiceSettings:
    return ServiceSettings(
        database_url=os.environ[f"DATABASE_{service.upper()}"],
        broker_url=os.environ["BROKER_URL"],
        namespace=os.environ["NAMESPACE"],
        link_secret="x" * 32,
        rpc_timeout=float(os.environ.get("RPC_TIMEOUT", "5")),
    )


@contextmanager
def running(*services: type) -> Any:
    containers = {service.name: container_for(service, settings(service.name)) for service in services}
    for container in containers.values():
        container.start()
        if hasattr(container, "store"):
            container.store.create_all()
    wait_for(lambda: all(up() for c in containers.values() for up in getattr(c, "health", {}).values()))
    try:
        yield containers
    finally:
        for container in containers.values():
            container.stop()


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    with eventlet.Timeout(seconds):
        while not (found := condition()):
            eventlet.sleep(0.01)
    return found


def caller(containers: dict[str, Any]) -> RpcClient:
    return next(part for part in containers["gateway"].extensions if isinstance(part, RpcClient))


def effects(containers: dict[str, Any]) -> list[Any]:
    with containers["scheduling"].store.read() as session:
        return list(session.execute(sa.select(Effect.person_id, Effect.correlation, Effect.batch).order_by(Effect.id)))


def failed(containers: dict[str, Any]) -> list[Any]:
    with containers["scheduling"].store.read() as session:
        return list(session.execute(sa.select(FAILED.c.reason, FAILED.c.waiting, FAILED.c.attempts)))


def people(number: int) -> list[str]:
    return [str(uuid4()) for _ in range(number)]


def delivered_in_order() -> Any:
    with running(Teller, Reader, Caller) as containers:
        wanted = people(500)
        with correlated("request-1"):
            caller(containers).call("enrollment", "tell", people=wanted)
        wait_for(lambda: len(effects(containers)) >= 500)
        seen = effects(containers)
        return {
            "in_order": [str(row.person_id) for row in seen] == wanted,
            "correlations": sorted({row.correlation for row in seen}),
            "batched": max(row.batch for row in seen) > 1,
        }


def poison_stands_alone() -> Any:
    with running(Teller, Reader, Caller) as containers:
        wanted = people(100)
        Reader.poison = {UUID(wanted[37])}
        caller(containers).call("enrollment", "tell", people=wanted)
        wait_for(lambda: len(effects(containers)) == 99 and failed(containers))
        first = [list(row) for row in failed(containers)]
        Reader.poison = set()
        wait_for(lambda: len(effects(containers)) == 100 and not failed(containers))
        return {"first": first, "effects": len(effects(containers)), "failed": failed(containers)}


def early_waits() -> Any:
    with running(Teller, Reader, Caller) as containers:
        person = people(1)
        Reader.early = {UUID(person[0])}
        caller(containers).call("enrollment", "tell", people=person)
        wait_for(lambda: failed(containers))
        waiting = failed(containers)[0].waiting
        Reader.early = set()
        wait_for(lambda: len(effects(containers)) == 1 and not failed(containers))
        return {"waiting": waiting, "effects": len(effects(containers))}


def answers() -> Any:
    with running(Teller, Caller) as containers:
        call = caller(containers).call
        heard: dict[str, Any] = {}
        with correlated("request-2"):
            heard["good"] = call("enrollment", "answer", kind="good")
        for kind in ("refused", "missing", "accident"):
            try:
                call("enrollment", "answer", kind=kind)
            except (Refused, Missing, RuntimeError) as error:
                heard[kind] = [type(error).__name__, str(error), getattr(error, "facts", None)]
        for service, method in (("nobody", "answer"), ("enrollment", "no_such_method")):
            try:
                call(service, method)
            except (Unavailable, RuntimeError) as error:
                heard[f"{service}.{method}"] = type(error).__name__
        try:
            call("enrollment", "answer", wrong="argument")
        except RuntimeError as error:
            heard["wrong argument"] = type(error).__name__
        return heard


def times_out() -> Any:
    with running(Teller, Caller) as containers:
        try:
            caller(containers).call("enrollment", "answer", kind="slow")
        except Unavailable as error:
            return {"unavailable": error.service}
        return {"unavailable": None}


def stops_cleanly() -> Any:
    """The batch in hand is finished and acknowledged before the container has stopped."""
    Reader.hold = 1.0
    with running(Teller, Caller, Reader) as containers:
        caller(containers).call("enrollment", "tell", people=people(1))
        wait_for(lambda: effects(containers))
    Reader.hold = 0.0
    with running(Teller, Caller, Reader) as containers:
        caller(containers).call("enrollment", "tell", people=people(1))
        wait_for(lambda: len(effects(containers)) >= 2)
        with containers["scheduling"].store.read() as session:
            seen = session.scalar(sa.text("SELECT count(*) FROM inbox"))
        return {"effects": len(effects(containers)), "inbox": seen}


def works_continually() -> Any:
    """At once while there is work, then after a commit, and not in between."""
    with running(Idler, Caller) as containers:
        wait_for(lambda: len(Idler.ran) == 3)
        caller(containers).call("certificates", "commit")
        wait_for(lambda: len(Idler.ran) == 4)
        return {"ran": len(Idler.ran)}


def tells_forever() -> Any:
    """Tells numbered people one by one and says on standard output which were acknowledged; until it is killed."""
    with running(Teller, Caller) as containers:
        while True:
            person = people(1)
            caller(containers).call("enrollment", "tell", people=person)
            print(person[0], flush=True)
            eventlet.sleep(0.002)


def reads_forever() -> Any:
    Reader.hold = 0.002
    with running(Reader):
        print("reading", flush=True)
        while True:
            eventlet.sleep(1)


def does_both_forever() -> Any:
    """Both in one process, as the embedded mode does."""
    Reader.hold = 0.002
    with running(Teller, Caller, Reader) as containers:
        while True:
            person = people(1)
            caller(containers).call("enrollment", "tell", people=person)
            print(person[0], flush=True)
            eventlet.sleep(0.002)


def drains() -> Any:
    """Both services up until nothing waits; then what was done."""
    with running(Teller, Caller, Reader) as containers:

        def unsent() -> int:
            with containers["enrollment"].store.read() as session:
                return session.scalar(sa.select(sa.func.count()).where(OUTBOX.c.sent_at.is_(None))) or 0

        def told() -> int:
            with containers["enrollment"].store.read() as session:
                return session.scalar(sa.select(sa.func.count()).select_from(OUTBOX)) or 0

        wait_for(lambda: unsent() == 0 and len({row.person_id for row in effects(containers)}) >= told(), 60)
        return {"effects": [str(row.person_id) for row in effects(containers)], "failed": len(failed(containers))}


if __name__ == "__main__":
    logging.set_up(sys.argv[1], "WARNING")
    print(json.dumps(globals()[sys.argv[1]]()))
