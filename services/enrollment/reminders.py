"""Letters to bodies that have not finished: at most one to an adhesion in an interval, and each sent once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contracts.event import Event
from services.enrollment import domain, events
from services.enrollment.history import note
from services.enrollment.models import Adhesion, ListedAdhesion, Reminder


def remind(session: Session, adhesion: Adhesion, now: datetime, interval: timedelta, actor: str) -> list[Event]:
    """Remind the contact of what is missing, or say why not. The adhesion is locked: two cannot both be first."""
    sent = session.execute(
        sa.select(sa.func.count().label("number"), sa.func.max(Reminder.reminded_at).label("last")).where(
            Reminder.adhesion_id == adhesion.id
        )
    ).one()
    standing = domain.Standing(
        state=adhesion.state,
        has_delegates=any(delegate.state == "active" for delegate in adhesion.delegates),
        mailbox_dead=adhesion.contact.mail_state == "bounced",
        reminded=sent.last is not None and sent.last > now - interval,
    )
    cause = domain.reminder(standing)
    reminder = Reminder(
        id=uuid4(), adhesion_id=adhesion.id, number=sent.number + 1, cause=cause, reminded_at=now, actor=actor
    )
    session.add(reminder)
    note(session, adhesion, now, actor, f"reminded_{cause}")
    return [events.reminded(adhesion, reminder)]


def lately(now: datetime, interval: timedelta) -> Any:
    """Whether the listed adhesion was reminded within the interval, as a condition."""
    since = now - interval
    return (
        sa.select(Reminder.id)
        .where(Reminder.adhesion_id == ListedAdhesion.adhesion_id, Reminder.reminded_at > since)
        .correlate(ListedAdhesion)
        .exists()
    )
