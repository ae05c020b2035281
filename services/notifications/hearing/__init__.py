"""What the other services tell: it changes the projections, and some of it is worth a mail.

A batch is handled in two steps. First every event changes the projections, in order; then the mails are queued, so that
within a batch it does not matter whether a person or the news for them came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from contracts.event import Event
from services.notifications.hearing import adhesions, certificates, places
from services.notifications.hearing.books import Books

__all__ = ["hear"]

_HEARD = adhesions.HEARD | places.HEARD | certificates.HEARD


def hear(session: Session, events: Sequence[Event], now: datetime) -> None:
    """Take in a batch of events that were not heard before; ``NotYet`` when one needs a fact that has not come."""
    if not events:
        return
    books = Books.open(session, events, {_HEARD[type(event)].changes for event in events}, now)
    for event in events:
        _HEARD[type(event)].apply(books, event)
    books.queue()
