"""SendGrid's event webhook: is it genuine and fresh, and what does it say of which message?"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sendgrid.helpers.eventwebhook import EventWebhook

from chassis.refusal import Invalid, Refused
from services.notifications.domain import BOUNCED, EVIDENCE

MAX_AGE = 600
"""Seconds. A recorded call is of no use to anybody after that."""
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, order=True)
class Reported:
    """One event about one message. ``reason`` is a code: the provider's own words quote the address."""

    happened_at: int
    message_id: UUID
    event: str
    reason: str | None = None

    @property
    def state(self) -> str:
        return EVIDENCE[self.event]


@lru_cache(maxsize=4)
def _verifier(public_key: str) -> EventWebhook:
    return EventWebhook(public_key)


def is_public_key(text: str) -> bool:
    try:
        return _verifier(text) is not None
    except ValueError:
        return False


def read(body_base64: str, signature: str, timestamp: str, public_key: str, now: datetime) -> list[Reported]:
    """The events about messages, oldest first, or a refusal.

    The signature covers the timestamp and the body as it came, so the body travels here untouched. Events about other
    senders' messages, or that prove nothing, are left out.
    """
    try:
        body = base64.b64decode(body_base64, validate=True).decode("utf-8")
        base64.b64decode(signature, validate=True)
        genuine = bool(public_key) and _verifier(public_key).verify_signature(body, signature, timestamp)
        sent_at = int(timestamp)
    except (binascii.Error, ValueError, TypeError):
        raise Refused("bad_signature") from None
    if not genuine:
        raise Refused("bad_signature")
    if abs(now.timestamp() - sent_at) > MAX_AGE:
        raise Refused("too_old")
    try:
        events = json.loads(body)
    except ValueError:
        raise Invalid({"body": ["not_json"]}) from None
    if not isinstance(events, list):
        raise Invalid({"body": ["not_a_list"]})
    return sorted({found for event in events if (found := _reported(event)) is not None}, key=_in_order)


def _in_order(reported: Reported) -> tuple[int, str, str]:
    return reported.happened_at, str(reported.message_id), reported.event


def _reported(event: Any) -> Reported | None:
    try:
        kind, happened_at, message_id = str(event["event"]), int(event["timestamp"]), UUID(event["message_id"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None
    if kind not in EVIDENCE or not 0 < happened_at < 2**40:
        return None
    return Reported(happened_at, message_id, kind, _reason(kind, event))


def _reason(kind: str, event: dict[str, Any]) -> str | None:
    """``bounce 5.1.1``: what happened, and the mail server's status code where there is one."""
    if EVIDENCE[kind] != BOUNCED:
        return None
    said = f"{event.get('status') or ''} {event.get('reason') or ''}"
    code = _STATUS.search(said)
    word = "blocked" if event.get("type") == "blocked" else kind
    return f"{word} {code[0]}" if code else word
