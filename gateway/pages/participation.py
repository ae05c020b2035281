"""What becomes of a body's delegates on its pages: what each of them holds, or nothing while nobody can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chassis.refusal import Unavailable
from gateway import held

ByDelegate = dict[str, list[dict[str, Any]]] | None
"""Nothing while the service that knows is at rest."""


def places_of(delegates: Iterable[dict[str, Any]]) -> ByDelegate:
    """Their places, by delegate; those that were taken back too, with the reason."""
    return _by_delegate(lambda: held.places_of(delegates, released=True))


def certificates_of(delegates: Iterable[dict[str, Any]]) -> ByDelegate:
    """Their certificates, by delegate."""
    return _by_delegate(lambda: held.certificates_of(delegates))


def _by_delegate(ask: Callable[[], list[dict[str, Any]]]) -> ByDelegate:
    try:
        found = ask()
    except Unavailable:
        return None
    grouped: dict[str, list[dict[str, Any]]] = {}
    for item in found:
        grouped.setdefault(item["delegate_id"], []).append(item)
    return grouped
