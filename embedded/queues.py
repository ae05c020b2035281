"""Queues in memory, journalled on disk: what the embedded broker is, without a word of kombu.

One process holds all queues, so memory is the truth while it lives and the journal is the truth after it died: a
message taken but not acknowledged needs no mark, it is simply still there at the next start.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from embedded.journal import Journal, JournalFailed

__all__ = ["Broker", "Letter", "Post", "Queue"]

Post = tuple[str, str | bytes, dict[str, Any]]
"""What is to be published: the queue's name, the body, and the envelope that the channel makes and reads."""

_BODIES_KEPT = 1000
"""Beyond this length a queue leaves the bodies of persistent messages on disk, so that a backlog costs no memory."""


@dataclass(order=True)
class Letter:
    """One message in one queue. Its number is its place in the order of publication, across all queues."""

    number: int
    body: str | bytes | None = field(compare=False)
    envelope: dict[str, Any] = field(compare=False)
    persistent: bool = field(compare=False)
    deadline: float | None = field(compare=False, default=None)
    redelivered: bool = field(compare=False, default=False)


class Queue:
    """Letters that wait, oldest first, and those who listen for them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.arguments: dict[str, Any] = {}
        self.auto_delete = False
        self.listeners: list[Callable[[], None]] = []
        self._ready: list[Letter] = []

    def __len__(self) -> int:
        return len(self._ready)

    def push(self, letter: Letter) -> None:
        """A letter that was given back takes its old place."""
        if letter.persistent and len(self._ready) >= _BODIES_KEPT:
            letter.body = None
        heapq.heappush(self._ready, letter)

    def pop(self) -> Letter | None:
        return heapq.heappop(self._ready) if self._ready else None

    def clear(self) -> list[Letter]:
        letters, self._ready = self._ready, []
        return letters

    def wake(self) -> None:
        for listener in self.listeners:
            listener()


class Broker:
    """All queues of one journal. No method yields to other greenlets, so each is atomic for them."""

    def __init__(self, journal: Journal, route: Callable[[str, str], Iterable[str]]) -> None:
        """``route`` says which queues an exchange and a routing key reach: exchanges are somebody else's matter."""
        self.journal = journal
        self.route = route
        self.queues: dict[str, Queue] = {}
        last = 0
        for last, name, envelope in journal.unacknowledged():
            deadline = envelope.pop("deadline", None)
            self.declare(name).push(Letter(last, None, envelope, True, deadline, redelivered=True))
        self._numbers = count(last + 1)

    def declare(self, name: str) -> Queue:
        return self.queues.setdefault(name, Queue(name))

    def publish(self, posts: Iterable[Post]) -> None:
        """Put each post into its queue, all in one transaction, then wake who listens.

        A post with delivery mode 2 is on disk when this returns; the others live in memory only. A queue that nobody
        declared takes nothing.
        """
        self._put([(self.queues[name], body, envelope) for name, body, envelope in posts if name in self.queues])

    def take(self, queue: Queue) -> Letter | None:
        """The oldest letter that has not expired, with its body; the expired ones before it are dead."""
        while (letter := queue.pop()) is not None:
            try:
                if letter.deadline is None or letter.deadline > time.time():
                    if letter.body is None:
                        letter.body = self.journal.body(letter.number)
                    return letter
                self.bury(queue, letter, "expired")
            except JournalFailed:
                queue.push(letter)
                raise
        return None

    def acknowledge(self, letters: Iterable[Letter]) -> None:
        """Forget the letters for good, in one transaction."""
        self.journal.remove(letter.number for letter in letters if letter.persistent)

    def give_back(self, letters: Iterable[tuple[Queue, Letter]]) -> None:
        """Put what was taken back into its place; it will be delivered again, and say so."""
        for queue, letter in letters:
            letter.redelivered = True
            if self.queues.get(queue.name) is queue:
                queue.push(letter)
                queue.wake()

    def bury(self, queue: Queue, letter: Letter, reason: str) -> None:
        """Move the letter, in one transaction, to where the queue's arguments send the dead; else drop it."""
        grave = queue.arguments.get("x-dead-letter-exchange")
        if grave is None:
            self.acknowledge([letter])
            return
        body = letter.body if letter.body is not None else self.journal.body(letter.number)
        key = queue.arguments.get("x-dead-letter-routing-key") or letter.envelope["routing_key"]
        death = {
            "queue": queue.name,
            "reason": reason,
            "count": 1,
            "exchange": letter.envelope["exchange"],
            "routing-keys": [letter.envelope["routing_key"]],
        }
        properties = {name: value for name, value in letter.envelope["properties"].items() if name != "expiration"}
        headers = letter.envelope["headers"]
        envelope = letter.envelope | {
            "exchange": grave,
            "routing_key": key,
            "properties": properties,
            "headers": headers | {"x-death": [death, *headers.get("x-death", [])]},
        }
        targets = [self.queues[name] for name in self.route(grave, key) if name in self.queues]
        self._put([(target, body, envelope) for target in targets], gone=[letter])

    def purge(self, queue: Queue) -> int:
        letters = queue.clear()
        self.acknowledge(letters)
        return len(letters)

    def delete(self, queue: Queue) -> int:
        """The queue and what waits in it are gone. What is taken may still be acknowledged."""
        self.queues.pop(queue.name, None)
        return self.purge(queue)

    def _put(self, posts: list[tuple[Queue, str | bytes, dict[str, Any]]], gone: Iterable[Letter] = ()) -> None:
        letters = [(queue, self._letter(queue, body, envelope)) for queue, body, envelope in posts]
        self.journal.replace(
            [
                (letter.number, queue.name, body, letter.envelope | {"deadline": letter.deadline})
                for (queue, letter), (_, body, _) in zip(letters, posts, strict=True)
                if letter.persistent
            ],
            [letter.number for letter in gone if letter.persistent],
        )
        for queue, letter in letters:
            queue.push(letter)
            queue.wake()

    def _letter(self, queue: Queue, body: str | bytes, envelope: dict[str, Any]) -> Letter:
        properties = envelope["properties"]
        limits = [int(properties["expiration"])] if properties.get("expiration") else []
        if (limit := queue.arguments.get("x-message-ttl")) is not None:
            limits.append(int(limit))
        deadline = time.time() + min(limits) / 1000 if limits else None
        return Letter(next(self._numbers), body, envelope, properties.get("delivery_mode") == 2, deadline)
