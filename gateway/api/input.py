"""What the API takes: types and lengths here, rules in the services. Complaints are the codes that pages know too."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate, validates_schema

from contracts.enrollment import BODY_KINDS, LANGUAGES, ROLES
from contracts.scheduling import APPOINTMENT_KINDS

GENDERS = ("female", "male", "other", "not_said")
ADHESION_STATES = ("submitted", "under_review", "confirmed", "rejected", "withdrawn")
_SORTS = ("protocol", "body", "province", "region", "population", "state", "delegates", "submitted")
ADHESION_SORTS = (*_SORTS, *(f"-{name}" for name in _SORTS))
BULK_ACTIONS = ("approve", "reject", "withdraw", "remind")
APPOINTMENT_STATES = ("scheduled", "closed", "cancelled")
CERTIFICATE_STATES = ("pressing", "valid", "replaced", "revoked", "failed")
MESSAGE_STATES = ("queued", "claimed", "sent", "delivered", "bounced", "failed", "unknown")
SOURCES = ("desk", "sheet", "webinar_report")
MOST_ENTRIES = 1000
MOST_FOUND = 50

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


class BodySearch(PageQuery):
    query = text(100, required=True)
    limit = whole(1, MOST_FOUND, strict=False, load_default=10)


class JoinedFilter(PageQuery):
    region = text(100)
    province = text(10)
    query = text(100)


class PublicAppointmentFilter(PageQuery):
    kind = choice(APPOINTMENT_KINDS)


class CalendarQuery(Query):
    region = text(100)


class EligibilityQuery(Query):
    body_code = text(40, required=True)


class AdhesionFilter(Query):
    """Which adhesions; both ends of a range belong to it."""

    programme_code = text(40, required=True)
    state = choice(ADHESION_STATES)
    kind = choice(BODY_KINDS)
    region = text(100)
    province = text(2)
    population_min = whole(0, 100_000_000, strict=False)
    population_max = whole(0, 100_000_000, strict=False)
    submitted_from = date()
    submitted_until = date()
    delegates_min = whole(0, 1000, strict=False)
    delegates_max = whole(0, 1000, strict=False)
    mailbox_dead = yes_or_no()
    query = text(200)


class ExportQuery(AdhesionFilter):
    subject = choice(("adhesions", "delegates"), load_default="adhesions")
    format = choice(("csv", "xlsx"), load_default="csv")


class AdhesionsQuery(AdhesionFilter, PageQuery):
    """A page of them; ``count`` asks how many match."""

    sort = choice(ADHESION_SORTS, load_default="protocol")
    count = yes_or_no(load_default=False)


class RunFilter(PageQuery):
    programme_id = uuid(required=True)


class AppointmentFilter(PageQuery):
    programme_id = uuid(required=True)
    kind = choice(APPOINTMENT_KINDS)
    state = choice(APPOINTMENT_STATES)


class CertificateFilter(PageQuery):
    programme_id = uuid(required=True)
    delegate_id = uuid()
    state = choice(CERTIFICATE_STATES)
    query = text(200)


class MessageFilter(PageQuery):
    state = choice(MESSAGE_STATES)
    kind = text(40)
    person_id = uuid()
    programme_id = uuid()


class MessageCountFilter(Query):
    programme_id = uuid()


class EvidenceQuery(Query):
    programme_id = uuid(required=True)


class PeopleQuery(Query):
    id = fields.List(uuid(), required=True, validate=Length(1, 100))


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


class PaperInput(Input):
    dated_on = date(required=True)
    reference = text(100, required=True)


class PaperAdhesionInput(Input):
    """What a body sent on paper, and the paper itself."""

    adhesion = fields.Nested(AdhesionInput, required=True)
    paper = fields.Nested(PaperInput, required=True)


class DraftInput(Input):
    """An adhesion form as far as it is written; it is looked at only when it is sent."""

    programme_code = text(40, required=True)
    email = email(required=True)
    language = choice(LANGUAGES)
    adhesion = fields.Dict(keys=fields.String(), required=True)


class AreaLinkInput(Input):
    email = email(required=True)
    programme_code = text(40, required=True)


class ReviewInput(Input):
    decision = choice(("confirm", "reject"), required=True)
    reason = prose(1000, load_default=None, allow_none=True)


class CorrectedContact(Input):
    given_name = text(100)
    family_name = text(100)
    email = email()
    phone = text(30, allow_none=True)
    office = text(allow_none=True)
    language = choice(LANGUAGES)


class CorrectedRepresentative(Input):
    given_name = text(100)
    family_name = text(100)
    title = text(100, allow_none=True)


class CorrectedDelegate(Input):
    given_name = text(100)
    family_name = text(100)
    email = email()
    role = choice(ROLES)
    gender = choice(GENDERS)
    language = choice(LANGUAGES)


class CorrectedBody(Input):
    """What a supra-municipal body declared of itself."""

    name = text()
    province = text(2)


class AdhesionCorrection(Input):
    """What is to be corrected, of each part only the fields that are named; delegates by their ids."""

    reason = text(1000, required=True)
    contact = fields.Nested(CorrectedContact)
    legal_representative = fields.Nested(CorrectedRepresentative)
    institutional_email = email(allow_none=True)
    topics = fields.List(text(60), validate=Length(1, 5))
    body = fields.Nested(CorrectedBody)
    delegates = fields.Dict(keys=uuid(), values=fields.Nested(CorrectedDelegate))


class TopicsInput(Input):
    topics = fields.List(text(60), required=True, validate=Length(1, 5))


class NoteInput(Input):
    text = prose(2000, required=True)


class BulkFilters(Input):
    """As the list takes them."""

    state = choice(ADHESION_STATES)
    kind = choice(BODY_KINDS)
    region = text(100)
    province = text(2)
    population_min = whole(0, 100_000_000)
    population_max = whole(0, 100_000_000)
    submitted_from = date()
    submitted_until = date()
    delegates_min = whole(0, 1000)
    delegates_max = whole(0, 1000)
    mailbox_dead = fields.Boolean(truthy={True}, falsy={False})
    query = text(200)


class BulkInput(Input):
    """One thing to do to the adhesions named, or to all that the filters let through at this moment."""

    programme_code = text(40, required=True)
    action = choice(BULK_ACTIONS, required=True)
    reason = text(1000, allow_none=True)
    adhesion_ids = fields.List(uuid(), validate=Length(1, 500))
    filters = fields.Nested(BulkFilters)


class ReasonInput(Input):
    reason = prose(500, required=True)


class EntryInput(Input):
    delegate_id = uuid(required=True)
    minutes = whole(0, 1440, required=True)


class AttendanceInput(Input):
    source = choice(SOURCES, required=True)
    entries = fields.List(fields.Nested(EntryInput), required=True, validate=Length(1, MOST_ENTRIES))


class CorrectionInput(EntryInput):
    reason = prose(500, required=True)


class MoveInput(Input):
    starts_at = fields.AwareDateTime(required=True, format="iso")
    reason = prose(500, required=True)


class MessageDecisionInput(Input):
    """One decision about many mails: they left, they did not leave, send them again."""

    message_ids = fields.List(uuid(), required=True, validate=Length(1, 500))
    decision = choice(("sent", "not_sent", "resend"), required=True)


class ResolutionInput(Input):
    outcome = choice(("sent", "not_sent"), required=True)


class VerificationInput(Input):
    public_code = text(80, required=True)
    name = text(load_default=None, allow_none=True)
