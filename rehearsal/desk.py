"""The people at the desks: invited by mail, put at training days by the secretariat, and each with an own log-in."""

from __future__ import annotations

import re
import secrets
from typing import Any

from rehearsal.client import Api, NotAccepted, until

__all__ = ["open_desks"]

_API = "/api/v1"
_INVITATION = re.compile(r"/staff/invitation/([A-Za-z0-9_.~-]+)")
_PEOPLE = ("Paola Neri", "Marco Riva", "Elena Sala")


def open_desks(api: Api, mailbox: Api, office: str, days: list[dict[str, Any]], patience: float) -> dict[str, str]:
    """Share the days out among a few people; the token of whoever is at the desk, by appointment. ``office`` is the
    administrator's token."""
    desks: dict[str, str] = {}
    for number, name in enumerate(_PEOPLE):
        theirs = [day["id"] for day in days[number :: len(_PEOPLE)]]
        if not theirs:
            break
        account, token = _invited(api, mailbox, office, name, patience)
        assignment = {"account_ids": [account], "appointment_ids": theirs}
        made = api.post(f"{_API}/desk-assignments", assignment, office)
        if made["assigned"] != len(theirs):
            raise NotAccepted(f"{made['assigned']} days of {len(theirs)} have somebody at the desk")
        desks |= dict.fromkeys(theirs, token)
    return desks


def _invited(api: Api, mailbox: Api, office: str, name: str, patience: float) -> tuple[str, str]:
    """The account of one person, who followed the mailed link and chose a password; and their token."""
    address, password = f"{name.lower().replace(' ', '.')}@desk.example", secrets.token_urlsafe(16)
    account = api.post(f"{_API}/staff-accounts", {"email": address, "role": "desk"}, office)["id"]

    def letters() -> list[dict[str, Any]]:
        return list(mailbox.pages("/api/messages", kind="staff_invitation", to=address))

    if not until("invitation to a desk", 1, lambda: len(letters()), still=patience):
        # Nobody knows what became of the letter: the administrator invites once more.
        api.post(f"{_API}/staff-accounts/{account}/invitation", token=office)
        until("another invitation to a desk", 1, lambda: len(letters()), still=patience)
    found = _INVITATION.search(letters()[0]["text"])
    if found is None:
        raise NotAccepted("a mail invites to a desk and has no link")
    try:
        chosen = {"name": name, "password": password}
        api.send("POST", f"{_API}/staff-invitations/acceptance", token=found.group(1), json=chosen)
    except NotAccepted as refusal:
        if refusal.reason != "invitation_over":  # accepted, and the answer was lost: the log-in will say
            raise
    return account, api.post(f"{_API}/sessions", {"email": address, "password": password})["token"]
