"""Work that would stop the event loop, and lets others at the interpreter: a long statement, a commit, a hash."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool

__all__ = ["aside"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def aside(work: Callable[_P, _R], /, *arguments: _P.args, **named: _P.kwargs) -> _R:
    """Its result, from a thread, where everybody else would wait for it; the caller alone does.

    For what waits in C without the interpreter's lock: anything else would hold all up from a thread as well.
    """
    if patcher.is_monkey_patched("thread"):
        result: _R = tpool.execute(work, *arguments, **named)
        return result
    return work(*arguments, **named)
