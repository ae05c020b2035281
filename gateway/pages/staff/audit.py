"""The audit log, for the administrator and whoever audits the programme."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from chassis.refusal import Invalid
from gateway import audit
from gateway.accounts import everybody
from gateway.i18n import ROME
from gateway.identity import staff_only, store
from gateway.labels import LABELS
from gateway.pages.staff import chosen

pages = Blueprint("staff_audit", __name__)


@pages.get("/staff/audit")
@staff_only("administrator")
def index() -> Response:
    """What staff did, newest first; a wrong date is told, and filters nothing."""
    filters = chosen.asked("actor", "action", "thing", "outcome", "since", "until")
    errors: dict[str, list[str]] = {}
    wanted: dict[str, Any] = {**filters}
    for name, days in (("since", 0), ("until", 1)):
        try:
            wanted[name] = _midnight(filters[name], days) if name in filters else None
        except (ValueError, OverflowError):
            wanted[name], errors[name] = None, ["invalid"]
    try:
        found = audit.listed(store(), chosen.PAGE, request.args.get("cursor") or None, **wanted)
    except Invalid as answer:
        found, errors = {"items": [], "next_cursor": None}, answer.errors
    page = render_template(
        "staff/audit.html",
        entries=found["items"],
        people=everybody(store()),
        filters=filters,
        errors=errors,
        outcomes=LABELS["audit_outcome"],
        **chosen.paged(found, url_for("staff_audit.index")),
    )
    return Response(page, 422 if errors else 200)


def _midnight(text: str, days_later: int) -> datetime:
    day = date.fromisoformat(text) + timedelta(days=days_later)
    return datetime.combine(day, time(), ROME).astimezone(UTC)
