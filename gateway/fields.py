"""What is wrong with the text of one field: the same rules as the service's, told before anything is sent to it.

Fields are named by their dotted paths (``contact.email``, ``delegates.0.role``), as the service does in its
errors.
"""

from __future__ import annotations

import re
from datetime import datetime

from contracts.enrollment import LANGUAGES, ROLES
from gateway.i18n import ROME

__all__ = ["GENDERS", "LONGEST", "LONGEST_TEXT", "read_moment", "wrong"]

GENDERS = ("female", "male", "other", "not_said")
LONGEST = {"email": 254, "institutional_email": 254, "phone": 30, "province": 2, "office": 200, "name": 200}
LONGEST_TEXT = 100

_OPTIONAL = {"contact.phone", "contact.office", "phone", "office", "institutional_email", "legal_representative.title"}
_ADDRESS = re.compile(
    r"(?!\.)(?!.*\.\.)[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])",
    re.IGNORECASE | re.ASCII,
)
_PHONE = re.compile(r"\+?[0-9 ()/.-]{5,30}", re.ASCII)


def wrong(path: str, value: str) -> str | None:
    """The code of what is wrong with one field's text, if anything is."""
    name = path.rpartition(".")[2]
    if not value:
        return None if path in _OPTIONAL else "required"
    if len(value) > LONGEST.get(name, LONGEST_TEXT):
        return "too_long"
    if not value.isprintable():
        return "control_characters"
    choices = {"role": ROLES, "gender": GENDERS, "language": LANGUAGES}.get(name)
    if choices and value not in choices:
        return "not_a_choice"
    if name in ("email", "institutional_email") and not _ADDRESS.fullmatch(value):
        return "not_an_email"
    if name == "phone" and not _PHONE.fullmatch(value):
        return "not_a_phone"
    if name == "province" and not (len(value) == 2 and value.isascii() and value.isalpha()):
        return "unknown_province"
    return None


def read_moment(text: str) -> str:
    """A date and an hour by the clocks of Rome, as a browser sends them, in ISO 8601; or ``ValueError``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("not_a_moment") from None
    if moment.tzinfo is not None or not 1900 <= moment.year <= 2200:
        raise ValueError("not_a_moment")
    return moment.replace(tzinfo=ROME).isoformat()
