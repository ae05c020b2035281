"""Adhesions for the secretariat: found, read whole, reviewed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

import seeds
from chassis.refusal import Invalid, Refused
from gateway.accounts import names_of
from gateway.backend import call
from gateway.exports import FORMATS, SUBJECTS, exported
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only, store
from gateway.labels import LABELS, label
from gateway.pages.participation import certificates_of, places_of
from gateway.pages.staff import chosen
from gateway.pages.staff.filters import MORE, typed, wanted
from gateway.pages.staff.search import addressed, asked
from gateway.words import Explanation, explain

pages = Blueprint("staff_adhesions", __name__)

LONGEST_REASON = 500

Page = Response | BaseResponse | str


@pages.get("/staff/adhesions")
@staff_only("secretariat")
def index() -> Response:
    """The adhesions that the filters let through, a page at a time, in the order that was asked for."""
    programme = chosen.programme()
    filters, sort = dict[str, str](), request.args.get("sort") or "protocol"
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    errors: dict[str, list[str]] = {}
    try:
        filters = typed(asked())
        found = call(
            "enrollment",
            "adhesions",
            programme_code=programme["code"],
            sort=sort,
            limit=chosen.PAGE,
            cursor=request.args.get("cursor") or None,
            count=True,
            **wanted(filters),
        )
    except Invalid as answer:
        if not answer.errors.keys() <= {"query", *filters}:
            raise
        errors = answer.errors
    page = render_template(
        "staff/adhesions.html",
        programme=programme,
        found=found,
        filters=filters,
        more=any(name in filters for name in MORE),
        errors=errors,
        sort=sort,
        sort_url=_sort_url,
        kept=[(name, value) for name, value in filters.items()],
        addressed=addressed(filters),
        key=new_key(),
        states=[(code, label("adhesion", code)) for code in LABELS["adhesion"]],
        kinds=[(code, label("kind", code)) for code in LABELS["kind"]],
        regions=[(region.name, region.name) for region in seeds.regions()],
        **chosen.paged(found, url_for("staff_adhesions.index")),
    )
    return Response(page, 422 if errors else 200)


@pages.get("/staff/adhesions/export")
@staff_only("secretariat")
def export() -> Response:
    """What the filters let through, as a table to keep."""
    subject, form = request.args.get("subject", ""), request.args.get("format", "")
    if subject not in SUBJECTS or form not in FORMATS:
        raise NotFound()
    return exported(chosen.programme(), subject, form, wanted(typed(asked())))


def _sort_url(sort: str) -> str:
    """The list from its beginning in another order, with the same filters."""
    kept = {name: value for name, value in request.args.items() if name not in ("cursor", "sort", "done") and value}
    return url_for("staff_adhesions.index", **kept, sort=sort)


@pages.get("/staff/adhesions/<adhesion_id>")
@staff_only("secretariat")
def show(adhesion_id: str) -> Response:
    """One adhesion whole, with its history."""
    return show_adhesion(adhesion_id)


@pages.get("/staff/review")
@staff_only("secretariat")
def review_queue() -> Page:
    """The supra-municipal bodies that wait for the secretariat, the longest first, one whole page each."""
    programme = chosen.programme()
    skipped = request.args.get("after") or None
    found = call(
        "enrollment",
        "adhesions",
        programme_code=programme["code"],
        state="under_review",
        limit=1,
        cursor=skipped,
        count=skipped is None,
    )
    if not found["items"]:
        return render_template("staff/review_empty.html", programme=programme, skipped=skipped is not None)
    return show_adhesion(found["items"][0]["id"], queue=found)


@pages.post("/staff/adhesions/<adhesion_id>/review")
@staff_only("secretariat")
def review(adhesion_id: str) -> Page:
    """Confirm or reject with a reason, which the body will read when it is a no; from the queue, on to the next one."""
    decision = request.form.get("decision", "")
    reason = request.form.get("reason", "").strip()
    if decision not in ("confirm", "reject") or (decision == "reject" and not reason):
        errors = {"reason" if decision == "reject" else "decision": ["required"]}
        return show_adhesion(adhesion_id, errors=errors, status=422)
    try:
        adhesion = call(
            "enrollment", "review_adhesion", decision=decision, reason=reason[:LONGEST_REASON], **order(adhesion_id)
        )
    except Refused as answer:
        return show_adhesion(adhesion_id, problem=explain(answer), status=409)
    done = f"adhesion_{adhesion['state']}"
    if request.form.get("queue"):
        return redirect(url_for("staff_adhesions.review_queue", programme=adhesion["programme_code"], done=done), 303)
    return redirect(url_for("staff_adhesions.show", adhesion_id=adhesion_id, done=done), 303)


def order(adhesion_id: str) -> dict[str, Any]:
    """What every command on an adhesion says: on which, by whom, and under which key."""
    return {"adhesion_id": adhesion_id, "actor": staff_id(), "idempotency_key": request_key()}


def show_adhesion(
    adhesion_id: str,
    errors: dict[str, list[str]] | None = None,
    problem: Explanation | None = None,
    queue: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """The page of one adhesion; in the queue, with the way to the next one and bodies whose names are alike."""
    adhesion = call("enrollment", "adhesion", adhesion_id=adhesion_id)
    programme = call("enrollment", "programme", code=adhesion["programme_code"])
    actors = {one["actor"] for one in adhesion["history"]} | {one["author"] for one in adhesion["notes"]}
    alike = []
    if adhesion["state"] == "under_review":
        found = call("enrollment", "search_bodies", query=adhesion["body"]["name"][:200], limit=6)["items"]
        alike = [body for body in found if body["code"] != adhesion["body"]["code"]]
    page = render_template(
        "staff/adhesion.html",
        programme=programme,
        adhesion=adhesion,
        people=names_of(store(), actors),
        places=places_of(adhesion["delegates"]),
        certificates=certificates_of(adhesion["delegates"]),
        alike=alike,
        queue=queue,
        errors=errors or {},
        values=request.form,
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)
