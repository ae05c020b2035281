"""What comes into enrollment about adhesions."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, Regexp

from contracts.enrollment import BODY_KINDS, LANGUAGES, ROLES
from services.enrollment.domain import BULK_ACTIONS, GENDERS, OFFICE, STATES
from services.enrollment.schemas.fields import (
    LARGEST_DRAFT,
    MOST_DELEGATES,
    Mailbox,
    Phone,
    Strict,
    Words,
    choice,
    whole_number,
)


class DeclaredBodyInput(Strict):
    """A supra-municipal body that no list knows. ``members`` are ISTAT codes of its municipalities."""

    name = Words(200, required=True)
    kind = choice(("supra_municipal",), load_default="supra_municipal")
    province = fields.String(required=True, validate=Regexp(r"[A-Z]{2}\Z", error="invalid"))
    members = fields.List(
        fields.String(validate=Regexp(r"\d{6}\Z", error="invalid")),
        load_default=list,
        validate=Length(max=400, error="too_many"),
    )


class ContactInput(Strict):
    given_name = Words(100, required=True)
    family_name = Words(100, required=True)
    email = Mailbox(required=True)
    phone = Phone(30, load_default=None, allow_none=True)
    office = Words(200, load_default=None, allow_none=True)
    language = choice(LANGUAGES, load_default="it")


class LegalRepresentativeInput(Strict):
    given_name = Words(100, required=True)
    family_name = Words(100, required=True)
    title = Words(100, load_default=None, allow_none=True)


class DelegateInput(Strict):
    given_name = Words(100, required=True)
    family_name = Words(100, required=True)
    email = Mailbox(required=True)
    role = choice(ROLES, required=True)
    gender = choice(GENDERS, required=True)
    language = choice(LANGUAGES, load_default="it")


class DelegatesInput(Strict):
    """Several delegates at once. A mailbox that comes again is an error of the later one."""

    delegates = fields.List(
        fields.Nested(DelegateInput), required=True, validate=Length(1, MOST_DELEGATES, error="too_many")
    )

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        emails = [one["email"] for one in data["delegates"]]
        again = [number for number, email in enumerate(emails) if email in emails[:number]]
        if again:
            raise ValidationError({number: {"email": ["duplicate_delegate"]} for number in again}, "delegates")


class OwnCorrectionInput(Strict):
    """What delegates may set right by themselves: the body answers for role and gender, a mailbox for the address."""

    given_name = Words(100, required=True)
    family_name = Words(100, required=True)
    language = choice(LANGUAGES, required=True)


class MailboxInput(Strict):
    email = Mailbox(required=True)


class AdhesionInput(Strict):
    """The adhesion form. Either ``body_code`` of a listed body or ``body``, the declaration of an unlisted one."""

    programme_code = Words(60, required=True)
    body_code = Words(16, load_default=None, allow_none=True)
    body = fields.Nested(DeclaredBodyInput, load_default=None, allow_none=True)
    consent = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    consent_version = Words(40, load_default=None, allow_none=True)
    contact = fields.Nested(ContactInput, required=True)
    legal_representative = fields.Nested(LegalRepresentativeInput, required=True)
    topics = fields.List(Words(60, required=True), required=True, validate=Length(1, 5, error="one_to_five"))
    institutional_email = Mailbox(load_default=None, allow_none=True)
    delegates = fields.List(
        fields.Nested(DelegateInput), load_default=list, validate=Length(max=MOST_DELEGATES, error="too_many")
    )

    @validates_schema
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["body_code"] is None) == (data["body"] is None):
            raise ValidationError("one_of_body_code_and_body", "body_code")
        if len(set(data["topics"])) < len(data["topics"]):
            raise ValidationError("repeated", "topics")


def _not_too_large(adhesion: dict[str, Any]) -> None:
    written = json.dumps(adhesion)
    if len(written) > LARGEST_DRAFT or "\\u0000" in written:
        raise ValidationError("invalid")


class DraftInput(Strict):
    """An adhesion form as far as it is written: kept as it is, and looked at only when it is sent."""

    programme_code = Words(60, required=True)
    email = Mailbox(required=True)
    language = choice(LANGUAGES, load_default="it")
    adhesion = fields.Dict(keys=fields.String(), required=True, validate=_not_too_large)


class PaperInput(Strict):
    """The paper by which a body asked: of which day it is, and under what number the office keeps it."""

    dated_on = fields.Date(required=True)
    reference = Words(100, required=True)


class ReviewInput(Strict):
    """The secretariat's decision; a body that is turned away reads why."""

    decision = choice(("confirm", "reject"), required=True)
    reason = Words(1000, load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["decision"] == "reject" and data["reason"] is None:
            raise ValidationError("required", "reason")


class ReasonInput(Strict):
    """Staff that change something say why."""

    reason = Words(1000, required=True)


class DeclaredBodyCorrection(Strict):
    name = Words(200, required=True)
    province = fields.String(required=True, validate=Regexp(r"[A-Z]{2}\Z", error="invalid"))


class TopicsInput(Strict):
    topics = fields.List(Words(60, required=True), required=True, validate=Length(1, 5, error="one_to_five"))

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(set(data["topics"])) < len(data["topics"]):
            raise ValidationError("repeated", "topics")


class CorrectionInput(ReasonInput):
    """What is to be corrected, of each part only the fields that are named."""

    contact = fields.Nested(ContactInput(partial=True))
    legal_representative = fields.Nested(LegalRepresentativeInput(partial=True))
    institutional_email = Mailbox(allow_none=True)
    topics = fields.List(Words(60, required=True), validate=Length(1, 5, error="one_to_five"))
    body = fields.Nested(DeclaredBodyCorrection(partial=True))
    delegates = fields.Dict(
        keys=fields.UUID(),
        values=fields.Nested(DelegateInput(partial=True)),
        validate=Length(max=MOST_DELEGATES, error="too_many"),
    )

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(set(data.get("topics", ()))) < len(data.get("topics", ())):
            raise ValidationError("repeated", "topics")


class NoteInput(Strict):
    text = Words(2000, required=True, lines=True)


class BulkInput(Strict):
    """One thing to do to the adhesions named, or to all that the filters let through. Some say why, and must."""

    action = choice(BULK_ACTIONS, required=True)
    reason = Words(1000, load_default=None, allow_none=True)
    adhesion_ids = fields.List(fields.UUID(), validate=Length(1, 500, error="too_many"))
    filters = fields.Dict(keys=fields.String())

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("adhesion_ids" in data) == ("filters" in data):
            raise ValidationError("one_of_ids_and_filters", "adhesion_ids")
        if data["action"] in ("reject", "withdraw") and data["reason"] is None:
            raise ValidationError("required", "reason")


class AdhesionFilterInput(Strict):
    """Which adhesions of a programme: no text is no filter. Dates are days of the office, the last one to its end."""

    state = choice(STATES, allow_none=True)
    kind = choice(BODY_KINDS, allow_none=True)
    region = Words(100, allow_none=True)
    province = Words(2, allow_none=True)
    population_min = whole_number(allow_none=True)
    population_max = whole_number(allow_none=True)
    submitted_from = fields.Date(allow_none=True)
    submitted_until = fields.Date(allow_none=True)
    delegates_min = whole_number(allow_none=True)
    delegates_max = whole_number(allow_none=True)
    mailbox_dead = fields.Boolean(truthy={True}, falsy={False}, allow_none=True)
    query = Words(200, allow_none=True)

    @post_load
    def bound(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        for name, time_of_day in (("submitted_from", time.min), ("submitted_until", time.max)):
            if data.get(name) is not None:
                data[name] = datetime.combine(data[name], time_of_day, OFFICE)
        return data


class JoinedInput(Strict):
    """Which of the bodies that have joined; no text is no filter."""

    region = Words(100, allow_none=True, load_default=None)
    province = Words(2, allow_none=True, load_default=None)
    query = Words(200, allow_none=True, load_default=None)
