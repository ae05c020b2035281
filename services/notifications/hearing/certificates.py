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
        replaces = event.replaces if kind == "certificate_reissued" else None
        if books.put(Certificate, event.certificate_id, event, **values, replaces=replaces):
            if replaces is not None:
                books.withdraw(_mailed(replaces))
            books.want(kind, event.certificate_id, event.delegate_id, event.programme_id, event.certificate_id)

    return apply


def _revoked(books: Books, event: Any) -> None:
    """A certificate that has not gone out yet never will; the one that its holder has in hand must be called back."""
    row = books.need(Certificate, event.certificate_id)
    if not books.put(Certificate, event.certificate_id, event, reason=event.reason):
        return
    held = _last_mailed(books, row.replaces) if books.withdraw(_mailed(row.id)) else row
    if held is not None:
        held.reason = event.reason
        books.want("certificate_revoked", held.id, event.delegate_id, event.programme_id, held.id)


def _last_mailed(books: Books, edition: UUID | None) -> Certificate | None:
    """Of this edition and those before it the last one whose letter has left, or may have."""
    while edition is not None:
        books.read(Certificate, {edition}, lock=True)
        row = books.find(Certificate, edition)
        if row is None or books.may_have_left(_mailed(edition)):
            return row
        edition = row.replaces
    return None


def _mailed(certificate_id: UUID) -> list[str]:
    return [f"certificate_issued:{certificate_id}", f"certificate_reissued:{certificate_id}"]


HEARD: dict[type[Event], Heard] = {
    certificates.CertificateIssued: Heard(Certificate, _issued("certificate_issued")),
    certificates.CertificateReissued: Heard(Certificate, _issued("certificate_reissued")),
    certificates.CertificateRevoked: Heard(Certificate, _revoked),
}
