"""A plan taken away as a file."""

from __future__ import annotations

from flask import Blueprint, Response

from gateway.identity import staff_only
from gateway.plan_export import plan_file

pages = Blueprint("staff_exports", __name__)


@pages.get("/staff/planning/<run_id>/export/<name>")
@staff_only("secretariat")
def plan(run_id: str, name: str) -> Response:
    """The plan as ``plan.xlsx``, as ``days.csv`` and the like, or as calendars."""
    return plan_file(run_id, name)
