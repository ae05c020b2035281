"""One's own tokens for programs: made, shown once, revoked."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway import tokens
from gateway.audit import about
from gateway.identity import acting, staff_only, store
from gateway.scopes import scopes_for
from gateway.words import Explanation, explain

pages = Blueprint("staff_tokens", __name__)

DAYS = (7, 30, 90, 366)


@pages.get("/staff/tokens")
@staff_only()
def index() -> Response:
    """The tokens that are good, and the form that makes another."""
    return _index()


@pages.post("/staff/tokens")
@staff_only()
def create() -> Response:
    """Make one; this page is the only one that shows it."""
    days = request.form.get("days", "")
    try:
        token, kept = tokens.create(
            store(),
            acting(),
            request.form.get("name", ""),
            request.form.getlist("scopes"),
            int(days) if days in map(str, DAYS) else 0,
        )
    except Invalid as answer:
        return _index(errors=answer.errors, status=422)
    except Refused as answer:
        return _index(problem=explain(answer), status=409)
    about(token_id=kept["id"])
    return _index(made=token)


@pages.post("/staff/tokens/<token_id>/revoke")
@staff_only()
def revoke(token_id: str) -> BaseResponse:
    """It opens nothing any more."""
    if not tokens.revoke(store(), acting(), token_id):
        raise NotFound()
    return redirect(url_for("staff_tokens.index", done="token_revoked"), 303)


def _index(
    errors: dict[str, list[str]] | None = None,
    problem: Explanation | None = None,
    made: str | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "staff/account/tokens.html",
        tokens=tokens.tokens_of(store(), acting()),
        scopes=scopes_for(acting().role),
        days=DAYS,
        values={} if made else request.form,
        chosen=[] if made else request.form.getlist("scopes"),
        errors=errors or {},
        problem=problem,
        made=made,
    )
    return Response(page, status)
