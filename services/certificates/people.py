"""What enrollment told about programmes and people, and the lock under which a person's certificates are decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import upsert
from contracts.enrollment import DelegateRegistered, ProgrammeOpened
from services.certificates.domain import Holder, found_by
from services.certificates.models import Delegate, ErasedPerson, Programme

__all__ = ["chunks", "erase", "erased_among", "holder_of", "keep_programme", "keep_registration", "lock_delegates"]
__all__ += ["programmes_of"]

_CHUNK = 500


def chunks(identifiers: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Sorted, and few enough for one statement."""
    ordered = sorted(set(identifiers))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def lock_delegates(session: Session, programmes: Mapping[UUID, UUID]) -> dict[UUID, Delegate]:
    """Lock these delegates (id → programme), always in the same order; whoever is not known yet gets a nameless row.

    All evidence of a person is written and judged under this lock: two appointments that are closed at once by two
    processes must not both find too few minutes.
    """
    locked: dict[UUID, Delegate] = {}
    for some in chunks(programmes):
        rows = [{"id": delegate_id, "programme_id": programmes[delegate_id], "sequence": 0} for delegate_id in some]
        session.execute(upsert(session, Delegate.__table__).on_conflict_do_nothing(), rows)
        found = session.scalars(
            sa.select(Delegate)
            .where(Delegate.id.in_(some))
            .order_by(Delegate.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        locked.update((delegate.id, delegate) for delegate in found)
    return locked


def keep_programme(session: Session, event: ProgrammeOpened) -> bool:
    """Keep the programme's words and threshold; true when more people than before may hold a certificate."""
    known = session.get(Programme, event.programme_id)
    if known is not None and known.sequence >= (event.sequence or 0):
        return False
    eased = known is None or event.certificate_minutes < known.certificate_minutes
    session.merge(
        Programme(
            id=event.programme_id,
            sequence=event.sequence or 0,
            code=event.code,
            title_it=event.title_it,
            title_en=event.title_en,
            issuer=event.issuer,
            certificate_minutes=event.certificate_minutes,
        )
    )
    session.flush()
    return eased


def keep_registration(delegate: Delegate, event: DelegateRegistered) -> None:
    """Keep the name and the body, unless the event is stale."""
    if (event.sequence or 0) <= delegate.sequence:
        return
    delegate.sequence = event.sequence or 0
    delegate.programme_id = event.programme_id
    delegate.given_name, delegate.family_name = event.given_name, event.family_name
    delegate.body_name = event.body_name
    delegate.found_by = found_by(event.given_name, event.family_name, event.body_name)


def erase(session: Session, person_id: UUID, delegate: Delegate | None) -> None:
    """Forget the name, and remember to: the registration of a person not known yet may still be on its way."""
    session.execute(
        upsert(session, ErasedPerson.__table__).values(id=person_id, erased_at=clock.now()).on_conflict_do_nothing()
    )
    if delegate is not None:
        delegate.given_name = delegate.family_name = None
        delegate.found_by = ""


def programmes_of(session: Session, people: Iterable[UUID]) -> dict[UUID, UUID]:
    """The programme of each of these people who is a delegate known here."""
    return {
        delegate_id: programme_id
        for some in chunks(people)
        for delegate_id, programme_id in session.execute(
            sa.select(Delegate.id, Delegate.programme_id).where(Delegate.id.in_(some))
        )
    }


def erased_among(session: Session, people: Iterable[UUID]) -> set[UUID]:
    return {
        person_id
        for some in chunks(people)
        for person_id in session.scalars(sa.select(ErasedPerson.id).where(ErasedPerson.id.in_(some)))
    }


def holder_of(delegate: Delegate) -> Holder | None:
    """Whom a certificate would name today; ``None`` while the name has not come, and after it was forgotten."""
    if delegate.given_name is None or delegate.family_name is None:
        return None
    return Holder(delegate.given_name, delegate.family_name, delegate.body_name or "")
