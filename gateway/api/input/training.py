"""What is said of appointments, their attendance, and the mails and certificates about them."""

from __future__ import annotations

from marshmallow import fields

from gateway.api.input.fields import Input, Length, choice, prose, text, uuid, whole

SOURCES = ("desk", "sheet", "webinar_report")
MOST_ENTRIES = 1000


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
