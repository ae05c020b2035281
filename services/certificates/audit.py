"""The books: every certificate against the evidence, and every document against its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import Store
from services.certificates.domain import LIVE, State, Verdict
from services.certificates.evidence import Records
from services.certificates.models import Certificate, Delegate, Document, Numbering
from services.certificates.people import chunks
from services.certificates.register import judgements

__all__ = ["Finding", "audit"]


@dataclass(frozen=True)
class Finding:
    """Something in the books that is wrong; ``subject`` is an identifier, never a name."""

    subject: str
    what: str


def audit(store: Store) -> Iterator[Finding]:
    """Recompute what everybody should hold and compare; a few hundred people a transaction."""
    with store.read() as session:
        delegates = list(session.scalars(sa.select(Delegate.id)))
        yield from _numbers(session)
    for some in chunks(delegates):
        with store.quietly() as session:  # who is judged is locked
            yield from _decisions(session, some)
        with store.read() as session:
            yield from _documents(session, some)


def _numbers(session: Session) -> Iterator[Finding]:
    """Numbers run from 1 without a gap, up to the last one given."""
    given = session.execute(
        sa.select(
            Numbering.programme_id, Numbering.last, sa.func.count(Certificate.id), sa.func.max(Certificate.serial)
        )
        .outerjoin(Certificate, Certificate.programme_id == Numbering.programme_id)
        .group_by(Numbering.programme_id, Numbering.last)
    )
    for programme_id, last, count, highest in given:
        if not last == count == (highest or 0):
            yield Finding(f"programme {programme_id}", f"last number {last}, {count} certificates, highest {highest}")


def _decisions(session: Session, some: list[UUID]) -> Iterator[Finding]:
    known = sa.select(Delegate.id, Delegate.programme_id).where(Delegate.id.in_(some))
    records = Records(session, {row.id: row.programme_id for row in session.execute(known)})
    for judgement in judgements(session, records):
        certificate = judgement.certificate
        if judgement.verdict is not Verdict.KEEP:
            yield Finding(f"delegate {judgement.delegate_id}", f"evidence asks to {judgement.verdict} the certificate")
        elif certificate is not None and certificate.state in LIVE:
            said = sum(item["minutes"] for item in certificate.appointments)
            if not certificate.minutes == said == judgement.statement.minutes:
                yield Finding(f"certificate {certificate.id}", "states other minutes than its evidence")


def _documents(session: Session, some: list[UUID]) -> Iterator[Finding]:
    """Each document has the hash under which it is kept; only an erased person's is missing."""
    certificates = session.execute(
        sa.select(Certificate.id, Certificate.state, Certificate.document, Certificate.holder_given_name).where(
            Certificate.delegate_id.in_(some)
        )
    )
    for certificate_id, state, sha256, name in certificates:
        if sha256 is None:
            if state == State.VALID:
                yield Finding(f"certificate {certificate_id}", "is valid without a document")
            continue
        content = session.scalars(sa.select(Document.content).where(Document.sha256 == sha256)).one_or_none()
        if content is None and name is not None:
            yield Finding(f"certificate {certificate_id}", "its document is lost")
        elif content is not None and hashlib.sha256(content).hexdigest() != sha256:
            yield Finding(f"certificate {certificate_id}", "its document is not the one that was sealed")
