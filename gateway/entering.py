"""Logging in, in one step or two: the password, then a code where there is a second factor or the role needs one.

Between the steps the browser holds a signed cookie for ten minutes, and no session. Whoever has come in leaves another
one behind: a known device, which strangers' guessing does not lock out.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from flask import g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from gateway import accounts, second_factor, sessions
from gateway.accounts import Device, Staff
from gateway.identity import begin_session, drop_cookie, get_cookie, set_cookie, settings, store, whence
from gateway.sessions import Opened
from gateway.vault import Vault

__all__ = [
    "come_in",
    "first_step",
    "half_in",
    "keep_for_provider",
    "kept_for_provider",
    "open_token",
    "second_step",
    "vault",
    "wait_for_second_step",
]

MINUTES_BETWEEN = 10
DEVICE_DAYS = 180

Next = Literal["code", "enrolment"]


def vault() -> Vault:
    """Where the secrets of authenticators are sealed."""
    return Vault(settings().secret_key)


def first_step(email: str, password: str) -> Staff | None:
    """Whose password it is; ``None`` for every kind of failure, which all have the same words."""
    return accounts.authenticate(store(), email, password, request.remote_addr or "", _device())


def second_step(staff: Staff) -> Next | None:
    """What is still missing: a code, or an authenticator that the role needs; ``None`` when nothing is."""
    if second_factor.is_on(store(), staff.id):
        return "code"
    return "enrolment" if staff.role in settings().roles_with_second_factor else None


def wait_for_second_step(staff: Staff) -> None:
    """Remember on this browser that the password was right."""
    set_cookie("entering", str(_signer("entering").dumps(staff.id)))


def half_in() -> Staff | None:
    """Who has passed the first step on this browser, and not the second yet."""
    try:
        staff_id: str = _signer("entering").loads(get_cookie("entering") or "", max_age=MINUTES_BETWEEN * 60)
    except BadData:
        return None
    return accounts.active(store(), staff_id)


def come_in(staff: Staff) -> None:
    """Both steps are done: a session, and from now on this browser is known."""
    drop_cookie("entering")
    begin_session(staff)
    known = str(_signer("device").dumps([staff.id, secrets.token_urlsafe(16)]))
    set_cookie("device", known, max_age=DEVICE_DAYS * 86400)


def open_token(email: str, password: str, code: str | None) -> Opened | Next | None:
    """A bearer token for the programs of a staff member; what is missing after a right password; else ``None``."""
    staff = first_step(email, password)
    if staff is None:
        return None
    missing = second_step(staff)
    if missing == "enrolment" or (missing == "code" and not code):
        return missing
    if missing == "code" and not second_factor.takes(store(), vault(), staff, code or ""):
        return None
    g.staff = staff
    return sessions.open_session(store(), staff, "program", timedelta(minutes=settings().token_minutes), whence())


def keep_for_provider(held: dict[str, str]) -> None:
    """Remember on this browser what the identity provider's answer must match."""
    set_cookie("provider", str(_signer("provider").dumps(held)))


def kept_for_provider() -> dict[str, str] | None:
    """What this browser went to the identity provider with, once."""
    drop_cookie("provider")
    try:
        held: dict[str, str] = _signer("provider").loads(get_cookie("provider") or "", max_age=MINUTES_BETWEEN * 60)
    except BadData:
        return None
    return held


def _device() -> Device | None:
    try:
        staff_id, device_id = _signer("device").loads(get_cookie("device") or "", max_age=DEVICE_DAYS * 86400)
    except BadData:
        return None
    return Device(staff_id, device_id)


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt=f"staff {purpose}")
