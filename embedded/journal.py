"""The broker's memory on disk: one SQLite file with a row for each persistent message that nobody has acknowledged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["Journal", "JournalFailed", "JournalTaken"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    body NOT NULL,
    envelope TEXT NOT NULL
)
"""


class JournalFailed(OSError):
    """The file could not be read or written (a full disk, for instance): nothing of the operation happened."""


class JournalTaken(JournalFailed):
    """Another process has the file open. The queues live in one process, so a second one must not touch them."""


class Journal:
    """Adds and removes rows, each call in one transaction.

    What is added is on the disk before the call returns (``synchronous=FULL``). What is removed is not waited for
    (``NORMAL``): should the power fail in that moment, the message comes back, which a consumer must bear anyway.
    The file is locked for as long as it is open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute(_SCHEMA)
            self._file.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            if "locked" in str(error):
                raise JournalTaken(f"{path} is in use by another process") from error
            raise JournalFailed(f"{path} cannot be opened: {error}") from error

    def unacknowledged(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Number, queue and envelope of every message, in the order of publication; bodies are left on disk."""
        rows = self._file.execute("SELECT number, queue, envelope FROM message ORDER BY number")
        for number, queue, envelope in rows:
            yield number, queue, json.loads(envelope)

    def body(self, number: int) -> str | bytes:
        try:
            row = self._file.execute("SELECT body FROM message WHERE number = ?", (number,)).fetchone()
        except sqlite3.Error as error:
            raise JournalFailed(f"{self.path} cannot be read: {error}") from error
        body: str | bytes = row[0]
        return body

    def replace(self, rows: Iterable[tuple[int, str, str | bytes, dict[str, Any]]], gone: Iterable[int] = ()) -> None:
        """Add ``rows`` and remove the numbers ``gone`` in one durable transaction."""
        added = [(number, queue, body, json.dumps(envelope)) for number, queue, body, envelope in rows]
        self._write("FULL", added, gone)

    def remove(self, gone: Iterable[int]) -> None:
        """Remove the numbers; a power cut may undo it, the death of the process may not."""
        self._write("NORMAL", [], gone)

    def close(self) -> None:
        self._file.close()

    def _write(self, synchronous: str, added: list[tuple[int, str, str | bytes, str]], gone: Iterable[int]) -> None:
        removed = [(number,) for number in gone]
        if not added and not removed:
            return
        try:
            self._file.execute(f"PRAGMA synchronous = {synchronous}")
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany("INSERT INTO message (number, queue, body, envelope) VALUES (?, ?, ?, ?)", added)
                self._file.executemany("DELETE FROM message WHERE number = ?", removed)
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise JournalFailed(f"{self.path} cannot be written: {error}") from error
