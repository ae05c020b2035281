"""The envelope, and what every event is.

An event is a fact in the past tense. Its class declares its fields with marshmallow; an instance is strict when it
is made (the producer's side) and tolerant when it is read (unknown fields are ignored), so that a new optional field
never breaks a reader that was deployed earlier.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, missing

__all__ = ["Event", "Malformed"]

_PLAIN: dict[type[fields.Field[Any]], type] = {fields.UUID: UUID, fields.String: str, fields.Boolean: bool}


class Malformed(ValueError):
    """The message is no event of this class: it names the fields that are wrong, never their values."""


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
    _dumped: dict[str, Any] | None

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
            dumped = self._plain(data)
            if dumped is None:
                dumped = self.strict.dump(data)
                data = self.strict.load(dumped)
        except (ValidationError, ValueError, TypeError, AttributeError) as error:
            raise Malformed(f"{self.name}: {_complaint(error)}") from error
        self._fill(id or uuid4(), occurred_at or datetime.now(UTC), sequence, correlation_id, data)
        self._dumped = dumped

    @classmethod
    def _plain(cls, data: dict[str, Any]) -> dict[str, Any] | None:
        """The data dumped, when each value is just what its field would load, and passes; else None.

        A plan of a whole country is told in hundreds of thousands of events of four identifiers each, for which
        marshmallow's way to JSON and back takes five times as long.
        """
        dumped: dict[str, Any] = {}
        for name, field in cls.strict.fields.items():
            value = data.get(name)
            if name not in data and not field.required and field.load_default in (None, missing):
                continue
            if name in data and value is None and field.allow_none:
                dumped[name] = None
                continue
            if type(value) is not _PLAIN.get(type(field)):
                return None
            for passes in field.validators:
                passes(value)
            dumped[name] = str(value) if type(value) is UUID else value
        return dumped

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
        self._dumped = None

    @property
    def aggregate_id(self) -> str:
        return str(getattr(self, self.aggregate))

    @classmethod
    def type(cls) -> str:
        """The routing key: breaking changes get a new version, published beside the old one."""
        return f"{cls.name}.v{cls.version}"

    def data(self) -> dict[str, Any]:
        """The fields as plain JSON values. An optional one that is ``None`` is left out; a required one says null."""
        if self._dumped is None:
            self._dumped = self.strict.dump({key: getattr(self, key) for key in self.strict.fields})
        declared = self.strict.fields
        return {key: value for key, value in self._dumped.items() if value is not None or declared[key].required}

    def dump(self) -> dict[str, Any]:
        """The whole message, envelope and data, as plain JSON values."""
        return {
            "id": str(self.id),
            "type": self.name,
            "version": self.version,
            "occurred_at": self.occurred_at.isoformat(),
            "aggregate_id": self.aggregate_id,
            "sequence": self.sequence,
            "correlation_id": self.correlation_id,
            "data": self.data(),
        }

    @classmethod
    def load(cls, message: Any) -> Self:
        """Read a message tolerantly; raise ``Malformed`` when it is not one of this class."""
        try:
            kind = (message["type"], message["version"])
            identifier, occurred_at = UUID(message["id"]), datetime.fromisoformat(message["occurred_at"])
            sequence, correlation = message["sequence"], message["correlation_id"]
            data = cls.tolerant.load(message["data"])
        except (ValidationError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise Malformed(f"{cls.name}: {_complaint(error)}") from error
        if kind != (cls.name, cls.version):
            raise Malformed(f"{cls.type()}: the message is another event")
        if not isinstance(sequence, int | None) or not isinstance(correlation, str | None):
            raise Malformed(f"{cls.name}: the envelope is wrong")
        event = cls.__new__(cls)
        occurred_at = occurred_at if occurred_at.tzinfo else occurred_at.replace(tzinfo=UTC)
        event._fill(identifier, occurred_at, sequence, correlation, data)
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
