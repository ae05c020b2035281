"""A place offered for training days: where it is comes from the registry, what it has from whoever offers it."""

from __future__ import annotations

from typing import Any

from gateway.backend import call

__all__ = ["USUAL_VENUE", "from_registry"]

USUAL_VENUE = "Sala consiliare del Comune"
_KNOWN = ("name", "province", "region", "population", "latitude", "longitude")


def from_registry(body_code: str, given: dict[str, Any]) -> dict[str, Any]:
    """The host as scheduling takes it; ``Missing`` where the registry has no such body."""
    body = call("enrollment", "body", code=body_code)
    known = {name: body.get(name) for name in _KNOWN if body.get(name) is not None}
    return {"code": body["code"], **known, **given}
