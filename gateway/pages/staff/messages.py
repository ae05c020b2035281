"""Mails for the secretariat: where they stand, and what a person has to decide about some of them."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.pages.staff import chosen
from gateway.pages.staff.certificates import holders
from gateway.words import LABELS, Explanation, explain

pages = Blueprint("staff_messages", __name__)

_DONE = {"sent": "message_resolved", "not_sent": "message_resolved", "resend": "message_resent"}


@pages.get("/staff/messages")
@staff_only("secretariat")
def index() -> Response:
    """The messages by state; those that wait for a decision can be decided here."""
    return _index()


@pages.post("/staff/messages/<message_id>")
@staff_only("secretariat")
def decide(message_id: str) -> Response | BaseResponse:
    """Record what became of a message of unknown outcome, or send it again as a new one: never by itself."""
    decision = request.form.get("decision", "")
    if decision not in _DONE:
        raise BadRequest()
    order = {"message_id": message_id, "actor": staff_id(), "idempotency_key": request_key()}
    try:
        if decision == "resend":
            call("notifications", "resend_message", **order)
        else:
            call("notifications", "resolve_message", outcome=decision, **order)
    except Refused as answer:
        return _index(explain(answer), 409)
    state, kind = request.form.get("state") or None, request.form.get("kind") or None
    return redirect(url_for("staff_messages.index", done=_DONE[decision], state=state, kind=kind), 303)


def _index(problem: Explanation | None = None, status: int = 200) -> Response:
    filters = chosen.asked("state", "kind")
    found = call("notifications", "messages", limit=chosen.PAGE, cursor=request.args.get("cursor") or None, **filters)
    page = render_template(
        "staff/messages.html",
        programme=chosen.programme(),
        messages=[{**message, "key": new_key()} for message in found["items"]],
        people=holders([message["person_id"] for message in found["items"]]),
        counts=call("notifications", "message_counts"),
        filters=filters,
        states=LABELS["message"],
        kinds=LABELS["message_kind"],
        problem=problem,
        **chosen.paged(found, url_for("staff_messages.index")),
    )
    return Response(page, status)
