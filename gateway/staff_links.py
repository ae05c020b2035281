"""The links of letters to staff: read here, made by notifications when the letter is sent; the row says how long."""

from __future__ import annotations

from typing import Any

from chassis import clock
from chassis.links import BadLink, read_link_token
from chassis.refusal import Refused
from gateway.backend import call
from gateway.identity import settings

__all__ = ["invitation_of", "password_reset_of", "send_invitation"]

_ANY_AGE = 10 * 365 * 86400


def invitation_of(token: str) -> str:
    """The invitation that a link is for."""
    return _subject("staff-invitation", token, "invitation_over")


def password_reset_of(token: str) -> str:
    """The new password that a link is for."""
    return _subject("staff-password", token, "password_link_over")


def send_invitation(account: dict[str, Any]) -> None:
    """Have the letter written; asked for again, it is the same letter."""
    call(
        "notifications",
        "write_to_staff",
        kind="staff_invitation",
        to={name: account[name] for name in ("id", "name", "email", "language")},
        subject_id=account["invitation_id"],
        role=account["role"],
        ends_at=account["invited_until"],
    )


def _subject(purpose: str, token: str, otherwise: str) -> str:
    try:
        return read_link_token(settings().link_secret, purpose, token, clock.now(), _ANY_AGE)
    except BadLink as error:
        raise Refused(otherwise) from error
