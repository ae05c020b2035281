"""Who checks people in: the secretariat assigns on an appointment's page, and the desk begins with its own."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis import clock
from chassis.refusal import Invalid, Refused
from gateway import audit, desk
from gateway.backend import call
from gateway.forms import request_key
from gateway.i18n import local_date
from gateway.identity import acting, staff_id, staff_only, store
from gateway.pages.staff import chosen
from gateway.pages.staff.appointments import Page, sheet
from gateway.words import explain

pages = Blueprint("staff_desks", __name__)


def own() -> str:
    """The start page of the desk: its appointments of today, and those to come; or the past ones."""
    past = request.args.get("past") == "yes"
    found = call(
        "scheduling",
        "desk_appointments",
        account_id=acting().id,
        past=past,
        limit=chosen.PAGE,
        cursor=request.args.get("cursor") or None,
    )
    today = local_date(clock.now())
    return render_template(
        "staff/desk.html",
        past=past,
        today=[one for one in found["items"] if not past and local_date(one["starts_at"]) == today],
        others=[one for one in found["items"] if past or local_date(one["starts_at"]) != today],
        **chosen.paged(found, url_for("staff.dashboard")),
    )


@pages.post("/staff/appointments/<appointment_id>/desk")
@staff_only("secretariat")
def assign(appointment_id: str) -> Page:
    """Put the ticked accounts at the desk: of this appointment, or of all coming training days of its host."""
    accounts = request.form.getlist("account_ids")
    if not accounts:
        return sheet(appointment_id, errors={"account_ids": ["at_least_one"]}, status=422)
    wanted = {"appointment_ids": [appointment_id]}
    if request.form.get("which") == "host":
        appointment = call("scheduling", "appointment", appointment_id=appointment_id)
        wanted = {name: appointment[name] for name in ("programme_id", "host_code")}
    try:
        desk.introduce(store(), accounts)
        made = call(
            "scheduling",
            "assign_desk",
            assignment={"account_ids": accounts, **wanted},
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return sheet(appointment_id, errors=answer.errors, status=422)
    except Refused as answer:
        return sheet(appointment_id, problem=explain(answer), status=409)
    audit.about_each({"appointment_id": one, "account_ids": sorted(accounts)} for one in made["appointment_ids"])
    return _done(appointment_id, "desk_assigned")


@pages.post("/staff/appointments/<appointment_id>/desk/<account_id>")
@staff_only("secretariat")
def relieve(appointment_id: str, account_id: str) -> BaseResponse:
    """Take the account off the desk of this appointment."""
    call(
        "scheduling",
        "relieve_desk",
        appointment_id=appointment_id,
        account_id=account_id,
        actor=staff_id(),
        idempotency_key=request_key(),
    )
    return _done(appointment_id, "desk_relieved")


def _done(appointment_id: str, what: str) -> BaseResponse:
    return redirect(url_for("staff_appointments.show", appointment_id=appointment_id, done=what), 303)
