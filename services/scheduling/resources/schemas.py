"""What staff may say of hosts, trainers and the calendar's rules; each wrong field has its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, Range

from services.scheduling.schemas import Strict

MOST_DATES = 400
MOST_SEATS = 10_000
_YEARLY = re.compile(r"(\d\d)-(\d\d)")


class Line(fields.String):
    """Words on one line; empty where they may be."""

    def __init__(self, longest: int, **given: Any) -> None:
        super().__init__(**given)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("invalid")
        text = " ".join(value.split())
        if not text and self.required:
            raise ValidationError("required")
        if len(text) > self.longest:
            raise ValidationError("too_long")
        if not text.isprintable():
            raise ValidationError("control_characters")
        return text


class Once(fields.Date):
    """A date of this century, as ISO text inside too."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not 2000 <= day.year < 2100:
            raise ValidationError("out_of_range")
        return day.isoformat()


class Yearly(fields.String):
    """A day of each year, MM-DD."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        found = _YEARLY.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("not_a_day")
        try:
            date(2000, int(found[1]), int(found[2]))
        except ValueError as error:
            raise ValidationError("not_a_day") from error
        return value


class Closed(fields.String):
    """A date that is closed once (YYYY-MM-DD) or each year (MM-DD)."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return Yearly().deserialize(value)
        except ValidationError:
            return Once(error_messages={"invalid": "not_a_day"}).deserialize(value)


def _number(least: float, most: float, **given: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=Range(least, most, error="out_of_range"), **given)


def _degrees(most: float) -> fields.Float:
    return fields.Float(validate=Range(-most, most, error="out_of_range"))


def _dates(field: fields.Field[Any]) -> fields.List:
    return fields.List(field, validate=Length(max=MOST_DATES, error="too_many"))


class Somewhere(Strict):
    """Something with a place on the map."""

    latitude = _degrees(90)
    longitude = _degrees(180)

    @validates_schema(skip_on_field_errors=True)
    def somewhere(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A place at 0, 0 is in the Gulf of Guinea, which is how missing coordinates look."""
        if data.get("latitude") == 0 and data.get("longitude") == 0:
            raise ValidationError("nowhere", "latitude")


class ClosureIn(Strict):
    date = Closed(required=True)
    reason = Line(200, load_default="")


class HostChange(Somewhere):
    venue = Line(200, required=True)
    address = Line(200)
    capacity = _number(1, MOST_SEATS, allow_none=True)
    usable = fields.Boolean(truthy={True}, falsy={False})
    closures = _dates(fields.Nested(ClosureIn))


class HostIn(HostChange):
    code = Line(40, required=True)
    name = Line(200, required=True)
    province = Line(80, required=True)
    region = Line(80, required=True)
    population = _number(0, 10_000_000, load_default=0)
    latitude = fields.Float(required=True, validate=Range(-90, 90, error="out_of_range"))
    longitude = fields.Float(required=True, validate=Range(-180, 180, error="out_of_range"))


class TrainerIn(Somewhere):
    name = Line(200, required=True)
    home = Line(200, required=True)
    latitude = fields.Float(required=True, validate=Range(-90, 90, error="out_of_range"))
    longitude = fields.Float(required=True, validate=Range(-180, 180, error="out_of_range"))
    unavailable = _dates(Once())
    skills = fields.List(Line(60, required=True), allow_none=True, validate=Length(1, 500, error="at_least_one"))
    most_days = _number(1, 1000, allow_none=True)
    most_a_week = _number(1, 7, allow_none=True)
    usable = fields.Boolean(truthy={True}, falsy={False})


class PauseIn(Strict):
    first = Yearly(required=True)
    last = Yearly(required=True)


class RulesIn(Strict):
    days_per_date = _number(1, 50, required=True)
    days_per_week = _number(1, 250, allow_none=True, load_default=None)
    reachable_km = fields.Float(required=True, validate=Range(1, 5000, error="out_of_range"))
    pauses = fields.List(fields.Nested(PauseIn), required=True, validate=Length(max=20, error="too_many"))
    closed_dates = fields.List(Once(), required=True, validate=Length(max=MOST_DATES, error="too_many"))


class RulesOut(Schema):
    programme_id = fields.UUID()
    days_per_date = fields.Integer()
    days_per_week = fields.Integer()
    reachable_km = fields.Float()
    pauses = fields.Raw()
    closed_dates = fields.Raw()
    version = fields.Integer()
