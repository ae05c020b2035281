"""What the secretariat notes of an adhesion. Everybody there reads it; only who wrote it changes or deletes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Missing
from services.enrollment import queries
from services.enrollment.models import Note


def write(session: Session, adhesion_id: Any, now: datetime, text: str, author: str) -> Note:
    adhesion = queries.adhesion(session, adhesion_id)
    written = Note(id=uuid4(), adhesion_id=adhesion.id, author=author, text=text, written_at=now)
    session.add(written)
    return written


def edit(session: Session, note_id: Any, now: datetime, text: str, author: str) -> Note:
    kept = _own(session, note_id, author)
    if kept.text != text:
        kept.text, kept.edited_at = text, now
    return kept


def delete(session: Session, note_id: Any, now: datetime, author: str) -> Note:
    """The text goes; that there was one, of whom and when, stays."""
    gone = _own(session, note_id, author)
    gone.text, gone.deleted_at = None, now
    return gone


def of(session: Session, adhesion_id: Any) -> list[Note]:
    wanted = sa.select(Note).where(Note.adhesion_id == adhesion_id)
    return list(session.scalars(wanted.order_by(Note.written_at, Note.id)))


def _own(session: Session, note_id: Any, author: str) -> Note:
    """The note, locked; somebody else's or a deleted one is a missing one to who wants to change it."""
    wanted = sa.select(Note).where(Note.id == queries.identifier(note_id, "note")).with_for_update()
    found = session.scalar(wanted)
    if found is None or found.author != author or found.deleted_at is not None:
        raise Missing("note")
    return found
