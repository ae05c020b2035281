"""Appointments and their attendance sheets, for the desk and the secretariat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway import desk
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import acting, staff_id, staff_only, store
from gateway.labels import LABELS
from gateway.pages.furniture import optional
from gateway.pages.staff import chosen
from gateway.words import Explanation, explain

pages = Blueprint("staff_appointments", __name__)

_AT_ONCE = 500
_FIELD = "minutes."

Page = Response | BaseResponse | str
Errors = dict[str, list[str]]


@pages.get("/staff/appointments")
@staff_only("secretariat")
def index() -> str:
    """The appointments in their order, by kind and state."""
    programme = chosen.programme()
    filters = chosen.asked("kind", "state")
    found = call(
        "scheduling",
        "appointments",
        programme_id=programme["programme_id"],
        limit=chosen.PAGE,
        cursor=request.args.get("cursor") or None,
        **filters,
    )
    return render_template(
        "staff/appointments.html",
        programme=programme,
        appointments=found["items"],
        filters=filters,
        kinds=LABELS["appointment_kind"],
        states=LABELS["appointment"],
        **chosen.paged(found, url_for("staff_appointments.index")),
    )


@pages.get("/staff/appointments/<appointment_id>")
@staff_only("desk")
def show(appointment_id: str) -> Page:
    """The attendance sheet: who has a place, and the minutes of each."""
    return sheet(appointment_id)


@pages.post("/staff/appointments/<appointment_id>/attendance")
@staff_only("desk")
def record(appointment_id: str) -> Page:
    """Save the sheet. A row left empty is left as it is; "present all day" fills the empty rows."""
    appointment = call("scheduling", "appointment", appointment_id=appointment_id)
    form, errors, entries = MultiDict(request.form), {}, []
    action = request.form.get("action", "save")
    if action == "all":
        for name in [name for name in form if name.startswith(_FIELD) and not form[name].strip()]:
            form[name] = str(appointment["minutes"])
    elif action.startswith("whole:"):
        form[_FIELD + action.removeprefix("whole:")] = str(appointment["minutes"])
    elif action.startswith("absent:"):
        form[_FIELD + action.removeprefix("absent:")] = "0"
    for name, value in form.items():
        if not name.startswith(_FIELD) or not (written := value.strip()):
            continue
        if not (written.isascii() and written.isdigit() and len(written) < 6):
            errors[name] = ["not_a_number"]
        elif int(written) > appointment["minutes"]:
            errors[name] = ["out_of_range"]
        else:
            entries.append({"delegate_id": name.removeprefix(_FIELD), "minutes": int(written)})
    if errors:
        return sheet(appointment_id, errors=errors, written=form, status=422)
    try:
        if entries:
            call(
                "scheduling",
                "record_attendance",
                appointment_id=appointment_id,
                entries=entries,
                source="desk",
                actor=staff_id(),
                idempotency_key=request_key(),
            )
    except Invalid as answer:
        return sheet(appointment_id, problem=explain(answer), written=form, status=422)
    except Refused as answer:
        return sheet(appointment_id, problem=explain(answer), written=form, status=409)
    return redirect(url_for("staff_appointments.show", appointment_id=appointment_id, done="attendance_saved"), 303)


@pages.post("/staff/appointments/<appointment_id>/close")
@staff_only("secretariat")
def close(appointment_id: str) -> Page:
    """Settle it: from now on its attendance counts, and changes need a reason."""
    try:
        call(
            "scheduling",
            "close_appointment",
            appointment_id=appointment_id,
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return sheet(appointment_id, problem=explain(answer), status=409)
    return redirect(url_for("staff_appointments.show", appointment_id=appointment_id, done="appointment_closed"), 303)


@pages.post("/staff/appointments/<appointment_id>/correction")
@staff_only("secretariat")
def correct(appointment_id: str) -> Page:
    """Change settled attendance of one person, with the reason."""
    minutes, reason = request.form.get("minutes", "").strip(), request.form.get("reason", "").strip()
    errors: Errors = {}
    if not request.form.get("delegate_id"):
        errors["delegate_id"] = ["required"]
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 6):
        errors["minutes"] = ["not_a_number"]
    if not reason:
        errors["reason"] = ["required"]
    if errors:
        return sheet(appointment_id, errors=errors, written=request.form, status=422)
    try:
        call(
            "scheduling",
            "correct_attendance",
            appointment_id=appointment_id,
            delegate_id=request.form["delegate_id"],
            minutes=int(minutes),
            reason=reason[:500],
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return sheet(appointment_id, problem=explain(answer), written=request.form, status=409)
    return redirect(url_for("staff_appointments.show", appointment_id=appointment_id, done="attendance_corrected"), 303)


def sheet(
    appointment_id: str,
    *,
    errors: Errors | None = None,
    problem: Explanation | None = None,
    written: MultiDict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page of one appointment."""
    appointment = call("scheduling", "appointment", appointment_id=appointment_id)
    places = list(_places(appointment_id))
    people = _people([place["delegate_id"] for place in places])
    seated = [place for place in places if place["state"] == "assigned"]
    seated.sort(key=lambda place: _sort_key(people, place))
    waiting = sum(place["state"] == "waiting" for place in places)
    assigns = "secretariat" in acting().roles
    at_desk = call("scheduling", "desk_of", appointment_id=appointment_id)["items"] if assigns else []
    page = render_template(
        "staff/appointment.html",
        programme=chosen.programme(),
        appointment=appointment,
        seated=seated,
        waiting=waiting,
        people=people or {},
        names_known=people is not None,
        written=written or MultiDict(),
        errors=errors or {},
        names=_names(seated, people or {}),
        problem=problem,
        at_desk=desk.with_accounts(store(), at_desk),
        assignable=desk.assignable(store()) if assigns else [],
        key=new_key(),
        close_key=new_key(),
        desk_key=new_key(),
    )
    return Response(page, status)


def _places(appointment_id: str) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        found = call("scheduling", "places", appointment_id=appointment_id, limit=_AT_ONCE, cursor=cursor)
        yield from found["items"]
        cursor = found["next_cursor"]
        if not cursor:
            return


def _people(ids: list[str]) -> dict[str, dict[str, Any]] | None:
    known: dict[str, dict[str, Any]] = {}
    for first in range(0, len(ids), _AT_ONCE):
        found = optional("enrollment", "people", person_ids=ids[first : first + _AT_ONCE])
        if found is None:
            return None
        known |= {person["id"]: person for person in found["items"]}
    return known


def _sort_key(people: dict[str, dict[str, Any]] | None, place: dict[str, Any]) -> tuple[str, str, str]:
    person = (people or {}).get(place["delegate_id"], {})
    family, given = person.get("family_name") or "", person.get("given_name") or ""
    return family.casefold(), given.casefold(), place["delegate_id"]


def _names(seated: list[dict[str, Any]], people: dict[str, dict[str, Any]]) -> dict[str, str]:
    known = [(place["delegate_id"], people.get(place["delegate_id"])) for place in seated]
    return {f"{_FIELD}{ident}": f"{one['family_name']} {one['given_name']}" for ident, one in known if one}
