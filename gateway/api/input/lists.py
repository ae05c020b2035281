"""Which of the things that a list has, and which page of them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from contracts.enrollment import BODY_KINDS
from contracts.scheduling import APPOINTMENT_KINDS
from gateway.api.input.fields import Input, Length, PageQuery, Query, choice, date, text, uuid, whole, yes_or_no
from gateway.searches import LONGEST_SEALED

ADHESION_STATES = ("submitted", "under_review", "confirmed", "rejected", "withdrawn")
_SORTS = ("protocol", "body", "province", "region", "population", "state", "delegates", "submitted")
ADHESION_SORTS = (*_SORTS, *(f"-{name}" for name in _SORTS))
APPOINTMENT_STATES = ("scheduled", "closed", "cancelled")
CERTIFICATE_STATES = ("pressing", "valid", "replaced", "revoked", "failed")
MESSAGE_STATES = ("queued", "claimed", "sent", "delivered", "bounced", "failed", "unknown")
MOST_FOUND = 50


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


class SearchableQuery(Query):
    """A list of people. Its address takes words only sealed, as a search gives them: it must not say for whom somebody
    looked. Words that stand in it are refused, since a list without them shows more than was asked for."""

    search = text(LONGEST_SEALED)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def no_words(self, _data: dict[str, Any], given: Any, **_: Any) -> None:
        if "query" in given:
            raise ValidationError({"query": ["unknown_field"]})


class AdhesionFilter(SearchableQuery):
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


class ExportQuery(AdhesionFilter):
    subject = choice(("adhesions", "delegates"), load_default="adhesions")
    format = choice(("csv", "xlsx"), load_default="csv")


class AdhesionsQuery(AdhesionFilter, PageQuery):
    """A page of them; ``count`` asks how many match."""

    sort = choice(ADHESION_SORTS, load_default="protocol")
    count = yes_or_no(load_default=False)


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


class AdhesionSearch(BulkFilters):
    """The same with words, which may name somebody: they are posted. No ``cursor``: the list goes on by the address."""

    programme_code = text(40, required=True)
    query = text(200, required=True)
    sort = choice(ADHESION_SORTS, load_default="protocol")
    limit = whole(1, 500, load_default=50)
    count = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class RunFilter(PageQuery):
    programme_id = uuid(required=True)


class AppointmentFilter(PageQuery):
    programme_id = uuid(required=True)
    kind = choice(APPOINTMENT_KINDS)
    state = choice(APPOINTMENT_STATES)


class CertificateFilter(SearchableQuery, PageQuery):
    programme_id = uuid(required=True)
    delegate_id = uuid()
    state = choice(CERTIFICATE_STATES)


class CertificateSearch(Input):
    """Certificates by words of a name, a body or a number."""

    programme_id = uuid(required=True)
    delegate_id = uuid()
    state = choice(CERTIFICATE_STATES)
    query = text(200, required=True)
    limit = whole(1, 500, load_default=50)


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
