"""What the secretariat does with adhesions: papers entered, decisions, corrections, notes, one thing done to many."""

from __future__ import annotations

from marshmallow import fields

from contracts.enrollment import LANGUAGES, ROLES
from gateway.api.input.fields import Input, Length, choice, date, email, prose, text, uuid
from gateway.api.input.joining import GENDERS, AdhesionInput
from gateway.api.input.lists import BulkFilters

BULK_ACTIONS = ("approve", "reject", "withdraw", "remind")


class PaperInput(Input):
    dated_on = date(required=True)
    reference = text(100, required=True)


class PaperAdhesionInput(Input):
    """What a body sent on paper, and the paper itself."""

    adhesion = fields.Nested(AdhesionInput, required=True)
    paper = fields.Nested(PaperInput, required=True)


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


class NoteInput(Input):
    text = prose(2000, required=True)


class BulkInput(Input):
    """One thing to do to the adhesions named, or to all that the filters let through at this moment."""

    programme_code = text(40, required=True)
    action = choice(BULK_ACTIONS, required=True)
    reason = text(1000, allow_none=True)
    adhesion_ids = fields.List(uuid(), validate=Length(1, 500))
    filters = fields.Nested(BulkFilters)


class ReasonInput(Input):
    reason = prose(500, required=True)
