"""A programme, as it comes in and goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, Regexp

from contracts.enrollment import BODY_KINDS, ROLES
from services.enrollment.schemas.fields import (
    MOST_DELEGATES,
    Instant,
    Strict,
    Words,
    choice,
    day,
    whole_number,
)


def accepted(value: Any) -> list[str]:
    """The names of the questions that whoever changes a programme has answered with yes."""
    names: list[str] = fields.List(
        fields.String(validate=Length(max=60, error="too_long")), validate=Length(max=20, error="too_many")
    ).deserialize(list(value) if isinstance(value, tuple) else value)
    return sorted(set(names))


class TopicInput(Strict):
    code = Words(60, required=True)
    title_it = Words(200, required=True)
    title_en = Words(200, required=True)


class ProgrammeInput(Strict):
    """A programme as data: all that ``contracts.enrollment.ProgrammeOpened`` tells and what only adhesions need."""

    code = fields.String(required=True, validate=Regexp(r"[a-z0-9][a-z0-9-]{0,59}\Z", error="invalid"))
    protocol_prefix = fields.String(required=True, validate=Regexp(r"[A-Z]{1,8}\Z", error="invalid"))
    title_it = Words(200, required=True)
    title_en = Words(200, required=True)
    issuer = Words(200, required=True)
    adhesion_opens = Instant(required=True)
    adhesion_closes = Instant(required=True)
    training_from = day()
    training_until = day()
    training_days = whole_number(0, 2_000, required=True)
    webinars = whole_number(0, 2_000, required=True)
    kinds = fields.List(choice(BODY_KINDS), required=True, validate=Length(1, 2, error="invalid"))
    population_min = whole_number(load_default=None, allow_none=True)
    population_max = whole_number(load_default=None, allow_none=True)
    territory_note = Words(500, load_default="")
    territory_note_en = Words(500, load_default="")
    late_paper_days = whole_number(0, 366, load_default=0)
    places_per_body = whole_number(1, MOST_DELEGATES, required=True)
    administrator_least = whole_number(0, MOST_DELEGATES, load_default=None, allow_none=True)
    administrator_most = whole_number(0, MOST_DELEGATES, load_default=None, allow_none=True)
    manager_least = whole_number(0, MOST_DELEGATES, load_default=None, allow_none=True)
    manager_most = whole_number(0, MOST_DELEGATES, load_default=None, allow_none=True)
    official_least = whole_number(0, MOST_DELEGATES, load_default=None, allow_none=True)
    official_most = whole_number(0, MOST_DELEGATES, load_default=None, allow_none=True)
    day_capacity = whole_number(1, 100_000, required=True)
    webinar_capacity = whole_number(1, 100_000, required=True)
    webinars_per_delegate = whole_number(0, 100, required=True)
    trainers_per_day = whole_number(1, 50, required=True)
    day_minutes = whole_number(1, 1_440, required=True)
    webinar_minutes = whole_number(1, 1_440, required=True)
    certificate_minutes = whole_number(1, required=True)
    changes_close_days = whole_number(0, 365, load_default=0)
    certificate_it = Words(2000, required=True, lines=True)
    certificate_en = Words(2000, required=True, lines=True)
    consent_version = Words(40, required=True)
    consent_it = Words(5000, required=True, lines=True)
    consent_en = Words(5000, required=True, lines=True)
    topics = fields.List(fields.Nested(TopicInput), required=True, validate=Length(1, 500, error="invalid"))

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["adhesion_opens"] >= data["adhesion_closes"]:
            raise ValidationError("before_opening", "adhesion_closes")
        if data["training_from"] > data["training_until"]:
            raise ValidationError("before_start", "training_until")
        low, high = data["population_min"], data["population_max"]
        if low is not None and high is not None and low > high:
            raise ValidationError("below_minimum", "population_max")
        kept = 0
        for role in ROLES:
            least, most = data[f"{role}_least"] or 0, data[f"{role}_most"]
            if most is not None and least > most:
                raise ValidationError("below_minimum", f"{role}_most")
            kept += least
            if kept > data["places_per_body"]:
                raise ValidationError("more_than_places", f"{role}_least")
        if data["certificate_minutes"] > attainable(data):
            raise ValidationError("unattainable", "certificate_minutes")
        codes = [topic["code"] for topic in data["topics"]]
        if len(set(codes)) < len(codes):
            raise ValidationError("repeated", "topics")


def attainable(programme: Mapping[str, Any]) -> int:
    """The minutes of who misses nothing: one training day, and the webinars that a delegate may have."""
    day_minutes = programme["day_minutes"] if programme["training_days"] else 0
    webinars = min(programme["webinars"], programme["webinars_per_delegate"])
    return int(day_minutes + webinars * programme["webinar_minutes"])


class ProgrammeOutput(ProgrammeInput):
    programme_id = fields.UUID(attribute="id")
    state = fields.String()


class ProgrammeSettingsOutput(ProgrammeOutput):
    """With what only its administrators need."""

    draft = fields.Boolean()
    version = fields.Integer()


class ProgrammeHistoryOutput(Schema):
    at = fields.AwareDateTime()
    actor = fields.String()
    what = fields.String()
    changes = fields.List(fields.Dict())
