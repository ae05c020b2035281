"""From what happened to a certificate to the contract's words for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.certificates import CertificateIssued, CertificateReissued, CertificateRevoked
from contracts.event import Event
from services.certificates.models import Certificate


def pressed(certificate: Certificate, at: datetime) -> Event:
    """The document exists: issued, or reissued when one that went out before is replaced by it."""
    facts: dict[str, Any] = {
        "certificate_id": certificate.id,
        "programme_id": certificate.programme_id,
        "delegate_id": certificate.delegate_id,
        "number": certificate.number,
        "public_code": certificate.public_code,
        "edition": certificate.edition,
        "minutes": certificate.minutes,
        "document": certificate.document,
        "occurred_at": at,
    }
    if certificate.replaces is None:
        return CertificateIssued(**facts)
    return CertificateReissued(**facts, replaces=certificate.replaces)


def revoked(certificate: Certificate, at: datetime) -> Event:
    return CertificateRevoked(
        certificate_id=certificate.id,
        programme_id=certificate.programme_id,
        delegate_id=certificate.delegate_id,
        number=certificate.number,
        reason=certificate.reason,
        occurred_at=at,
    )
