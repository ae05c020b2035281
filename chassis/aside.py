"""What would stop the event loop, and with it the heartbeats and every call: put aside, or done in short strides.

Work that waits in C without the interpreter's lock (a long statement, a commit, a hash) goes into a thread. A thread
would hold the lock all the while for anything else: that is done in strides, and after each the others have their turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import ParamSpec, TypeVar

import eventlet
from eventlet import patcher, tpool

__all__ = ["STRIDE", "aside", "strides", "turn"]

STRIDE = 0.02
"""So many seconds of work, then a turn for everybody else."""

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Item = TypeVar("_Item")


def aside(work: Callable[_P, _R], /, *arguments: _P.args, **named: _P.kwargs) -> _R:
    """Its result, from a thread, where everybody else would wait for it; the caller alone does."""
    if patcher.is_monkey_patched("thread"):
        result: _R = tpool.execute(work, *arguments, **named)
        return result
    return work(*arguments, **named)


def strides(items: Iterable[_Item]) -> Iterator[_Item]:
    """The items, with a turn for everybody else after each stride."""
    until = time.perf_counter() + STRIDE
    for item in items:
        yield item
        if time.perf_counter() > until:
            turn()
            until = time.perf_counter() + STRIDE


def turn() -> None:
    """A turn for everybody else, between two parts that cannot be divided."""
    eventlet.sleep(0)
