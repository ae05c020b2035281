"""What comes in and goes out by RPC."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Length, OneOf, Range

from services.certificates.domain import STATES

__all__ = ["ATTENDED", "CERTIFICATE", "CERTIFICATES", "LISTING", "REVOCATION", "SOME_DELEGATES"]


class _Input(Schema):
    class Meta:
        unknown = RAISE


class CertificateSchema(Schema):
    """A certificate as staff and the person see it. It names nobody."""

    id = fields.UUID()
    number = fields.String()
    public_code = fields.String()
    programme_id = fields.UUID()
    delegate_id = fields.UUID()
    edition = fields.Integer()
    state = fields.String()
    minutes = fields.Integer()
    issued_at = fields.AwareDateTime()
    document = fields.String()
    reason = fields.String()


class AttendedSchema(Schema):
    """Evidence of one delegate at one appointment; the appointment's words are missing until they have arrived."""

    appointment_id = fields.UUID()
    kind = fields.String(allow_none=True)
    title_it = fields.String(allow_none=True)
    title_en = fields.String(allow_none=True)
    held_on = fields.Date(allow_none=True)
    host_name = fields.String(allow_none=True)
    minutes = fields.Integer()
    settled = fields.Boolean()


class ListingSchema(_Input):
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(allow_none=True, load_default=None)
    state = fields.String(allow_none=True, load_default=None, validate=OneOf(STATES, error="unknown_state"))
    query = fields.String(allow_none=True, load_default=None, validate=Length(1, 200, error="length"))
    limit = fields.Integer(load_default=50, strict=True, validate=Range(1, 500, error="out_of_range"))
    cursor = fields.Integer(allow_none=True, load_default=None)


class SomeDelegatesSchema(_Input):
    delegate_ids = fields.List(fields.UUID(), required=True, validate=Length(max=500, error="too_many"))


class RevocationSchema(_Input):
    reason = fields.String(required=True, validate=Length(1, 500, error="length"))
    actor = fields.String(required=True, validate=Length(1, 80, error="length"))


CERTIFICATE = CertificateSchema()
CERTIFICATES = CertificateSchema(many=True)
ATTENDED = AttendedSchema(many=True)
LISTING = ListingSchema()
SOME_DELEGATES = SomeDelegatesSchema()
REVOCATION = RevocationSchema()
