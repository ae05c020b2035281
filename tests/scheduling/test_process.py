"""The service as its own process on RabbitMQ and PostgreSQL: planning beside the event loop, and how it ends.

The test talks to the database only: the process finds the requested run there, as it would after any commit.
"""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
import requests
import sqlalchemy as sa
from kombu import Connection

from chassis import clock
from chassis.database import Store
from chassis.topology import Topology
from contracts.registry import queues
from services.scheduling.__main__ import seed
from services.scheduling.models import Base, Run
from services.scheduling.service import SchedulingService
from tests.conftest import LINK_SECRET
from tests.scheduling.builders import PROGRAMME, adhesion_confirmed, programme_opened

ROOT = Path(__file__).parents[2]
BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")


def wait_for(true: Callable[[], Any], seconds: float = 90.0) -> Any:
    """What it answers as soon as that is true; an error after a long while."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true")


@pytest.fixture
def store(postgresql_database: str) -> Iterator[Store]:
    made = Store(postgresql_database, Base.metadata)
    made.create_all()
    yield made
    with made.engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    made.dispose()


@pytest.fixture
def start(store: Store) -> Iterator[Callable[..., psutil.Popen]]:
    """``start(port)`` is another process of the service."""
    namespace = f"test-{uuid4().hex[:8]}"
    processes: list[psutil.Popen] = []

    def begin(**environment: str) -> psutil.Popen:
        process = psutil.Popen(
            [sys.executable, "-W", "ignore", "-m", "chassis.runner", "services.scheduling.service:SchedulingService"],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": store.url,
                "BROKER_URL": BROKER,
                "NAMESPACE": namespace,
                "LINK_SECRET": LINK_SECRET,
                "RUN_LEASE": "3",
            }
            | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.is_running():
            for child in process.children(recursive=True):
                child.kill()
            process.kill()
            process.wait()
    with Connection(BROKER) as connection:
        channel, topology = connection.channel(), Topology(namespace, quorum=True)
        for reader in queues():
            for queue in (topology.reader(reader), topology.dead_letters(reader)):
                channel.queue_delete(queue.name)
        for exchange in (topology.events, topology.dead, topology.calls):
            channel.exchange_delete(exchange.name)


@pytest.fixture
def run_id(worker: Callable[..., Any], store: Store) -> UUID:
    """A requested run on real municipalities, too large to be solved to the end in its ten minutes."""
    registry = ROOT / "seeds" / "municipalities.csv"
    with store.transaction() as session:
        seed(session, registry, ROOT / "services" / "scheduling" / "seed_trainers.csv")
    with registry.open(encoding="utf-8", newline="") as file:
        towns = [row for row in csv.DictReader(file) if 5_000 <= int(row["population"] or 0) <= 150_000][::4]
    today = clock.now().date()
    window = {"training_from": today, "training_until": today + timedelta(days=365)}
    service = worker(SchedulingService, store)
    service.hear_enrollment([programme_opened(training_days=30, day_capacity=60, **window)])
    service.hear_enrollment(
        [
            adhesion_confirmed(
                town["code"],
                region=town["region"],
                latitude=float(town["latitude"]),
                longitude=float(town["longitude"]),
            )
            for town in towns
        ]
    )
    asked = service.start_run(programme_id=str(PROGRAMME), parameters={"seconds": 600}, actor="staff")
    return UUID(asked["id"])


def read(store: Store, run_id: UUID) -> Run:
    with store.read() as session:
        return session.get_one(Run, run_id)


def is_gone(process: psutil.Process) -> bool:
    """A zombie computes no more; who its parent is decides when it is buried."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_planning_leaves_the_process_awake_and_a_stop_asked_elsewhere_keeps_the_plan(
    store: Store, start: Any, run_id: UUID, worker: Any
) -> None:
    port = free_port()
    process = start(HEALTH_PORT=str(port))
    wait_for(lambda: read(store, run_id).cost_km)

    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code == 200
    [planner] = process.children()

    worker(SchedulingService, store).stop_run(run_id=str(run_id), actor="staff")
    wait_for(lambda: read(store, run_id).state == "completed")
    wait_for(lambda: is_gone(planner))


def test_sigterm_ends_the_planner_and_gives_the_run_back(store: Store, start: Any, run_id: UUID) -> None:
    process = start()
    [planner] = wait_for(lambda: process.children())
    wait_for(lambda: read(store, run_id).cost_km)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 0
    assert is_gone(planner)
    run = read(store, run_id)
    assert (run.state, run.attempts, run.holder) == ("requested", 0, None)


def test_after_kill_9_another_process_takes_the_run_up_and_no_planner_is_left(
    store: Store, start: Any, run_id: UUID
) -> None:
    process = start()
    [planner] = wait_for(lambda: process.children())
    wait_for(lambda: read(store, run_id).cost_km)

    process.kill()
    process.wait()
    heir = start()

    wait_for(lambda: read(store, run_id).attempts == 2)
    assert wait_for(lambda: heir.children())
    wait_for(lambda: is_gone(planner))
    assert read(store, run_id).state == "running"
