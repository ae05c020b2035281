"""Letters to staff: asked for by the gateway's call, since a person's name and address must not travel on the bus.
For those about an appointment's desk, of which events tell, the gateway only says who its readers are.

The letter's link is made when it is sent, as all are; its cause is what it is about, so that a call that is repeated
asks for no second letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import upsert
from services.notifications.domain import QUEUED
from services.notifications.models import Message, Person, StaffLetter

__all__ = ["introduce", "queue"]


def introduce(session: Session, people: Sequence[dict[str, Any]]) -> None:
    """Keep how these of the staff are called, and where and in which language they read."""
    rows = [
        {
            "id": one["id"],
            "given_name": one["name"],
            "family_name": "",
            "email": one["email"],
            "language": one["language"],
            "sequence": 0,
            "erased": False,
        }
        for one in sorted(people, key=lambda one: str(one["id"]))
    ]
    person = upsert(session, Person.__table__)
    known = {name: person.excluded[name] for name in ("given_name", "email", "language")}
    session.execute(person.on_conflict_do_update(index_elements=["id"], set_=known), rows)


def queue(session: Session, letter: dict[str, Any], now: datetime) -> None:
    """Queue it, once for what it is about. The newest call knows best how its reader is called, and where."""
    reader = letter["to"]
    if reader is None:
        return
    introduce(session, [reader])
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
