"""A new password: by who knows the old one, or by a mailed link for who does not.

Nobody learns whether an address has an account: the words and the work are the same. A link is good once, for an hour,
and an account is sent one in five minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Refused
from gateway.accounts import Staff, hash_of, is_password_of, normal, staff_of, wrong_password
from gateway.models import PasswordReset, StaffAccount, StaffSession

__all__ = ["ask", "change", "check_link", "reset"]

LINK_LIFETIME = timedelta(hours=1)
ASKED_EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(days=1)


def change(store: Store, staff: Staff, current: str, new: str) -> None:
    """Replace the password, and end all sessions: the caller opens a new one for this browser."""
    with store.read() as session:
        account = session.get_one(StaffAccount, UUID(staff.id))
    if not is_password_of(account, current):
        raise Invalid({"current": ["wrong_password"]})
    if code := wrong_password(new, account.email, account.name):
        raise Invalid({"password": [code]})
    hashed = hash_of(new)
    with store.transaction() as session:
        session.execute(update(StaffAccount).where(StaffAccount.id == account.id).values(password_hash=hashed))
        session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))


def ask(store: Store, email: str) -> dict[str, Any]:
    """A new link for the account of this address; the letter to write, which has no reader where there is none."""
    now = clock.machine_now()
    letter: dict[str, Any] = {"kind": "staff_password", "to": None}
    asked = PasswordReset(id=uuid4(), asked_at=now, ends_at=now + LINK_LIFETIME)
    with store.transaction() as session:
        session.execute(delete(PasswordReset).where(PasswordReset.ends_at < now - KEPT_FOR))
        account = session.scalar(select(StaffAccount).where(StaffAccount.email == normal(email)).with_for_update())
        if account is not None and account.active:
            lately = (PasswordReset.staff_id == account.id) & (PasswordReset.asked_at > now - ASKED_EVERY)
            if known := session.scalar(select(PasswordReset).where(lately)):
                asked = known  # the same letter, in case it could not be written then
            else:
                asked.staff_id = account.id
                session.add(asked)
            letter["to"] = {
                "id": str(account.id),
                **{name: getattr(account, name) for name in ("name", "email", "language")},
            }
    return {**letter, "subject_id": str(asked.id), "ends_at": asked.ends_at.isoformat()}


def check_link(store: Store, reset_id: str) -> None:
    """``Refused`` when the link is used or too old."""
    with store.read() as session:
        _open(session.get(PasswordReset, UUID(reset_id)))


def reset(store: Store, reset_id: str, password: str) -> Staff:
    """The password that the reader of the link has chosen; all sessions end."""
    with store.read() as session:
        account = session.get_one(StaffAccount, _open(session.get(PasswordReset, UUID(reset_id))).staff_id)
    if code := wrong_password(password, account.email, account.name):
        raise Invalid({"password": [code]})
    hashed = hash_of(password)
    with store.transaction() as session:
        asked = _open(session.get(PasswordReset, UUID(reset_id), with_for_update=True))
        account = session.get_one(StaffAccount, asked.staff_id)
        if not account.active:
            raise Refused("password_link_over")
        asked.used_at = clock.machine_now()
        account.password_hash = hashed
        session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))
        return staff_of(account)


def _open(asked: PasswordReset | None) -> PasswordReset:
    if asked is None or asked.used_at is not None or asked.ends_at <= clock.machine_now():
        raise Refused("password_link_over")
    return asked
