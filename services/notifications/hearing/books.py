"""The projections that a batch of events touches, and the mails that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import clock
from chassis.consumer import NotYet
from chassis.database import upsert
from contracts.event import Event
from services.notifications.domain import FAILED, KINDS, QUEUED, SUPERSEDED
from services.notifications.models import (
    Adhesion,
    Appointment,
    Base,
    Certificate,
    DeskDuty,
    Message,
    Person,
    Place,
    Programme,
)

Row = TypeVar("Row", bound=Base)
_NAMED: dict[str, type[Base]] = {
    "programme_id": Programme,
    "contact_id": Person,
    "delegate_id": Person,
    "person_id": Person,
    "draft_id": Person,
    "adhesion_id": Adhesion,
    "account_id": Person,
    "assignment_id": DeskDuty,
    "appointment_id": Appointment,
    "place_id": Place,
    "certificate_id": Certificate,
}
"""The projection that each identifier in an event belongs to."""
_AT_ONCE = 5000
"""So many rows are asked for in one statement; a webinar may have more guests than a statement takes."""


@dataclass(frozen=True)
class Heard:
    """How one kind of event is taken in: the projection that it changes, if any, and the change."""

    changes: type[Base] | None
    apply: Callable[[Books, Any], Any]


@dataclass(frozen=True)
class Wanted:
    """A mail that somebody should get."""

    cause: str
    kind: str
    person_id: UUID
    programme_id: UUID
    subject_id: UUID
    address: str | None = None


@dataclass
class Books:
    """Rows are read once a batch, and those that will change are locked, so that two processes never overtake. So are
    the people: their messages are withdrawn in no order, and an erasure ends them all."""

    session: Session
    now: datetime
    rows: dict[type[Base], dict[UUID, Any]] = field(default_factory=dict)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    overtaken: dict[str, Wanted] = field(default_factory=dict)
    """Wanted and withdrawn in one batch: kept like any that was withdrawn, so that each fact has its message."""

    @classmethod
    def open(cls, session: Session, events: Sequence[Event], changed: set[type[Base] | None], now: datetime) -> Books:
        books = cls(session, now)
        named: dict[type[Base], set[UUID]] = {}
        for event in events:
            for name, kind in _NAMED.items():
                if isinstance(identifier := getattr(event, name, None), UUID):
                    named.setdefault(kind, set()).add(identifier)
        for kind in sorted(named, key=lambda one: one.__name__):
            books.read(kind, named[kind], lock=kind is Person or kind in changed)
        return books

    def read(self, kind: Any, identifiers: set[UUID], *, lock: bool = False) -> None:
        """Rows to be changed are locked in the order of their ids, so that two processes do not block each other."""
        known = self.rows.setdefault(kind, {})
        unknown = sorted(identifiers - known.keys())
        for start in range(0, len(unknown), _AT_ONCE):
            some = unknown[start : start + _AT_ONCE]
            statement = sa.select(kind).where(kind.id.in_(some)).order_by(kind.id)
            if lock:
                statement = statement.with_for_update(key_share=True)
            known.update({row.id: row for row in self.session.scalars(statement)})

    def find(self, kind: type[Row], identifier: UUID) -> Row | None:
        row: Row | None = self.rows.setdefault(kind, {}).get(identifier)
        return row

    def need(self, kind: type[Row], identifier: UUID) -> Row:
        """The row, or ``NotYet``: another queue may bring it a little later."""
        row = self.find(kind, identifier)
        if row is None:
            raise NotYet(f"{kind.__tablename__} {identifier}")
        return row

    def put(self, row_of: type[Row], identifier: UUID, event: Event, /, **values: Any) -> bool:
        """Apply the event to the row, or make it; false when the event is older than what is known."""
        sequence = event.sequence or 0
        row: Any = self.find(row_of, identifier)
        if row is None:
            row = row_of(id=identifier, sequence=sequence, **values)
            self.session.add(row)
            self.rows[row_of][identifier] = row
            return True
        if sequence <= row.sequence:
            return False
        row.sequence = sequence
        for name, value in values.items():
            setattr(row, name, value)
        return True

    def want(
        self,
        kind: str,
        which: Any,
        person_id: UUID,
        programme_id: UUID,
        subject_id: UUID,
        address: str | None = None,
    ) -> None:
        """Ask for a mail; ``which`` makes its cause, so that the same fact told again asks for the same mail.

        A parting letter brings the ``address`` that the books are about to forget.
        """
        cause = f"{kind}:{which}"
        self.overtaken.pop(cause, None)
        self.wanted[cause] = Wanted(cause, kind, person_id, programme_id, subject_id, address)

    def withdraw(self, causes: Iterable[str]) -> set[str]:
        """These messages shall not go out any more; return those that have not.

        The statement waits for a process that is just claiming one, and then leaves it alone.
        """
        asked = set(causes)
        unwritten = {cause: self.wanted.pop(cause) for cause in asked & self.wanted.keys()}
        self.overtaken |= unwritten
        return unwritten.keys() | set(
            self.session.scalars(
                sa.update(Message)
                .where(Message.cause.in_(asked), Message.state == QUEUED)
                .values(state=FAILED, reason=SUPERSEDED)
                .returning(Message.cause)
                .execution_options(synchronize_session=False)
            )
        )

    def may_have_left(self, causes: Iterable[str]) -> bool:
        """Whether one of these messages has left, or nobody knows that it has not."""
        of_them = sa.exists().where(Message.cause.in_(causes), Message.state.not_in((QUEUED, FAILED)))
        return bool(self.session.scalar(sa.select(of_them)))

    def queue(self) -> None:
        """Store the wanted mails, each cause once and for all. Who was erased is not written to, but to say so."""
        ready = clock.machine_now()
        rows: list[dict[str, Any]] = []
        for cause, one in sorted((self.wanted | self.overtaken).items()):
            self.need(Programme, one.programme_id)
            if self.need(Person, one.person_id).erased and one.address is None:
                continue
            rows.append(
                {
                    "id": uuid4(),
                    "cause": cause,
                    "kind": one.kind,
                    "person_id": one.person_id,
                    "programme_id": one.programme_id,
                    "subject_id": one.subject_id,
                    "address": one.address,
                    "with_document": KINDS[one.kind].document,
                    "state": FAILED if cause in self.overtaken else QUEUED,
                    "reason": SUPERSEDED if cause in self.overtaken else None,
                    "attempts": 0,
                    "ready_at": ready,
                    "created_at": self.now,
                }
            )
        self.session.flush()
        if rows:
            statement = upsert(self.session, Message.__table__).on_conflict_do_nothing(index_elements=["cause"])
            self.session.execute(statement, rows)
