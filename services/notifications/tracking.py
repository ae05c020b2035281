"""How a message's state moves: only as the domain permits, whoever brings the news."""

from __future__ import annotations

from chassis import clock
from services.notifications.domain import BOUNCED, CLAIMED, DELIVERED, FINAL, PERMITTED, SENT
from services.notifications.models import Message


def move(message: Message, state: str, reason: str | None = None) -> bool:
    """Move the message, or leave it when that is no step forward; true when it moved."""
    if state not in PERMITTED[message.state]:
        return False
    message.state, message.reason = state, reason
    if state != CLAIMED:
        message.claimed_by = message.claimed_until = None
    if state in (SENT, DELIVERED, BOUNCED) and message.sent_at is None:
        message.sent_at = clock.now()
    if state in FINAL:
        message.address = None
    return True
