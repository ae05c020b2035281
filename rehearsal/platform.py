"""A whole platform of its own, in either mode, for rehearsals, tests and benchmarks.

    with Platform.distributed(directory, processes={"enrollment": 2}) as platform:
        requests.get(f"{platform.url}/status")

Ports, namespace, databases and roles are nobody else's; what was made is removed at the end, except for the directory
with its logs.
"""

from __future__ import annotations

import os
import signal as signals
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import uuid4

import kombu

from chassis import clock
from chassis.topology import Topology
from contracts.registry import queues
from deploy import databases
from deploy.prepare import BROKER_URL, SERVER_URL, database_urls, prepare
from embedded.deployables import DEPLOYABLES, Place
from embedded.state import secrets_of
from rehearsal.processes import DidNotStart, Memory, Process, free_port, tail

__all__ = ["DidNotStart", "Platform"]

_STARTS_WITHIN = 120
_SETTINGS = {"RATE_LIMIT_PER_MINUTE": "0"}
"""A rehearsal plays thousands of people from one address."""


class Platform:
    """``services`` holds the processes by name; in embedded mode there is one, called ``platform``."""

    def __init__(self, place: Place, mode: str, services: dict[str, list[Process]]) -> None:
        self.place = place
        self.mode = mode
        self.services = services
        self.url = place.url
        self.mailbox_url = place.mailbox_url
        self.state_dir = place.directory
        self.staff_email = place.secrets["staff_email"]
        self.staff_password = place.secrets["staff_password"]

    @classmethod
    def embedded(
        cls, state_dir: Path, *, environment: Mapping[str, str] | None = None, through: Sequence[str] = ()
    ) -> Platform:
        """Everything in one process, which keeps its files in ``state_dir``.

        ``through`` is a module, with its arguments, that runs another one.
        """
        place = _place(state_dir, "embedded:", "local")
        port, mailbox_port = (url.rpartition(":")[2] for url in (place.url, place.mailbox_url))
        command = [sys.executable, "-m", *through, "embedded", "run", "--port", port, "--mailbox-port", mailbox_port]
        command += ["--state", str(place.directory), "--clock-file", str(place.clock_file)]
        log = place.directory / "output.log"
        # No real SendGrid, whatever this shell is set up for: the people are invented, their addresses may not be.
        settings = {**_SETTINGS, "SENDGRID_KEY": "", "PUBLIC_URL": "", **(environment or {})}
        process = Process("platform", command, settings, log, f"{place.url}/readyz")
        return cls(place, "embedded", {"platform": [process]})

    @classmethod
    def distributed(
        cls,
        state_dir: Path,
        processes: Mapping[str, int] | None = None,
        *,
        broker_url: str | None = None,
        server_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        through: Sequence[str] = (),
    ) -> Distributed:
        """A process (or as many as ``processes`` says) for each deployable, on RabbitMQ and PostgreSQL.

        ``through`` is a module, with its arguments, that runs another one.
        The servers are those of the arguments, of ``TEST_BROKER_URL`` and ``TEST_DATABASE_URL``, or this machine's.
        """
        namespace = f"rehearsal_{uuid4().hex[:8]}"
        broker_url = broker_url or os.environ.get("TEST_BROKER_URL") or BROKER_URL
        server_url = server_url or os.environ.get("TEST_DATABASE_URL") or SERVER_URL
        place = _place(state_dir, broker_url, namespace)
        settings = {**_SETTINGS, **(environment or {})}
        return Distributed(place, server_url, dict(processes or {}), settings, through)

    @property
    def clock_file(self) -> Path:
        assert self.place.clock_file is not None
        return self.place.clock_file

    @property
    def pids(self) -> dict[str, list[int]]:
        """The running processes by name."""
        return {name: [one.pid for one in members if one.pid] for name, members in self.services.items()}

    def start(self) -> None:
        """Start everything; return when all of it can work, or raise ``DidNotStart`` with what the log says."""
        self._memory = Memory(lambda: [pid for members in self.pids.values() for pid in members])
        everyone = [one for members in self.services.values() for one in members]
        for one in everyone:
            one.start()
        deadline = time.monotonic() + _STARTS_WITHIN
        for one in everyone:
            one.wait_ready(deadline)

    def stop(self) -> dict[str, list[int | None]]:
        """End everything cleanly, the gateway first and the mailbox last; answers the exit codes by name."""
        order = sorted(self.services, key=lambda name: {"gateway": 0, "mailbox": 2}.get(name, 1))
        for rank in (("gateway",), tuple(name for name in order if name not in ("gateway", "mailbox")), ("mailbox",)):
            members = [one for name in rank for one in self.services.get(name, [])]
            for one in members:
                one.ask_to_stop()
            for one in members:
                one.stopped()
        self._memory.stop()
        return {name: [one.exit_code for one in members] for name, members in self.services.items()}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def kill(self, service: str, number: int = signals.SIGKILL, member: int = 0) -> None:
        """Send the signal to one process of the service; SIGKILL returns when the process is gone."""
        self.services[service][member].signal(number)

    def restart(self, service: str, member: int = 0) -> None:
        """Start again what was killed, and wait until it can work."""
        process = self.services[service][member]
        process.ask_to_stop()
        process.stopped()
        process.start()
        process.wait_ready()

    def set_clock(self, moment: datetime) -> None:
        """Make ``moment`` the programme's present, in every process."""
        clock.write_offset(self.clock_file, moment)

    def log_tail(self, lines: int = 15) -> str:
        """The end of every process's log."""
        logs = sorted(self.state_dir.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{tail(log, lines)}" for log in logs)

    def memory(self) -> int:
        """The most bytes that all processes together have held in memory so far."""
        return self._memory.peak


class Distributed(Platform):
    """Separate processes; what they share on the servers is made at the start and removed at the end."""

    def __init__(
        self,
        place: Place,
        server_url: str,
        processes: dict[str, int],
        environment: Mapping[str, str],
        through: Sequence[str],
    ) -> None:
        super().__init__(place, "distributed", {})
        self.server_url = server_url
        self.database_urls = database_urls(server_url, place.namespace, place.secrets["secret_key"])
        self._wanted = processes
        self._environment = environment
        self._through = through

    def start(self) -> None:
        settings = prepare(self.place, self.server_url, self.database_urls, operator={})
        self.services["mailbox"] = [self._mailbox()]
        for one in DEPLOYABLES:
            values = {**settings[one.name], **self._environment}
            count = self._wanted.get(one.name, 1)
            self.services[one.name] = [self._member(one.name, one.service, values, place) for place in range(count)]
        super().start()

    def stop(self) -> dict[str, list[int | None]]:
        codes = super().stop() if hasattr(self, "_memory") else {}
        databases.drop(self.server_url, self.database_urls.values())
        self._forget_queues()
        return codes

    def _member(self, name: str, service: str, settings: Mapping[str, str], number: int) -> Process:
        if name == "gateway":
            ready, own = f"{self.url}/readyz", {"REUSE_PORT": "yes"}
        else:
            port = free_port()
            ready, own = f"http://127.0.0.1:{port}/readyz", {"HEALTH_PORT": str(port)}
        command = [sys.executable, "-m", *self._through, "chassis.runner", service]
        return Process(f"{name}-{number}", command, {**settings, **own}, self.state_dir / f"{name}-{number}.log", ready)

    def _mailbox(self) -> Process:
        port = self.mailbox_url.rpartition(":")[2]
        command = [sys.executable, "-m", "mailbox", "--port", port, "--state", str(self.place.mails)]
        own = {"MAILBOX_WEBHOOK_URL": self.place.webhook_url, "SENDGRID_KEY": self.place.secrets["sendgrid_key"]}
        return Process("mailbox", command, own, self.state_dir / "mailbox.log", f"{self.mailbox_url}/")

    def _forget_queues(self) -> None:
        topology = Topology(self.place.namespace, quorum=True)
        with kombu.Connection(self.place.broker_url, connect_timeout=5) as connection:
            channel = connection.channel()
            for reader in queues():
                for queue in (topology.reader(reader), topology.dead_letters(reader)):
                    channel.queue_delete(queue.name)
            for exchange in (topology.events, topology.dead, topology.calls):
                channel.exchange_delete(exchange.name)


def _place(state_dir: Path, broker_url: str, namespace: str) -> Place:
    directory = state_dir.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Place(
        directory=directory,
        url=f"http://127.0.0.1:{free_port()}",
        mailbox_url=f"http://127.0.0.1:{free_port()}",
        broker_url=broker_url,
        namespace=namespace,
        secrets=secrets_of(directory),
        clock_file=directory / "clock",
    )
