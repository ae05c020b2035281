"""An adhesion that a body sent on paper, entered by the secretariat: first the body, then all that the paper says."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from chassis.refusal import Invalid, Missing, Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.i18n import gettext as _
from gateway.identity import staff_id, staff_only
from gateway.pages.adhesion import field_names
from gateway.pages.draft import Draft
from gateway.pages.staff import chosen
from gateway.pages.staff.adhesions import Page
from gateway.words import Explanation, explain

pages = Blueprint("staff_paper", __name__)

MOST_ROWS = 3
"""Of delegates, at first; more are added from the body's area."""


@pages.get("/staff/paper")
@staff_only("secretariat")
def ask() -> Page:
    """Which body; then the form."""
    programme = chosen.programme()
    kind, code = request.args.get("kind"), request.args.get("body", "")
    if kind == "supra_municipal" or code:
        return _form(programme, Draft(request.form), {}, kind or "municipality", code)
    query = request.args.get("query", "").strip()[:100]
    found = call("enrollment", "search_bodies", query=query, limit=10)["items"] if query else None
    return render_template("staff/paper_body.html", programme=programme, query=query, found=found)


@pages.post("/staff/paper")
@staff_only("secretariat")
def enter() -> Page:
    """Enter it, with the day and the number of the paper."""
    programme, draft = chosen.programme(), Draft(request.form)
    draft.drop_empty_rows()
    kind, code = draft.values.get("body_kind", "municipality"), draft.values.get("body_code", "")
    paper = {name: request.form.get(name, "").strip() for name in ("dated_on", "reference")}
    errors: dict[str, list[str]] = {}
    if draft.values.get("consent") != "yes":
        errors["consent"] = ["required"]
    for step in ("body", "people"):
        topics = [topic["code"] for topic in programme["topics"]]
        errors |= draft.complaints(step, topics, int(programme["places_per_body"]))
    errors |= {name: ["required"] for name, text in paper.items() if not text}
    if errors:
        return _form(programme, draft, errors, kind, code, status=422)
    try:
        adhesion = call(
            "enrollment",
            "enter_adhesion",
            adhesion=draft.answers(programme["code"]),
            paper=paper,
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _form(programme, draft, answer.errors, kind, code, status=422)
    except Refused as answer:
        return _form(programme, draft, {}, kind, code, explain(answer), 409)
    return redirect(url_for("staff_adhesions.show", adhesion_id=adhesion["id"], done="adhesion_entered"), 303)


def _form(
    programme: dict[str, Any],
    draft: Draft,
    errors: dict[str, list[str]],
    kind: str,
    code: str,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    body = call("enrollment", "body", code=code) if code and kind == "municipality" else None
    if body is None and kind != "supra_municipal":
        raise Missing("body")
    rows = min(MOST_ROWS, int(programme["places_per_body"]))
    page = render_template(
        "staff/paper.html",
        programme=programme,
        body=body,
        kind=kind,
        draft=draft,
        values={**draft.by_path, **request.form},
        rows=max(rows, len(draft.delegates)),
        errors=errors,
        names={
            **field_names(rows),
            "dated_on": _("Date of the paper"),
            "reference": _("Number under which the office keeps it"),
            "consent": _("Privacy notice"),
        },
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)
