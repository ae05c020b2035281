"""Mails by state, what a person decides about the doubtful ones, and the provider's reports on them."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask import request

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id, staff_only

Decided = out.shape(
    "DecidedMessages", done=out.whole(), left=[out.shape("LeftMessages", reason=out.text(), count=out.whole())]
)

messages = Blueprint("messages", __name__, url_prefix=PREFIX, description="Mails, without names or addresses")


@messages.get("/messages")
@staff_only("secretariat")
@messages.arguments(given.MessageFilter, location="query")
@messages.response(200, out.page(out.Message))
def list_messages(query: dict[str, Any]) -> Any:
    """Mails by state, kind or person"""
    return call("notifications", "messages", **query)


@messages.get("/message-counts")
@staff_only("secretariat")
@messages.arguments(given.MessageCountFilter, location="query")
@messages.response(200, out.MessageCounts)
def count_messages(query: dict[str, Any]) -> Any:
    """How many mails are in each state, of a programme or of all"""
    return call("notifications", "message_counts", **query)


@messages.post("/message-decision-previews")
@staff_only("secretariat")
@messages.arguments(given.MessageDecisionInput)
@messages.response(200, Decided)
def preview_message_decision(decision: dict[str, Any]) -> Any:
    """What a decision about many mails would do

    `left` names the rules that keep some of them back. Nothing is done.
    """
    return call("notifications", "preview_decision", **decision)


@messages.post("/message-decisions")
@staff_only("secretariat")
@messages.arguments(given.MessageDecisionInput)
@messages.response(200, Decided)
def decide_messages(decision: dict[str, Any]) -> Any:
    """Decide about many mails at once

    A mail of which another one left for the same fact is kept back: nobody gets it twice.
    """
    return call("notifications", "decide_messages", **decision, actor=staff_id(), idempotency_key=request_key())


@messages.post("/messages/<uuid:message_id>/resolution")
@staff_only("secretariat")
@messages.arguments(given.ResolutionInput)
@messages.response(200, out.Message)
def resolve_message(resolution: dict[str, Any], message_id: UUID) -> Any:
    """Say whether a mail of unknown outcome went or not"""
    return _command("resolve_message", message_id, resolution)


@messages.post("/messages/<uuid:message_id>/resend")
@staff_only("secretariat")
@messages.response(201, out.Message)
def resend_message(message_id: UUID) -> Any:
    """Send a mail that failed, bounced or is of unknown outcome again, as a new one"""
    return _command("resend_message", message_id, {})


@messages.post("/webhooks/sendgrid")
@messages.response(200, out.Accepted)
def receive_webhook() -> Any:
    """SendGrid's signed event webhook

    The signature covers the raw body; reports may come twice, late, or in any order.
    """
    return call(
        "notifications",
        "receive_webhook",
        body_base64=base64.b64encode(request.get_data()).decode(),
        signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature", ""),
        timestamp=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""),
    )


def _command(method: str, message_id: UUID, arguments: dict[str, Any]) -> Any:
    return call(
        "notifications",
        method,
        message_id=str(message_id),
        **arguments,
        actor=staff_id(),
        idempotency_key=request_key(),
    )
