"""Who stands still while a database works, told as JSON: ``test_aside`` runs this in a process of its own.

``python -m tests.chassis.standing DATABASE_URL``. The database waits, in the middle of a statement or before a commit,
until a greenthread has opened the gate: it never does when the event loop waits for the database.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json
import sys
from typing import Any

import sqlalchemy as sa
from eventlet.patcher import original
from sqlalchemy import event as sqlalchemy_event

from chassis.database import ASIDE, Store
from chassis.engines import LARGE
from tests.chassis.test_database import Base, Row

PATIENCE = 2.0
"""Seconds after which the database waits no longer."""


class Gate:
    """Open as soon as a greenthread comes by."""

    def __init__(self) -> None:
        self._open = original("threading").Event()

    def watched(self, work: Any) -> bool:
        """Whether anybody came by while the work was done."""
        self._open.clear()
        passer_by = eventlet.spawn(self._open.set)
        work()
        came = self._found
        passer_by.wait()
        return came

    def wait(self, *_: Any) -> int:
        self._found = bool(self._open.wait(PATIENCE))
        return 1


def main(url: str) -> dict[str, bool]:
    store, gate = Store(url, Base.metadata), Gate()
    store.create_all()

    @sqlalchemy_event.listens_for(store._reading, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.create_function("wait", 0, gate.wait)

    def ask(options: dict[str, Any]) -> Any:
        def asked() -> None:
            with store.read() as session:
                session.execute(sa.text("SELECT wait()"), execution_options=options)

        return asked

    def write(rows: int) -> Any:
        def written() -> None:
            with store.transaction() as session:
                session.execute(sa.insert(Row), [{"at": None}] * rows)
                dbapi: Any = session.connection().connection.dbapi_connection
                dbapi.set_trace_callback(lambda statement: statement == "COMMIT" and gate.wait())

        return written

    return {
        "statement": gate.watched(ask({})),
        "statement aside": gate.watched(ask(ASIDE)),
        "small commit": gate.watched(write(1)),
        "large commit": gate.watched(write(LARGE)),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
