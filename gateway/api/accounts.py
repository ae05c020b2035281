"""Staff accounts, their invitations and passwords."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from gateway import passwords, staffing
from gateway.api import input as given
from gateway.api import output as out
from gateway.api import staff_shapes as shapes
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.paging import page_of
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import acting, link_token, settings, staff_only, store
from gateway.staff_links import invitation_of, password_reset_of, send_invitation

accounts = Blueprint("accounts", __name__, url_prefix=PREFIX, description="Staff accounts, invitations, passwords")


@accounts.get("/staff-accounts")
@staff_only("administrator")
@accounts.arguments(given.PageQuery, location="query")
@accounts.response(200, out.page(shapes.Account))
def list_accounts(query: dict[str, Any]) -> Any:
    """Everybody who works here, or is invited to"""
    return page_of(staffing.accounts(store()), **query)


@accounts.post("/staff-accounts")
@staff_only("administrator")
@accounts.arguments(shapes.InvitationInput)
@accounts.response(201, shapes.Account)
def invite_staff(invitation: dict[str, Any]) -> Any:
    """Invite an address, which gets a letter with a link

    Repeat the request when it was answered with 503: the letter goes out once.
    """
    account = staffing.invite(store(), **invitation, lifetime=_lifetime(), key=request_key())
    send_invitation(account)
    return account


@accounts.post("/staff-accounts/<uuid:account_id>/invitation")
@staff_only("administrator")
@accounts.response(200, shapes.Account)
def renew_invitation(account_id: UUID) -> Any:
    """Send another invitation; the link of the earlier one is void"""
    account = staffing.renew(store(), str(account_id), _lifetime())
    send_invitation(account)
    return account


@accounts.delete("/staff-accounts/<uuid:account_id>/invitation")
@staff_only("administrator")
@accounts.response(204)
def revoke_invitation(account_id: UUID) -> None:
    """Revoke the invitation"""
    staffing.revoke(store(), str(account_id))


@accounts.post("/staff-accounts/<uuid:account_id>/role")
@staff_only("administrator")
@accounts.arguments(shapes.RoleInput)
@accounts.response(200, shapes.Account)
def change_role(chosen: dict[str, Any], account_id: UUID) -> Any:
    """Give another role; open sessions end"""
    return staffing.change_role(store(), str(account_id), chosen["role"])


@accounts.post("/staff-accounts/<uuid:account_id>/closing")
@staff_only("administrator")
@accounts.response(200, shapes.Account)
def close_account(account_id: UUID) -> Any:
    """Close an account; its sessions end"""
    return staffing.close(store(), str(account_id))


@accounts.post("/staff-accounts/<uuid:account_id>/reopening")
@staff_only("administrator")
@accounts.response(200, shapes.Account)
def reopen_account(account_id: UUID) -> Any:
    """Open a closed account again"""
    return staffing.reopen(store(), str(account_id))


@accounts.post("/staff-invitations/acceptance")
@accounts.arguments(shapes.AcceptanceInput)
@accounts.response(204)
def accept_invitation(chosen: dict[str, Any]) -> None:
    """Open the account that one is invited to, with the link's token as bearer token"""
    staffing.accept(store(), invitation_of(link_token()), chosen["name"], chosen["password"])


@accounts.post("/password-changes")
@staff_only()
@accounts.arguments(shapes.PasswordChangeInput)
@accounts.response(204)
def change_password(chosen: dict[str, Any]) -> None:
    """Change one's own password; every session ends, this one too"""
    passwords.change(store(), acting(), chosen["current"], chosen["password"])


@accounts.post("/password-links")
@accounts.arguments(shapes.PasswordLinkInput)
@accounts.response(202, out.Empty)
def ask_password_link(chosen: dict[str, Any]) -> Any:
    """Have a link for a new password mailed

    The same answer whether the address is known or not; a known one is sent one link in five minutes.
    """
    return call("notifications", "write_to_staff", **passwords.ask(store(), chosen["email"]))


@accounts.post("/password-resets")
@accounts.arguments(shapes.PasswordInput)
@accounts.response(204)
def reset_password(chosen: dict[str, Any]) -> None:
    """Choose a new password, with the link's token as bearer token; every session ends"""
    passwords.reset(store(), password_reset_of(link_token()), chosen["password"])


def _lifetime() -> timedelta:
    return timedelta(days=settings().invitation_days)
