"""A plan is published: most are within seconds, and a very large one while nobody waits for it."""

from __future__ import annotations

from typing import Any

from chassis.refusal import Unavailable
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id

__all__ = ["publish", "under_way"]


def publish(run_id: str) -> dict[str, Any] | None:
    """What was published, or ``None`` when it takes longer than somebody should wait: then it goes on by itself."""
    try:
        answer: dict[str, Any] = call(
            "scheduling", "publish", run_id=run_id, actor=staff_id(), idempotency_key=request_key()
        )
    except Unavailable:
        run = call("scheduling", "run", run_id=run_id)
        if under_way(run) or run["state"] == "published":
            return None
        raise
    return answer


def under_way(run: dict[str, Any]) -> bool:
    """Whether the run's plan is being published now."""
    return run["publication"] is not None and run["publication"]["reason"] is None
