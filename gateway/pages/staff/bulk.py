"""One thing done to many adhesions: chosen in the list, looked at, confirmed, followed."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for

from chassis.refusal import Invalid
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.pages.staff import chosen
from gateway.pages.staff.adhesions import Page
from gateway.pages.staff.filters import typed, wanted

pages = Blueprint("staff_bulk", __name__)


@pages.post("/staff/bulk")
@staff_only("secretariat")
def prepare() -> Page:
    """Keep what was chosen in the list, and show what would happen; what is missing is asked for there."""
    programme = chosen.programme()
    bulk = {"action": request.form.get("action", ""), "reason": request.form.get("reason", "").strip() or None}
    if request.form.get("which") == "all":
        bulk["filters"] = wanted(typed(request.form))
    else:
        bulk["adhesion_ids"] = request.form.getlist("adhesion")
    try:
        prepared = call(
            "enrollment",
            "prepare_bulk_action",
            programme_code=programme["code"],
            bulk_action=bulk,
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        page = render_template(
            "staff/bulk_ask.html",
            programme=programme,
            errors={
                ("adhesion_ids" if path.startswith("adhesion_ids") else path): codes
                for path, codes in answer.errors.items()
            },
            values=request.form,
            kept=[(name, value) for name, value in request.form.items(multi=True) if name not in _OWN],
            key=new_key(),
        )
        return Response(page, 422)
    return redirect(url_for("staff_bulk.show", bulk_id=prepared["id"]), 303)


_OWN = ("csrf_token", "idempotency_key", "reason", "action")


@pages.get("/staff/bulk/<bulk_id>")
@staff_only("secretariat")
def show(bulk_id: str) -> str:
    """What will happen to how many and why not to the others; once confirmed, how far it is."""
    bulk = call("enrollment", "bulk_action", bulk_id=bulk_id)
    programme = call("enrollment", "programme", code=bulk["programme_code"])
    return render_template("staff/bulk.html", programme=programme, bulk=bulk, key=new_key())


@pages.post("/staff/bulk/<bulk_id>")
@staff_only("secretariat")
def confirm(bulk_id: str) -> Page:
    """Do it, once."""
    call("enrollment", "confirm_bulk_action", bulk_id=bulk_id, actor=staff_id(), idempotency_key=request_key())
    return redirect(url_for("staff_bulk.show", bulk_id=bulk_id), 303)
