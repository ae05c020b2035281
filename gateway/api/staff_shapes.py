"""What the API takes and gives about the staff themselves: their sessions, and what they did."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from gateway.api.input import LANGUAGES, Input, Length, PageQuery, choice, email, text
from gateway.api.input import whole as a_number
from gateway.api.output import flag, ident, moment, page, shape, whole
from gateway.api.output import text as shown
from gateway.models import ROLES
from gateway.tokens import LONGEST_DAYS

OUTCOMES = ("done", "refused", "failed", "unknown")


def password() -> fields.String:
    """One that is to be kept from now on, or one that has been kept."""
    return fields.String(required=True, validate=Length(1, 1000), metadata={"format": "password"})


class LoginInput(Input):
    email = fields.String(required=True, validate=Length(1, 254))
    password = password()
    code = fields.String(load_default=None, allow_none=True, validate=Length(1, 40))


class CodeInput(Input):
    code = fields.String(required=True, validate=Length(1, 40))


class TokenInput(Input):
    name = text(100, required=True)
    scopes = fields.List(text(100), required=True, validate=Length(1, 100))
    days = a_number(1, LONGEST_DAYS, load_default=90)


class InvitationInput(Input):
    email = email(required=True)
    role = choice(ROLES, required=True)
    language = choice(LANGUAGES, load_default="it")


class RoleInput(Input):
    role = choice(ROLES, required=True)


class AcceptanceInput(Input):
    name = text(200, required=True)
    password = password()


class PasswordChangeInput(Input):
    current = password()
    password = password()


class PasswordLinkInput(Input):
    email = email(required=True)


class PasswordInput(Input):
    password = password()


class AuditFilter(PageQuery):
    actor = text(40)
    action = text(200)
    thing = text(64)
    correlation_id = text(64)
    outcome = choice(OUTCOMES)
    since = fields.AwareDateTime(format="iso")
    until = fields.AwareDateTime(format="iso")


Account = shape(
    "StaffAccount",
    id=ident(),
    **{name: shown() for name in ("email", "name", "role", "language", "state")},
    created_at=moment(),
    invited_until=moment(),
    second_factor=flag(),
)
_TOKEN: dict[str, Any] = {
    "id": ident(),
    "name": shown(),
    "scopes": [shown()],
    **{name: moment() for name in ("created_at", "ends_at", "used_at")},
}
ApiToken = shape("ApiToken", **_TOKEN)
NewToken = shape("NewApiToken", token=fields.String(required=True), **_TOKEN)
SecondFactor = shape("SecondFactor", on=flag(), required=flag(), recovery_codes_left=whole())
Enrolment = shape("SecondFactorEnrolment", secret=shown(), address=shown())
RecoveryCodes = shape("RecoveryCodes", recovery_codes=[shown()])
Session = shape(
    "StaffSession",
    id=ident(),
    **{name: shown() for name in ("kind", "browser", "address")},
    **{name: moment() for name in ("created_at", "seen_at", "ends_at")},
    current=flag(),
)
AuditEntry = shape(
    "AuditEntry",
    sequence=whole(required=True),
    at=moment(),
    **{name: shown() for name in ("actor", "actor_name", "role", "via", "action", "correlation_id", "outcome", "hash")},
    status=whole(),
    things=fields.Dict(),
)
AuditPage = page(AuditEntry)
