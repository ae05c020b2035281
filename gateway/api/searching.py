"""What a program's search leaves in a list's address."""

from __future__ import annotations

from typing import Any

from gateway.searches import opened

__all__ = ["with_words"]


def with_words(query: dict[str, Any]) -> dict[str, Any]:
    """What an address asks for, with the words of its ``search`` opened."""
    kept = dict(query)
    token = kept.pop("search", None)
    return kept if token is None else {**kept, "query": opened(token)}
