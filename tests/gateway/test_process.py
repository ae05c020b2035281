"""The gateway as a process of its own, on a real broker, with no service behind it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from kombu import Connection

from chassis.database import Store
from chassis.migrations import migrate
from chassis.topology import Topology
from contracts.registry import queues
from gateway.accounts import create_account
from gateway.models import Base
from tests.gateway.conftest import PASSWORD

ROOT = Path(__file__).parents[2]
BROKER = os.environ.get("TEST_BROKER_URL", "amqp://guest:guest@127.0.0.1:5672//")
SECONDS = 60


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def namespace() -> Iterator[str]:
    """A corner of the broker, swept afterwards."""
    name = f"test-{uuid4().hex[:8]}"
    yield name
    topology = Topology(name, quorum=True)
    with Connection(BROKER) as connection:
        channel = connection.channel()
        for reader in queues():
            for queue in (topology.reader(reader), topology.dead_letters(reader)):
                channel.queue_delete(queue.name)
        for exchange in (topology.events, topology.dead, topology.calls):
            channel.exchange_delete(exchange.name)


class Gateway:
    """A running gateway process."""

    def __init__(self, url: str, port: int, namespace: str, **environment: str) -> None:
        self.own = free_port()
        """Its own health address: the other one may be shared."""
        self.port, self.at = port, f"http://127.0.0.1:{port}"
        settings = {
            "DATABASE_URL": url,
            "BROKER_URL": BROKER,
            "NAMESPACE": namespace,
            "LINK_SECRET": "l" * 32,
            "SECRET_KEY": "s" * 32,
            "HTTP_ADDRESS": f"127.0.0.1:{port}",
            "HEALTH_PORT": str(self.own),
            "RPC_TIMEOUT": "2",
            "RATE_LIMIT_PER_MINUTE": "0",
            **environment,
        }
        command = [sys.executable, "-W", "ignore", "-m", "chassis.runner", "gateway.service:GatewayService"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stderr=subprocess.PIPE, text=True)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                ready = requests.get(f"http://127.0.0.1:{self.own}/readyz", timeout=5).status_code == 200
                if ready and requests.get(f"{self.at}/healthz", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError(f"the gateway does not get ready: {self.process.poll()}")

    def say(self, raw: bytes) -> bytes:
        """Send raw bytes and return what comes back until the other side closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            with suppress(OSError):
                connection.sendall(raw)
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            with suppress(ConnectionResetError):  # it hung up before it had read all
                while chunk := connection.recv(65536):
                    answer += chunk
        return answer

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, log


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'gateway.db'}"
    migrate("gateway", made)
    return made


@pytest.fixture
def gateway(url: str, namespace: str) -> Iterator[Gateway]:
    running = Gateway(url, free_port(), namespace)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def test_it_answers_without_any_service_and_stops_when_asked(gateway: Gateway, url: str) -> None:
    store = Store(url, Base.metadata)
    create_account(store, "a@example.org", "Ada", "secretariat", PASSWORD)
    store.dispose()
    api = f"{gateway.at}/api/v1"
    opened = requests.post(f"{api}/sessions", json={"email": "a@example.org", "password": PASSWORD}, timeout=SECONDS)
    assert opened.status_code == 201
    away = requests.get(f"{api}/programmes", timeout=SECONDS)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    page = requests.get(f"{gateway.at}/", timeout=SECONDS)
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "coalizione_http_seconds" in requests.get(f"{gateway.at}/metrics", timeout=SECONDS).text
    code, log = gateway.stop()
    assert code == 0
    assert PASSWORD not in log
    assert "a@example.org" not in log


def test_what_is_no_http_hurts_nobody_else(gateway: Gateway) -> None:
    host = b"Host: x\r\n"
    answers = [
        gateway.say(raw)
        for raw in (
            b"\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n",
            b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
            b"GET / HTTP/1.1\r\n" + host + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
            b"POST /api/v1/adhesions HTTP/1.1\r\n" + host + b"Content-Length: many\r\n\r\n",
            b"POST /api/v1/adhesions HTTP/1.1\r\n" + host + b"Content-Length: -5\r\n\r\n",
            b"POST /api/v1/adhesions HTTP/1.1\r\n" + host + b"Content-Length: 50\r\n\r\n{",
            b"POST /api/v1/adhesions HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET /status?\xff\xfe HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n",
            b"GET /%00 HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n",
            b"",
        )
    ]
    accepted = [answer[:40] for answer in answers if re.match(rb"HTTP/\S+ [235]", answer) or b"Traceback" in answer]
    assert accepted == []
    assert requests.get(f"{gateway.at}/status", timeout=SECONDS).status_code == 200
    code, log = gateway.stop()
    assert code == 0
    assert "Traceback" not in log


def test_a_second_gateway_on_the_same_address_ends_unless_that_was_meant(url: str, namespace: str) -> None:
    port = free_port()
    first = Gateway(url, port, namespace)
    try:
        first.wait_until_ready()
        second = Gateway(url, port, namespace)
        _, log = second.process.communicate(timeout=SECONDS)
        assert second.process.returncode not in (0, None)
        assert f"HTTP_ADDRESS 127.0.0.1:{port} cannot be listened on" in log
    finally:
        first.process.kill()
        first.process.communicate()


def test_several_gateways_may_share_an_address(url: str, namespace: str) -> None:
    port = free_port()
    pair = [Gateway(url, port, namespace, REUSE_PORT="yes") for _ in range(2)]
    try:
        for one in pair:
            one.wait_until_ready()
        assert pair[0].stop()[0] == 0
        assert requests.get(f"{pair[1].at}/status", timeout=SECONDS).status_code == 200
        assert pair[1].stop()[0] == 0
    finally:
        for one in pair:
            one.process.kill()
            one.process.communicate()
