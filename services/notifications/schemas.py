"""What comes in and goes out by RPC. No names and no addresses go out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range

from services.notifications import domain
from services.notifications.decisions import Decided
from services.notifications.domain import DECISIONS, KINDS, STATES
from services.notifications.models import Message

STAFF_KINDS = tuple(name for name, kind in KINDS.items() if kind.about == "staff")


class Cursor(fields.Field[tuple[datetime, UUID]]):
    """A place in the list of messages, opaque to who holds it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[datetime, UUID]:
        try:
            moment, identifier = str(value).split("~")
            return datetime.fromtimestamp(int(moment) / 1_000_000, UTC), UUID(identifier)
        except (ValueError, OverflowError, OSError):
            raise ValidationError("invalid") from None


def is_an_address(text: str) -> None:
    """Complain of what is not one plain address."""
    if not domain.is_address(text):
        raise ValidationError("not_an_email")


class MessageQuery(Schema):
    """The filter and the page of ``messages``."""

    class Meta:
        unknown = EXCLUDE

    state = fields.String(allow_none=True, load_default=None, validate=OneOf(STATES, error="unknown"))
    kind = fields.String(allow_none=True, load_default=None, validate=OneOf(list(KINDS), error="unknown"))
    person_id = fields.UUID(allow_none=True, load_default=None, error_messages={"invalid_uuid": "invalid"})
    programme_id = fields.UUID(allow_none=True, load_default=None, error_messages={"invalid_uuid": "invalid"})
    limit = fields.Integer(load_default=50, strict=True, validate=Range(1, 500, error="out_of_range"))
    before = Cursor(data_key="cursor", allow_none=True, load_default=None)


class CountQuery(Schema):
    programme_id = fields.UUID(allow_none=True, load_default=None, error_messages={"invalid_uuid": "invalid"})


class Decision(Schema):
    """A person's word on a message."""

    message_id = fields.UUID(required=True, error_messages={"invalid_uuid": "invalid"})
    actor = fields.String(required=True, validate=Length(1, 80, error="length"))
    outcome = fields.String(load_default=None, validate=OneOf(("sent", "not_sent"), error="unknown"))


class Recipient(Schema):
    """One of the staff: the only way in which their name and address come here."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, validate=Length(0, 200, error="length"))
    email = fields.String(required=True, validate=is_an_address)
    language = fields.String(required=True, validate=OneOf(("it", "en"), error="unknown"))


class StaffLetter(Schema):
    """A letter to one of the staff; ``to`` is None when there is nobody of that address."""

    kind = fields.String(required=True, validate=OneOf(STAFF_KINDS, error="unknown"))
    to = fields.Nested(Recipient, required=True, allow_none=True)
    subject_id = fields.UUID(required=True)
    role = fields.String(load_default=None, allow_none=True, validate=Length(1, 20, error="length"))
    ends_at = fields.AwareDateTime(required=True, format="iso")


class Introduction(Schema):
    """Some of the staff, to whom letters are going to be written."""

    people = fields.List(fields.Nested(Recipient), required=True, validate=Length(1, 100, error="length"))


class Decisions(Schema):
    """The same about many: as many as a person can have looked at."""

    message_ids = fields.List(
        fields.UUID(error_messages={"invalid_uuid": "invalid"}), required=True, validate=Length(1, 500, error="length")
    )
    decision = fields.String(required=True, validate=OneOf(DECISIONS, error="unknown"))
    actor = fields.String(validate=Length(1, 80, error="length"))


def counted(decided: Decided) -> dict[str, Any]:
    """How many messages a decision changed or sent again, and how many it left, by why."""
    left = [{"reason": reason, "count": count} for reason, count in sorted(decided.left.items())]
    return {"done": len(decided.done), "left": left}


def shown(message: Message, language: str) -> dict[str, Any]:
    """A message as staff see it: what, for whom by identifier, and what became of it."""
    return {
        "id": str(message.id),
        "kind": message.kind,
        "language": language,
        "person_id": str(message.person_id),
        "state": message.state,
        "created_at": message.created_at.isoformat(),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "attempts": message.attempts,
        "cause": message.cause,
        "reason": message.reason,
    }


def cursor_after(message: Message) -> str:
    """Where the page after this message begins. Microseconds: the database keeps no more."""
    microseconds = round(message.created_at.timestamp() * 1_000_000)
    return f"{microseconds}~{message.id}"
