"""The planner as a process: ``python -m services.scheduling.planner.worker``.

Reads the question as one line of JSON on standard input, writes lines of JSON on standard output: ``{"progress": ...}``
while it works, at most five a second, and last ``{"plan": ...}`` or ``{"infeasible": ...}``. A line begins with what
it is, so that a plan can be handed on by whoever does not read it. A line ``stop`` on standard input or SIGTERM ends
the search early with the best plan so far. Exit status 0 whenever the last line was written.

``--warm`` compiles everything into numba's cache, and exits.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

SECONDS_BETWEEN_PROGRESS = 0.2
SECONDS_BETWEEN_SKETCHES = 1.0
NICENESS = 10


def main() -> int:
    """One question, one answer."""
    _prepare_process()
    if "--warm" in sys.argv[1:]:
        from services.scheduling.planner.warming import warm

        warm()
        return 0
    from services.scheduling.planner.checks import check
    from services.scheduling.planner.problem import Infeasible, Problem

    stop, problem = Event(), None
    Thread(target=_stop_on_signal, args=(stop,), daemon=True).start()
    try:
        problem = Problem.from_json(_question(sys.stdin.readline()))
        Thread(target=_stop_on_line, args=(stop,), daemon=True).start()
        check(problem)
        _say("progress", {"phase": "starting", "share": 0.0, "cost": None, "bound": None, "sketch": None})
        from services.scheduling.planner.planning import solve

        plan = solve(problem, Reporter(), stop)
    except Infeasible as refusal:
        from services.scheduling.planner.room import may_be_made, room_for

        facts = refusal.facts
        if problem is not None and may_be_made(refusal):
            _say("progress", {"phase": "room", "share": 0.0, "cost": None, "bound": None, "sketch": None})
            facts = {**facts, **room_for(problem, refusal)}
        _say("infeasible", {"reason": refusal.reason, "facts": facts})
    else:
        _say("plan", plan.to_json())
    return 0


class Reporter:
    """Tells the parent how far the search is, seldom enough not to disturb it; a new phase is always told.

    A sketch of the best choice goes along when it is a better one, more seldom still.
    """

    def __init__(self) -> None:
        self.last, self.phase = -SECONDS_BETWEEN_PROGRESS, ""
        self.drawn_at, self.drawn_cost = -SECONDS_BETWEEN_SKETCHES, math.inf

    def __call__(
        self,
        phase: str,
        share: float,
        cost: float | None,
        bound: float | None,
        sketch: Callable[[], dict[str, list[str]]] | None = None,
    ) -> None:
        now = time.monotonic()
        if phase == self.phase and now - self.last < SECONDS_BETWEEN_PROGRESS:
            return
        self.last, self.phase = now, phase
        drawn = None
        if sketch and cost is not None and cost < self.drawn_cost and now - self.drawn_at >= SECONDS_BETWEEN_SKETCHES:
            self.drawn_at, self.drawn_cost, drawn = now, cost, sketch()
        told = {"phase": phase, "share": round(share, 4), "cost": cost, "bound": bound, "sketch": drawn}
        _say("progress", told)


def _prepare_process() -> None:
    """Yield to the services, use one core, and find a place for compiled code when ours may not be written.

    SIGTERM is blocked before any library starts a thread, which would otherwise receive it and end the process.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    os.nice(NICENESS)
    os.environ.update(NUMBA_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    if os.environ.get("NUMBA_CACHE_DIR") or _writable(Path(__file__).parent / "__pycache__"):
        return
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coalizione-planner"
    if not _writable(folder):
        folder = Path(tempfile.mkdtemp(prefix="planner-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _question(line: str) -> dict[str, Any]:
    from services.scheduling.planner.problem import Infeasible

    try:
        question = json.loads(line)
    except ValueError as error:
        raise Infeasible("malformed_problem", field=None) from error
    if not isinstance(question, dict):
        raise Infeasible("malformed_problem", field=None)
    return question


def _stop_on_signal(stop: Event) -> None:
    signal.sigwait({signal.SIGTERM})
    stop.set()


def _stop_on_line(stop: Event) -> None:
    for line in sys.stdin:
        if line.strip() == "stop":
            stop.set()
            return


def _say(kind: str, value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({kind: value}, allow_nan=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
