"""The register of certificates: applies the rule of the domain to rows, numbers them, and ends them.

Each function runs in the caller's transaction, under the lock of the delegates concerned, and emits what became true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import upsert
from chassis.outbox import Emitter
from chassis.refusal import Missing, Refused
from services.certificates import events
from services.certificates.documents.codes import make_code
from services.certificates.domain import (
    LIVE,
    Ending,
    Holder,
    Standing,
    State,
    Statement,
    Verdict,
    certificate_number,
    decide,
)
from services.certificates.evidence import Records
from services.certificates.models import Certificate, Document, Numbering, Programme
from services.certificates.people import chunks, erased_among, holder_of, lock_delegates

__all__ = ["Judgement", "forget", "judge", "judgements", "retry", "revoke"]


@dataclass(frozen=True)
class Judgement:
    """What the rule says about one delegate, and what it was applied to."""

    delegate_id: UUID
    programme: Programme
    statement: Statement
    certificate: Certificate | None
    verdict: Verdict


def judge(session: Session, emitter: Emitter, records: Records) -> None:
    """Bring the certificates of these delegates in line with their evidence; the same again changes nothing."""
    wanted: list[Judgement] = []
    for judgement in judgements(session, records):
        certificate, programme, statement = judgement.certificate, judgement.programme, judgement.statement
        if judgement.verdict in (Verdict.ISSUE, Verdict.REPLACE):
            wanted.append(judgement)
        elif judgement.verdict is Verdict.REFRESH and certificate is not None:
            _say(certificate, programme, statement)
        elif judgement.verdict is Verdict.REVOKE and certificate is not None:
            too_little = statement.minutes < min(programme.certificate_minutes, certificate.threshold)
            reason = "below_threshold" if too_little else "evidence_changed"
            _end(session, emitter, certificate, Ending.EVIDENCE, reason)
    _issue(session, wanted)


def judgements(session: Session, records: Records) -> list[Judgement]:
    """Apply the rule to each of these delegates whose programme is known. Changes nothing, but locks."""
    last = last_certificates(session, records.delegates)
    erased = erased_among(session, records.delegates)
    programmes = {
        programme.id: programme
        for some in chunks(delegate.programme_id for delegate in records.delegates.values())
        for programme in session.scalars(sa.select(Programme).where(Programme.id.in_(some)))
    }
    found = []
    for delegate_id, delegate in sorted(records.delegates.items()):
        programme = programmes.get(delegate.programme_id)
        if programme is None:
            continue
        certificate, statement = last.get(delegate_id), records.statement(delegate_id)
        threshold, holder = programme.certificate_minutes, holder_of(delegate)
        verdict = decide(standing_of(certificate), statement, threshold, holder, erased=delegate_id in erased)
        found.append(Judgement(delegate_id, programme, statement, certificate, verdict))
    return found


def last_certificates(session: Session, delegates: Iterable[UUID]) -> dict[UUID, Certificate]:
    """The newest certificate of each of these delegates, in any state, locked against being pressed meanwhile."""
    last: dict[UUID, Certificate] = {}
    for some in chunks(delegates):
        for certificate in session.scalars(
            sa.select(Certificate)
            .where(Certificate.delegate_id.in_(some))
            .order_by(Certificate.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ):
            known = last.get(certificate.delegate_id)
            if known is None or known.edition < certificate.edition:
                last[certificate.delegate_id] = certificate
    return last


def standing_of(certificate: Certificate | None) -> Standing | None:
    """What the rule must know of a certificate."""
    if certificate is None:
        return None
    given, family = certificate.holder_given_name, certificate.holder_family_name
    return Standing(
        state=State(certificate.state),
        fingerprint=certificate.fingerprint,
        threshold=certificate.threshold,
        pressed=certificate.issued_at is not None,
        holder=Holder(given, family, certificate.body_name or "") if given is not None and family is not None else None,
        ended_by=Ending(certificate.ended_by) if certificate.ended_by else None,
    )


def revoke(session: Session, emitter: Emitter, certificate_id: UUID, reason: str, actor: str) -> Certificate:
    """Staff take a certificate away; only changed evidence brings another. Revoking twice is revoking once."""
    certificate = _locked(session, certificate_id)
    if certificate.state == State.REVOKED:
        return certificate
    if certificate.state == State.REPLACED:
        raise Refused("not_in_state", state=certificate.state)
    _end(session, emitter, certificate, Ending.STAFF, reason, actor)
    return certificate


def retry(session: Session, certificate_id: UUID) -> Certificate:
    """Press again what failed, after the cause was removed."""
    certificate = _locked(session, certificate_id)
    if certificate.state != State.FAILED:
        raise Refused("not_in_state", state=certificate.state)
    _press_again(certificate)
    return certificate


def forget(session: Session, emitter: Emitter, delegate_id: UUID) -> None:
    """Erase the person from the register: name and documents go, number, code and status stay.

    A certificate that was not pressed yet can name nobody any more, so it ends; one that went out keeps verifying.
    """
    certificates = session.scalars(
        sa.select(Certificate).where(Certificate.delegate_id == delegate_id).order_by(Certificate.id).with_for_update()
    ).all()
    documents = [certificate.document for certificate in certificates if certificate.document is not None]
    session.execute(sa.delete(Document).where(Document.sha256.in_(documents)))
    for certificate in certificates:
        certificate.holder_given_name = certificate.holder_family_name = None
        certificate.version += 1
        if certificate.state in (State.PRESSING, State.FAILED):
            _end(session, emitter, certificate, Ending.ERASURE, "person_erased")


def _issue(session: Session, wanted: list[Judgement]) -> None:
    """New rows in the state pressing; what they replace ends first, since a person has one live certificate."""
    for judgement in wanted:
        previous = judgement.certificate
        if previous is not None and previous.state in LIVE:
            previous.state, previous.ended_by, previous.ended_at = State.REPLACED, Ending.EVIDENCE, clock.now()
            previous.version += 1
    session.flush()
    last = _take_numbers(session, Counter(judgement.programme.id for judgement in wanted))
    for judgement in wanted:
        programme, previous = judgement.programme, judgement.certificate
        last[programme.id] += 1
        certificate = Certificate(
            programme_id=programme.id,
            delegate_id=judgement.delegate_id,
            edition=previous.edition + 1 if previous else 1,
            serial=last[programme.id],
            number=certificate_number(programme.code, last[programme.id]),
            public_code=make_code(),
            replaces=previous.id if previous else None,
            version=0,
        )
        _say(certificate, programme, judgement.statement)
        session.add(certificate)
    session.flush()


def _take_numbers(session: Session, counts: Counter[UUID]) -> dict[UUID, int]:
    """Take numbers in the caller's transaction; returns the last one that was given before, by programme."""
    insert = upsert(session, Numbering.__table__)
    statement = insert.on_conflict_do_update(
        index_elements=["programme_id"], set_={"last": Numbering.last + insert.excluded.last}
    ).returning(Numbering.last)
    return {
        programme_id: session.scalars(statement, [{"programme_id": programme_id, "last": count}]).one() - count
        for programme_id, count in sorted(counts.items())
    }


def _say(certificate: Certificate, programme: Programme, statement: Statement) -> None:
    """Write what the certificate says, and ask for it to be pressed."""
    certificate.minutes = statement.minutes
    certificate.threshold = programme.certificate_minutes
    certificate.appointments = [attended.to_json() for attended in statement.appointments]
    certificate.fingerprint = statement.fingerprint
    certificate.programme_it, certificate.programme_en = programme.title_it, programme.title_en
    certificate.issuer = programme.issuer
    certificate.decided_at = clock.now().replace(microsecond=0)
    _press_again(certificate)


def _press_again(certificate: Certificate) -> None:
    certificate.state = State.PRESSING
    certificate.reason = certificate.ended_by = certificate.ended_at = certificate.actor = None
    certificate.holder_given_name = certificate.holder_family_name = certificate.body_name = None
    certificate.leased_until = None
    certificate.version += 1


def _end(
    session: Session, emitter: Emitter, certificate: Certificate, by: Ending, reason: str, actor: str = "system"
) -> None:
    """Revoke, and say so of the certificate that people hold: this one, or the one that it was about to replace."""
    held = certificate
    if certificate.issued_at is None and certificate.replaces is not None:
        held = session.get_one(Certificate, certificate.replaces, with_for_update=True)
    now = clock.now()
    for ended in {certificate.id: certificate, held.id: held}.values():
        if ended.state == State.REVOKED:
            continue
        ended.version += 1
        ended.state, ended.reason, ended.ended_by, ended.actor = State.REVOKED, reason, by, actor
        ended.ended_at, ended.leased_until = now, None
        if ended.issued_at is not None:
            emitter.emit(session, events.revoked(ended, now))


def _locked(session: Session, certificate_id: UUID) -> Certificate:
    """The certificate, with its person locked first: the order in which everybody locks."""
    found = session.execute(
        sa.select(Certificate.delegate_id, Certificate.programme_id).where(Certificate.id == certificate_id)
    ).first()
    if found is None:
        raise Missing("certificate")
    lock_delegates(session, {found.delegate_id: found.programme_id})
    return session.get_one(Certificate, certificate_id, with_for_update=True, populate_existing=True)
