"""How far planning runs are: heard from scheduling, kept here, and pushed to the browsers that watch."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast
from uuid import UUID

from flask import Flask, Response, current_app
from sqlalchemy import select

from chassis.database import Store, upsert
from chassis.refusal import Unavailable
from contracts.event import Event
from contracts.scheduling import SchedulingRunCompleted, SchedulingRunFailed, SchedulingRunProgressed
from gateway.models import RunProgress

__all__ = ["Watch", "has_plan", "hear", "register", "streamed"]

READER = "gateway.hear_scheduling"
OVER = frozenset({"completed", "failed", "stopped", "published"})
LONGEST_STREAM = 600.0
KEEP_ALIVE = 15.0
LOOK_AGAIN = 1.0
AT_ONCE = 500


def has_plan(run: dict[str, Any]) -> bool:
    """Whether the run has ended with a plan, best or not."""
    return run["state"] in OVER and run["state"] != "failed" and run.get("cost_km") is not None


def hear(database: Store, events: Sequence[Event]) -> None:
    """Keep what a run told. The event's own sequence orders it, whichever process hears it first."""
    with database.receive(READER, events) as (session, fresh):
        rows = [_row(event) for event in fresh]
        if rows:
            session.execute(upsert(session, RunProgress).on_conflict_do_nothing(), rows)


def _row(event: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"phase": None, "share": None, "cost": None, "bound": None, "reason": None}
    match event:
        case SchedulingRunProgressed():
            told.update(state="running", phase=event.phase, share=event.share, cost=event.cost, bound=event.bound)
        case SchedulingRunCompleted():
            told.update(state="completed", share=1.0, cost=event.cost, bound=event.bound)
        case SchedulingRunFailed():
            told.update(state="failed", reason=event.reason)
        case _:
            told.update(state="requested", share=0.0)
    return {**told, "run_id": event.run_id, "sequence": event.sequence}


class Watch:
    """The streams that this process serves: so many and no more, woken when something has been heard."""

    def __init__(self, database: Store, most: int) -> None:
        self.database = database
        self._free = threading.BoundedSemaphore(most)
        self._heard = threading.Condition()
        self.ended = False
        database.committed.append(self._wake)

    def enter(self) -> None:
        """Take one of the streams, or say that there is none left."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("gateway")

    def leave(self) -> None:
        self._free.release()

    def told(self, run_id: UUID, after: int) -> list[RunProgress]:
        """What the run told after this point, in order."""
        with self.database.read() as session:
            found = select(RunProgress).where(RunProgress.run_id == run_id, RunProgress.sequence > after)
            return list(session.scalars(found.order_by(RunProgress.sequence).limit(AT_ONCE)))

    def wait(self) -> None:
        """Until this process has stored something, or another one may have."""
        with self._heard:
            self._heard.wait(LOOK_AGAIN)

    def end(self) -> None:
        """The process stops: browsers come back to another one, and go on from where they were."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        with self._heard:
            self._heard.notify_all()


def register(app: Flask, database: Store, most: int) -> None:
    app.extensions["watch"] = Watch(database, most)


def streamed(run: dict[str, Any], last_seen: str | None) -> Response:
    """The run as server-sent events, from where the browser was; it ends when the run has ended."""
    watch = cast(Watch, current_app.extensions["watch"])
    watch.enter()
    after = int(last_seen) if last_seen and last_seen.isascii() and last_seen.isdigit() and len(last_seen) < 10 else 0
    response = Response(_stream(watch, run, after), mimetype="text/event-stream")
    response.call_on_close(watch.leave)
    response.headers["Cache-Control"] = "no-store"
    return response


def _stream(watch: Watch, run: dict[str, Any], after: int) -> Iterator[str]:
    started = spoke = time.monotonic()
    yield "retry: 2000\n\n"
    while not watch.ended and time.monotonic() - started < LONGEST_STREAM:
        rows = watch.told(UUID(run["id"]), after)
        for row in rows:
            after, spoke = row.sequence, time.monotonic()
            yield _said(row)
            if row.state in OVER:
                return
        if rows:
            continue
        if run["state"] in OVER:  # it ended before the stream began, and its last word was seen or not kept
            yield _message("ended", {"state": run["state"], "reason": run.get("reason")})
            return
        if time.monotonic() - spoke > KEEP_ALIVE:
            spoke = time.monotonic()
            yield ": still here\n\n"
        watch.wait()


def _said(row: RunProgress) -> str:
    told = {name: getattr(row, name) for name in ("state", "phase", "share", "cost", "bound", "reason")}
    return f"id: {row.sequence}\n" + _message("ended" if row.state in OVER else "progress", told)


def _message(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
