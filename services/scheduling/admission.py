"""What enrollment told, kept as projections: numbers of programmes, admitted bodies, and delegates as bare identifiers.

Each row keeps the ``sequence`` of the last event applied to it, and an older one changes nothing. After the plan was
published, who comes is seated at once, who goes frees their seats for who waits, and who is replaced hands them over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.consumer import NotYet
from chassis.database import upsert
from contracts import enrollment
from contracts.event import Event
from services.scheduling import seating
from services.scheduling.domain import ACTIVE, CONFIRMED, WITHDRAWN
from services.scheduling.models import Admission, BodyDay, Delegate, Forgotten, Programme

_PROGRAMME = [column.key for column in sa.inspect(Programme).column_attrs if column.key not in ("id", "sequence")]
_ADMISSION = [
    column.key
    for column in sa.inspect(Admission).column_attrs
    if column.key not in ("adhesion_id", "sequence", "state")
]


def apply(session: Session, events: Sequence[Event], now: datetime) -> list[Event]:
    """Take the events in, in their order, and return what follows from them for places."""
    return _Intake(session, events, now).run()


class _Intake:
    """One batch: the rows it touches are read once, and consecutive newcomers are seated together."""

    def __init__(self, session: Session, events: Sequence[Event], now: datetime) -> None:
        self.session, self.events, self.now = session, events, now
        self.told: list[Event] = []
        self.newcomers: dict[UUID, Delegate] = {}

    def run(self) -> list[Event]:
        self.programmes = seating.lock_programmes(self.session, self._ids("programme_id"))
        self.admissions = self._known(Admission, Admission.adhesion_id, self._ids("adhesion_id"))
        people = self._ids("delegate_id") | self._ids("person_id")
        self.delegates = self._known(Delegate, Delegate.id, people)
        self.forgotten = set(
            self.session.scalars(sa.select(Forgotten.person_id).where(Forgotten.person_id.in_(people)))
        )
        handlers: dict[type[Event], Callable[[Any], None]] = {
            enrollment.ProgrammeOpened: self._programme,
            enrollment.ProgrammeChanged: self._programme,
            enrollment.AdhesionConfirmed: self._confirmed,
            enrollment.AdhesionCorrected: self._corrected,
            enrollment.AdhesionWithdrawn: self._adhesion_withdrawn,
            enrollment.DelegateRegistered: self._registered,
            enrollment.DelegateWithdrawn: self._delegate_withdrawn,
            enrollment.PersonErased: self._erased,
        }
        for event in self.events:
            handlers[type(event)](event)
        self._seat_newcomers()
        self.session.flush()
        return self.told

    def _programme(self, event: enrollment.ProgrammeOpened) -> None:
        row = self.programmes.get(event.programme_id)
        if row is None:
            row = self.programmes[event.programme_id] = Programme(id=event.programme_id, sequence=0)
            self.session.add(row)
        if _fresh(row, event):
            for name in _PROGRAMME:
                setattr(row, name, getattr(event, name))

    def _confirmed(self, event: enrollment.AdhesionConfirmed) -> None:
        row = self.admissions.get(event.adhesion_id)
        if row is None:
            row = self.admissions[event.adhesion_id] = Admission(adhesion_id=event.adhesion_id, sequence=0)
            self.session.add(row)
        if _fresh(row, event):
            row.state = CONFIRMED
            for name in _ADMISSION:
                setattr(row, name, getattr(event, name))

    def _corrected(self, event: enrollment.AdhesionCorrected) -> None:
        """What of it we keep. One that is not admitted yet will tell all when it is."""
        row = self.admissions.get(event.adhesion_id)
        if row is not None and _fresh(row, event):
            for name in set(_ADMISSION) & event.strict.fields.keys():
                setattr(row, name, getattr(event, name))

    def _adhesion_withdrawn(self, event: enrollment.AdhesionWithdrawn) -> None:
        row = self.admissions.get(event.adhesion_id)
        if row is None:
            self._never_admitted(event)
            return
        if not _fresh(row, event):
            return
        row.state = WITHDRAWN
        self._seat_newcomers()
        sent = self.session.scalars(
            sa.select(Delegate).where(Delegate.adhesion_id == event.adhesion_id, Delegate.state == ACTIVE)
        ).all()
        self._depart(sent, "adhesion_withdrawn")

    def _registered(self, event: enrollment.DelegateRegistered) -> None:
        if event.delegate_id in self.forgotten:
            return
        row = self.delegates.get(event.delegate_id)
        is_new = row is None
        if row is None:
            row = self._add_delegate(event)
        if not _fresh(row, event):
            return
        row.role, row.body_code = event.role, event.body_code
        admission = self.admissions.get(event.adhesion_id)
        if not is_new or (admission is not None and admission.state == WITHDRAWN):
            return  # what is corrected of a person neither seats them again nor brings back who went
        row.state, row.since = ACTIVE, event.registered_at or event.occurred_at
        if event.replaces is None or not self._succeed(event.replaces, row):
            self.newcomers[row.id] = row

    def _succeed(self, gone: UUID, heir: Delegate) -> bool:
        """Whether the heir got anything of what the one whom they replace held; else they are seated as a newcomer."""
        programme = self.programmes.get(heir.programme_id)
        if programme is None:
            return False
        self._seat_newcomers()
        told = seating.hand_over(self.session, programme, gone, heir, self.now)
        self.told += told
        return bool(told)

    def _delegate_withdrawn(self, event: enrollment.DelegateWithdrawn) -> None:
        row = self.delegates.get(event.delegate_id)
        if row is None:
            if event.delegate_id not in self.forgotten:
                self._add_delegate(event).sequence = event.sequence or 0
        elif _fresh(row, event):
            self._seat_newcomers()
            self._depart([row], event.reason or "delegate_withdrawn")

    def _erased(self, event: enrollment.PersonErased) -> None:
        self.forgotten.add(event.person_id)
        self.session.execute(
            upsert(self.session, Forgotten.__table__).values(person_id=event.person_id).on_conflict_do_nothing()
        )
        row = self.delegates.get(event.person_id)
        if row is not None:
            self._seat_newcomers()
            self._depart([row], "person_erased")

    def _never_admitted(self, event: enrollment.AdhesionWithdrawn) -> None:
        """A body that went before it was confirmed, or before we heard so: a confirmation told late is stale."""
        row = Admission(
            adhesion_id=event.adhesion_id,
            programme_id=event.programme_id,
            body_code=event.body_code,
            sequence=event.sequence or 0,
            state=WITHDRAWN,
            **dict.fromkeys(("body_name", "province", "region"), ""),
            population=0,
            places_requested=0,
            topics=[],
        )
        self.admissions[row.adhesion_id] = row
        self.session.add(row)

    def _add_delegate(self, event: enrollment.DelegateRegistered | enrollment.DelegateWithdrawn) -> Delegate:
        """A delegate of whom nothing was known; not active until the registration says so."""
        row = Delegate(
            id=event.delegate_id,
            programme_id=event.programme_id,
            adhesion_id=event.adhesion_id,
            sequence=0,
            body_code="",
            role="",
            state=WITHDRAWN,
            since=event.occurred_at,
        )
        self.delegates[row.id] = row
        self.session.add(row)
        return row

    def _depart(self, delegates: Sequence[Delegate], reason: str) -> None:
        for delegate in delegates:
            delegate.state = WITHDRAWN
        self.session.flush()
        self.told += seating.release(self.session, [delegate.id for delegate in delegates], reason, self.now)

    def _seat_newcomers(self) -> None:
        """Give places to those who came since the last time, where their programme's plan is published."""
        self.session.flush()
        by_programme: dict[UUID, list[Delegate]] = {}
        for delegate in self.newcomers.values():
            by_programme.setdefault(delegate.programme_id, []).append(delegate)
        self.newcomers.clear()
        for programme_id, delegates in sorted(by_programme.items()):
            programme = self.programmes.get(programme_id)
            if programme is None or not self._is_published(programme_id):
                continue
            for delegate in delegates:
                if delegate.adhesion_id not in self.admissions:
                    raise NotYet(f"adhesion {delegate.adhesion_id}")
            self.told += seating.seat_late(self.session, programme, delegates, self.now)

    def _is_published(self, programme_id: UUID) -> bool:
        return self.session.scalar(sa.select(sa.exists().where(BodyDay.programme_id == programme_id))) or False

    def _ids(self, name: str) -> set[UUID]:
        return {found for event in self.events if (found := getattr(event, name, None)) is not None}

    def _known(self, model: Any, key: Any, ids: set[UUID]) -> dict[UUID, Any]:
        return {getattr(row, key.key): row for row in self.session.scalars(sa.select(model).where(key.in_(ids)))}


def _fresh(row: Programme | Admission | Delegate, event: Event) -> bool:
    """Whether the event is newer than what the row already says; the row remembers it."""
    sequence = event.sequence or 0
    if sequence <= row.sequence:
        return False
    row.sequence = sequence
    return True
