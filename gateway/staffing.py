"""Who works here: invited by an administrator, opened by the invited person, given a role, closed and opened again.

An invitation is a link that is good once and for some days; a newer one makes it void. There is always an
administrator left. Whoever's role changes logs in anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store
from chassis.refusal import Invalid, Missing, Refused
from gateway.accounts import Staff, hash_of, is_email, normal, staff_of, wrong_name, wrong_password
from gateway.i18n import LANGUAGES
from gateway.models import ROLES, RecoveryCode, SecondFactor, StaffAccount, StaffSession

__all__ = [
    "accept",
    "accounts",
    "change_role",
    "close",
    "invitation",
    "invite",
    "renew",
    "reopen",
    "reset_second_factor",
    "revoke",
    "state_of",
]


def accounts(store: Store) -> list[dict[str, Any]]:
    """Everybody, by address: active, invited or closed."""
    with store.read() as session:
        guarded = set(session.scalars(select(SecondFactor.staff_id).where(SecondFactor.confirmed_at.is_not(None))))
        found = session.scalars(select(StaffAccount).order_by(StaffAccount.email))
        return [{**_shown(one), "second_factor": one.id in guarded} for one in found]


def invite(
    store: Store, email: str, role: str, language: str, lifetime: timedelta, key: str | None = None
) -> dict[str, Any]:
    """Invite an address; one that is invited already gets a new invitation, with the role that is given now."""
    email = normal(email)
    errors = {
        **({} if is_email(email) else {"email": ["not_an_email"]}),
        **({} if role in ROLES else {"role": ["not_a_choice"]}),
        **({} if language in LANGUAGES else {"language": ["not_a_choice"]}),
    }
    if errors:
        raise Invalid(errors)

    def work(session: Session) -> dict[str, Any]:
        account = session.scalar(select(StaffAccount).where(StaffAccount.email == email).with_for_update())
        if account is not None and _was_opened(account):
            raise Refused("account_exists", state=state_of(account))
        if account is None:
            account = StaffAccount(email=email, name="", active=False, created_at=clock.machine_now())
            session.add(account)
        account.role, account.language = role, language
        _new_invitation(account, lifetime)
        session.flush()
        return _shown(account)

    return store.once(key, "invite_staff", [email, role, language], work)


def renew(store: Store, account_id: str, lifetime: timedelta) -> dict[str, Any]:
    """Another invitation for somebody who has not come yet, or whose invitation was revoked; the old link is void."""
    with store.transaction() as session:
        account = _account(session, account_id)
        if _was_opened(account):
            raise Refused("account_exists", state=state_of(account))
        _new_invitation(account, lifetime)
        return _shown(account)


def revoke(store: Store, account_id: str) -> None:
    """The link of the invitation opens nothing any more."""
    with store.transaction() as session:
        account = _account(session, account_id)
        if account.invitation_id is None:
            raise Refused("not_invited", state=state_of(account))
        account.invitation_id = account.invited_until = None


def invitation(store: Store, invitation_id: str) -> dict[str, Any]:
    """What a link invites to; ``Refused`` when it is used, revoked, replaced or too old."""
    with store.read() as session:
        return _shown(_invited(session, invitation_id))


def accept(store: Store, invitation_id: str, name: str, password: str) -> Staff:
    """The invited person opens the account, with the name and the password of their choice."""
    with store.read() as session:
        email = _invited(session, invitation_id).email
    errors = {"name": wrong_name(name), "password": wrong_password(password, email, name)}
    if any(errors.values()):
        raise Invalid({field: [code] for field, code in errors.items() if code})
    hashed = hash_of(password)
    with store.transaction() as session:
        account = _invited(session, invitation_id, lock=True)
        account.name, account.password_hash = name.strip(), hashed
        account.active, account.invitation_id, account.invited_until = True, None, None
        return staff_of(account)


def change_role(store: Store, account_id: str, role: str) -> dict[str, Any]:
    """Another role from now on: open sessions end, and whoever it is logs in with the new one."""
    if role not in ROLES:
        raise Invalid({"role": ["not_a_choice"]})
    with store.transaction() as session:
        account = _account_among_administrators(session, account_id)
        if account.role != role:
            _leave_an_administrator(session, account)
            account.role = role
            _end_sessions(session, account)
        return _shown(account)


def close(store: Store, account_id: str) -> dict[str, Any]:
    """Nobody logs in with it any more, and its sessions end. What was done with it stays in the audit log."""
    with store.transaction() as session:
        account = _account_among_administrators(session, account_id)
        if not account.active:
            raise Refused("account_not_active", state=state_of(account))
        _leave_an_administrator(session, account)
        account.active = False
        _end_sessions(session, account)
        return _shown(account)


def reopen(store: Store, account_id: str) -> dict[str, Any]:
    """Whoever had the account may log in again."""
    with store.transaction() as session:
        account = _account(session, account_id)
        if account.active or not _was_opened(account):
            raise Refused("account_not_closed", state=state_of(account))
        account.active = True
        return _shown(account)


def reset_second_factor(store: Store, account_id: str) -> dict[str, Any]:
    """Forget the second factor of an account, whose sessions end."""
    with store.transaction() as session:
        account = _account(session, account_id)
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
        found = delete(SecondFactor).where(SecondFactor.staff_id == account.id).returning(SecondFactor.staff_id)
        if session.execute(found).first() is None:
            raise Refused("no_second_factor")
        _end_sessions(session, account)
        return _shown(account)


def state_of(account: StaffAccount) -> str:
    """active, invited (whose invitation may be over by now), or closed."""
    if account.active:
        return "active"
    return "invited" if account.invitation_id is not None else "closed"


def _shown(account: StaffAccount) -> dict[str, Any]:
    until: datetime | None = account.invited_until
    return {
        "id": str(account.id),
        **{name: getattr(account, name) for name in ("email", "name", "role", "language")},
        "state": state_of(account),
        "created_at": account.created_at.isoformat(),
        "invitation_id": str(account.invitation_id) if account.invitation_id else None,
        "invited_until": until.isoformat() if until else None,
    }


def _was_opened(account: StaffAccount) -> bool:
    """Whether the invited person came: the name is of their choice."""
    return account.active or bool(account.name)


def _new_invitation(account: StaffAccount, lifetime: timedelta) -> None:
    account.invitation_id, account.invited_until = uuid4(), clock.machine_now() + lifetime


def _account(session: Session, account_id: str) -> StaffAccount:
    try:
        wanted = UUID(account_id)
    except ValueError:
        raise Missing("account") from None
    account = session.scalar(select(StaffAccount).where(StaffAccount.id == wanted).with_for_update())
    if account is None:
        raise Missing("account")
    return account


def _invited(session: Session, invitation_id: str, *, lock: bool = False) -> StaffAccount:
    wanted = select(StaffAccount).where(StaffAccount.invitation_id == UUID(invitation_id))
    account = session.scalar(wanted.with_for_update() if lock else wanted)
    if account is None or account.invited_until is None or account.invited_until <= clock.machine_now():
        raise Refused("invitation_over")
    return account


def _account_among_administrators(session: Session, account_id: str) -> StaffAccount:
    """The account, locked after the active administrators in one order: two who remove each other wait in turn."""
    active = select(StaffAccount.id).where(StaffAccount.role == "administrator", StaffAccount.active)
    session.scalars(active.order_by(StaffAccount.id).with_for_update()).all()
    return _account(session, account_id)


def _leave_an_administrator(session: Session, leaving: StaffAccount) -> None:
    active = select(StaffAccount.id).where(StaffAccount.role == "administrator", StaffAccount.active)
    if session.scalars(active).all() == [leaving.id]:
        raise Refused("last_administrator")


def _end_sessions(session: Session, account: StaffAccount) -> None:
    session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))
