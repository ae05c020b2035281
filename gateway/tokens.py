"""Tokens for programs: made by a staff member with a name, scopes and an end; shown once, kept as a hash, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Refused
from gateway.accounts import Staff, digest, staff_of
from gateway.models import ApiToken
from gateway.scopes import scopes_for

__all__ = ["LONGEST_DAYS", "MARK", "create", "owner", "revoke", "tokens_of"]

MARK = "coalizione_"
"""What every token begins with, so that scanners of published secrets recognise one."""
LONGEST_DAYS = 366
MOST = 50
USED_EVERY = timedelta(minutes=1)


def create(store: Store, staff: Staff, name: str, scopes: Sequence[str], days: int) -> tuple[str, dict[str, Any]]:
    """The token, which nobody can read again, and what is kept of it."""
    name, chosen, now = name.strip(), sorted(set(scopes)), clock.machine_now()
    errors: dict[str, list[str]] = {}
    if not name or len(name) > 100 or not name.isprintable():
        errors["name"] = ["required" if not name else "too_long" if len(name) > 100 else "invalid"]
    if not chosen or set(chosen) - set(scopes_for(staff.role)):
        errors["scopes"] = ["required" if not chosen else "not_a_choice"]
    if not 1 <= days <= LONGEST_DAYS:
        errors["days"] = ["out_of_range"]
    if errors:
        raise Invalid(errors)
    token = MARK + secrets.token_urlsafe(32)
    with store.transaction() as session:
        if len(_good(session, staff, now)) >= MOST:
            raise Refused("too_many_tokens", max=MOST)
        made = ApiToken(
            token_hash=digest(token),
            staff_id=UUID(staff.id),
            name=name,
            scopes=" ".join(chosen),
            created_at=now,
            ends_at=now + timedelta(days=days),
        )
        session.add(made)
        session.flush()
        return token, _shown(made)


def tokens_of(store: Store, staff: Staff) -> list[dict[str, Any]]:
    """This person's tokens that are still good, the newest first."""
    with store.read() as session:
        return [_shown(one) for one in _good(session, staff, clock.machine_now())]


def revoke(store: Store, staff: Staff, token_id: str) -> bool:
    """It opens nothing any more; false when this person has no such token."""
    try:
        wanted = UUID(token_id)
    except ValueError:
        return False
    with store.transaction() as session:
        found = session.get(ApiToken, wanted, with_for_update={"of": ApiToken})
        if found is None or str(found.staff_id) != staff.id or found.revoked_at is not None:
            return False
        found.revoked_at = clock.machine_now()
        return True


def owner(store: Store, token: str) -> tuple[Staff, frozenset[str]] | None:
    """Whose token it is and what it may, when it is good and its owner's account is open.

    The scopes are limited by the role that the owner has now, through the table, not by the one of then.
    """
    now = clock.machine_now()
    with store.read() as session:
        found = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest(token)))
        if found is None or found.revoked_at is not None or found.ends_at <= now or not found.staff.active:
            return None
        staff, scopes, used_at = staff_of(found.staff), frozenset(found.scopes.split()), found.used_at
    if used_at is None or now - used_at >= USED_EVERY:
        with store.transaction() as session:
            session.get_one(ApiToken, found.id).used_at = now
    return staff, scopes


def _good(session: Session, staff: Staff, now: datetime) -> list[ApiToken]:
    mine = (ApiToken.staff_id == UUID(staff.id)) & ApiToken.revoked_at.is_(None) & (ApiToken.ends_at > now)
    return list(session.scalars(select(ApiToken).where(mine).order_by(ApiToken.created_at.desc(), ApiToken.id)))


def _shown(token: ApiToken) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "name": token.name,
        "scopes": token.scopes.split(),
        "created_at": token.created_at.isoformat(),
        "ends_at": token.ends_at.isoformat(),
        "used_at": token.used_at.isoformat() if token.used_at else None,
    }
