"""Reads of notifications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.notifications.domain import CLAIMED, KINDS, PARTING_DAYS, QUEUED
from services.notifications.letters import Known
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
    StaffLetter,
)

_ABOUT: dict[str, type[Base]] = {
    "person": Person,
    "adhesion": Adhesion,
    "place": Place,
    "certificate": Certificate,
    "desk": DeskDuty,
    "staff": StaffLetter,
}


def due(session: Session, now: datetime, limit: int, *, with_document: bool) -> list[UUID]:
    """Queued messages whose time has come, the longest waiting first."""
    statement = (
        sa.select(Message.id)
        .where(Message.state == QUEUED, Message.with_document.is_(with_document), Message.ready_at <= now)
        .order_by(Message.ready_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def abandoned_rows(now: datetime) -> sa.Select[Message]:
    return sa.select(Message).where(Message.state == CLAIMED, Message.claimed_until < now).order_by(Message.id)


def late_partings(now: datetime) -> sa.Select[Message]:
    """Parting letters that have waited for too long, a part of them."""
    since = now - timedelta(days=PARTING_DAYS)
    late = sa.select(Message).where(Message.address.is_not(None), Message.state == QUEUED, Message.created_at < since)
    return late.order_by(Message.id).limit(200)


def abandoned(session: Session, now: datetime) -> bool:
    """Whether there are claims whose lease is over."""
    return session.scalar(abandoned_rows(now).with_only_columns(Message.id).limit(1)) is not None


def known(session: Session, messages: Sequence[Message]) -> list[Known]:
    """The messages with what they are written from, in a few reads however many they are."""
    people = _by_id(session, Person, {message.person_id for message in messages})
    programmes = _by_id(session, Programme, {message.programme_id for message in messages if message.programme_id})
    subjects: dict[type[Base], set[UUID]] = defaultdict(set)
    for message in messages:
        subjects[_ABOUT[KINDS[message.kind].about]].add(message.subject_id)
    about = {kind: _by_id(session, kind, identifiers) for kind, identifiers in subjects.items()}
    at = {row.appointment_id for kind in (Place, DeskDuty) for row in about.get(kind, {}).values()}
    appointments = _by_id(session, Appointment, at)
    found = []
    for message in messages:
        row = about[_ABOUT[KINDS[message.kind].about]][message.subject_id]
        appointment = appointments[row.appointment_id] if isinstance(row, Place | DeskDuty) else None
        programme = programmes[message.programme_id] if message.programme_id else None
        found.append(Known(message, people[message.person_id], programme, row, appointment))
    return found


def certificates_of(session: Session, messages: Sequence[Message]) -> dict[UUID, Certificate]:
    """The certificate of each message, by message id."""
    rows = _by_id(session, Certificate, {message.subject_id for message in messages})
    return {message.id: rows[message.subject_id] for message in messages}


def _by_id(session: Session, kind: Any, identifiers: set[UUID]) -> dict[UUID, Any]:
    if not identifiers:
        return {}
    return {row.id: row for row in session.scalars(sa.select(kind).where(kind.id.in_(identifiers)))}


def page(
    session: Session,
    *,
    state: str | None,
    kind: str | None,
    person_id: UUID | None,
    programme_id: UUID | None,
    limit: int,
    before: tuple[datetime, UUID] | None,
) -> list[tuple[Message, str]]:
    """Messages with their language, newest first, up to one more than ``limit``."""
    statement = sa.select(Message, Person.language).join(Person, Person.id == Message.person_id)
    for column, wanted in (
        *((Message.state, state), (Message.kind, kind)),
        *((Message.person_id, person_id), (Message.programme_id, programme_id)),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if before is not None:
        moment, identifier = before
        earlier = sa.and_(Message.created_at == moment, Message.id < identifier)
        statement = statement.where(sa.or_(Message.created_at < moment, earlier))
    statement = statement.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit + 1)
    return [(message, language) for message, language in session.execute(statement)]


def message(session: Session, identifier: UUID) -> tuple[Message, str] | None:
    """One message, locked, with its language."""
    row = session.scalar(sa.select(Message).where(Message.id == identifier).with_for_update())
    return (row, session.get_one(Person, row.person_id).language) if row is not None else None


def resent(session: Session, root: str) -> dict[str, str]:
    """The messages that a person had sent again for the same fact: their causes and states."""
    again = Message.cause.startswith(f"{root}:resend:", autoescape=True)
    rows = session.execute(sa.select(Message.cause, Message.state).where(again)).all()
    return {row.cause: row.state for row in rows}


def counts(session: Session, programme_id: UUID | None = None) -> dict[str, dict[str, int]]:
    """How many messages there are, of one programme or of all, by state and by kind."""
    by_state: dict[str, int] = defaultdict(int)
    by_kind: dict[str, int] = defaultdict(int)
    grouped = sa.select(Message.state, Message.kind, sa.func.count()).group_by(Message.state, Message.kind)
    if programme_id is not None:
        grouped = grouped.where(Message.programme_id == programme_id)
    for state, kind, number in session.execute(grouped):
        by_state[state] += number
        by_kind[kind] += number
    return {"by_state": dict(by_state), "by_kind": dict(by_kind)}
