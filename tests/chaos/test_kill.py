"""kill -9 of every process in the middle of its work: nothing lost, nothing doubled, no seat too many.

A programme is played by a patient client while its processes are killed in turn and started again. The books must
agree afterwards; a mail may only be missing where it is listed as one that nobody knows about.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from rehearsal.books import check
from rehearsal.platform import Platform
from rehearsal.play import Rehearsal


class Killer(threading.Thread):
    """Kills the victims one after the other, each some time after the one before is back."""

    def __init__(self, platform: Platform, victims: list[str]) -> None:
        super().__init__(daemon=True)
        self.platform = platform
        self.victims = victims
        self.kills: Counter[str] = Counter()
        self.ended = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            for victim in self.victims:
                if self.ended.wait(1.5):
                    return
                self.platform.kill(victim)
                self.kills[victim] += 1
                self.platform.restart(victim)
        except Exception as error:
            self.error = error

    def stop(self) -> None:
        self.ended.set()
        self.join(120)
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("mode", ["embedded", "distributed"])
def test_killed_processes_lose_and_double_nothing(mode: str, tmp_path: Path):
    start = Platform.embedded if mode == "embedded" else Platform.distributed
    with start(tmp_path) as platform:
        victims = [name for name in platform.services if name != "mailbox"]
        killer = Killer(platform, victims * (6 if mode == "embedded" else 2))
        play = Rehearsal(platform, bodies=40, seconds=3, patience=8)
        killer.start()
        try:
            play.play()
        finally:
            killer.stop()
        play.log_in()
        play.certify()
        findings, figures = check(play)
        deadline = time.monotonic() + 60
        while not findings.clean and time.monotonic() < deadline:
            # What a killed process held comes again, and what waited is tried again: within a minute, not at once.
            findings, figures = check(play)

    assert set(killer.kills) == set(victims)
    assert {name: +getattr(findings, name) for name in ("lost", "doubled", "overbooked", "wrong")} == {
        name: {} for name in ("lost", "doubled", "overbooked", "wrong")
    }
    assert figures["adhesions_confirmed"] > 0
