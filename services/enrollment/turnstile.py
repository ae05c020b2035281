"""So many at a time, in the order in which they came.

Adhesions to a programme follow each other at its protocol counter anyway. If as many as come were let into the
database, they would wait there, each with a connection of the pool, and whoever else needs one (the relay, a mail's
outcome, the search for a body) would find none. Python's own semaphore lets a newcomer pass those who wait: in a rush
some would wait until their caller gives up.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Turnstile"]


class Turnstile:
    """``with turnstile.passed():`` is done by at most ``places`` at once."""

    def __init__(self, places: int) -> None:
        self._guard = threading.Lock()
        self._free = places
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for a place, and give it to whoever has waited longest."""
        turn = self._queue()
        if turn is not None:
            try:
                turn.wait()
            except BaseException:
                self._give_up(turn)
                raise
        try:
            yield
        finally:
            self._leave()

    def _queue(self) -> threading.Event | None:
        with self._guard:
            if self._free:
                self._free -= 1
                return None
            turn = threading.Event()
            self._waiting.append(turn)
            return turn

    def _leave(self) -> None:
        """The place goes from hand to hand: while somebody waits, none is free."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _give_up(self, turn: threading.Event) -> None:
        """Whoever is ended while waiting must not keep a place that was just given to them."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._leave()
