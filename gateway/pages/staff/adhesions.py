"""Adhesions for the secretariat: found, read whole, reviewed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

import seeds
from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.pages.staff import chosen
from gateway.pages.staff.filters import MORE, typed, wanted
from gateway.words import LABELS, Explanation, explain, label

pages = Blueprint("staff_adhesions", __name__)

LONGEST_REASON = 500


@pages.get("/staff/adhesions")
@staff_only("secretariat")
def index() -> Response:
    """The adhesions that the filters let through, a page at a time, in the order that was asked for."""
    programme = chosen.programme()
    filters, sort = typed(request.args), request.args.get("sort") or "protocol"
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    errors: dict[str, list[str]] = {}
    try:
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
        if not answer.errors.keys() <= filters.keys():
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
        states=[(code, label("adhesion", code)) for code in LABELS["adhesion"]],
        kinds=[(code, label("kind", code)) for code in LABELS["kind"]],
        regions=[(region.name, region.name) for region in seeds.regions()],
        **chosen.paged(found, url_for("staff_adhesions.index")),
    )
    return Response(page, 422 if errors else 200)


def _sort_url(sort: str) -> str:
    """The list from its beginning in another order, with the same filters."""
    kept = {name: value for name, value in request.args.items() if name not in ("cursor", "sort", "done") and value}
    return url_for("staff_adhesions.index", **kept, sort=sort)


@pages.get("/staff/adhesions/<adhesion_id>")
@staff_only("secretariat")
def show(adhesion_id: str) -> Response:
    """One adhesion whole, with its history."""
    return _show(adhesion_id)


@pages.post("/staff/adhesions/<adhesion_id>/review")
@staff_only("secretariat")
def review(adhesion_id: str) -> Response | BaseResponse:
    """Confirm or reject with a reason, which the body will read when it is a no."""
    decision = request.form.get("decision", "")
    reason = request.form.get("reason", "").strip()
    if decision not in ("confirm", "reject") or (decision == "reject" and not reason):
        errors = {"reason" if decision == "reject" else "decision": ["required"]}
        return _show(adhesion_id, errors=errors, status=422)
    try:
        adhesion = call(
            "enrollment",
            "review_adhesion",
            adhesion_id=adhesion_id,
            decision=decision,
            reason=reason[:LONGEST_REASON],
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return _show(adhesion_id, problem=explain(answer), status=409)
    done = f"adhesion_{adhesion['state']}"
    return redirect(url_for("staff_adhesions.show", adhesion_id=adhesion_id, done=done), 303)


def _show(
    adhesion_id: str,
    errors: dict[str, list[str]] | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    adhesion = call("enrollment", "adhesion", adhesion_id=adhesion_id)
    programme = call("enrollment", "programme", code=adhesion["programme_code"])
    page = render_template(
        "staff/adhesion.html",
        programme=programme,
        adhesion=adhesion,
        errors=errors or {},
        values=request.form,
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)
