"""What a plan consists of, page by page: its training days, its trainers, and who goes where."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Missing
from gateway.backend import call
from gateway.identity import staff_only
from gateway.pages.staff import chosen

pages = Blueprint("staff_plan_lists", __name__)

Page = Response | BaseResponse | str


@pages.get("/staff/planning/<run_id>/days")
@staff_only("secretariat")
def days(run_id: str) -> Page:
    """The training days by number: all, or those that are looked for."""
    return _list(run_id, "days", "host", "region")


@pages.get("/staff/planning/<run_id>/trainers")
@staff_only("secretariat")
def trainers(run_id: str) -> Page:
    """The trainers by name, with what each teaches: all, or those that are looked for."""
    return _list(run_id, "trainers", "query")


@pages.get("/staff/planning/<run_id>/bodies")
@staff_only("secretariat")
def bodies(run_id: str) -> Page:
    """Who goes where: all bodies of the plan by day and name, or those that are looked for."""
    filters = chosen.asked("query", "host", "region", "day", "by_boat")
    day = _number(filters.get("day", ""))
    found = call(
        "scheduling",
        "planned_bodies",
        run_id=run_id,
        **{name: filters[name] for name in ("query", "host", "region") if name in filters},
        day=day,
        by_boat="by_boat" in filters,
        **_place(),
    )
    shown = {body["day"] for body in found["items"]} | ({day} if day is not None else set())
    around = call("scheduling", "planned_days", run_id=run_id, numbers=sorted(shown), limit=chosen.PAGE + 1)
    known = {one["number"]: one for one in around["items"]}
    if day is not None and day not in known:
        raise Missing("day")
    return render_template(
        "staff/planned_bodies.html",
        programme=chosen.programme_of(around["run"]),
        run=around["run"],
        days=known,
        regions=[(region, region) for region in around["regions"]],
        found=found,
        filters=filters,
        **chosen.paged(found, url_for("staff_plan_lists.bodies", run_id=run_id)),
    )


def _list(run_id: str, name: str, *filtered: str) -> str:
    filters = chosen.asked(*filtered)
    found = call("scheduling", f"planned_{name}", run_id=run_id, **filters, **_place())
    return render_template(
        f"staff/planned_{name}.html",
        programme=chosen.programme_of(found["run"]),
        run=found["run"],
        regions=[(region, region) for region in found["regions"]],
        found=found,
        filters=filters,
        **chosen.paged(found, url_for(f"staff_plan_lists.{name}", run_id=run_id)),
    )


def _place() -> dict[str, Any]:
    return {"limit": chosen.PAGE, "cursor": request.args.get("cursor") or None}


def _number(text: str) -> int | None:
    """The number of a day; ``Missing`` where it is none that a plan could have."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Missing("day")
    return int(text)
