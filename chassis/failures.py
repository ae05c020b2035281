"""Messages that could not be handled: kept in a table of the reader's own database, tried again, seen, replayed.

Two kinds. *Waiting*: a fact that this one needs has not come yet (``NotYet``); tried again soon and often. *Failed*:
the handler raised; tried again ever more rarely. After the last try the message stays, for a person and ``replay``:

    DATABASE_URL=… python -m chassis.failures list
    DATABASE_URL=… python -m chassis.failures replay all

The services offer the same by call (``chassis.repair``), for the staff's page.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import eventlet
import sqlalchemy as sa
from eventlet.event import Event as Signal
from prometheus_client import Counter
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import FAILED, Store, metadata, upsert
from chassis.logging import get_logger
from contracts.event import Event, Malformed
from contracts.registry import BY_TYPE

__all__ = ["Failures", "NotYet", "again", "listed", "main", "page", "replay", "tally"]

_WAITING = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30] + [60] * 40 + [3600] * 72
_FAILED = [1.0, 5, 30, 120, 600, 3600, 4 * 3600, 24 * 3600]
_LEASE = timedelta(seconds=120)
log = get_logger("chassis.failures")
COUNTED = Counter("coalizione_events_failed_total", "Events that a handler could not take", ["consumer", "kind"])


class NotYet(Exception):
    """A handler's word that an event came before a fact that it needs; the argument names the fact, by identifier."""


class Failures:
    """The failed messages of one consumer."""

    def __init__(self, store: Store, consumer: str) -> None:
        self.store = store
        self.consumer = consumer
        self._wake = Signal()

    def add(self, event: Event, reason: str, *, waiting: bool) -> None:
        """Keep the event, or count another failure of it, and set its next try."""
        COUNTED.labels(self.consumer, "waiting" if waiting else "failed").inc()
        self._keep(str(event.id), event.type(), event.dump(), reason, waiting, _WAITING if waiting else _FAILED)
        self.wake()

    def add_unreadable(self, message: dict[str, Any], reason: str) -> None:
        """Keep what is no event; trying again would not help, so there is no next try."""
        COUNTED.labels(self.consumer, "unreadable").inc()
        identifier = str(message.get("id") or f"unreadable-{clock.machine_now().timestamp():.6f}")[:64]
        self._keep(identifier, str(message.get("type", "?"))[:120], message, reason, False, [])

    def _keep(
        self, event_id: str, type_: str, message: dict[str, Any], reason: str, waiting: bool, tries: list[float]
    ) -> None:
        now = clock.machine_now()
        here = (FAILED.c.consumer == self.consumer) & (FAILED.c.event_id == event_id)
        with self.store.transaction() as session:
            known = session.execute(sa.select(FAILED.c.attempts).where(here)).first()
            attempts = known.attempts + 1 if known else 1
            values = {
                "reason": reason[:500],
                "waiting": waiting,
                "attempts": attempts,
                "failed_at": now,
                "next_try": now + timedelta(seconds=tries[attempts - 1]) if attempts <= len(tries) else None,
            }
            session.execute(
                upsert(session, FAILED)
                .values(consumer=self.consumer, event_id=event_id, type=type_, message=message, **values)
                .on_conflict_do_update(index_elements=["consumer", "event_id"], set_=values)
            )
        if values["next_try"] is None:
            log.error("message_needs_a_person", extra={"consumer": self.consumer, "event_id": event_id, "type": type_})

    def due(self) -> Iterator[Event]:
        """Claim and yield, one by one, the messages whose next try has come."""
        while True:
            now = clock.machine_now()
            with self.store.transaction() as session:
                row = session.execute(
                    sa.select(FAILED)
                    .where(FAILED.c.consumer == self.consumer, FAILED.c.next_try <= now)
                    .order_by(FAILED.c.next_try)
                    .limit(1)
                ).first()
                if row is None:
                    return
                claimed = session.execute(
                    sa.update(FAILED)
                    .where(FAILED.c.id == row.id, FAILED.c.next_try == row.next_try)
                    .values(next_try=now + _LEASE)
                    .returning(FAILED.c.id)
                ).first()
            if claimed is None:
                continue
            try:
                event = read(row.message)
            except (KeyError, TypeError, Malformed) as error:
                self._give_up(row.id, f"unreadable: {type(error).__name__}")
            else:
                yield event

    def _give_up(self, identifier: int, reason: str) -> None:
        """What was replayed is still no event that this version knows: it waits for a newer one, and a person."""
        with self.store.transaction() as session:
            session.execute(
                sa.update(FAILED)
                .where(FAILED.c.id == identifier)
                .values(reason=reason, attempts=FAILED.c.attempts + 1, failed_at=clock.machine_now(), next_try=None)
            )

    def settle(self, event: Event) -> None:
        """The event has been handled after all."""
        with self.store.transaction() as session:
            session.execute(
                sa.delete(FAILED).where(FAILED.c.consumer == self.consumer, FAILED.c.event_id == str(event.id))
            )

    def wake(self) -> None:
        if not self._wake.ready():
            self._wake.send()

    def wait(self) -> None:
        """Until the next try is due, a message is added, or two seconds have passed."""
        with self.store.read() as session:
            soonest = session.scalar(
                sa.select(sa.func.min(FAILED.c.next_try)).where(FAILED.c.consumer == self.consumer)
            )
        seconds = 2.0
        if soonest is not None:
            seconds = min(seconds, max(0.02, (soonest - clock.machine_now()).total_seconds()))
        self._wake = Signal()
        with eventlet.Timeout(seconds, False):
            self._wake.wait()


def read(message: Any) -> Event:
    """The event of a message. ``KeyError``, ``TypeError`` or ``Malformed`` when it is none that is known here."""
    return BY_TYPE[f"{message['type']}.v{message['version']}"].event.load(message)


def again(session: Session, identifier: int | None = None) -> int:
    """Give one failed message, or all, a new first try in the caller's transaction; return how many."""
    statement = sa.update(FAILED).values(next_try=clock.machine_now(), attempts=0)
    if identifier is not None:
        statement = statement.where(FAILED.c.id == identifier)
    return len(session.execute(statement.returning(FAILED.c.id)).all())


def replay(store: Store, identifier: int | None = None) -> int:
    """``again``, in a transaction of its own."""
    with store.transaction() as session:
        return again(session, identifier)


_SHOWN = ("id", "consumer", "type", "event_id", "reason", "waiting", "attempts", "failed_at", "next_try")


def page(session: Session, limit: int | None = None, after: int = 0) -> list[dict[str, Any]]:
    """What failed, oldest first: identifiers, reasons and times, never the message."""
    columns = [FAILED.c[name] for name in _SHOWN]
    chosen = sa.select(*columns).where(FAILED.c.id > after).order_by(FAILED.c.id).limit(limit)
    return [dict(row) for row in session.execute(chosen).mappings()]


def tally(session: Session) -> dict[str, int]:
    """How many messages wait for a fact, how many are tried again by themselves, and how many need a person."""
    stuck, waiting = FAILED.c.next_try.is_(None), FAILED.c.waiting
    state = sa.case((stuck, "stuck"), (waiting, "waiting"), else_="retrying").label("state")
    counted = sa.select(state, sa.func.count().label("number")).group_by(state)
    found = {row.state: row.number for row in session.execute(counted)}
    return {"waiting": 0, "retrying": 0, "stuck": 0, **found}


def listed(store: Store) -> list[dict[str, Any]]:
    """The whole ``page``, for the command."""
    with store.read() as session:
        return [{key: value for key, value in row.items() if value is not None} for row in page(session)]


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """``list`` prints the failed messages at ``DATABASE_URL``; ``replay all`` or ``replay ID`` tries them again."""
    url = environment.get("DATABASE_URL")
    match arguments:
        case _ if not url:
            print("DATABASE_URL is not set", file=sys.stderr)
            return 2
        case ["list"]:
            for row in listed(Store(url, metadata())):
                print(json.dumps(row, default=str))
        case ["replay", which] if which == "all" or which.isdecimal():
            number = replay(Store(url, metadata()), None if which == "all" else int(which))
            print(f"{number} will be tried again")
            return 0 if number or which == "all" else 1
        case _:
            print("usage: python -m chassis.failures list | replay all | replay ID", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
