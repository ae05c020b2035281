"""A staff member's second factor, for programs: set up, renewed, taken away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.refusal import Invalid, Refused
from gateway import second_factor, sessions, staffing
from gateway.api import staff_shapes as shapes
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.entering import vault
from gateway.identity import acting, session_token, settings, staff_only, store

factor = Blueprint("second-factor", __name__, url_prefix=PREFIX, description="The second factor of staff")


@factor.get("/second-factor")
@staff_only()
@factor.response(200, shapes.SecondFactor)
def get_second_factor() -> Any:
    """Have I a second factor?"""
    return second_factor.status(store(), acting(), settings().roles_with_second_factor)


@factor.post("/second-factor")
@staff_only()
@factor.response(201, shapes.Enrolment)
def begin_second_factor() -> Any:
    """Make a secret for an authenticator; a first code puts it in force"""
    secret = second_factor.begin(store(), vault(), acting())
    return {"secret": secret, "address": second_factor.address_of(secret, acting(), settings().site_name)}


@factor.post("/second-factor/confirmation")
@staff_only()
@factor.arguments(shapes.CodeInput)
@factor.response(200, shapes.RecoveryCodes)
def confirm_second_factor(given: dict[str, Any]) -> Any:
    """Put it in force by a first code; the recovery codes are told this once, and other sessions end"""
    codes = second_factor.confirm(store(), vault(), acting(), given["code"])
    sessions.end_others(store(), acting().id, but=session_token())
    return {"recovery_codes": codes}


@factor.post("/second-factor/recovery-codes")
@staff_only()
@factor.arguments(shapes.CodeInput)
@factor.response(200, shapes.RecoveryCodes)
def renew_recovery_codes(given: dict[str, Any]) -> Any:
    """New recovery codes, for a code; the earlier ones are void"""
    _take(given["code"])
    return {"recovery_codes": second_factor.new_codes(store(), acting())}


@factor.post("/second-factor/removal")
@staff_only()
@factor.arguments(shapes.CodeInput)
@factor.response(204)
def remove_second_factor(given: dict[str, Any]) -> None:
    """Take it away, for a code, where the role does not need one"""
    if acting().role in settings().roles_with_second_factor:
        raise Refused("second_factor_needed")
    _take(given["code"])
    second_factor.remove(store(), acting().id)
    sessions.end_others(store(), acting().id, but=session_token())


@factor.delete("/staff-accounts/<uuid:account_id>/second-factor")
@staff_only("administrator")
@factor.response(204)
def reset_second_factor(account_id: UUID) -> None:
    """For who has lost the authenticator and the recovery codes; the account's sessions end"""
    staffing.reset_second_factor(store(), str(account_id))


def _take(code: str) -> None:
    if not second_factor.takes(store(), vault(), acting(), code):
        raise Invalid({"code": ["wrong_code"]})
