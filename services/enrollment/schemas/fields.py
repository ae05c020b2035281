"""Fields that come in: strict, each with a code for what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.validate import OneOf, Range

MOST_DELEGATES = 200
"""More than any programme gives one body: beyond it the request is no request."""

LARGEST_DRAFT = 200_000
"""Characters of a form that is put aside; a full one has some tens of thousands."""

_CODES = {"required": "required", "null": "required"}
_FORBIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_MAILBOX = re.compile(
    r"(?!\.)(?!.*\.\.)[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)


class Strict(Schema):
    """Refuses with codes, which the gateway says in the reader's language."""

    error_messages = {"unknown": "unknown_field", "type": "invalid"}

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.error_messages = {key: _CODES.get(key, "invalid") for key in field_obj.error_messages}
        if isinstance(field_obj, fields.List):
            self.on_bind_field(field_name, field_obj.inner)


class Words(fields.String):
    """Text that a person typed: trimmed, in NFC, with single spaces, without invisible characters.

    ``lines`` lets line breaks stay. An empty text counts as a missing one where the field is required.
    """

    def __init__(self, longest: int, *, lines: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self.longest = longest
        self.lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("invalid")
        if len(value) > 4 * self.longest + 100:
            raise ValidationError("too_long")
        lines = value.replace("\r\n", "\n").split("\n") if self.lines else [value]
        if any(unicodedata.category(character) in _FORBIDDEN for line in lines for character in line):
            raise ValidationError("control_characters")
        text = "\n".join(" ".join(line.split()) for line in lines).strip()
        text = unicodedata.normalize("NFC", text)
        if len(text) > self.longest:
            raise ValidationError("too_long")
        if not text and self.required:
            raise ValidationError("required")
        return text or None


class Mailbox(Words):
    """An address that a letter can be sent to, in lower case: two spellings of one mailbox are one person."""

    def __init__(self, **given: Any) -> None:
        super().__init__(254, **given)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is not None and not _MAILBOX.fullmatch(text := text.lower()):
            raise ValidationError("not_an_email")
        return text


def mailbox(value: Any) -> str:
    """The address in the form in which it is kept; empty when it is none."""
    try:
        return Mailbox().deserialize(value) or ""
    except ValidationError:
        return ""


class Phone(Words):
    """A telephone number as people write it; nobody dials it by machine."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is not None and not re.fullmatch(r"[0-9+()/. -]+", text):
            raise ValidationError("not_a_phone")
        return text


def choice(values: tuple[str, ...], **given: Any) -> fields.String:
    return fields.String(validate=OneOf(values, error="not_a_choice"), **given)


def whole_number(least: int = 0, most: int = 100_000_000, **given: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=Range(least, most, error="out_of_range"), **given)


_FIRST, _LAST = 2000, 2100


def day() -> fields.Date:
    """A day on which a programme may do something."""
    return fields.Date(required=True, validate=Range(date(_FIRST, 1, 1), date(_LAST, 12, 31), error="out_of_range"))


class Instant(fields.AwareDateTime):
    """A moment of the same years, kept in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        given = super()._deserialize(value, attr, data, **kwargs)
        if not _FIRST <= given.year < _LAST:
            raise ValidationError("out_of_range")
        return given.astimezone(UTC)
