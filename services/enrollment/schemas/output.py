"""What goes out of enrollment about bodies and adhesions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields

from services.enrollment.domain import ACTORS
from services.enrollment.schemas.input import PaperInput
from services.enrollment.schemas.programmes import ProgrammeOutput


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
    new_email = fields.Function(lambda delegate: delegate.mailbox_change.email if delegate.mailbox_change else None)


class NominationOutput(Schema):
    """Who is to be the contact, and has not accepted yet."""

    given_name = fields.String()
    family_name = fields.String()
    email = fields.String()
    nominated_by = fields.String()
    nominated_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class HistoryOutput(Schema):
    at = fields.AwareDateTime()
    actor = fields.String()
    what = fields.String()
    reason = fields.String()
    person_id = fields.UUID()
    changes = fields.Dict()


def own_history(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """Lines of the history for whom they are about: which of the staff it was is not theirs to know."""
    shown: list[dict[str, Any]] = HistoryOutput(many=True).dump(lines)
    return [{**line, "actor": line["actor"] if line["actor"] in ACTORS else "secretariat"} for line in shown]


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
    nomination = fields.Nested(NominationOutput)
    institutional_email = fields.String(attribute="mailbox")
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
