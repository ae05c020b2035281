"""The topics that a body asks for, as long as another choice does anything; scheduling says what."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.pages.area import inside
from gateway.pages.draft import MOST_TOPICS, Errors
from gateway.words import explain

pages = Blueprint("body_topics", __name__)

Page = Response | BaseResponse | str


@pages.get("/area/topics")
def ask() -> Page:
    """The topics as they are, to be chosen anew, and what that still does."""
    return _ask()


@pages.post("/area/topics")
def change() -> Page:
    """Keep the new choice; who plans and who seats hear of it."""
    chosen = list(dict.fromkeys(request.form.getlist("topics")))[: 4 * MOST_TOPICS]
    if not 1 <= len(chosen) <= MOST_TOPICS:
        return _ask(chosen, {"topics": ["one_to_five"]}, status=422)
    adhesion = inside("body", "area")
    try:
        call("scheduling", "topics_reach", programme_id=adhesion["programme_id"])
        inside("body", "change_topics", topics=chosen, idempotency_key=request_key())
    except Invalid as answer:
        return _ask(chosen, answer.errors, status=422)
    except Refused as answer:
        return _ask(chosen, problem=answer, status=409)
    return redirect(url_for("body_area.show", done="topics_changed"), 303)


def _ask(
    chosen: list[str] | None = None, errors: Errors | None = None, problem: Refused | None = None, status: int = 200
) -> Page:
    adhesion = inside("body", "area")
    reach = None
    try:
        reach = call("scheduling", "topics_reach", programme_id=adhesion["programme_id"])
    except Refused as answer:
        problem = problem or answer
    page = render_template(
        "area/topics.html",
        programme=call("enrollment", "programme", code=adhesion["programme_code"]),
        chosen=adhesion["topics"] if chosen is None else chosen,
        reach=reach,
        errors=errors or {},
        problem=explain(problem) if problem else None,
        key=new_key(),
    )
    return Response(page, status)
