"""The envelope, and what every event is.

An event is a fact in the past tense. Its class declares its fields with marshmallow; an instance is strict when it
is made (the producer's side) and tolerant when it is read (unknown fields are ignored), so that a new optional field
never breaks a reader that was deployed earlier.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields

__all__ = ["Event", "Malformed"]


class Malformed(ValueError):
    """The message is no event of this class: it names the fields that are wrong, never their values."""


class _Envelope(Schema):
    id = fields.UUID(required=True)
    type = fields.String(required=True)
    version = fields.Integer(required=True)
    occurred_at = fields.AwareDateTime(required=True, default_timezone=UTC)
    aggregate_id = fields.String(required=True)
    sequence = fields.Integer(required=True, allow_none=True)
    correlation_id = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)


_ENVELOPE = _Envelope(unknown=EXCLUDE)
_RESERVED = {
    *("id", "name", "type", "version", "occurred_at", "aggregate", "aggregate_id", "sequence", "correlation_id"),
    *("personal", "strict", "tolerant", "data", "dump", "load"),
}


class Event:
    """A fact that one service publishes and others read.

    Subclasses declare ``name`` (``producer.subject.happened``), ``version``, the field that identifies their
    ``aggregate``, and their data as marshmallow fields. ``personal`` is true for the two contact events only: no other
    event may carry a name or an address.

    ``sequence`` counts the events of one aggregate, from 1; the outbox gives it inside the producer's transaction.
    Readers use it to ignore what is stale. It is ``None`` until the event has been emitted.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    aggregate: ClassVar[str]
    personal: ClassVar[bool] = False

    strict: ClassVar[Schema]
    tolerant: ClassVar[Schema]

    id: UUID
    occurred_at: datetime
    sequence: int | None
    correlation_id: str | None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        declared = {
            key: value
            for base in reversed(cls.__mro__)
            for key, value in vars(base).items()
            if isinstance(value, fields.Field)
        }
        taken = declared.keys() & _RESERVED
        if taken:
            raise TypeError(f"{cls.__name__}: {', '.join(sorted(taken))} belongs to every event")
        body = Schema.from_dict(declared, name=f"{cls.__name__}Data")
        cls.strict, cls.tolerant = body(unknown=RAISE), body(unknown=EXCLUDE)

    def __init__(
        self,
        *,
        id: UUID | None = None,
        occurred_at: datetime | None = None,
        sequence: int | None = None,
        correlation_id: str | None = None,
        **data: Any,
    ) -> None:
        """Make the fact, or raise ``Malformed`` when a field is missing, unknown or of the wrong type."""
        unknown = data.keys() - self.strict.fields.keys()
        if unknown:
            raise Malformed(f"{self.name}: unknown field {', '.join(sorted(unknown))}")
        try:
            data = self.strict.load(self.strict.dump(data))
        except (ValidationError, ValueError, TypeError, AttributeError) as error:
            raise Malformed(f"{self.name}: {_complaint(error)}") from error
        self._fill(id or uuid4(), occurred_at or datetime.now(UTC), sequence, correlation_id, data)

    def _fill(
        self,
        id: UUID,
        occurred_at: datetime,
        sequence: int | None,
        correlation_id: str | None,
        data: dict[str, Any],
    ) -> None:
        self.id = id
        self.occurred_at = occurred_at
        self.sequence = sequence
        self.correlation_id = correlation_id
        for key in self.strict.fields:
            setattr(self, key, data.get(key))

    @property
    def aggregate_id(self) -> str:
        return str(getattr(self, self.aggregate))

    @classmethod
    def type(cls) -> str:
        """The routing key: breaking changes get a new version, published beside the old one."""
        return f"{cls.name}.v{cls.version}"

    def data(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        dumped: dict[str, Any] = self.strict.dump({key: getattr(self, key) for key in self.strict.fields})
        return {key: value for key, value in dumped.items() if value is not None}

    def dump(self) -> dict[str, Any]:
        """The whole message, envelope and data, as plain JSON values."""
        envelope: dict[str, Any] = _ENVELOPE.dump(
            {
                "id": self.id,
                "type": self.name,
                "version": self.version,
                "occurred_at": self.occurred_at,
                "aggregate_id": self.aggregate_id,
                "sequence": self.sequence,
                "correlation_id": self.correlation_id,
            }
        )
        return {**envelope, "data": self.data()}

    @classmethod
    def load(cls, message: Any) -> Self:
        """Read a message tolerantly; raise ``Malformed`` when it is not one of this class."""
        try:
            envelope = _ENVELOPE.load(message)
            data = cls.tolerant.load(envelope["data"])
        except (ValidationError, ValueError, TypeError, AttributeError) as error:
            raise Malformed(f"{cls.name}: {_complaint(error)}") from error
        if (envelope["type"], envelope["version"]) != (cls.name, cls.version):
            raise Malformed(f"{cls.type()}: the message is a {envelope['type']}.v{envelope['version']}")
        event = cls.__new__(cls)
        event._fill(envelope["id"], envelope["occurred_at"], envelope["sequence"], envelope["correlation_id"], data)
        return event

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Event) and self.data() == other.data()

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        """Identifiers only: an event may carry a person's name, and a log line must not."""
        return f"<{type(self).__name__} {self.id} of {self.aggregate_id}>"


def _complaint(error: Exception) -> str:
    if isinstance(error, ValidationError) and isinstance(error.messages, dict):
        return "; ".join(f"{field}: {'wrong' if messages else ''}" for field, messages in error.messages.items())
    return type(error).__name__
