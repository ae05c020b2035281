"""What certificates publishes."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, Range

from contracts.event import Event


class CertificateIssued(Event):
    """A signed document attests the evidenced minutes of one person in one programme.

    ``public_code`` is what the QR carries; ``document`` is the SHA-256 of the PDF, in hexadecimal. ``edition`` is 1.
    """

    name = "certificates.certificate.issued"
    aggregate = "certificate_id"

    certificate_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    number = fields.String(required=True)
    public_code = fields.String(required=True)
    edition = fields.Integer(required=True, validate=Range(min=1))
    minutes = fields.Integer(required=True, validate=Range(min=1))
    document = fields.String(required=True, validate=Length(equal=64))


class CertificateReissued(CertificateIssued):
    """The evidence changed: this edition replaces an earlier one, which verifies as replaced from now on."""

    name = "certificates.certificate.reissued"

    replaces = fields.UUID(required=True)


class CertificateRevoked(Event):
    """The certificate attests nothing any more, and none takes its place."""

    name = "certificates.certificate.revoked"
    aggregate = "certificate_id"

    certificate_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    number = fields.String(required=True)
    reason = fields.String(required=True, validate=Length(min=1))
