"""Long work in short strides: after each, whoever else waits for the event loop has their turn.

The work of a hundred thousand bodies takes many seconds. Done in one go it would stop the event loop, and with it the
heartbeats and every call. A thread would not help: it would hold the interpreter all the while.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import eventlet
import sqlalchemy as sa
from sqlalchemy.orm import Session

STRIDE = 0.02
"""So many seconds of work, then a turn for everybody else."""
BATCH = 200
"""So many rows are written at a time."""
FETCHED = 1000
"""So many rows are read at a time."""
AMONG = 500
"""So many values are named in a statement; SQLite takes 32,766 of them, PostgreSQL 65,535."""

Item = TypeVar("Item")


def strides(items: Iterable[Item]) -> Iterator[Item]:
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


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items, so many at a time."""
    rest = iter(items)
    return strides(iter(lambda: list(islice(rest, BATCH)), []))


def fetched(session: Session, statement: sa.Select[Any]) -> Iterator[Any]:
    """The rows that the statement finds, never all of them in hand."""
    return strides(session.execute(statement, execution_options={"yield_per": FETCHED}))


def among(session: Session, statement: sa.Select[Any], column: Any, values: Collection[Any]) -> Iterator[Any]:
    """The rows of which the column is one of the values, however many those are; ordered by parts of the values only.

    Locks are taken in the order of the values.
    """
    ordered = sorted(set(values))
    for start in range(0, len(ordered), AMONG):
        yield from fetched(session, statement.where(column.in_(ordered[start : start + AMONG])))
