"""Sessions of staff: opened by a log-in, kept by their token's hash, ended when idle, when old, or by hand."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from chassis import clock
from chassis.database import Store
from gateway.accounts import Staff, digest, staff_of
from gateway.models import StaffSession

__all__ = [
    "Opened",
    "Whence",
    "end_others",
    "end_session",
    "end_session_by_id",
    "open_session",
    "sessions_of",
    "staff_of_session",
    "whence",
]

SEEN_EVERY = timedelta(minutes=1)
# The order matters: each of them also says that it is one of the next.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_MACHINES = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Whence:
    """What is kept of where a session is from: the kind of browser, and a part of the address."""

    browser: str = ""
    address: str = ""


@dataclass(frozen=True)
class Opened:
    """A new session: the only time that its token is known."""

    token: str
    ends_at: datetime
    staff: Staff


def whence(agent: str, address: str) -> Whence:
    """The kind of browser and a coarse address: enough to know one's own sessions by, too little to follow anybody."""
    found = [next((word for mark, word in table.items() if mark in agent), "") for table in (_BROWSERS, _MACHINES)]
    program = _PROGRAM.match(agent)
    browser = ", ".join(word for word in found if word) or (program[0] if program else "")
    try:
        number = ip_address(address)
    except ValueError:
        return Whence(browser, "")
    return Whence(browser, str(ip_network((number, 16 if number.version == 4 else 32), strict=False)))


def open_session(
    store: Store,
    staff: Staff,
    kind: str,
    duration: timedelta,
    origin: Whence = Whence(),
    replaces: str | None = None,
) -> Opened:
    """A new session with a new token; ``replaces`` ends the one that the browser held (rotation)."""
    token, now = secrets.token_urlsafe(32), clock.machine_now()
    with store.transaction() as session:
        session.execute(delete(StaffSession).where(StaffSession.ends_at < now))
        if replaces:
            session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(replaces)))
        session.add(
            StaffSession(
                token_hash=digest(token),
                kind=kind,
                staff_id=UUID(staff.id),
                created_at=now,
                seen_at=now,
                ends_at=now + duration,
                browser=origin.browser,
                address=origin.address,
            )
        )
    return Opened(token, now + duration, staff)


def staff_of_session(store: Store, token: str, kind: str, idle: timedelta | None) -> Staff | None:
    """Whose session this is, when it has neither ended nor been idle too long; being used, it is no longer idle."""
    now = clock.machine_now()
    with store.read() as session:
        found = session.scalar(
            select(StaffSession).where(StaffSession.token_hash == digest(token), StaffSession.kind == kind)
        )
        if found is None or found.ends_at <= now or not found.staff.active:
            return None
        if idle is not None and found.seen_at + idle <= now:
            return None
        staff, seen_at = staff_of(found.staff), found.seen_at
    if now - seen_at >= SEEN_EVERY:
        with store.transaction() as session:
            if again := session.get(StaffSession, found.id):
                again.seen_at = now
    return staff


def sessions_of(store: Store, staff: Staff, token: str, idle: timedelta) -> list[dict[str, Any]]:
    """The open sessions of this person, the newest first; ``current`` marks that of the token."""
    now = clock.machine_now()
    with store.read() as session:
        found = session.scalars(
            select(StaffSession)
            .where(StaffSession.staff_id == UUID(staff.id), StaffSession.ends_at > now)
            .order_by(StaffSession.created_at.desc(), StaffSession.id)
        ).all()
    return [
        {
            "id": str(one.id),
            **{name: getattr(one, name) for name in ("kind", "browser", "address")},
            **{name: getattr(one, name).isoformat() for name in ("created_at", "seen_at", "ends_at")},
            "current": one.token_hash == digest(token),
        }
        for one in found
        if one.kind != "browser" or one.seen_at + idle > now
    ]


def end_session(store: Store, token: str) -> None:
    """The token is good for nothing from now on."""
    with store.transaction() as session:
        session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(token)))


def end_session_by_id(store: Store, staff: Staff, session_id: str) -> bool:
    """End one session of this person; false when they have no such session."""
    try:
        wanted = UUID(session_id)
    except ValueError:
        return False
    with store.transaction() as session:
        mine = (StaffSession.id == wanted) & (StaffSession.staff_id == UUID(staff.id))
        return session.execute(delete(StaffSession).where(mine).returning(StaffSession.id)).first() is not None


def end_others(store: Store, staff_id: str, but: str | None = None) -> None:
    """End every session of an account, but for that of the token ``but``."""
    others = StaffSession.staff_id == UUID(staff_id)
    if but is not None:
        others &= StaffSession.token_hash != digest(but)
    with store.transaction() as session:
        session.execute(delete(StaffSession).where(others))
