"""One appointment held at another time, or called off: asked for with what it means for whom, then done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.fields import read_moment
from gateway.forms import new_key, request_key
from gateway.i18n import ROME
from gateway.identity import staff_id, staff_only
from gateway.pages.staff import chosen
from gateway.pages.staff.adhesions import Page
from gateway.words import Explanation, explain

pages = Blueprint("staff_changes", __name__)

Errors = dict[str, list[str]]


@pages.get("/staff/appointments/<appointment_id>/move")
@staff_only("secretariat")
def ask_move(appointment_id: str) -> Page:
    """The present time to change, and how many people will be told."""
    return _ask("move", appointment_id)


@pages.post("/staff/appointments/<appointment_id>/move")
@staff_only("secretariat")
def move(appointment_id: str) -> Page:
    """Hold it at another time: places stay, everybody concerned gets a mail with a new invitation."""
    try:
        starts_at = read_moment(request.form.get("starts_at", "").strip())
    except ValueError as error:
        return _ask("move", appointment_id, errors={"starts_at": [str(error)]}, status=422)
    return _do("move", appointment_id, starts_at=starts_at)


@pages.get("/staff/appointments/<appointment_id>/cancellation")
@staff_only("secretariat")
def ask_cancellation(appointment_id: str) -> Page:
    """What calling it off means."""
    return _ask("cancellation", appointment_id)


@pages.post("/staff/appointments/<appointment_id>/cancellation")
@staff_only("secretariat")
def cancel(appointment_id: str) -> Page:
    """Call it off: places are released, everybody concerned gets a mail."""
    return _do("cancellation", appointment_id)


_DOES = {"move": ("move_appointment", "appointment_moved"), "cancellation": ("cancel_appointment", "appointment_off")}


def _do(what: str, appointment_id: str, **given: Any) -> Page:
    method, done = _DOES[what]
    version = request.form.get("version", "")
    try:
        call(
            "scheduling",
            method,
            appointment_id=appointment_id,
            reason=request.form.get("reason", "").strip(),
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
            actor=staff_id(),
            idempotency_key=request_key(),
            **given,
        )
    except Invalid as answer:
        return _ask(what, appointment_id, errors=answer.errors, status=422)
    except Refused as answer:
        return _ask(what, appointment_id, problem=explain(answer), status=409)
    return redirect(url_for("staff_appointments.show", appointment_id=appointment_id, done=done), 303)


def _ask(
    what: str,
    appointment_id: str,
    errors: Errors | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    appointment = call("scheduling", "appointment", appointment_id=appointment_id)
    begins = datetime.fromisoformat(appointment["starts_at"]).astimezone(ROME).replace(tzinfo=None)
    values: Mapping[str, Any] = request.form or {
        "starts_at": begins.isoformat(timespec="minutes"),
        "version": appointment["version"],
    }
    page = render_template(
        f"staff/appointment_{what}.html",
        programme=chosen.programme(),
        appointment=appointment,
        errors=errors or {},
        problem=problem,
        values=values,
        key=new_key(),
    )
    return Response(page, status)
