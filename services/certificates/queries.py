"""Reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certificates.domain import LIVE, Ending, State, search_terms
from services.certificates.models import Appointment, Certificate, Delegate, Document, ErasedPerson, Evidence, Programme

__all__ = ["certificate_by_code", "document_of", "evidence_of", "find", "of_delegates", "page", "valid_instead_of"]


def find(session: Session, certificate_id: UUID) -> Certificate | None:
    return session.get(Certificate, certificate_id)


def page(
    session: Session,
    programme_id: UUID,
    delegate_id: UUID | None,
    state: str | None,
    query: str | None,
    limit: int,
    after: int | None,
) -> tuple[Sequence[Certificate], int | None]:
    """Certificates of a programme in the order of their numbers, and the serial to go on after.

    ``query`` is words of the holder's name, the body's or the number, in any order; or the code that verifies it.
    """
    statement = sa.select(Certificate).where(Certificate.programme_id == programme_id)
    if delegate_id is not None:
        statement = statement.where(Certificate.delegate_id == delegate_id)
    if state is not None:
        statement = statement.where(Certificate.state == state)
    if query is not None:
        statement = statement.join(Delegate, Delegate.id == Certificate.delegate_id).where(_found(query))
    if after is not None:
        statement = statement.where(Certificate.serial > after)
    found = session.scalars(statement.order_by(Certificate.serial).limit(limit + 1)).all()
    return found[:limit], found[limit - 1].serial if len(found) > limit else None


def _found(query: str) -> sa.ColumnElement[bool]:
    number = sa.func.lower(Certificate.number)
    terms = [
        Delegate.found_by.contains(term, autoescape=True) | number.contains(term, autoescape=True)
        for term in search_terms(query)
    ]
    return sa.or_(Certificate.public_code == query.strip(), sa.and_(*terms) if terms else sa.false())


def of_delegates(session: Session, delegate_ids: Sequence[UUID]) -> Sequence[Certificate]:
    return session.scalars(
        sa.select(Certificate)
        .where(Certificate.delegate_id.in_(delegate_ids))
        .order_by(Certificate.delegate_id, Certificate.edition)
    ).all()


def certificate_by_code(session: Session, public_code: str) -> Certificate | None:
    """Only what has gone out: a certificate that was never pressed is on no paper."""
    return session.scalars(
        sa.select(Certificate).where(Certificate.public_code == public_code, Certificate.issued_at.is_not(None))
    ).one_or_none()


def valid_instead_of(session: Session, certificate: Certificate) -> Certificate | None:
    """The certificate that the person holds today in the same programme."""
    return session.scalars(
        sa.select(Certificate).where(
            Certificate.delegate_id == certificate.delegate_id,
            Certificate.programme_id == certificate.programme_id,
            Certificate.state == State.VALID,
        )
    ).one_or_none()


def document_of(session: Session, certificate: Certificate) -> bytes | None:
    if certificate.document is None:
        return None
    return session.scalars(sa.select(Document.content).where(Document.sha256 == certificate.document)).one_or_none()


def evidence_of(session: Session, delegate_id: UUID, programme_id: UUID) -> list[dict[str, Any]]:
    """All evidence of the delegate, by date; appointments that are not known yet come last."""
    found = session.execute(
        sa.select(Evidence, Appointment)
        .outerjoin(Appointment, Appointment.id == Evidence.appointment_id)
        .where(Evidence.delegate_id == delegate_id, Evidence.programme_id == programme_id)
        .order_by(Appointment.held_on.is_(None), Appointment.held_on, Evidence.appointment_id)
    )
    return [
        {
            "appointment_id": row.appointment_id,
            "kind": appointment and appointment.kind,
            "title_it": appointment and appointment.title_it,
            "title_en": appointment and appointment.title_en,
            "held_on": appointment and appointment.held_on,
            "host_name": appointment and appointment.host_name,
            "minutes": row.minutes,
            "settled": row.settled,
        }
        for row, appointment in found
    ]


def threshold_of(session: Session, programme_id: UUID) -> int | None:
    return session.scalars(sa.select(Programme.certificate_minutes).where(Programme.id == programme_id)).one_or_none()


def threshold_effect(session: Session, programme_id: UUID, minutes: int) -> dict[str, int]:
    """How many hold a certificate of the programme, and how many more would at a threshold of so many minutes.

    Whom staff took a certificate from, and who was erased, would get none.
    """
    of_programme = Certificate.programme_id == programme_id
    held = session.scalar(sa.select(sa.func.count()).where(of_programme, Certificate.state.in_(LIVE))) or 0
    settled = sa.select(Evidence.delegate_id).where(Evidence.programme_id == programme_id, Evidence.settled)
    enough = settled.group_by(Evidence.delegate_id).having(sa.func.sum(Evidence.minutes) >= minutes)
    barred = sa.select(Certificate.delegate_id).where(
        of_programme, Certificate.state.in_(LIVE) | (Certificate.ended_by == Ending.STAFF)
    )
    others = enough.where(Evidence.delegate_id.not_in(barred), Evidence.delegate_id.not_in(sa.select(ErasedPerson.id)))
    return {"held": held, "gained": session.scalar(sa.select(sa.func.count()).select_from(others.subquery())) or 0}
