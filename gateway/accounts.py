"""Staff accounts and their sessions, as the database knows them; ``identity`` puts them in front of requests.

Every failure of ``authenticate`` takes the same work and gives the same answer: unknown address, wrong password, closed
account and too many attempts cannot be told apart from outside.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import patcher, tpool
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store, upsert
from gateway.models import ROLES, FailedLogin, StaffAccount, StaffSession

__all__ = ["Opened", "Staff", "authenticate", "create_account", "end_session", "open_session", "staff_of_session"]

LONGEST_PASSWORD = 1000
FREE_FAILURES = {"account": 5, "address": 20}
LONGEST_WAIT = 300
FORGOTTEN_AFTER = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)

# OWASP's second choice for Argon2id: 19 MiB and 2 passes keep a log-in at some 20 ms of one core.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe())

_R = TypeVar("_R")


@dataclass(frozen=True)
class Staff:
    """Who is acting. ``roles`` holds the lesser roles too: an administrator may all that the secretariat may."""

    id: str
    name: str
    email: str
    roles: frozenset[str]

    @property
    def role(self) -> str:
        """The highest of the roles."""
        return max(self.roles, key=ROLES.index)


@dataclass(frozen=True)
class Opened:
    """A new session: the only time that its token is known."""

    token: str
    ends_at: datetime
    staff: Staff


def create_account(store: Store, email: str, name: str, role: str, password: str) -> Staff:
    """A new account, or ``ValueError`` that says what is wrong; an e-mail address has one account."""
    email = _normal(email)
    if role not in ROLES:
        raise ValueError(f"the role is one of {', '.join(ROLES)}")
    if "@" not in email or not email.isprintable() or " " in email or len(email) > 254:
        raise ValueError("that is not an e-mail address")
    if not 12 <= len(password) <= LONGEST_PASSWORD:
        raise ValueError("the password needs at least 12 characters")
    if not name.strip() or len(name) > 200:
        raise ValueError("the name needs 1 to 200 characters")
    hashed = _away_from_the_loop(_HASHER.hash, password)
    with store.transaction() as session:
        if session.scalar(select(StaffAccount.id).where(StaffAccount.email == email)):
            raise ValueError("there is an account with that address already")
        account = StaffAccount(
            email=email, name=name.strip(), role=role, password_hash=hashed, created_at=clock.machine_now()
        )
        session.add(account)
        session.flush()
        return _staff(account)


def authenticate(store: Store, email: str, password: str, address: str) -> Staff | None:
    """The staff member whose password this is; ``None`` for every failure, at about the same cost.

    After a few failures, attempts on the account (and from the address) wait ever longer, up to five minutes. An
    attempt during the wait is not counted, so that nobody is kept out for ever by somebody else's guessing.
    """
    email, subjects = _normal(email), _subjects(email, address)
    with store.read() as session:
        account = session.scalar(select(StaffAccount).where(StaffAccount.email == email))
        waiting = _must_wait(session, subjects)
    hashed = account.password_hash if account and account.active else _NOBODY
    right = _away_from_the_loop(_matches, hashed, password[:LONGEST_PASSWORD])
    if waiting:
        return None
    if account is None or not account.active or not right:
        with store.transaction() as session:
            _count_failure(session, subjects)
        return None
    with store.transaction() as session:
        session.execute(delete(FailedLogin).where(FailedLogin.subject == subjects["account"]))
    return _staff(account)


def open_session(store: Store, staff: Staff, kind: str, duration: timedelta, replaces: str | None = None) -> Opened:
    """A new session with a new token; ``replaces`` ends the one that the browser held (rotation)."""
    token, now = secrets.token_urlsafe(32), clock.machine_now()
    with store.transaction() as session:
        session.execute(delete(StaffSession).where(StaffSession.ends_at < now))
        if replaces:
            session.execute(delete(StaffSession).where(StaffSession.token_hash == _digest(replaces)))
        session.add(
            StaffSession(
                token_hash=_digest(token),
                kind=kind,
                staff_id=UUID(staff.id),
                created_at=now,
                seen_at=now,
                ends_at=now + duration,
            )
        )
    return Opened(token, now + duration, staff)


def staff_of_session(store: Store, token: str, kind: str, idle: timedelta | None) -> Staff | None:
    """Whose session this is, when it has neither ended nor been idle too long; being used, it is no longer idle."""
    now = clock.machine_now()
    with store.read() as session:
        found = session.scalar(
            select(StaffSession).where(StaffSession.token_hash == _digest(token), StaffSession.kind == kind)
        )
        if found is None or found.ends_at <= now or not found.staff.active:
            return None
        if idle is not None and found.seen_at + idle <= now:
            return None
        staff, seen_at = _staff(found.staff), found.seen_at
    if now - seen_at >= SEEN_EVERY:
        with store.transaction() as session:
            if again := session.get(StaffSession, found.id):
                again.seen_at = now
    return staff


def end_session(store: Store, token: str) -> None:
    """The token is good for nothing from now on."""
    with store.transaction() as session:
        session.execute(delete(StaffSession).where(StaffSession.token_hash == _digest(token)))


def _staff(account: StaffAccount) -> Staff:
    roles = frozenset(ROLES[: ROLES.index(account.role) + 1])
    return Staff(id=str(account.id), name=account.name, email=account.email, roles=roles)


def _normal(email: str) -> str:
    return email.strip().lower()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _subjects(email: str, address: str) -> dict[str, str]:
    return {"account": _digest(f"account {email}"), "address": _digest(f"address {address}")}


def _must_wait(session: Session, subjects: dict[str, str]) -> bool:
    now = clock.machine_now()
    for kind, subject in subjects.items():
        row = session.get(FailedLogin, subject)
        if row is None or row.failed_at + FORGOTTEN_AFTER <= now or row.failures < FREE_FAILURES[kind]:
            continue
        wait = min(2 ** (row.failures - FREE_FAILURES[kind] + 1), LONGEST_WAIT)
        if now < row.failed_at + timedelta(seconds=wait):
            return True
    return False


def _count_failure(session: Session, subjects: dict[str, str]) -> None:
    now = clock.machine_now()
    session.execute(delete(FailedLogin).where(FailedLogin.failed_at <= now - FORGOTTEN_AFTER))
    insert = upsert(session, FailedLogin).on_conflict_do_update(
        index_elements=[FailedLogin.subject], set_={"failures": FailedLogin.failures + 1, "failed_at": now}
    )
    for subject in sorted(subjects.values()):
        session.execute(insert, [{"subject": subject, "failures": 1, "failed_at": now}])


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _away_from_the_loop(function: Callable[..., _R], *arguments: str) -> _R:
    """Hashing is 20 ms of plain work: in a thread, where everything else would wait for it."""
    if patcher.is_monkey_patched("thread"):
        result: _R = tpool.execute(function, *arguments)
        return result
    return function(*arguments)
