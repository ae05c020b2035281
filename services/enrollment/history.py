"""The history of each adhesion: every change writes its line, and the number of lines is the adhesion's version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.enrollment.models import Adhesion, History, Person


def note(
    session: Session, adhesion: Adhesion, now: datetime, actor: str, what: str, reason: str | None = None, **more: Any
) -> None:
    """One line more. ``changes`` is what a correction found and left; ``person_id`` says about whom."""
    session.add(History(adhesion_id=adhesion.id, at=now, actor=actor, what=what, reason=reason, **more))


def version(session: Session, adhesion: Adhesion) -> int:
    """How often the adhesion has changed; of a locked one, what nobody can change meanwhile."""
    lines = sa.select(sa.func.count()).where(History.adhesion_id == adhesion.id)
    return session.scalar(lines.select_from(History)) or 0


def forget(session: Session, person: Person) -> None:
    """Of an erased person the lines stay, without what was corrected and why."""
    session.execute(sa.update(History).where(History.person_id == person.id).values(changes=None, reason=None))
