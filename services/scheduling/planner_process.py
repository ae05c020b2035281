"""The planner and its auditor, each in a process of its own: seconds of arithmetic here would stop the event loop."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import eventlet
from eventlet.green import subprocess
from eventlet.queue import Empty, LightQueue

from chassis.logging import get_logger
from services.scheduling.planner.problem import Infeasible

PLANNER = (sys.executable, "-m", "services.scheduling.planner.worker")
AUDITOR = (sys.executable, "-m", "services.scheduling.planner.verification")
_TREE = Path(__file__).resolve().parents[2]
_PLAN, _END = b'{"plan": ', b"}\n"
_BUFFER = 1 << 16
"""Eventlet's pipes have none by themselves, and then read a plan byte by byte."""
log = get_logger("scheduling.planner")


@dataclass(frozen=True)
class Progress:
    """How far the planner is, what its best plan costs, when it has one, and who would go where (bodies by host)."""

    phase: str
    share: float
    cost: float | None
    bound: float | None
    sketch: dict[str, list[str]] | None = None


@dataclass(frozen=True)
class Proposed:
    """The planner's answer, as it wrote it: whoever keeps it need not take it apart."""

    plan: str


@dataclass(frozen=True)
class Audited:
    """The rules that a plan breaks, and its own figures of cost and travel."""

    broken: list[str]
    figures: dict[str, float]


@dataclass(frozen=True)
class Ended:
    """The process is gone, and said nothing more."""


Report = Progress | Proposed | Infeasible | Audited | Ended


class PlannerProcess:
    """Starts a command on lines of JSON; its reports are read and its input is written by greenthreads.

    When this process dies the next report of the command meets a broken pipe and ends it: no orphan goes on computing.
    """

    def __init__(self, command: tuple[str, ...], *lines: str) -> None:
        self._reports: LightQueue = LightQueue()
        self._process = subprocess.Popen(
            command, bufsize=_BUFFER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_TREE
        )
        self._threads = [eventlet.spawn(self._write, *lines), eventlet.spawn(self._read)]

    def listen(self, seconds: float) -> Report | None:
        """The last report there is, with the last sketch; waits for one so many ``seconds``. An answer, or the end, is
        the last."""
        last: Report | None = None
        while last is None or isinstance(last, Progress):
            try:
                report = self._reports.get(timeout=seconds if last is None else 0)
            except Empty:
                break
            if isinstance(report, Progress) and last is not None and report.sketch is None:
                report = replace(report, sketch=last.sketch)
            last = report
        return last

    def ask_to_stop(self) -> None:
        """Ask for the best plan so far, now."""
        self._threads.append(eventlet.spawn(self._write, "stop"))

    def end(self) -> None:
        """Leave no process behind, whatever it was doing: it has nothing of its own to save."""
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def _write(self, *lines: str) -> None:
        try:
            for line in lines:
                self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return  # It ended before it read this; the reader tells.

    def _read(self) -> None:
        try:
            for line in self._process.stdout:
                self._reports.put(_report(line))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            log.error("planner_unreadable", exc_info=error)
        finally:
            self._reports.put(Ended())


def _report(line: bytes) -> Report:
    if line.startswith(_PLAN) and line.endswith(_END):
        return Proposed(line[len(_PLAN) : -len(_END)].decode())
    match json.loads(line):
        case {"progress": progress}:
            cost, bound = progress.get("cost"), progress.get("bound")
            return Progress(
                str(progress["phase"]),
                min(1.0, max(0.0, float(progress["share"]))),
                None if cost is None else float(cost),
                None if bound is None else float(bound),
                progress.get("sketch"),
            )
        case {"broken": broken, "figures": figures}:
            return Audited(list(broken), dict(figures))
        case {"infeasible": answer}:
            return Infeasible(answer["reason"], **answer["facts"])
        case _:
            raise ValueError("neither progress nor an answer")
