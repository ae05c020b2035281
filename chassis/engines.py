"""Connections to each kind of database: who writes, who only reads, and what the event loop need not wait for.

On SQLite there is one connection that writes, and ``BEGIN IMMEDIATE``: a second one's busy wait would block the whole
process. Others only read, what was committed last, and wait for nobody.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sqlalchemy_event

from chassis.aside import aside

__all__ = ["ASIDE", "engine_for", "has_changed", "reading"]

ASIDE = {"aside": True}
"""Execution options of a statement that may take long: others go on meanwhile."""
CACHE = "cache_size=-65536"
"""64 MB at most for the one that writes on SQLite. The indexes of many identifiers are too large for the 2 MB that it
has by itself: while a very large plan is published their pages would be read and written again and again."""
LARGE = 1000
"""A transaction that changed so many rows is committed aside, too: its log is written through to the disk then."""
WRITER_PATIENCE = 600.0
"""Seconds for which a transaction waits for the one before it on SQLite: publishing a very large plan takes minutes."""


def reading(writing: sa.Engine, url: str, pool_size: int) -> sa.Engine:
    """Connections that change nothing: on SQLite others than the one that writes, unless it keeps all in memory.

    In its WAL they see what was committed when they began.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return writing.execution_options(postgresql_readonly=True)
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @sqlalchemy_event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("busy_timeout=5000", "query_only=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sqlalchemy_event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    _put_aside(engine)
    return engine


def engine_for(url: str, pool_size: int) -> sa.Engine:
    """The engine that both dialects need; see the module."""
    engine = _sqlite(url) if sa.make_url(url).get_backend_name() == "sqlite" else _postgresql(url, pool_size)
    _put_aside(engine)
    return engine


def _sqlite(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=WRITER_PATIENCE,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @sqlalchemy_event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", CACHE):
            connection.execute(f"PRAGMA {pragma}")

    @sqlalchemy_event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.info["changes"] = _total_changes(connection)

    def commit(connection: Any) -> None:
        if connection.dbapi_connection.total_changes - connection.info["changes"] < LARGE:
            connection.commit()
        else:
            aside(connection.commit)

    engine.dialect.do_commit = commit  # type: ignore[assignment, method-assign]
    return engine


def _postgresql(url: str, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=10, hide_parameters=True)

    @sqlalchemy_event.listens_for(engine, "begin")
    def forget(connection: sa.Connection) -> None:
        connection.info["changed"] = False

    @sqlalchemy_event.listens_for(engine, "after_cursor_execute")
    def note(connection: sa.Connection, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        if (context.isinsert or context.isupdate or context.isdelete) and cursor.rowcount != 0:
            connection.info["changed"] = True

    return engine


def _put_aside(engine: sa.Engine) -> None:
    """Let statements with the option ``ASIDE`` be executed there."""

    @sqlalchemy_event.listens_for(engine, "do_execute")
    def execute(cursor: Any, statement: str, given: Any, context: Any) -> bool:
        if not context.execution_options.get("aside"):
            return False
        aside(cursor.execute, statement, given)
        return True


def has_changed(connection: sa.Connection) -> bool:
    """Has this transaction changed a row?"""
    if connection.dialect.name == "sqlite":
        return bool(_total_changes(connection) != connection.info["changes"])
    return bool(connection.info["changed"])


def _total_changes(connection: sa.Connection) -> int:
    dbapi: Any = connection.connection.dbapi_connection
    return int(dbapi.total_changes)
