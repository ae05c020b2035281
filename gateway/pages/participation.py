"""What becomes of a body's delegates: their places with attendance, and their certificates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.pages.furniture import optional

ByDelegate = dict[str, list[dict[str, Any]]] | None
"""Nothing while the service that knows is at rest."""


def places_of(delegates: Iterable[dict[str, Any]]) -> ByDelegate:
    """Their places, by delegate; those that were taken back too, with the reason."""
    ids = [one["id"] for one in delegates]
    return _by_delegate(optional("scheduling", "places_of", delegate_ids=ids, released=True) if ids else {"items": []})


def certificates_of(delegates: Iterable[dict[str, Any]]) -> ByDelegate:
    """Their certificates, by delegate."""
    ids = [one["id"] for one in delegates]
    return _by_delegate(optional("certificates", "certificates_of", delegate_ids=ids) if ids else {"items": []})


def _by_delegate(found: dict[str, Any] | None) -> ByDelegate:
    if found is None:
        return None
    grouped: dict[str, list[dict[str, Any]]] = {}
    for item in found["items"]:
        grouped.setdefault(item["delegate_id"], []).append(item)
    return grouped
