"""Staff accounts as the database knows them; ``identity`` puts them in front of requests.

Every failure of ``authenticate`` takes the same work and gives the same answer: unknown address, wrong password, closed
account and too many attempts cannot be told apart from outside.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from chassis import clock
from chassis.aside import aside
from chassis.database import Store
from gateway import backoff, common_passwords
from gateway.models import ROLES, StaffAccount

__all__ = [
    "Device",
    "Staff",
    "active",
    "authenticate",
    "create_account",
    "digest",
    "everybody",
    "hash_of",
    "is_email",
    "is_password_of",
    "names_of",
    "normal",
    "staff_of",
    "wrong_name",
    "wrong_password",
]

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1000

# OWASP's second choice for Argon2id: 19 MiB and 2 passes keep a log-in at some 20 ms of one core.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe())

_EMAIL = re.compile(r"[^\s@,;:<>\"()\[\]\\]{1,64}@[^\s@,;:<>\"()\[\]\\]+")


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
class Device:
    """A browser that has logged in to an account before, by its signed cookie."""

    staff_id: str
    id: str


def create_account(store: Store, email: str, name: str, role: str, password: str) -> Staff:
    """A new account, or ``ValueError`` that says what is wrong; an e-mail address has one account."""
    email = normal(email)
    if role not in ROLES:
        raise ValueError(f"the role is one of {', '.join(ROLES)}")
    if not is_email(email):
        raise ValueError("that is not an e-mail address")
    if complaint := wrong_password(password, email, name):
        raise ValueError(
            "the password needs at least 12 characters, and at most 1000, and is neither a common one nor the "
            f"account's own name or address ({complaint})"
        )
    if complaint := wrong_name(name):
        raise ValueError(f"the name needs 1 to 200 characters ({complaint})")
    hashed = hash_of(password)
    with store.transaction() as session:
        if session.scalar(select(StaffAccount.id).where(StaffAccount.email == email)):
            raise ValueError("there is an account with that address already")
        account = StaffAccount(
            email=email, name=name.strip(), role=role, password_hash=hashed, created_at=clock.machine_now()
        )
        session.add(account)
        session.flush()
        return staff_of(account)


def is_email(text: str) -> bool:
    """Whether it looks like one plain address."""
    return bool(_EMAIL.fullmatch(text)) and len(text) <= 254 and text.isprintable()


def wrong_name(name: str) -> str | None:
    """What is wrong with a person's name, as the code of a field's error."""
    name = name.strip()
    return "required" if not name else "too_long" if len(name) > 200 else None if name.isprintable() else "invalid"


def wrong_password(password: str, *own: str) -> str | None:
    """What is wrong with a new password: its length counts, and that it is not guessed first (``common_passwords``).

    ``own`` are the name and the address of its owner.
    """
    if len(password) < SHORTEST_PASSWORD:
        return "required" if not password else "too_short"
    return "too_long" if len(password) > LONGEST_PASSWORD else common_passwords.fault(password, *own)


def hash_of(password: str) -> str:
    """What is kept of a password."""
    return aside(_HASHER.hash, password)


def authenticate(store: Store, email: str, password: str, address: str, device: Device | None = None) -> Staff | None:
    """The staff member whose password this is; ``None`` for every failure, at about the same cost.

    After a few failures, attempts wait (see ``backoff``). ``device`` is the browser, when it has logged in before: on
    the account that it knows it waits for its own failures only.
    """
    email = normal(email)
    with store.read() as session:
        account = session.scalar(select(StaffAccount).where(StaffAccount.email == email))
        known = device is not None and account is not None and device.staff_id == str(account.id)
        subjects = {"device": digest(f"device {device.id}")} if device and known else _subjects(email, address)
        waiting = backoff.must_wait(session, subjects)
    hashed = (account.password_hash if account and account.active else None) or _NOBODY
    right = aside(_matches, hashed, password[:LONGEST_PASSWORD])
    if waiting:
        return None
    if account is None or not account.active or not right:
        with store.transaction() as session:
            backoff.count_failure(session, subjects)
        return None
    with store.transaction() as session:
        backoff.forget(session, subjects)
    return staff_of(account)


def staff_of(account: StaffAccount) -> Staff:
    """Who that is, with the lesser roles too."""
    roles = frozenset(ROLES[: ROLES.index(account.role) + 1])
    return Staff(id=str(account.id), name=account.name, email=account.email, roles=roles)


def active(store: Store, staff_id: str) -> Staff | None:
    """The account of this id, when it is open."""
    with store.read() as session:
        found = session.get(StaffAccount, UUID(staff_id))
        return staff_of(found) if found is not None and found.active else None


def names_of(store: Store, ids: Collection[str]) -> dict[str, str]:
    """The names of these accounts, by id; what is no account's id has none."""
    with store.read() as session:
        rows = session.execute(select(StaffAccount.id, StaffAccount.name).where(StaffAccount.id.in_(_uuids(ids))))
        return {str(row.id): row.name for row in rows}


def everybody(store: Store) -> list[StaffAccount]:
    """All accounts, by name."""
    with store.read() as session:
        return list(session.scalars(select(StaffAccount).order_by(StaffAccount.name, StaffAccount.email)))


def _uuids(ids: Collection[str]) -> list[UUID]:
    found = []
    for one in ids:
        with suppress(ValueError):
            found.append(UUID(one))
    return found


def normal(email: str) -> str:
    """An address as it is kept."""
    return email.strip().lower()


def digest(text: str) -> str:
    """What is kept of a secret that is long and random anyway, or of a word that is not to be read here."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _subjects(email: str, address: str) -> dict[str, str]:
    return {"account": digest(f"account {email}"), "address": digest(f"address {address}")}


def is_password_of(account: StaffAccount, password: str) -> bool:
    """Whether it opens the account; at the same cost when the account has none."""
    return aside(_matches, account.password_hash or _NOBODY, password[:LONGEST_PASSWORD])


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
