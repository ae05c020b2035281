"""What notifications publishes: what became of each letter."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length

from contracts.event import Event


class _Message(Event):
    name = "notifications.message"
    aggregate = "message_id"

    message_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    kind = fields.String(required=True)


class MessageSent(_Message):
    """The provider accepted the message."""

    name = "notifications.message.sent"


class MessageDelivered(_Message):
    """The recipient's server accepted the message."""

    name = "notifications.message.delivered"


class MessageBounced(_Message):
    """The recipient's server refused the message: the mailbox may be dead."""

    name = "notifications.message.bounced"

    reason = fields.String(required=True, validate=Length(min=1))


class MessageUnresolved(_Message):
    """Nobody knows whether the message went out. It is not sent again by itself: a person decides."""

    name = "notifications.message.unresolved"
