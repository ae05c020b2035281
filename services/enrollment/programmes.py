"""What changes programmes, and how they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid, Refused
from contracts.event import Event
from services.enrollment import domain, events, queries, schemas
from services.enrollment.adhesions import terms
from services.enrollment.models import Programme

_INPUT = schemas.ProgrammeInput()
_OUTPUT = schemas.ProgrammeOutput()


def shown(programme: Programme, now: datetime) -> dict[str, Any]:
    """The programme with the state of its adhesion window at this moment."""
    return {**_OUTPUT.dump(programme), "state": domain.window(terms(programme), now)}


def open_programme(session: Session, given: Any) -> tuple[Programme, list[Event]]:
    """A new programme from its data; its code is its name for ever."""
    data = _INPUT.load(given)
    if session.scalar(sa.select(Programme.id).where(Programme.code == data["code"])) is not None:
        raise Refused("programme_exists", code=data["code"])
    programme = Programme(**data)
    session.add(programme)
    session.flush()
    return programme, [events.programme_opened(programme)]


def change_programme(session: Session, code: str, changes: Any) -> tuple[Programme, list[Event]]:
    """Change some of the data. Another consent needs another version: who consented did so to the words of theirs."""
    if not isinstance(changes, dict):
        raise Invalid({"changes": ["invalid"]})
    programme = queries.programme(session, code, lock=True)
    known = _INPUT.dump(programme)
    data = _INPUT.load({**known, **changes})
    for fixed in ("code", "protocol_prefix"):
        if data[fixed] != known[fixed]:
            raise Invalid({fixed: ["cannot_change"]})
    consent = ("consent_it", "consent_en")
    if data["consent_version"] == known["consent_version"] and any(data[name] != known[name] for name in consent):
        raise Invalid({"consent_version": ["must_change"]})
    changed = [name for name, value in data.items() if getattr(programme, name) != value]
    for name in changed:
        setattr(programme, name, data[name])
    return programme, [events.programme_changed(programme)] if changed else []
