"""What delegates hold: their places with attendance, and their certificates; asked for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.backend import call

__all__ = ["certificates_of", "places_of"]

Found = list[dict[str, Any]]


def places_of(delegates: Iterable[dict[str, Any]], *, released: bool = False) -> Found:
    """Their places; with ``released`` those that were taken back too, with the reason."""
    ids = [one["id"] for one in delegates]
    found: Found = call("scheduling", "places_of", delegate_ids=ids, released=released)["items"] if ids else []
    return found


def certificates_of(delegates: Iterable[dict[str, Any]]) -> Found:
    """Their certificates."""
    ids = [one["id"] for one in delegates]
    found: Found = call("certificates", "certificates_of", delegate_ids=ids)["items"] if ids else []
    return found
