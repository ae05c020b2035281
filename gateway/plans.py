"""A plan with all its bodies, for whoever takes it away; pages show some of them at a time."""

from __future__ import annotations

from typing import Any

from gateway.backend import call

__all__ = ["whole"]

_AT_ONCE = 5000


def whole(run_id: str) -> dict[str, Any]:
    """The plan of a run, each day with the ``bodies`` that go there, and all that must take a boat."""
    plan: dict[str, Any] = call("scheduling", "plan", run_id=run_id)
    days = {day["number"]: day.setdefault("bodies", []) for day in plan["days"]}
    across, cursor, more = [], None, True
    while more:
        found = call("scheduling", "planned_bodies", run_id=run_id, limit=_AT_ONCE, cursor=cursor)
        for body in found["items"]:
            days[body["day"]].append(body)
            if body["by_boat"]:
                across.append(body)
        cursor = found["next_cursor"]
        more = cursor is not None
    plan["across_water"] = sorted(across, key=lambda body: (-body["km"], body["code"]))
    return plan
