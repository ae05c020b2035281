"""Runs a module as ``python -m`` does, and dies as by ``kill -9`` when its database is at a certain place: once.

``python -m tests.chaos.dying FILE MODULE ARGUMENTS``. The file says before which statement (``at``), and, if need be,
after which one of this process (``after``). With the death it goes, so that the process that comes next lives.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

DATABASE = "scheduling"


def die_at(order: Path) -> None:
    """Watch every statement of this process."""
    seen: list[str] = []

    @event.listens_for(sa.Engine, "before_cursor_execute")
    def look(connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        if DATABASE not in str(connection.engine.url.database) or not order.exists():
            return
        said, wanted = f"{statement} {given}", json.loads(order.read_text())
        if wanted["at"] in said and (wanted["after"] is None or seen):
            order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if wanted["after"] is not None and all(words in said for words in wanted["after"]):
            seen.append(statement)


if __name__ == "__main__":
    place, module, *arguments = sys.argv[1:]
    die_at(Path(place))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
