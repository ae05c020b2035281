"""kill -9, again and again, in the middle of publishing and handling: what was acknowledged is there."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from kombu import Connection, Consumer, Exchange, Queue

from embedded import broker

LIVES = 6


def live(url: str, effects: str, first: int, together: int, promises: int) -> list[int]:
    """Let a process work until it made so many promises, kill it, and answer with all the promises it made."""
    arguments = [sys.executable, "-m", "tests.broker.crash_worker", url, effects, str(first), str(together)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    try:
        promised = [int(process.stdout.readline()) for _ in range(promises)]
        process.kill()
        rest = process.stdout.read().split("\n")[:-1]
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    return promised + [int(line) for line in rest]


@pytest.mark.parametrize("together", [1, 25])
def test_nothing_that_was_promised_is_lost(tmp_path, together):
    url, effects = broker.address(tmp_path / "broker.db"), str(tmp_path / "effects.db")
    promised: list[int] = []
    for life in range(LIVES):
        promised += live(url, effects, first=life * 1_000_000, together=together, promises=100 + 37 * life)

    left = []
    queue = Queue("numbers", Exchange("events", type="topic"), "number")
    with Connection(url) as connection, Consumer(connection, [queue], on_message=left.append):
        while queue(connection.default_channel).queue_declare(passive=True).message_count:
            connection.drain_events(timeout=10)
        remaining = [message.payload for message in left]
    broker.shut(url)
    with sqlite3.connect(effects) as file:
        handled = [number for (number,) in file.execute("SELECT number FROM delivery")]

    assert len(promised) == len(set(promised)) > LIVES * 100
    assert set(promised) - set(handled) - set(remaining) == set()
    assert remaining == sorted(remaining)
