"""What bodies and their people write: the adhesion form, and what they change of it afterwards."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from contracts.enrollment import BODY_KINDS, LANGUAGES, ROLES
from gateway.api.input.fields import Input, Length, choice, email, text

GENDERS = ("female", "male", "other", "not_said")


class PersonInput(Input):
    given_name = text(required=True)
    family_name = text(required=True)


class LegalRepresentativeInput(PersonInput):
    title = text(allow_none=True)


class ContactInput(PersonInput):
    email = email(required=True)
    phone = text(40, allow_none=True)
    office = text(allow_none=True)
    language = choice(LANGUAGES)


class MailboxInput(Input):
    email = email(required=True)


class DelegateInput(PersonInput):
    email = email(required=True)
    role = choice(ROLES, required=True)
    gender = choice(GENDERS, required=True)
    language = choice(LANGUAGES)


class DelegatesInput(Input):
    """Several delegates, of whom all are registered or none."""

    delegates = fields.List(fields.Nested(DelegateInput), required=True, validate=Length(1, 200))


class OwnCorrectionInput(PersonInput):
    language = choice(LANGUAGES, required=True)


class BodyInput(Input):
    """A supra-municipal body, which the registry does not list: the secretariat reviews it."""

    name = text(required=True)
    kind = choice(BODY_KINDS, required=True)
    province = text(10, required=True)
    members = fields.List(text(40), validate=Length(0, 500))


class AdhesionInput(Input):
    """The adhesion form. The body is one of the registry, by its code, or one that the registry does not list."""

    programme_code = text(40, required=True)
    body_code = text(40)
    body = fields.Nested(BodyInput)
    consent = fields.Boolean(required=True, truthy={True}, falsy={False})
    consent_version = text(40, required=True)
    contact = fields.Nested(ContactInput, required=True)
    legal_representative = fields.Nested(LegalRepresentativeInput, required=True)
    topics = fields.List(text(60), required=True, validate=Length(1, 5))
    institutional_email = email(allow_none=True)
    delegates = fields.List(fields.Nested(DelegateInput), load_default=list, validate=Length(0, 200))

    @validates_schema(skip_on_field_errors=False)
    def one_body(self, data: dict[str, Any], **_: Any) -> None:
        if ("body_code" in data) == ("body" in data):
            raise ValidationError({"body_code": ["required"]})


class DraftInput(Input):
    """An adhesion form as far as it is written; it is looked at only when it is sent."""

    programme_code = text(40, required=True)
    email = email(required=True)
    language = choice(LANGUAGES)
    adhesion = fields.Dict(keys=fields.String(), required=True)


class AreaLinkInput(Input):
    email = email(required=True)
    programme_code = text(40, required=True)


class TopicsInput(Input):
    topics = fields.List(text(60), required=True, validate=Length(1, 5))
