"""Staff accounts, for the administrator: invited, given a role, closed and opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused, Unavailable
from gateway import staffing
from gateway.audit import about
from gateway.forms import new_key, request_key
from gateway.identity import settings, staff_only, store
from gateway.models import ROLES
from gateway.staff_links import send_invitation
from gateway.words import Explanation, explain

pages = Blueprint("staff_accounts", __name__)

Page = Response | BaseResponse


@pages.get("/staff/accounts")
@staff_only("administrator")
def index() -> Page:
    """Everybody who works here, and the form that invites another."""
    return _index()


@pages.post("/staff/accounts")
@staff_only("administrator")
def invite() -> Page:
    """Invite an address with a role; the letter goes out by itself."""
    form = request.form
    try:
        account = staffing.invite(
            store(),
            form.get("email", ""),
            form.get("role", ""),
            form.get("language", "it"),
            _lifetime(),
            request_key(),
        )
    except Invalid as answer:
        return _index(errors=answer.errors, status=422)
    except Refused as answer:
        return _index(problem=explain(answer), status=409)
    return _sent(account)


@pages.post("/staff/accounts/<account_id>/invitation")
@staff_only("administrator")
def renew(account_id: str) -> Page:
    """Send another invitation; the link of the earlier one is void."""
    try:
        return _sent(staffing.renew(store(), account_id, _lifetime()))
    except Refused as answer:
        return _index(problem=explain(answer), status=409)


@pages.post("/staff/accounts/<account_id>/invitation/revoke")
@staff_only("administrator")
def revoke(account_id: str) -> Page:
    """The invitation opens nothing any more."""
    return _done("invitation_revoked", staffing.revoke, account_id)


@pages.post("/staff/accounts/<account_id>/role")
@staff_only("administrator")
def change_role(account_id: str) -> Page:
    """Another role from now on."""
    return _done("role_changed", staffing.change_role, account_id, request.form.get("role", ""))


@pages.post("/staff/accounts/<account_id>/close")
@staff_only("administrator")
def close(account_id: str) -> Page:
    """Nobody logs in with it any more."""
    return _done("account_closed", staffing.close, account_id)


@pages.post("/staff/accounts/<account_id>/reopen")
@staff_only("administrator")
def reopen(account_id: str) -> Page:
    """Whoever had it may log in again."""
    return _done("account_reopened", staffing.reopen, account_id)


@pages.post("/staff/accounts/<account_id>/second-factor/reset")
@staff_only("administrator")
def reset_second_factor(account_id: str) -> Page:
    """For who has lost the authenticator and the recovery codes: the next log-in sets up another."""
    return _done("second_factor_reset", staffing.reset_second_factor, account_id)


def _lifetime() -> timedelta:
    return timedelta(days=settings().invitation_days)


def _sent(account: dict[str, Any]) -> Page:
    about(account_id=account["id"])
    try:
        send_invitation(account)
    except Unavailable:
        return _index(problem=explain(Refused("letter_not_sent")), status=503)
    return redirect(url_for("staff_accounts.index", done="invitation_sent"), 303)


def _done(words: str, action: Callable[..., Any], *arguments: str) -> Page:
    try:
        action(store(), *arguments)
    except Invalid as answer:
        return _index(errors=answer.errors, status=422)
    except Refused as answer:
        return _index(problem=explain(answer), status=409)
    return redirect(url_for("staff_accounts.index", done=words), 303)


def _index(
    errors: dict[str, list[str]] | None = None, problem: Explanation | None = None, status: int = 200
) -> Response:
    page = render_template(
        "staff/accounts.html",
        accounts=staffing.accounts(store()),
        roles=ROLES,
        values=request.form,
        errors=errors or {},
        problem=problem,
        days=settings().invitation_days,
        key=new_key(),
    )
    return Response(page, status)
