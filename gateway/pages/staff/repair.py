"""Failed messages for the secretariat: what failed, where, since when, and another try."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Missing, Unavailable
from gateway import repair
from gateway.forms import new_key, request_key
from gateway.happenings import AGAIN, MISSING, SERVICES, plain_name
from gateway.identity import staff_id, staff_only
from gateway.pages.staff import chosen
from gateway.words import Explanation, explain

pages = Blueprint("staff_repair", __name__)


@pages.get("/staff/failed-messages")
@staff_only("secretariat")
def index() -> str:
    """How many messages failed in each service."""
    return render_template(
        "staff/failed.html", programme=chosen.programme(), services=repair.counts(), chosen_service=None
    )


@pages.get("/staff/failed-messages/<service>")
@staff_only("secretariat")
def show(service: str) -> Response:
    """What failed in one service, oldest first."""
    return _show(service)


@pages.post("/staff/failed-messages/<service>")
@staff_only("secretariat")
def replay(service: str) -> Response | BaseResponse:
    """Another try for one message, or for all of the service."""
    chosen.programme()
    which = request.form.get("message_id", "")
    if service not in SERVICES:
        raise NotFound()
    if which != "all" and not (which.isascii() and which.isdecimal() and len(which) <= 18):
        raise BadRequest()
    try:
        repair.replay(service, None if which == "all" else int(which), staff_id(), request_key())
    except Missing as answer:
        return _show(service, explain(answer), 404)
    return redirect(url_for("staff_repair.show", service=service, done="messages_replayed"), 303)


def _show(service: str, problem: Explanation | None = None, status: int = 200) -> Response:
    programme = chosen.programme()
    if service not in SERVICES:
        raise NotFound()
    try:
        found = repair.failed(service, chosen.PAGE, request.args.get("cursor") or None)
    except Unavailable:
        found = None
    page = render_template(
        "staff/failed.html",
        programme=programme,
        services=repair.counts(),
        chosen_service=service,
        missing=MISSING[service],
        again=AGAIN[service],
        found=found,
        messages=[{**one, "event": plain_name(one["type"]), "key": new_key()} for one in found["items"]]
        if found
        else [],
        key=new_key(),
        problem=problem,
        **chosen.paged(found or {}, url_for("staff_repair.show", service=service)),
    )
    return Response(page, status)
