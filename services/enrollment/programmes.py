"""What changes programmes, and how they are shown. Every change is written down: who, what, before and after."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid, Refused, check_version
from contracts.enrollment import ROLES
from contracts.event import Event
from services.enrollment import amendments, domain, events, queries, schemas
from services.enrollment.adhesions import terms
from services.enrollment.models import Programme, ProgrammeHistory
from services.enrollment.touched import touched

_INPUT = schemas.ProgrammeInput()
_OUTPUT = schemas.ProgrammeOutput()
_SETTINGS = schemas.ProgrammeSettingsOutput()


def shown(programme: Programme, now: datetime) -> dict[str, Any]:
    """The programme with the state of its adhesion window at this moment."""
    return {**_OUTPUT.dump(programme), "state": domain.window(terms(programme), now)}


def settings(programme: Programme, now: datetime) -> dict[str, Any]:
    """As ``shown``, with what only its administrators need: whether it is a draft, and its version."""
    return {**_SETTINGS.dump(programme), "state": domain.window(terms(programme), now)}


def open_programme(
    session: Session, given: Any, actor: str, now: datetime, *, draft: bool = False
) -> tuple[Programme, list[Event]]:
    """A new programme from its data. A draft is known to nobody, nor to any other service, until it is published."""
    data = _INPUT.load(given)
    _check_code(session, data["code"])
    programme = Programme(**data, draft=draft)
    session.add(programme)
    session.flush()
    _note(session, programme, now, actor, "drafted" if draft else "published", [])
    return programme, [] if draft else [events.programme_opened(programme)]


def publish(
    session: Session, code: str, version: int | None, actor: str, now: datetime
) -> tuple[Programme, list[Event]]:
    """The draft becomes public; published twice, nothing more happens."""
    programme = _locked(session, code, version)
    if not programme.draft:
        return programme, []
    programme.draft = False
    _note(session, programme, now, actor, "published", [])
    return programme, [events.programme_opened(programme)]


def change_programme(
    session: Session,
    code: str,
    changes: Any,
    actor: str,
    now: datetime,
    *,
    version: int | None = None,
    accepted: Collection[str] = (),
) -> tuple[Programme, list[Event]]:
    """Change some of the data, where ``amendments`` has nothing against it or its questions were accepted."""
    programme = _locked(session, code, version)
    after, changed = _amended(session, programme, changes)
    amendments.check(_objections(session, programme, after, changed, now), accepted)
    return _apply(session, programme, after, changed, actor, now)


def move_window(
    session: Session,
    code: str,
    move: str,
    actor: str,
    now: datetime,
    *,
    version: int | None = None,
    accepted: Collection[str] = (),
) -> tuple[Programme, list[Event]]:
    """Open the adhesion window at this moment, before its time, or close it; what was received lies within it."""
    programme = _locked(session, code, version)
    state = domain.window(terms(programme), now)
    if state != {"open": "upcoming", "close": "open"}[move]:
        raise Refused("window_not_so", window=state)
    field = "adhesion_opens" if move == "open" else "adhesion_closes"
    after = {**_data(programme), field: now.replace(microsecond=0) if move == "open" else now}
    amendments.check(_objections(session, programme, after, [field], now), accepted)
    return _apply(session, programme, after, [field], actor, now)


def preview(session: Session, code: str, changes: Any, now: datetime) -> dict[str, Any]:
    """What the change would change, and what speaks against it; nothing is done."""
    programme = queries.programme(session, code, drafts=True)
    after, changed = _amended(session, programme, changes)
    found = _objections(session, programme, after, changed, now)
    return {
        "version": programme.version,
        "changes": _compared(programme, after, changed),
        "objections": [{"reason": one.reason, "asks": one.asks, "facts": one.facts} for one in found],
    }


def _locked(session: Session, code: str, version: int | None) -> Programme:
    programme = queries.programme(session, code, lock=True, drafts=True)
    check_version(version, programme.version)
    return programme


def _check_code(session: Session, code: str) -> None:
    if session.scalar(sa.select(Programme.id).where(Programme.code == code)) is not None:
        raise Refused("programme_exists", code=code)


def _data(programme: Programme) -> dict[str, Any]:
    return {name: getattr(programme, name) for name in _INPUT.fields}


def _amended(session: Session, programme: Programme, changes: Any) -> tuple[dict[str, Any], list[str]]:
    """The data after the change, and the names of what is then different."""
    if not isinstance(changes, dict):
        raise Invalid({"changes": ["invalid"]})
    after = _INPUT.load({**_INPUT.dump(programme), **changes})
    before = _data(programme)
    changed = [name for name, value in after.items() if before[name] != value]
    if programme.draft:
        if "code" in changed:
            _check_code(session, after["code"])
        return after, changed
    for fixed in amendments.FIXED:
        if fixed in changed:
            raise Invalid({fixed: ["cannot_change"]})
    if "consent_version" not in changed and {"consent_it", "consent_en"} & set(changed):
        raise Invalid({"consent_version": ["must_change"]})
    return after, changed


def _objections(
    session: Session, programme: Programme, after: dict[str, Any], changed: list[str], now: datetime
) -> list[amendments.Objection]:
    if programme.draft:
        return []
    joined = touched(session, programme, after, changed)
    return amendments.objections(_data(programme), after, joined, now, now.astimezone(domain.OFFICE).date())


def _apply(
    session: Session, programme: Programme, after: dict[str, Any], changed: list[str], actor: str, now: datetime
) -> tuple[Programme, list[Event]]:
    if not changed:
        return programme, []
    _note(session, programme, now, actor, "changed", _compared(programme, after, changed))
    for name in changed:
        setattr(programme, name, after[name])
    if {f"{role}_most" for role in ROLES} & set(changed):
        programme.quotas_since = now
    return programme, [] if programme.draft else [events.programme_changed(programme)]


def _compared(programme: Programme, after: dict[str, Any], changed: list[str]) -> list[dict[str, Any]]:
    before, then = _INPUT.dump(programme), _INPUT.dump(after)
    return [{"field": name, "before": before[name], "after": then[name]} for name in changed]


def _note(
    session: Session, programme: Programme, now: datetime, actor: str, what: str, changes: list[dict[str, Any]]
) -> None:
    session.add(ProgrammeHistory(programme_id=programme.id, at=now, actor=actor, what=what, changes=changes))
