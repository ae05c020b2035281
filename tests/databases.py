"""Databases that tests share one after the other: each test gets one without a row of the test before it.

Making thirty tables takes a hundred times as long as emptying them, and an engine that is new has to compile every
statement anew: so tables and engines stay, and rows and listeners go.
"""

from __future__ import annotations

import shutil
import sqlite3
from copy import copy
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chassis.database import Store

__all__ = ["Copied", "Emptied", "file_of", "refill"]


@sa.event.listens_for(sa.QueuePool, "checkout")
def wait_for_no_disk(connection: Any, record: Any, proxy: Any) -> None:
    """What a test writes into SQLite need not outlive the machine's power, only the processes."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def file_of(store: Store) -> Path:
    """Where SQLite keeps it."""
    return Path(str(store.engine.url.database))


def refill(store: Store, filled: Path) -> None:
    """Let the store, on SQLite, hold what this file holds, whatever it held before."""
    path = file_of(store)
    store.dispose()
    for part in ("", "-wal", "-shm"):
        Path(f"{path}{part}").unlink(missing_ok=True)
    shutil.copy(filled, path)


class Copied:
    """A database on SQLite: a file that was filled once, copied to the same place for each test."""

    def __init__(self, filled: Path, directory: Path, tables: sa.MetaData) -> None:
        self.filled = filled
        self.store = Store(f"sqlite:///{directory / filled.name}", tables)

    def fresh(self) -> Store:
        refill(self.store, self.filled)
        return _for_another(self.store)


class Emptied:
    """A database on PostgreSQL: the tables stay for all tests, unless one has changed them."""

    def __init__(self, url: str, tables: sa.MetaData) -> None:
        self.store = Store(url, tables)
        self.owner = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self.definitions: str | None = None
        deletes = [f"DELETE FROM {table.name};" for table in tables.sorted_tables]
        self.empty = sa.text("".join(["SET session_replication_role = replica;", *deletes, _NUMBERS_BEGIN_ANEW]))

    def fresh(self) -> Store:
        if self.store.engine.pool.checkedin() > 1:  # type: ignore[attr-defined]
            self.store.dispose()
        with self.owner.connect() as connection:
            if self.definitions is not None and self.definitions == connection.scalar(_DEFINITIONS):
                connection.execute(self.empty)
            else:
                connection.execute(sa.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
                self.store.tables.create_all(connection)
                self.definitions = connection.scalar(_DEFINITIONS)
        return _for_another(self.store)

    def dispose(self) -> None:
        self.store.dispose()
        self.owner.dispose()


def _for_another(store: Store) -> Store:
    """The same engine, and nobody who listens."""
    made = copy(store)
    made.committed = []
    return made


_NUMBERS_BEGIN_ANEW = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""
_DEFINITIONS = sa.text(
    """
    SELECT md5(string_agg(concat(kind, oid, version), ' ' ORDER BY kind, oid)) FROM (
        SELECT 'relation', oid, xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'constraint', oid, xmin FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'function', oid, xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger', oid, xmin FROM pg_trigger
    ) AS defined (kind, oid, version) WHERE current_setting('is_superuser') = 'on'
    """
)
"""A sum over the versions of all that is defined. NULL for who is no superuser, and cannot silence triggers."""
