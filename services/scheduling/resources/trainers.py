"""Trainers: what they can teach, from where, on how many days, and when not."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from chassis.refusal import Missing, check_version
from services.scheduling.models import Trainer
from services.scheduling.schemas import TrainerOut


def trainer(session: Session, trainer_id: UUID) -> dict[str, Any]:
    """One trainer."""
    return _told(_found(session, trainer_id))


def add_trainer(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Take somebody on."""
    usual = {"unavailable": [], "skills": None, "most_days": None, "most_a_week": None, "usable": True}
    row = Trainer(id=uuid4(), **{**usual, **_tidy(given)})
    session.add(row)
    session.flush()
    return _told(row)


def change_trainer(session: Session, trainer_id: UUID, changes: dict[str, Any], version: int | None) -> dict[str, Any]:
    """Change what is given. Refused: changed_meanwhile."""
    row = _found(session, trainer_id, lock=True)
    check_version(version, row.version)
    for name, value in _tidy(changes).items():
        setattr(row, name, value)
    session.flush()
    return _told(row)


def _tidy(given: dict[str, Any]) -> dict[str, Any]:
    """Lists in order, and nothing in them twice."""
    return {
        name: sorted(set(value)) if name in ("unavailable", "skills") and value is not None else value
        for name, value in given.items()
    }


def _found(session: Session, trainer_id: UUID, *, lock: bool = False) -> Trainer:
    row = session.get(Trainer, trainer_id, with_for_update=lock)
    if row is None:
        raise Missing("trainer")
    return row


def _told(row: Trainer) -> dict[str, Any]:
    answer: dict[str, Any] = TrainerOut().dump(row)
    return answer
