"""Lists that a service gives whole because they are short by nature: cut into pages here, like all the others."""

from __future__ import annotations

from typing import Any

from chassis.refusal import Invalid

__all__ = ["page_of"]


def page_of(items: list[dict[str, Any]], limit: int, cursor: str | None) -> dict[str, Any]:
    """The page after the cursor, which is a position in the list."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 7):
        raise Invalid({"cursor": ["invalid"]})
    start = int(cursor or 0)
    end = start + limit
    return {"items": items[start:end], "next_cursor": str(end) if end < len(items) else None}
