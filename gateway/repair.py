"""Failed messages of all services: the others' by call, the gateway's own from its database."""

from __future__ import annotations

from typing import Any

from chassis import repair
from chassis.refusal import Missing, Unavailable
from gateway.backend import call
from gateway.happenings import SERVICES
from gateway.identity import store

__all__ = ["counts", "failed", "replay"]

_OWN = "gateway"


def counts() -> list[dict[str, Any]]:
    """How many messages failed in each service; ``counts`` is ``None`` where the service does not answer."""
    found: list[dict[str, Any]] = []
    for service in SERVICES:
        try:
            found.append({"service": service, "counts": failed(service, 1, None)["counts"]})
        except Unavailable:
            found.append({"service": service, "counts": None})
    return found


def failed(service: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of what failed in one service."""
    _check(service)
    if service == _OWN:
        return repair.failed_messages(store(), limit, cursor)
    answer: dict[str, Any] = call(service, "failed_messages", limit=limit, cursor=cursor)
    return answer


def replay(service: str, message_id: int | None, actor: str, idempotency_key: str | None) -> dict[str, Any]:
    """Another try for one message of a service, or for all of them."""
    _check(service)
    if service == _OWN:
        return repair.replay_failed(store(), _OWN, message_id, actor, idempotency_key)
    answer: dict[str, Any] = call(
        service, "replay_failed", message_id=message_id, actor=actor, idempotency_key=idempotency_key
    )
    return answer


def _check(service: str) -> None:
    if service not in SERVICES:
        raise Missing("service")
