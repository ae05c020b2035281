"""What comes into scheduling and goes out of it by RPC. What comes in is strict: each wrong field has its code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf, Range

from services.scheduling.domain import EVIDENCE_SOURCES, REPAIRS

MOST_ENTRIES = 1000
"""More than any room holds: beyond it the request is no attendance sheet."""
LONGEST_RUN = 3600.0
MOST_RULES = 5000
"""Pins and exclusions; beyond it nobody has set them by hand."""

MOST_AT_A_DESK, MOST_DESKS = 20, 200
"""Accounts and appointments in one assignment."""

_CODES = {"required": "required", "null": "required"}


class Strict(Schema):
    """Refuses with codes, which the gateway says in the reader's language."""

    error_messages: ClassVar[dict[str, str]] = {"unknown": "unknown_field", "type": "invalid"}

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.error_messages = {key: _CODES.get(key, "invalid") for key in field_obj.error_messages}
        if isinstance(field_obj, fields.List):
            self.on_bind_field(field_name, field_obj.inner)


class Sentence(fields.String):
    """A reason that a person gives, on one line."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("invalid")
        text = " ".join(value.split())
        if not text:
            raise ValidationError("required")
        if len(text) > 500:
            raise ValidationError("too_long")
        if not text.isprintable():
            raise ValidationError("control_characters")
        return text


def _between(low: float | None, high: float | None) -> Range:
    return Range(min=low, max=high, error="out_of_range")


def _this_century(moment: datetime) -> None:
    if not 2000 <= moment.year < 2100:
        raise ValidationError("out_of_range")


# what comes in


class _Reference(fields.UUID):
    """The id of a run, as text: parameters are kept as JSON."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return str(super()._deserialize(value, attr, data, **kwargs))


class _Day(fields.Date):
    """A date, as text for the same reason."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs).isoformat()


def _few(value: Any) -> None:
    if len(value) > MOST_RULES:
        raise ValidationError("too_many")


def _code() -> fields.String:
    return fields.String(validate=Length(1, 80, error="invalid"))


def _codes() -> fields.List:
    return fields.List(_code(), validate=_few)


class RepairIn(Strict):
    """What has happened to the published calendar: a host cancels, or a trainer is ill from one date to another."""

    kind = fields.String(required=True, validate=OneOf(REPAIRS, error="invalid"))
    host_code = _code()
    trainer_id = _code()
    first = _Day()
    last = _Day()


class RunParameters(Strict):
    """How the planner is to work. What is not given is the planner's default, or not demanded."""

    seconds = fields.Float(load_default=10.0, validate=_between(0.5, LONGEST_RUN))
    seed = fields.Integer(load_default=0, strict=True, validate=_between(0, 2**31 - 1))
    detour = fields.Float(load_default=1.3, validate=_between(1.0, 3.0))
    based_on = _Reference()
    repair = fields.Nested(RepairIn)
    pinned_hosts = _codes()
    excluded_hosts = _codes()
    split = _codes()
    pinned = fields.Dict(keys=_code(), values=_code(), validate=_few)
    forbidden = fields.List(fields.List(_code(), validate=Length(equal=2, error="invalid")), validate=_few)
    least_in_region = fields.Dict(keys=_code(), values=fields.Integer(strict=True, validate=_between(0, 500)))
    capacities = fields.Dict(keys=_code(), values=fields.Integer(strict=True, validate=_between(1, 10_000)))
    pinned_dates = fields.Dict(keys=_code(), values=_Day())
    fair_km = fields.Float(validate=_between(0.0, 2000.0))
    fairness = fields.Float(validate=_between(0.0, 100.0))
    stay_km = fields.Float(validate=_between(0.0, 5000.0))
    moved_date_km = fields.Float(validate=_between(0.0, 5000.0))
    changed_trainer_km = fields.Float(validate=_between(0.0, 5000.0))


class EntryIn(Strict):
    """One line of an attendance sheet."""

    delegate_id = fields.UUID(required=True)
    minutes = fields.Integer(required=True, strict=True)


class AttendanceIn(Strict):
    """An attendance sheet; a delegate is on it once."""

    entries = fields.List(
        fields.Nested(EntryIn), required=True, validate=Length(min=1, max=MOST_ENTRIES, error="out_of_range")
    )
    source = fields.String(required=True, validate=OneOf(EVIDENCE_SOURCES, error="invalid"))

    @validates_schema(skip_on_field_errors=True)
    def once(self, data: dict[str, Any], **kwargs: Any) -> None:
        seen = [entry["delegate_id"] for entry in data["entries"]]
        if len(set(seen)) != len(seen):
            raise ValidationError("duplicate_delegate", "entries")


class CorrectionIn(Strict):
    delegate_id = fields.UUID(required=True)
    minutes = fields.Integer(required=True, strict=True)
    reason = Sentence(required=True)


class CancelIn(Strict):
    reason = Sentence(required=True)
    version = fields.Integer(load_default=None, allow_none=True, strict=True)
    """The one that the caller has read, when it minds."""


class MoveIn(CancelIn):
    starts_at = fields.AwareDateTime(required=True, format="iso", validate=_this_century)


class DelegatesIn(Strict):
    delegate_ids = fields.List(fields.UUID(), required=True, validate=Length(max=500, error="out_of_range"))


class DeskIn(Strict):
    """Which accounts are put at which desks: of these appointments, or of the coming training days of a host."""

    account_ids = fields.List(fields.UUID(), required=True, validate=Length(1, MOST_AT_A_DESK, error="out_of_range"))
    appointment_ids = fields.List(fields.UUID(), validate=Length(1, MOST_DESKS, error="out_of_range"))
    programme_id = fields.UUID()
    host_code = _code()

    @validates_schema(skip_on_field_errors=True)
    def one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "appointment_ids" in data:
            if "programme_id" in data or "host_code" in data:
                raise ValidationError("unknown_field", "host_code" if "host_code" in data else "programme_id")
        elif "host_code" not in data or "programme_id" not in data:
            missing = {"host_code", "programme_id"} - set(data)
            raise ValidationError("required", "appointment_ids" if len(missing) == 2 else missing.pop())


# what goes out


class RunOut(Schema):
    id = fields.UUID()
    programme_id = fields.UUID()
    state = fields.String()
    parameters = fields.Raw()
    phase = fields.String()
    share = fields.Float()
    cost_km = fields.Float()
    bound_km = fields.Float()
    gap = fields.Float()
    longest_km = fields.Float()
    mean_km = fields.Float()
    bodies = fields.Integer()
    reason = fields.String()
    facts = fields.Raw()
    stop_requested = fields.Boolean()
    requested_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime()
    requested_by = fields.String()


class AppointmentOut(Schema):
    id = fields.UUID()
    programme_id = fields.UUID()
    kind = fields.String()
    number = fields.Integer()
    state = fields.String()
    title_it = fields.String()
    title_en = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    minutes = fields.Integer()
    topic = fields.String()
    host_code = fields.String()
    host_name = fields.String()
    host_province = fields.String()
    latitude = fields.Float()
    longitude = fields.Float()
    venue = fields.String()
    capacity = fields.Integer()
    taken = fields.Integer()
    trainers = fields.Function(lambda row: [trainer["name"] for trainer in row.trainers])
    revision = fields.Integer()
    team_changes = fields.Integer()
    version = fields.Integer()


class PlaceOut(Schema):
    id = fields.UUID()
    appointment_id = fields.UUID()
    delegate_id = fields.UUID()
    body_code = fields.String()
    state = fields.String()
    reason = fields.String()
    released_at = fields.AwareDateTime()
    minutes = fields.Integer()
    source = fields.String()
    attendance_revision = fields.Integer()


class AppointmentSummary(AppointmentOut):
    """As much of the appointment as its attendant needs."""

    class Meta:
        exclude = ("capacity", "taken", "trainers", "version")


class HostOut(Schema):
    code = fields.String()
    name = fields.String()
    province = fields.String()
    region = fields.String()
    population = fields.Integer()
    latitude = fields.Float()
    longitude = fields.Float()
    venue = fields.String()
    address = fields.String()
    capacity = fields.Integer()
    usable = fields.Boolean()
    version = fields.Integer()


class TrainerOut(Schema):
    id = fields.UUID()
    name = fields.String()
    home = fields.String()
    latitude = fields.Float()
    longitude = fields.Float()
    unavailable = fields.Raw()
    skills = fields.Raw()
    most_days = fields.Integer()
    most_a_week = fields.Integer()
    usable = fields.Boolean()
    version = fields.Integer()
