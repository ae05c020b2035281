"""Letters to staff: asked for by the gateway's call, since a person's name and address must not travel on the bus.

The letter's link is made when it is sent, as all are; its cause is what it is about, so that a call that is repeated
asks for no second letter.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import upsert
from services.notifications.domain import QUEUED
from services.notifications.models import Message, Person, StaffLetter

__all__ = ["queue"]


def queue(session: Session, letter: dict[str, Any], now: datetime) -> None:
    """Queue it, once for what it is about. The newest call knows best how its reader is called, and where."""
    reader = letter["to"]
    if reader is None:
        return
    known = {"given_name": reader["name"], "family_name": "", "email": reader["email"], "language": reader["language"]}
    person = upsert(session, Person.__table__).on_conflict_do_update(index_elements=["id"], set_=known)
    session.execute(person, [{"id": reader["id"], "sequence": 0, "erased": False, **known}])
    about = {"id": letter["subject_id"], "role": letter["role"], "ends_at": letter["ends_at"]}
    session.execute(upsert(session, StaffLetter.__table__).on_conflict_do_nothing(), [about])
    message = {
        "id": uuid4(),
        "cause": f"{letter['kind']}:{letter['subject_id']}",
        "kind": letter["kind"],
        "person_id": reader["id"],
        "programme_id": None,
        "subject_id": letter["subject_id"],
        "with_document": False,
        "state": QUEUED,
        "attempts": 0,
        "ready_at": clock.machine_now(),
        "created_at": now,
    }
    statement = upsert(session, Message.__table__).on_conflict_do_nothing(index_elements=["cause"])
    session.execute(statement, [message])
