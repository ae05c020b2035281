"""Rows in short strides: the work of a hundred thousand bodies takes many seconds (see ``chassis.aside``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.aside import strides, turn

__all__ = ["among", "batches", "fetched", "strides", "turn"]

BATCH = 200
"""So many rows are written at a time."""
FETCHED = 1000
"""So many rows are read at a time."""
AMONG = 500
"""So many values are named in a statement; SQLite takes 32,766 of them, PostgreSQL 65,535."""

Item = TypeVar("Item")


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
