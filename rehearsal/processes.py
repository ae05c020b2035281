"""A process of the platform under rehearsal: started in a group of its own, watched, and ended with all it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

__all__ = ["DidNotStart", "Memory", "Process", "free_port", "tail"]

_STARTS_WITHIN = 90
_STOPS_WITHIN = 30


class DidNotStart(Exception):
    """A process ended or was not ready in time; the message holds the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """``ready_url`` answers 200 when the process can work."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    ready_url: str
    exit_code: int | None = None
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The process id, or ``None`` when it does not run."""
        return self._running.pid if self._running is not None and self._running.poll() is None else None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self, deadline: float | None = None) -> None:
        """Return when it answers that it can work; ``deadline`` is on the monotonic clock."""
        deadline = deadline or time.monotonic() + _STARTS_WITHIN
        while not _answers(self.ready_url):
            if self.pid is None or time.monotonic() > deadline:
                state = "is not ready" if self.pid else "ended"
                raise DidNotStart(f"{self.name} {state}; the end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        """Send a signal; after one that kills, return when the process is gone."""
        if self._running is not None and self.pid is not None:
            self._running.send_signal(number)
            if number == signal.SIGKILL:
                self._end()

    def ask_to_stop(self) -> None:
        """SIGTERM, for a clean end; a stopped process is continued, so that it can hear it."""
        for number in (signal.SIGCONT, signal.SIGTERM):
            self.signal(number)

    def stopped(self) -> int | None:
        """Wait for the end that was asked for; after a while it comes by force. The exit code, if it ever ran."""
        if self._running is not None:
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(_STOPS_WITHIN)
            self._end()
        return self.exit_code

    def _end(self) -> None:
        """Kill what is left of the process and its children, and take note of how it ended."""
        assert self._running is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._running.pid, signal.SIGKILL)
        self.exit_code = self._running.wait()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Memory:
    """The most memory that the processes and their children held at one time, looked at twice a second."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self.peak = 0
        self._pids = pids
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.peak = max(self.peak, sum(map(_resident, self._pids())))


def _resident(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for member in family:
        with suppress(psutil.Error):
            total += member.memory_info().rss
    return total
