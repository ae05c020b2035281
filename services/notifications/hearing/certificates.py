"""What certificates tells: a document was issued, replaced or revoked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from contracts import certificates
from contracts.event import Event
from services.notifications.hearing.books import Books, Heard
from services.notifications.models import Certificate


def _issued(kind: str) -> Callable[[Books, Any], None]:
    def apply(books: Books, event: Any) -> None:
        values = {name: getattr(event, name) for name in ("number", "public_code", "minutes", "document")}
        if books.put(Certificate, event.certificate_id, event, **values):
            if kind == "certificate_reissued":
                books.withdraw(_mailed(event.replaces))
            books.want(kind, event.certificate_id, event.delegate_id, event.programme_id, event.certificate_id)

    return apply


def _revoked(books: Books, event: Any) -> None:
    """A certificate that has not gone out yet never will; one that has must be called back."""
    books.need(Certificate, event.certificate_id)
    if not books.put(Certificate, event.certificate_id, event, reason=event.reason):
        return
    if not books.withdraw(_mailed(event.certificate_id)):
        kind = "certificate_revoked"
        books.want(kind, event.certificate_id, event.delegate_id, event.programme_id, event.certificate_id)


def _mailed(certificate_id: UUID) -> list[str]:
    return [f"certificate_issued:{certificate_id}", f"certificate_reissued:{certificate_id}"]


HEARD: dict[type[Event], Heard] = {
    certificates.CertificateIssued: Heard(Certificate, _issued("certificate_issued")),
    certificates.CertificateReissued: Heard(Certificate, _issued("certificate_reissued")),
    certificates.CertificateRevoked: Heard(Certificate, _revoked),
}
