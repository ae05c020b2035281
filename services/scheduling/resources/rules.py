"""The calendar's rules of a programme: how many days a date and a week, pauses, closed dates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.refusal import Missing, check_version
from services.scheduling.models import CalendarRules, Programme
from services.scheduling.resources.schemas import RulesOut

USUAL: dict[str, Any] = {
    "days_per_date": 2,
    "days_per_week": None,
    "reachable_km": 300.0,
    "pauses": [{"first": "08-01", "last": "08-31"}, {"first": "12-24", "last": "01-06"}],
    "closed_dates": [],
}


def rules_of(session: Session, programme_id: UUID) -> CalendarRules:
    """The rules in force; the usual ones where nobody has set any."""
    return session.get(CalendarRules, programme_id) or CalendarRules(programme_id=programme_id, version=0, **USUAL)


def rules(session: Session, programme_id: UUID) -> dict[str, Any]:
    """The same, as it is told."""
    if session.get(Programme, programme_id) is None:
        raise Missing("programme")
    answer: dict[str, Any] = RulesOut().dump(rules_of(session, programme_id))
    return answer


def change_rules(session: Session, programme_id: UUID, given: dict[str, Any], version: int | None) -> dict[str, Any]:
    """Set the rules anew. Refused: changed_meanwhile."""
    if session.get(Programme, programme_id, with_for_update=True) is None:
        raise Missing("programme")
    row = session.get(CalendarRules, programme_id)
    check_version(version, 0 if row is None else row.version)
    if row is None:
        row = CalendarRules(programme_id=programme_id)
        session.add(row)
    for name, value in {**given, "closed_dates": sorted(set(given["closed_dates"]))}.items():
        setattr(row, name, value)
    session.flush()
    return rules(session, programme_id)


def yearly(pauses: list[Any]) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
    """Pauses as the planner takes them: first and last day as (month, day)."""
    return tuple((_day(pause["first"]), _day(pause["last"])) for pause in pauses)


def _day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
