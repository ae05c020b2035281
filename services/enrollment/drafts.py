"""Adhesion forms that are put aside, for whoever holds the mailed link, until they are sent or their time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from chassis.database import skip_locked, upsert
from chassis.refusal import Refused
from contracts.event import Event
from services.enrollment import domain, events, queries
from services.enrollment.adhesions import terms
from services.enrollment.models import Draft
from services.enrollment.settings import EnrollmentSettings

_FORMS = UUID("5b0f2a57-51f5-4b0e-9e0f-8a1d6b2c7e43")
_FORGOTTEN_AT_ONCE = 200


def identity(key: str) -> UUID:
    """The id of the draft of the form with this key, which only the browser that was shown the form knows."""
    return uuid5(_FORMS, key)


def find(session: Session, draft_id: UUID, now: datetime) -> Draft:
    """A draft, as long as its time is not over; one that is gone was sent, deleted or too old."""
    chosen = sa.select(Draft).where(Draft.id == draft_id, Draft.expires_at > now)
    found = session.scalar(chosen.options(joinedload(Draft.programme)))
    if found is None:
        raise Refused("draft_gone")
    return found


def save(
    session: Session, draft_id: UUID, given: dict[str, Any], now: datetime, settings: EnrollmentSettings
) -> list[Event]:
    """Keep the form as it is now. A mailbox that has too many drafts gets no more, and nobody is told."""
    programme = queries.programme(session, given["programme_code"])
    domain.check_window(terms(programme), now)
    mailbox = (Draft.programme_id == programme.id) & (Draft.email == given["email"])
    others = session.scalars(sa.select(Draft).where(mailbox, Draft.id != draft_id)).all()
    if session.get(Draft, draft_id) is None and len(others) >= settings.drafts_per_mailbox:
        return []
    kept = {
        "email": given["email"],
        "language": given["language"],
        "adhesion": given["adhesion"],
        "expires_at": now + timedelta(seconds=settings.draft_seconds),
    }
    first = upsert(session, Draft).values(id=draft_id, programme_id=programme.id, **kept)
    session.execute(first.on_conflict_do_nothing())
    draft = session.get_one(Draft, draft_id, with_for_update=True, populate_existing=True)
    mailed = [one.mailed_at for one in others] + [draft.mailed_at] * (draft.email == given["email"])
    for name, value in kept.items():
        setattr(draft, name, value)
    if any(at is not None and (now - at).total_seconds() < settings.area_link_interval for at in mailed):
        return []
    draft.mailed_at = now
    return events.draft_saved(draft)


def forget(session: Session, draft_id: UUID) -> list[Event]:
    """The draft is no more, and whoever knows the mailbox forgets it; asked twice, nothing more happens."""
    draft = session.get(Draft, draft_id, with_for_update=True)
    return [] if draft is None else _forget(session, [draft])


def forget_old(session: Session, now: datetime) -> list[Event]:
    """Some of the drafts whose time is over."""
    old = sa.select(Draft).where(Draft.expires_at <= now).order_by(Draft.expires_at).limit(_FORGOTTEN_AT_ONCE)
    return _forget(session, session.scalars(skip_locked(old, session)).all())


def _forget(session: Session, drafts: Any) -> list[Event]:
    for draft in drafts:
        session.delete(draft)
    return [events.forgotten(draft.id) for draft in drafts]
