"""``/healthz``: the process lives. ``/readyz``: it can work (broker and database answer). ``/metrics``: for
Prometheus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from kombu import Connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from chassis import clock
from chassis.database import FAILED, OUTBOX, Store
from chassis.logging import get_logger
from chassis.settings import ServiceSettings
from chassis.topology import Topology
from chassis.wire import BROKEN, connect, is_amqp
from contracts.registry import queues

__all__ = ["Health", "WsgiApp"]

log = get_logger("chassis.health")
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Health:
    """What the containers of this process say of themselves."""

    def __init__(self, containers: list[Any]) -> None:
        self.containers = containers
        self.registry = CollectorRegistry()
        self.registry.register(_Books(containers))

    def ready(self) -> dict[str, str]:
        """What is not ready, with a word on it; empty when all is."""
        wrong: dict[str, str] = {}
        for container in self.containers:
            name = container.service_name
            for part, works in getattr(container, "health", {}).items():
                if not works():
                    wrong[f"{name}: {part}"] = "no connection to the broker"
            store: Store | None = getattr(container, "store", None)
            if store is not None:
                try:
                    store.ping()
                except SQLAlchemyError:
                    wrong[f"{name}: database"] = "the database does not answer"
        return wrong

    def metrics(self) -> bytes:
        return bytes(generate_latest(REGISTRY)) + bytes(generate_latest(self.registry))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI application of a process that has no other."""
        match environ["PATH_INFO"]:
            case "/healthz":
                return _answer(start_response, "200 OK", {"status": "alive"})
            case "/readyz":
                wrong = self.ready()
                return _answer(start_response, "503 Service Unavailable" if wrong else "200 OK", {"waits_for": wrong})
            case "/metrics":
                start_response("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
                return [self.metrics()]
            case _:
                return _answer(start_response, "404 Not Found", {"status": "not found"})


def _answer(start_response: Callable[..., Any], status: str, body: dict[str, Any]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(body).encode()]


class _Books(Collector):
    """Read at each scrape: what waits in the outbox, what failed, how deep the queues are."""

    def __init__(self, containers: list[Any]) -> None:
        self.containers = containers

    def collect(self) -> Iterable[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("coalizione_outbox_waiting", "Events not yet sent", labels=["service"])
        age = GaugeMetricFamily(
            "coalizione_outbox_age_seconds", "Age of the oldest event not yet sent", labels=["service"]
        )
        failed = GaugeMetricFamily("coalizione_failed_messages", "Failed messages kept", labels=["service", "kind"])
        for container in self.containers:
            store: Store | None = getattr(container, "store", None)
            if store is None:
                continue
            name = container.service_name
            try:
                with store.read() as session:
                    count, oldest = session.execute(
                        sa.select(sa.func.count(), sa.func.min(OUTBOX.c.created_at)).where(OUTBOX.c.sent_at.is_(None))
                    ).one()
                    kinds = session.execute(
                        sa.select(FAILED.c.waiting, sa.func.count()).group_by(FAILED.c.waiting)
                    ).all()
            except SQLAlchemyError as error:
                log.warning("metrics_incomplete", extra={"of": name, "error": type(error).__name__})
                continue
            waiting.add_metric([name], count)
            age.add_metric([name], (clock.machine_now() - oldest).total_seconds() if oldest else 0)
            for is_waiting, number in kinds:
                failed.add_metric([name, "waiting" if is_waiting else "failed"], number)
        yield from (waiting, age, failed)
        yield from self._depths()

    def _depths(self) -> Iterable[GaugeMetricFamily]:
        depth = GaugeMetricFamily("coalizione_queue_depth", "Messages ready in the queue", labels=["queue"])
        settings: ServiceSettings = self.containers[0].config["settings"]
        mine = {container.service_name for container in self.containers}
        try:
            with connect(settings) as connection:
                for reader, found in _count(connection, settings.namespace, mine):
                    depth.add_metric([reader], found)
        except BROKEN as error:
            log.warning("metrics_incomplete", extra={"of": "broker", "error": type(error).__name__})
        yield depth


def _count(connection: Connection, namespace: str, services: set[str]) -> Iterable[tuple[str, int]]:
    topology = Topology(namespace, quorum=is_amqp(connection))
    channel = connection.channel()
    for reader in queues():
        if reader.split(".")[0] in services:
            for label, queue in ((reader, topology.reader(reader)), (f"{reader}.dead", topology.dead_letters(reader))):
                yield label, channel.queue_declare(queue.name, passive=True).message_count
