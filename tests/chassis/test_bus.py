"""Outbox, relay, broker, consumer and calls together, on the embedded broker and on a real RabbitMQ."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from kombu import Connection

from chassis.topology import Topology
from contracts.registry import queues
from tests.conftest import POSTGRESQL

ROOT = Path(__file__).parents[2]
BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
SERVICES = ("enrollment", "scheduling", "certificates")


class House:
    """The addresses of one scenario, and its processes."""

    def __init__(self, environment: dict[str, str], embedded: bool) -> None:
        self.environment = os.environ | environment
        self.embedded = embedded

    def start(self, scenario: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.chassis.scenarios", scenario],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, scenario: str, **environment: str) -> Any:
        process = self.start(scenario, **environment)
        try:
            out, _ = process.communicate(timeout=120)
        finally:
            process.kill()
        assert process.returncode == 0
        return json.loads(out.splitlines()[-1])


@pytest.fixture
def postgresql_house() -> Iterator[dict[str, str]]:
    names = {service: f"bus_{service}_{uuid4().hex[:8]}" for service in SERVICES}
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in names.values():
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(POSTGRESQL)
    yield {
        f"DATABASE_{service.upper()}": url.set(database=name).render_as_string(hide_password=False)
        for service, name in names.items()
    }
    with server.connect() as connection:
        for name in names.values():
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["embedded", "rabbitmq"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    namespace = f"test-{uuid4().hex[:8]}"
    common = {"NAMESPACE": namespace, "DATABASE_GATEWAY": "sqlite://"}
    if request.param == "embedded":
        databases = {f"DATABASE_{name.upper()}": f"sqlite:///{tmp_path / name}.db" for name in SERVICES}
        yield House(databases | common | {"BROKER_URL": f"embedded://{tmp_path / 'broker.db'}"}, embedded=True)
        return
    yield House(request.getfixturevalue("postgresql_house") | common | {"BROKER_URL": BROKER}, embedded=False)
    with Connection(BROKER) as connection:
        channel, topology = connection.channel(), Topology(namespace, quorum=True)
        for reader in queues():
            for queue in (topology.reader(reader), topology.dead_letters(reader)):
                channel.queue_delete(queue.name)
        for exchange in (topology.events, topology.dead, topology.calls):
            channel.exchange_delete(exchange.name)


def test_events_arrive_in_order_in_batches_with_their_request(house: House):
    assert house.run("delivered_in_order") == {"in_order": True, "correlations": ["request-1"], "batched": True}


def test_one_poison_message_does_not_stop_the_others_and_is_tried_again(house: House):
    assert house.run("poison_stands_alone") == {"first": [["ValueError", False, 1]], "effects": 100, "failed": []}


def test_an_event_that_comes_too_early_is_parked_until_it_can_be_handled(house: House):
    assert house.run("early_waits") == {"waiting": True, "effects": 1}


def test_calls_are_answered_refused_or_void(house: House):
    assert house.run("answers", RPC_TIMEOUT="1") == {
        "good": {"correlation_id": "request-2"},
        "refused": ["Refused", "too_late", {"by": 3}],
        "missing": ["Missing", "person", None],
        "accident": ["RuntimeError", "the service failed: internal", None],
        "nobody.answer": "Unavailable",
        "enrollment.no_such_method": "RuntimeError",
        "wrong argument": "RuntimeError",
    }


def test_a_call_without_an_answer_in_time_is_unavailable(house: House):
    assert house.run("times_out", RPC_TIMEOUT="0.5") == {"unavailable": "enrollment"}


def test_a_stop_finishes_the_work_in_hand(house: House):
    assert house.run("stops_cleanly") == {"effects": 2, "inbox": 2}


def test_continual_work_runs_while_there_is_some_and_after_each_commit(house: House):
    assert house.run("works_continually") == {"ran": 4}


def told_by(process: subprocess.Popen[str], number: int) -> list[str]:
    """The first acknowledged people of a teller; then it is killed without a word."""
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(number)]
    process.send_signal(signal.SIGKILL)
    told += [line.strip() for line in process.stdout if len(line) == 37]
    process.wait()
    return told


def test_nothing_is_lost_or_done_twice_when_processes_are_killed(house: House):
    told: list[str] = []
    if house.embedded:
        for _ in range(4):
            told += told_by(house.start("does_both_forever"), 60)
    else:
        for _ in range(3):
            reader = house.start("reads_forever")
            told += told_by(house.start("tells_forever"), 120)
            reader.send_signal(signal.SIGKILL)
            reader.communicate()

    done = house.run("drains")
    assert done["failed"] == 0
    assert len(done["effects"]) == len(set(done["effects"]))
    assert set(told) - set(done["effects"]) == set()
