"""The failed messages of a service by call: listed and given another try by staff, without a shell on the machine.

A service that hears events inherits ``Repairable`` and has both calls. Who has a database and no calls (the gateway)
uses the functions. What is shown are kinds of errors, identifiers and times; never the message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from chassis.database import Store
from chassis.failures import again, page, tally
from chassis.logging import get_logger
from chassis.refusal import Invalid, Missing
from chassis.rpc import rpc

__all__ = ["Repairable", "failed_messages", "replay_failed"]

LARGEST_PAGE = 500
log = get_logger("chassis.repair")


def failed_messages(store: Store, limit: Any = 50, cursor: Any = None) -> dict[str, Any]:
    """One page of what failed, oldest first, and how many there are of each state."""
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= LARGEST_PAGE:
        raise Invalid({"limit": ["out_of_range"]})
    with store.read() as session:
        found = page(session, limit + 1, _identifier(cursor, {"cursor": ["invalid"]}) if cursor else 0)
        counts = tally(session)
    more = len(found) > limit
    return {
        "items": [_shown(row) for row in found[:limit]],
        "next_cursor": str(found[limit - 1]["id"]) if more else None,
        "counts": counts,
    }


def replay_failed(
    store: Store, service: str, message_id: Any, actor: str, idempotency_key: str | None = None
) -> dict[str, Any]:
    """Give one message, or all when no id is given, a new first try; their reader takes them within two seconds."""
    identifier = _identifier(message_id, {"message_id": ["invalid"]}) if message_id is not None else None

    def work(session: Session) -> dict[str, Any]:
        number = again(session, identifier)
        if identifier is not None and not number:
            raise Missing("failed_message")
        log.info("messages_replayed", extra={"of": service, "id": identifier, "number": number, "actor": actor})
        return {"replayed": number}

    return store.once(idempotency_key, "replay_failed", identifier, work)


class Repairable:
    """Both calls, for a service with a ``database``."""

    name: str
    database: Any

    @rpc  # type: ignore[untyped-decorator]
    def failed_messages(self, limit: int = 50, cursor: str | None = None) -> dict[str, Any]:
        return failed_messages(self.database, limit, cursor)

    @rpc  # type: ignore[untyped-decorator]
    def replay_failed(
        self, actor: str, message_id: int | None = None, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        return replay_failed(self.database, self.name, message_id, actor, idempotency_key)


def _identifier(given: Any, errors: dict[str, list[str]]) -> int:
    """A row's number; larger ones than the column holds are no numbers of rows."""
    text = str(given)
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise Invalid(errors)
    return int(text)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    state = "stuck" if row["next_try"] is None else "waiting" if row["waiting"] else "retrying"
    moments = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
    return {**{key: value for key, value in moments.items() if key != "waiting"}, "state": state}
