"""What comes into enrollment and goes out of it by RPC.

What comes in is strict: unknown fields, control characters and anything longer than its column are refused with a code
for each field. Names are kept in one Unicode form (NFC) with single spaces, mailboxes in lower case.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, OneOf, Range, Regexp

from contracts.enrollment import BODY_KINDS, LANGUAGES, ROLES
from services.enrollment.domain import BULK_ACTIONS, GENDERS, OFFICE, STATES

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


class CorrectionInput(ReasonInput):
    """What is to be corrected, of each part only the fields that are named."""

    contact = fields.Nested(ContactInput(partial=True))
    legal_representative = fields.Nested(LegalRepresentativeInput(partial=True))
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
    day_capacity = whole_number(1, 100_000, required=True)
    webinar_capacity = whole_number(1, 100_000, required=True)
    webinars_per_delegate = whole_number(0, 100, required=True)
    trainers_per_day = whole_number(0, 50, required=True)
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


class BodyOutput(Schema):
    code = fields.String()
    name = fields.String()
    name_other = fields.String()
    kind = fields.String()
    province = fields.String()
    province_name = fields.String()
    region = fields.String()
    population = fields.Integer()
    population_year = fields.Integer()


class WholeBodyOutput(BodyOutput):
    latitude = fields.Float()
    longitude = fields.Float()
    cadastral_code = fields.String()


class ContactOutput(Schema):
    id = fields.UUID()
    given_name = fields.String()
    family_name = fields.String()
    email = fields.String()
    phone = fields.String()
    office = fields.String()
    language = fields.String()
    mail_state = fields.String()


class LegalRepresentativeOutput(Schema):
    id = fields.UUID()
    given_name = fields.String()
    family_name = fields.String()
    title = fields.String()


class DelegateOutput(Schema):
    id = fields.UUID()
    given_name = fields.String()
    family_name = fields.String()
    email = fields.String()
    role = fields.String()
    gender = fields.String()
    language = fields.String()
    state = fields.String()
    mail_state = fields.String()


class HistoryOutput(Schema):
    at = fields.AwareDateTime()
    actor = fields.String()
    what = fields.String()
    reason = fields.String()
    person_id = fields.UUID()
    changes = fields.Dict()


class JoinedInput(Strict):
    """Which of the bodies that have joined; no text is no filter."""

    region = Words(100, allow_none=True, load_default=None)
    province = Words(2, allow_none=True, load_default=None)
    query = Words(200, allow_none=True, load_default=None)


class DraftOutput(Schema):
    programme_code = fields.Pluck(ProgrammeOutput, "code", attribute="programme")
    email = fields.String()
    language = fields.String()
    adhesion = fields.Raw()
    expires_at = fields.AwareDateTime()


class AdhesionOutput(Schema):
    """An adhesion without its people."""

    id = fields.UUID()
    protocol = fields.String()
    programme_code = fields.Pluck(ProgrammeOutput, "code", attribute="programme")
    programme_id = fields.UUID()
    body = fields.Nested(BodyOutput(only=("code", "name", "kind", "province", "region", "population")))
    state = fields.String()
    submitted_at = fields.AwareDateTime()
    confirmed_at = fields.AwareDateTime()
    rejected_reason = fields.String()
    topics = fields.List(fields.String())
    delegates_count: fields.Field[Any] = fields.Integer()
    receipt_hash = fields.String()


class ListedAdhesionOutput(AdhesionOutput):
    """An adhesion as the list shows it."""

    mailbox_dead = fields.Function(lambda adhesion: adhesion.contact.mail_state == "bounced")


class WholeAdhesionOutput(AdhesionOutput):
    """An adhesion with its people; those who were erased are people no more and appear in counts only."""

    contact = fields.Nested(ContactOutput)
    legal_representative = fields.Nested(LegalRepresentativeOutput)
    delegates = fields.Method("living")
    delegates_count = fields.Function(lambda adhesion: sum(one.state == "active" for one in adhesion.delegates))

    def living(self, adhesion: Any) -> Any:
        return DelegateOutput(many=True).dump([one for one in adhesion.delegates if one.erased_at is None])


class NoteOutput(Schema):
    id = fields.UUID()
    author = fields.String()
    text = fields.String()
    written_at = fields.AwareDateTime()
    edited_at = fields.AwareDateTime()
    deleted_at = fields.AwareDateTime()


class PaperOutput(PaperInput):
    entered_by = fields.String()
    entered_at = fields.AwareDateTime()


class AdhesionWithHistoryOutput(WholeAdhesionOutput):
    """As the secretariat sees it; ``version`` goes back with every correction."""

    history = fields.List(fields.Nested(HistoryOutput))
    version = fields.Function(lambda adhesion: len(adhesion.history))


class BulkOutput(Schema):
    id = fields.UUID()
    programme_code = fields.Pluck(ProgrammeOutput, "code", attribute="programme")
    action = fields.String()
    reason = fields.String()
    actor = fields.String()
    prepared_at = fields.AwareDateTime()
    confirmed_at = fields.AwareDateTime()
    total = fields.Integer()
