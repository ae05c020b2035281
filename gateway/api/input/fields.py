"""What a value of the API is: types and lengths, and the complaints about them in codes that pages know too."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

_CODES = {"required": "required", "null": "required", "unknown": "unknown_field"}


class Length(validate.Length):
    """marshmallow's, complaining in codes."""

    def __call__(self, value: Any) -> Any:
        if self.min is not None and len(value) < self.min:
            raise ValidationError("too_few" if isinstance(value, list) else "too_short")
        if self.max is not None and len(value) > self.max:
            raise ValidationError("too_many" if isinstance(value, list) else "too_long")
        return value


class Input(Schema):
    """Complains in codes (``required``, ``too_long`` …), so that every caller may say it in its own words."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown_field", "type": "invalid"}

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.error_messages = {key: _CODES.get(key, "invalid") for key in field_obj.error_messages}
        if isinstance(field_obj, fields.Email):
            field_obj.validators[0].error = "invalid_email"  # type: ignore[attr-defined]
        if isinstance(field_obj, fields.List):
            self.on_bind_field(field_name, field_obj.inner)


class Query(Input):
    """What comes after the question mark; what we do not know there is ignored, as browsers and proxies add things."""

    class Meta:
        unknown = EXCLUDE


def text(most: int = 200, **given: Any) -> fields.String:
    """One line."""
    plain = validate.Regexp(r"[^\x00-\x1f\x7f\u2028\u2029]*\Z", error="control_characters")
    return fields.String(validate=[Length(1, most), plain], **given)


def prose(most: int = 2000, **given: Any) -> fields.String:
    """Some lines."""
    plain = validate.Regexp(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\Z", error="control_characters")
    return fields.String(validate=[Length(1, most), plain], **given)


def choice(among: tuple[str, ...], **given: Any) -> fields.String:
    """One of the codes."""
    return fields.String(validate=validate.OneOf(among, error="unknown_choice"), **given)


def whole(least: int, most: int, strict: bool = True, **given: Any) -> fields.Integer:
    """A whole number within limits; in a query it is text."""
    return fields.Integer(strict=strict, validate=validate.Range(least, most, error="out_of_range"), **given)


def date(**given: Any) -> fields.String:
    """A day, kept as the text that services take."""
    of_day = validate.Regexp(r"\d{4}-\d{2}-\d{2}\Z", error="invalid")
    return fields.String(validate=of_day, metadata={"format": "date"}, **given)


def yes_or_no(**given: Any) -> fields.Boolean:
    """``true`` or ``false`` in a query."""
    return fields.Boolean(truthy={"true"}, falsy={"false"}, **given)


def email(**given: Any) -> fields.Email:
    return fields.Email(validate=Length(3, 254), **given)


def uuid(**given: Any) -> fields.String:
    """An id, kept as the text that services take."""
    return fields.String(validate=_is_uuid, metadata={"format": "uuid"}, **given)


_UUID = validate.Regexp(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", error="invalid")


def _is_uuid(value: str) -> None:
    _UUID(value.lower())


class PageQuery(Query):
    limit = whole(1, 500, strict=False, load_default=50)
    cursor = text(500, load_default=None)
