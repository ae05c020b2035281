"""A broker or a database that is not there: at start a clear word and patience, later a 503, and recovery by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import requests
from kombu import Connection

from chassis.migrations import migrate
from chassis.topology import Topology
from contracts.registry import queues
from rehearsal.people import adhesion_of, eligible_bodies
from rehearsal.platform import Platform
from rehearsal.processes import free_port
from tests.chaos.proxy import Proxy
from tests.conftest import POSTGRESQL

BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
ROOT = Path(__file__).parents[2]


def before(url: str, standard: int) -> tuple[Proxy, str]:
    """A proxy before the server of this URL, and the URL that leads through it."""
    parts = urlsplit(url)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or standard)
    account = parts.netloc.rpartition("@")[0]
    netloc = f"{account}@127.0.0.1:{proxy.port}" if account else f"127.0.0.1:{proxy.port}"
    return proxy, urlunsplit(parts._replace(netloc=netloc))


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)
    return found


class Shaky:
    """A platform whose broker and database are behind proxies."""

    def __init__(self, platform: Platform, broker: Proxy, database: Proxy) -> None:
        self.url, self.mailbox_url = platform.url, platform.mailbox_url
        self.platform = platform
        self.proxies = {"broker": broker, "database": database}
        self.programme = requests.get(f"{self.url}/api/v1/programmes", timeout=10).json()["items"][0]
        platform.set_clock(datetime.fromisoformat(self.programme["adhesion_opens"]) + timedelta(days=3))
        self.bodies = eligible_bodies(self.programme, 10, 1)

    def form(self, number: int) -> dict[str, Any]:
        return adhesion_of(self.bodies[number], self.programme, 1)

    def submit(self, number: int, key: str) -> requests.Response:
        headers = {"Idempotency-Key": key}
        return requests.post(f"{self.url}/api/v1/adhesions", json=self.form(number), headers=headers, timeout=60)

    def submit_until(self, status: int, number: int, key: str) -> requests.Response:
        """The first answer with this status; it must come soon."""
        answers: list[requests.Response] = []

        def answered() -> bool:
            answers.append(self.submit(number, key))
            return answers[-1].status_code == status

        until(answered)
        return answers[-1]


@pytest.fixture(scope="module")
def shaky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shaky]:
    broker, broker_url = before(BROKER, 5672)
    database, server_url = before(POSTGRESQL, 5432)
    with (
        broker,
        database,
        Platform.distributed(
            tmp_path_factory.mktemp("shaky"),
            broker_url=broker_url,
            server_url=server_url,
            environment={"RPC_TIMEOUT": "2"},
        ) as platform,
    ):
        yield Shaky(platform, broker, database)


@pytest.mark.parametrize(("which", "number"), [("broker", 0), ("database", 1)])
def test_while_it_is_away_the_answer_is_503_and_afterwards_all_is_well(shaky: Shaky, which: str, number: int):
    proxy = shaky.proxies[which]
    key = uuid4().hex
    proxy.close()
    try:
        refused = shaky.submit_until(503, number, key)
        ready = requests.get(f"{shaky.url}/readyz", timeout=60)
        alive = requests.get(f"{shaky.url}/healthz", timeout=60)
    finally:
        proxy.open()

    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert int(refused.headers["Retry-After"]) > 0
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert all(len(members) == 1 for members in shaky.platform.pids.values())

    accepted = shaky.submit_until(201, number, key)
    again = shaky.submit(number, key)
    until(lambda: requests.get(f"{shaky.url}/readyz", timeout=60).status_code == 200)

    assert again.json() == accepted.json()
    to = shaky.form(number)["contact"]["email"]
    mails = until(
        lambda: requests.get(f"{shaky.mailbox_url}/api/messages", params={"to": to}, timeout=10).json()["items"]
    )
    assert len(mails) == 1


def test_a_service_waits_for_a_broker_that_is_not_there_yet(tmp_path: Path):
    """It says so once a try, stays alive, is not ready, and is as soon as the broker answers."""
    proxy, broker_url = before(BROKER, 5672)
    port = free_port()
    url = f"sqlite:///{tmp_path / 'enrollment.db'}"
    migrate("services.enrollment", url)
    settings = {
        "DATABASE_URL": url,
        "BROKER_URL": broker_url,
        "NAMESPACE": f"test-{uuid4().hex[:8]}",
        "LINK_SECRET": "x" * 40,
        "HEALTH_PORT": str(port),
    }
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "chassis.runner", "services.enrollment.service:EnrollmentService"],
            env=os.environ | settings,
            cwd=ROOT,
            stderr=stderr,
        )
    try:
        until(lambda: _status(port, "/healthz") == 200)
        assert _status(port, "/readyz") == 503
        said = until(lambda: [line for line in log.read_text().splitlines() if '"event": "broker_lost"' in line])
        assert json.loads(said[0])["retry_in"] > 0
        with proxy:
            until(lambda: _status(port, "/readyz") == 200)
            assert process.poll() is None
            process.terminate()
            assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        _forget(settings["NAMESPACE"])


def _status(port: int, path: str) -> int | None:
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code
    except requests.ConnectionError:
        return None


def _forget(namespace: str) -> None:
    with Connection(BROKER) as connection:
        channel, topology = connection.channel(), Topology(namespace, quorum=True)
        for reader in queues():
            for queue in (topology.reader(reader), topology.dead_letters(reader)):
                channel.queue_delete(queue.name)
        for exchange in (topology.events, topology.dead, topology.calls):
            channel.exchange_delete(exchange.name)
