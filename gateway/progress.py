"""How far planning runs are, pushed to the browsers that watch.

What a run told of its phases and of its end is heard, kept here, and numbered: a browser that lost the connection goes
on from there. The figures between two phases only pass: while somebody watches, scheduling is asked for them, once for
all who watch the run. When it does not answer, what was heard is told.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast
from uuid import UUID

from flask import Flask, Response, current_app, stream_with_context
from sqlalchemy import select

from chassis.database import Store, upsert
from chassis.refusal import Unavailable
from contracts.event import Event
from contracts.scheduling import SchedulingRunCompleted, SchedulingRunFailed, SchedulingRunProgressed
from gateway.backend import call
from gateway.map import italy, sketched
from gateway.models import RunProgress

__all__ = ["Watch", "has_plan", "hear", "register", "streamed"]

READER = "gateway.hear_scheduling"
OVER = frozenset({"completed", "failed", "stopped", "published"})
LONGEST_STREAM = 600.0
KEEP_ALIVE = 15.0
LOOK_AGAIN = 0.2
FRESH = 0.15
"""Seconds for which an answer of scheduling serves everybody who asks."""
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

    def __init__(self, database: Store, most: int, ask: Callable[..., dict[str, Any]]) -> None:
        self.database = database
        self._ask = ask
        self._answers: dict[tuple[str, str], tuple[float, dict[str, Any] | None]] = {}
        self._asking = threading.Lock()
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

    def asked(self, method: str, run_id: str) -> dict[str, Any] | None:
        """What scheduling says of the run now; ``None`` when it does not say anything."""
        with self._asking:
            at, answer = self._answers.get((method, run_id), (-FRESH, None))
            if time.monotonic() - at < FRESH:
                return answer
            try:
                answer = self._ask("scheduling", method, run_id=run_id)
            except Unavailable:
                answer = None
            now = time.monotonic()
            self._answers = {key: known for key, known in self._answers.items() if now - known[0] < FRESH}
            self._answers[method, run_id] = now, answer
            return answer

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


def register(app: Flask, database: Store, most: int, ask: Callable[..., dict[str, Any]] = call) -> None:
    app.extensions["watch"] = Watch(database, most, ask)


def streamed(run: dict[str, Any], last_seen: str | None) -> Response:
    """The run as server-sent events, from where the browser was; it ends when the run has ended."""
    watch = cast(Watch, current_app.extensions["watch"])
    watch.enter()
    after = int(last_seen) if last_seen and last_seen.isascii() and last_seen.isdigit() and len(last_seen) < 10 else 0
    response = Response(stream_with_context(_stream(watch, run, after)), mimetype="text/event-stream")
    response.call_on_close(watch.leave)
    response.headers["Cache-Control"] = "no-store"
    return response


def _stream(watch: Watch, run: dict[str, Any], after: int) -> Iterator[str]:
    started = spoke = time.monotonic()
    seen: dict[str, Any] | None = None
    drawn = 0
    yield "retry: 2000\n\n"
    while not watch.ended and time.monotonic() - started < LONGEST_STREAM:
        said: list[str] = []
        rows = watch.told(UUID(run["id"]), after)
        now = watch.asked("run_progress", run["id"]) if run["state"] not in OVER else None
        for row in rows:
            after = row.sequence
            if now is None or row.state in OVER:
                said.append(_said(row))
        if rows and rows[-1].state in OVER:
            yield from said
            return
        if now is not None and now["state"] in OVER:  # scheduling knows it sooner than this process heard it
            run = {**run, **now}
        elif now is not None:
            told = {name: now[name] for name in _TOLD}
            if told != seen:
                said.append(_numbered(after, "progress", told))
                seen = told
            sketch = watch.asked("run_sketch", run["id"]) if now["sketch"] > drawn else None
            if sketch is not None and sketch["number"] > drawn:
                drawn = sketch["number"]
                said.append(_numbered(after, "map", _picture(sketch)))
        if said:
            spoke = time.monotonic()
            yield from said
            continue
        if run["state"] in OVER:  # it ended before the stream began, and its last word was seen or not kept
            yield _message("ended", {"state": run["state"], "reason": run.get("reason")})
            return
        if time.monotonic() - spoke > KEEP_ALIVE:
            spoke = time.monotonic()
            yield ": still here\n\n"
        watch.wait()


_TOLD = ("state", "phase", "share", "cost", "bound", "reason")


def _picture(sketch: dict[str, Any]) -> dict[str, Any]:
    """The best choice so far, on the drawing of Italy of the run's page."""
    outline = italy()
    dots = [{"x": dot.x, "y": dot.y, "title": dot.title, "lines": dot.lines} for dot in sketched(sketch)]
    return {"width": outline.width, "height": outline.height, "dots": dots}


def _said(row: RunProgress) -> str:
    told = {name: getattr(row, name) for name in _TOLD}
    return _numbered(row.sequence, "ended" if row.state in OVER else "progress", told)


def _numbered(number: int, name: str, data: dict[str, Any]) -> str:
    return f"id: {number}\n" + _message(name, data)


def _message(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
