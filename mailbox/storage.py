"""What the stand-in accepted, in one SQLite file. A mail is on the disk before its call is answered."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

__all__ = ["Hook", "Storage"]

_TABLES = """
CREATE TABLE IF NOT EXISTS mail (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    call_id TEXT NOT NULL,
    accepted_at REAL NOT NULL,
    recipient TEXT NOT NULL,
    kind TEXT,
    message_id TEXT,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    facts TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mail_recipient ON mail (recipient, position);
CREATE INDEX IF NOT EXISTS mail_kind ON mail (kind, position);
CREATE INDEX IF NOT EXISTS mail_message ON mail (message_id, call_id);
CREATE TABLE IF NOT EXISTS attachment (
    call_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    filename TEXT NOT NULL,
    type TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (call_id, number)
);
CREATE TABLE IF NOT EXISTS hook (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS hook_due ON hook (due);
"""
_ANYTHING = "application/octet-stream"
_LINK = re.compile(r"https?://[^\s<>\"']+")
_LISTED = "position, id, call_id, accepted_at, recipient, kind, message_id, subject, text, facts"


@dataclass(frozen=True)
class Hook:
    """An event that waits to be posted."""

    position: int
    attempts: int
    event: dict[str, Any]


class Storage:
    """All methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    # --- mails -------------------------------------------------------------------------------------------------------

    def accept(self, call: dict[str, Any], call_id: str, hooks: Sequence[tuple[float, dict[str, Any]]] = ()) -> None:
        """Keep one valid call under its ``X-Message-Id``, with the events that follow from it and when they are due."""
        now = time.time()
        content = {part["type"].partition(";")[0]: part["value"] for part in reversed(call["content"])}
        kind = (call.get("categories") or [None])[0]
        rows = []
        for block in call["personalizations"]:
            arguments = call.get("custom_args", {}) | block.get("custom_args", {})
            for person in [*block["to"], *block.get("cc", []), *block.get("bcc", [])]:
                facts = {
                    "to": person,
                    "from": call["from"],
                    "reply_to": call.get("reply_to"),
                    "headers": call.get("headers", {}) | block.get("headers", {}),
                    "custom_args": arguments,
                    "categories": call.get("categories", []),
                    "tracking": call.get("tracking_settings", {}),
                    "calendar": content.get("text/calendar"),
                }
                row = {
                    "id": uuid4().hex,
                    "call_id": call_id,
                    "now": now,
                    "recipient": person["email"].lower(),
                    "kind": kind,
                    "message_id": arguments.get("message_id"),
                    "subject": block.get("subject") or call["subject"],
                    "text": content.get("text/plain", ""),
                    "html": content.get("text/html", ""),
                    "facts": json.dumps(facts, ensure_ascii=False),
                }
                rows.append(row)
        files = [
            (call_id, number, one["filename"], one.get("type", _ANYTHING), base64.b64decode(one["content"]))
            for number, one in enumerate(call.get("attachments", []))
        ]
        with self._transaction() as database:
            database.executemany(
                "INSERT INTO mail (id, call_id, accepted_at, recipient, kind, message_id, subject, text, html, facts) "
                "VALUES (:id, :call_id, :now, :recipient, :kind, :message_id, :subject, :text, :html, :facts)",
                rows,
            )
            database.executemany("INSERT INTO attachment VALUES (?, ?, ?, ?, ?)", files)
            database.executemany(
                "INSERT INTO hook (due, attempts, event) VALUES (?, 0, ?)",
                [(due, json.dumps(event, ensure_ascii=False)) for due, event in hooks],
            )

    def mails(
        self,
        *,
        to: str | None = None,
        containing: str | None = None,
        kind: str | None = None,
        cursor: int | None = None,
        limit: int = 50,
        oldest_first: bool = False,
    ) -> list[dict[str, Any]]:
        """Mails beyond ``cursor``, which is a position; ``to`` is a whole address, ``containing`` a part of one."""
        conditions, values = ["1"], list[Any]()
        if to is not None:
            conditions.append("recipient = ?")
            values.append(to.lower())
        if containing:
            conditions.append("instr(recipient, ?)")
            values.append(containing.lower())
        if kind is not None:
            conditions.append("kind = ?")
            values.append(kind)
        if cursor is not None:
            conditions.append("position > ?" if oldest_first else "position < ?")
            values.append(cursor)
        order = "ASC" if oldest_first else "DESC"
        rows = self._all(  # every part of the statement is written above, values are bound
            f"SELECT {_LISTED} FROM mail WHERE {' AND '.join(conditions)} ORDER BY position {order} LIMIT ?",  # noqa: S608
            [*values, limit],
        )
        calls = [row["call_id"] for row in rows]
        files: dict[str, list[dict[str, Any]]] = {}
        for file in self._all(
            "SELECT call_id, number, filename, type, length(content) AS size FROM attachment "
            "WHERE call_id IN (SELECT value FROM json_each(?)) ORDER BY number",
            [json.dumps(calls)],
        ):
            described = dict(file)
            files.setdefault(described.pop("call_id"), []).append(described)
        return [_mail(row, files.get(row["call_id"], [])) for row in rows]

    def mail(self, identifier: str) -> dict[str, Any] | None:
        """One mail, with its HTML."""
        rows = self._all("SELECT position, html FROM mail WHERE id = ?", [identifier])
        if not rows:
            return None
        found = self.mails(cursor=rows[0]["position"] - 1, limit=1, oldest_first=True)[0]
        return found | {"html": rows[0]["html"]}

    def attachment(self, identifier: str, number: int) -> tuple[str, str, bytes] | None:
        """Name, type and content."""
        rows = self._all(
            "SELECT filename, type, content FROM attachment "
            "WHERE call_id = (SELECT call_id FROM mail WHERE id = ?) AND number = ?",
            [identifier, number],
        )
        return (rows[0]["filename"], rows[0]["type"], rows[0]["content"]) if rows else None

    def counts(self) -> dict[str, Any]:
        """What was accepted; ``doubled`` are the message ids that more than one call carried."""
        [totals] = self._all("SELECT count(*) AS mails, count(DISTINCT message_id) AS message_ids FROM mail")
        doubled = self._all(
            "SELECT message_id FROM mail WHERE message_id IS NOT NULL "
            "GROUP BY message_id HAVING count(DISTINCT call_id) > 1 ORDER BY 1"
        )
        kinds = self._all("SELECT coalesce(kind, '') AS kind, count(*) AS mails FROM mail GROUP BY kind ORDER BY kind")
        return {
            "accepted": totals["mails"],
            "by_category": {row["kind"]: row["mails"] for row in kinds},
            "message_ids": totals["message_ids"],
            "doubled": [row["message_id"] for row in doubled],
            "webhooks_waiting": self._all("SELECT count(*) AS waiting FROM hook")[0]["waiting"],
        }

    # --- events to be posted -----------------------------------------------------------------------------------------

    def due_hooks(self, now: float, limit: int) -> list[Hook]:
        rows = self._all("SELECT * FROM hook WHERE due <= ? ORDER BY due LIMIT ?", [now, limit])
        return [Hook(row["position"], row["attempts"], json.loads(row["event"])) for row in rows]

    def next_due(self) -> float | None:
        due: float | None = self._all("SELECT min(due) AS due FROM hook")[0]["due"]
        return due

    def hooks_posted(self, hooks: Sequence[Hook]) -> None:
        with self._transaction() as database:
            database.executemany("DELETE FROM hook WHERE position = ?", [(hook.position,) for hook in hooks])

    def hooks_refused(self, hooks: Sequence[Hook], due: float) -> None:
        with self._transaction() as database:
            database.executemany(
                "UPDATE hook SET attempts = attempts + 1, due = ? WHERE position = ?",
                [(due, hook.position) for hook in hooks],
            )


def _mail(row: sqlite3.Row, files: list[dict[str, Any]]) -> dict[str, Any]:
    facts = json.loads(row["facts"])
    return {
        "id": row["id"],
        "position": row["position"],
        "x_message_id": row["call_id"],
        "accepted_at": datetime.fromtimestamp(row["accepted_at"], UTC).isoformat(timespec="milliseconds"),
        "kind": row["kind"],
        "subject": row["subject"],
        "text": row["text"],
        "links": list(dict.fromkeys(_LINK.findall(row["text"]))),
        "attachments": files,
        **facts,
    }
