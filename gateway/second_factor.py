"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for who has lost it.

The secret is kept sealed with a key that is derived from SECRET_KEY. A code is taken once, also when two requests bring
it at the same moment, and half a minute early or late; guessing waits as it does for passwords.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import zxingcpp
from cryptography.fernet import InvalidToken
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store
from chassis.logging import get_logger
from chassis.refusal import Invalid, Refused
from gateway import backoff
from gateway.accounts import Staff, digest
from gateway.models import RecoveryCode, SecondFactor
from gateway.vault import Vault

__all__ = ["begin", "codes_left", "confirm", "drawn", "is_on", "new_codes", "pending", "remove", "takes"]

log = get_logger(__name__)

STEP = 30
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def is_on(store: Store, staff_id: str) -> bool:
    """Whether the account has a second factor in force."""
    with store.read() as session:
        found = session.get(SecondFactor, UUID(staff_id))
        return found is not None and found.confirmed_at is not None


def begin(store: Store, vault: Vault, staff: Staff) -> str:
    """A secret that is not in force yet: the one that was begun, or a new one where none can be read."""
    with store.transaction() as session:
        found = session.get(SecondFactor, UUID(staff.id), with_for_update=True)
        if found is None:
            found = SecondFactor(staff_id=UUID(staff.id), sealed="")
            session.add(found)
        elif found.confirmed_at is not None:
            raise Refused("second_factor_on")
        secret = _opened(vault, found)
        if secret is None:
            secret = pyotp.random_base32()
            found.sealed = vault.seal(secret)
        return secret


def pending(store: Store, vault: Vault, staff: Staff) -> str | None:
    """The secret that waits to be confirmed, if it can be read; one in force is shown to nobody."""
    with store.read() as session:
        found = session.get(SecondFactor, UUID(staff.id))
        return _opened(vault, found) if found is not None and found.confirmed_at is None else None


def address_of(secret: str, staff: Staff, issuer: str) -> str:
    """What the authenticator reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.email, issuer_name=issuer)


def drawn(text: str) -> str:
    """The text as a QR code in SVG, in black on white whatever is around it."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return str(zxingcpp.write_barcode_to_svg(barcode, add_quiet_zones=True))


def confirm(store: Store, vault: Vault, staff: Staff, code: str) -> list[str]:
    """Put the secret in force by a first code; the recovery codes, which are shown this once."""
    with store.transaction() as session:
        found = session.get(SecondFactor, UUID(staff.id), with_for_update=True)
        if found is None or found.confirmed_at is not None or _opened(vault, found) is None:
            raise Refused("second_factor_not_begun")
        if not _take_code(session, vault, found, code):
            raise Invalid({"code": ["wrong_code"]})
        found.confirmed_at = clock.machine_now()
        return _new_codes(session, staff)


def takes(store: Store, vault: Vault, staff: Staff, code: str) -> bool:
    """Take a code of the authenticator, or a recovery code, for the first and last time; False for every failure."""
    subjects = {"code": digest(f"code {staff.id}")}
    with store.transaction() as session:
        found = session.get(SecondFactor, UUID(staff.id), with_for_update=True)
        if found is None or found.confirmed_at is None or backoff.must_wait(session, subjects):
            return False
        taken = _take_code(session, vault, found, code) or _take_recovery_code(session, staff, code)
        if taken:
            backoff.forget(session, subjects)
        else:
            backoff.count_failure(session, subjects)
        return taken


def new_codes(store: Store, staff: Staff) -> list[str]:
    """Recovery codes in place of all earlier ones."""
    with store.transaction() as session:
        return _new_codes(session, staff)


def codes_left(store: Store, staff: Staff) -> int:
    """How many recovery codes have not been used."""
    with store.read() as session:
        mine = RecoveryCode.staff_id == UUID(staff.id)
        return session.scalar(select(func.count()).select_from(RecoveryCode).where(mine)) or 0


def remove(store: Store, staff_id: str) -> None:
    """No second factor any more: the authenticator's secret and the recovery codes are forgotten."""
    with store.transaction() as session:
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == UUID(staff_id)))
        session.execute(delete(SecondFactor).where(SecondFactor.staff_id == UUID(staff_id)))


def _opened(vault: Vault, found: SecondFactor) -> str | None:
    """The secret; ``None`` when it was sealed under another SECRET_KEY."""
    try:
        return vault.open(found.sealed)
    except InvalidToken:
        return None


def _take_code(session: Session, vault: Vault, found: SecondFactor, code: str) -> bool:
    """The update is what takes it: of two that bring the same code, one changes the row."""
    now = clock.machine_now()
    secret = _opened(vault, found)
    if secret is None:  # recovery codes still open, and an administrator may reset it
        log.error("second_factor_unreadable", extra={"staff_id": str(found.staff_id)})
        return False
    totp, given = pyotp.TOTP(secret), "".join(code.split())
    for near in (-1, 0, 1):
        moment = now + timedelta(seconds=near * STEP)
        step = int(moment.timestamp()) // STEP
        if secrets.compare_digest(totp.at(moment).encode(), given.encode(errors="replace")):
            fresh = (SecondFactor.staff_id == found.staff_id) & (SecondFactor.last_step < step)
            taken = session.execute(
                update(SecondFactor).where(fresh).values(last_step=step).returning(SecondFactor.staff_id)
            )
            return taken.first() is not None
    return False


def _take_recovery_code(session: Session, staff: Staff, code: str) -> bool:
    typed = digest("recovery " + "".join(letter for letter in code.lower() if letter in _LETTERS))
    mine = (RecoveryCode.code_hash == typed) & (RecoveryCode.staff_id == UUID(staff.id))
    return session.execute(delete(RecoveryCode).where(mine).returning(RecoveryCode.code_hash)).first() is not None


def _new_codes(session: Session, staff: Staff) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == UUID(staff.id)))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(code_hash=digest(f"recovery {code}"), staff_id=UUID(staff.id)) for code in codes)
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def status(store: Store, staff: Staff, roles: frozenset[str]) -> dict[str, Any]:
    """Whether there is one, whether the role needs one, and how many recovery codes are left."""
    return {
        "on": is_on(store, staff.id),
        "required": staff.role in roles,
        "recovery_codes_left": codes_left(store, staff),
    }
