"""Mails for the secretariat: where they stand, and what a person has to decide about some of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.i18n import N_, in_language
from gateway.identity import staff_id, staff_only
from gateway.labels import LABELS, label
from gateway.pages.staff import chosen
from gateway.pages.staff.certificates import holders
from gateway.pages.staff.search import addressed
from gateway.words import Explanation, explain

pages = Blueprint("staff_messages", __name__)

MOST = 500
"""As many as one decision may be about."""
_DONE = {"sent": "message_resolved", "not_sent": "message_resolved", "resend": "message_resent"}
_NOT_ARRIVED = ("bounced", "unknown", "failed", "queued", "claimed")
_ARRIVED = ("sent", "delivered")
_ADVICE = {
    "bounced": N_(
        "The mailbox refused the mail: the address is wrong, the mailbox is full, or it is no more. Correct the "
        "address first – in the adhesion, or by appointing another contact – and send the mail again afterwards."
    ),
    "unknown": N_(
        "The connection broke while the mail was handed over: nobody knows whether it left. The provider usually "
        "reports it within minutes. If not, look it up at the provider by the hour and the address, and say here what "
        "you found."
    ),
    "failed": N_(
        "The mail did not leave. The reason is beside each: mend it, and send the mail again. What is out of date or "
        "concerns an erased person stays as it is."
    ),
    "queued": N_(
        "The mail waits its turn, for its document, or for the provider to accept mails again. It leaves by itself; if "
        "many wait for long, tell who runs the system."
    ),
    "claimed": N_("The mail is being handed over at this moment. It settles by itself within minutes."),
}
"""What each state means, and what is to be done."""


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
    return redirect(url_for("staff_messages.index", done=_DONE[decision], **_filters(request.form)), 303)


@pages.post("/staff/messages/selection")
@staff_only("secretariat")
def choose() -> Response:
    """What a decision would do to the messages that were chosen, or to all that the filters let through."""
    decision, ids = request.form.get("decision", ""), request.form.getlist("message")
    if decision not in _DONE:
        raise BadRequest()
    more = False
    if request.form.get("which") == "all":
        found = call("notifications", "messages", limit=MOST, **_wanted(_filters(request.form)))
        ids, more = [message["id"] for message in found["items"]], bool(found["next_cursor"])
    if not ids:
        return _index(explain(Refused("nothing_chosen")), 422)
    try:
        preview = call("notifications", "preview_decision", message_ids=ids, decision=decision)
    except Invalid as error:
        raise BadRequest() from error
    page = render_template(
        "staff/messages_decide.html",
        programme=chosen.any_programme(),
        decision=decision,
        ids=ids,
        more=more,
        preview=_explained(preview),
        filters=_filters(request.form),
        key=new_key(),
    )
    return Response(page)


@pages.post("/staff/messages/decisions")
@staff_only("secretariat")
def decide_many() -> BaseResponse:
    """Do what was shown, to each message to which it still may be done."""
    decision = request.form.get("decision", "")
    if decision not in _DONE:
        raise BadRequest()
    try:
        call(
            "notifications",
            "decide_messages",
            message_ids=request.form.getlist("message"),
            decision=decision,
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Invalid as error:
        raise BadRequest() from error
    return redirect(url_for("staff_messages.index", done=_DONE[decision], **_filters(request.form)), 303)


def _explained(preview: dict[str, Any]) -> dict[str, Any]:
    left = [{**one, "words": explain(Refused(one["reason"], state="–"))} for one in preview["left"]]
    return {**preview, "left": left}


def _filters(asked: Mapping[str, str]) -> dict[str, str]:
    """What the list is narrowed to: a state, a kind, a programme by its code."""
    return {name: value for name in ("state", "kind", "programme") if (value := asked.get(name, "").strip()[:60])}


def _wanted(filters: dict[str, str]) -> dict[str, str]:
    """The same for the service, which knows programmes by their ids; letters to staff are of none."""
    wanted = {name: value for name, value in filters.items() if name != "programme"}
    if "programme" in filters:
        wanted["programme_id"] = chosen.programme()["programme_id"]
    return wanted


def _index(problem: Explanation | None = None, status: int = 200) -> Response:
    """The list by the address's filters; after a choice of nothing, by those of the form."""
    filters = _filters(request.args if request.method == "GET" else request.form)
    wanted = _wanted(filters)
    found = call("notifications", "messages", limit=chosen.PAGE, cursor=request.args.get("cursor") or None, **wanted)
    programme = chosen.any_programme()
    page = render_template(
        "staff/messages.html",
        programme=programme,
        messages=[{**message, "key": new_key()} for message in found["items"]],
        people=holders([message["person_id"] for message in found["items"]]),
        counts=call("notifications", "message_counts", programme_id=wanted.get("programme_id")),
        filters=filters,
        states=(*_NOT_ARRIVED, *_ARRIVED),
        advice=_ADVICE.get(filters.get("state", "")),
        key=new_key(),
        kinds_shown=[(code, label("message_kind", code)) for code in LABELS["message_kind"]],
        programmes_shown=[(one["code"], in_language(one, "title")) for one in g.get("programmes", ())],
        addressed=addressed,
        problem=problem,
        **chosen.paged(found, url_for("staff_messages.index")),
    )
    return Response(page, status)
