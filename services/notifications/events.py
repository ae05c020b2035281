"""What others are told of a message."""

from __future__ import annotations

from typing import Any

from contracts.event import Event
from contracts.notifications import MessageBounced, MessageDelivered, MessageSent, MessageUnresolved
from services.notifications.models import Message


def told(message: Message) -> list[Event]:
    """The event of the state that the message has just reached, if others care for it."""
    names: dict[str, Any] = {"message_id": message.id, "person_id": message.person_id, "kind": message.kind}
    match message.state:
        case "sent":
            return [MessageSent(**names)]
        case "delivered":
            return [MessageDelivered(**names)]
        case "bounced":
            return [MessageBounced(**names, reason=message.reason or "bounce")]
        case "unknown":
            return [MessageUnresolved(**names)]
        case _:
            return []
