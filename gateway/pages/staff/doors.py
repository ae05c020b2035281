"""Doors that a mailed link opens for staff: an invitation, a new password. A POST enters, since scanners open links."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway import passwords, staffing
from gateway.accounts import is_email, normal
from gateway.backend import call
from gateway.identity import store
from gateway.pages.staff.entrance import go_on
from gateway.staff_links import invitation_of, password_reset_of
from gateway.words import explain

pages = Blueprint("staff_doors", __name__)

Page = Response | BaseResponse | str
Errors = dict[str, list[str]]


@pages.get("/staff/invitation/<token>")
def invitation(token: str) -> Page:
    """What one is invited to, and where name and password are chosen."""
    return _invitation(token)


@pages.post("/staff/invitation/<token>")
def accept(token: str) -> Page:
    """Open the account, and log in."""
    if errors := _not_twice_the_same():
        return _invitation(token, errors)
    try:
        staff = staffing.accept(store(), invitation_of(token), request.form.get("name", ""), _password())
    except Invalid as answer:
        return _invitation(token, answer.errors)
    except Refused as answer:
        return _dead(answer)
    return go_on(staff, "")


@pages.get("/staff/password/forgotten")
def forgotten() -> Page:
    """Where a link is asked for."""
    return render_template("staff/forgotten.html", errors={}, values={})


@pages.post("/staff/password/forgotten")
def send_link() -> Page:
    """The same words whether the address is known or not."""
    if not is_email(normal(request.form.get("email", ""))):
        page = render_template("staff/forgotten.html", errors={"email": ["not_an_email"]}, values=request.form)
        return Response(page, 422)
    call("notifications", "write_to_staff", **passwords.ask(store(), request.form["email"]))
    return render_template("staff/link_sent.html")


@pages.get("/staff/password/reset/<token>")
def new_password(token: str) -> Page:
    """Where the new password is chosen."""
    return _new_password(token)


@pages.post("/staff/password/reset/<token>")
def reset(token: str) -> Page:
    """Take the new password; every session ends, and one logs in with it."""
    if errors := _not_twice_the_same():
        return _new_password(token, errors)
    try:
        passwords.reset(store(), password_reset_of(token), _password())
    except Invalid as answer:
        return _new_password(token, answer.errors)
    except Refused as answer:
        return _dead(answer)
    return redirect(url_for("staff.login", done="password_changed"), 303)


def _password() -> str:
    return request.form.get("password", "")


def _not_twice_the_same() -> Errors:
    return {} if _password() == request.form.get("again", "") else {"again": ["not_the_same"]}


def _invitation(token: str, errors: Errors | None = None) -> Page:
    def page() -> str:
        account = staffing.invitation(store(), invitation_of(token))
        return render_template(
            "staff/invitation.html", token=token, account=account, errors=errors or {}, values=_shown()
        )

    return _open(page, errors)


def _new_password(token: str, errors: Errors | None = None) -> Page:
    def page() -> str:
        passwords.check_link(store(), password_reset_of(token))
        return render_template("staff/new_password.html", token=token, errors=errors or {}, values={})

    return _open(page, errors)


def _open(page: Callable[[], str], errors: Errors | None) -> Page:
    try:
        return Response(page(), 422 if errors else 200)
    except Refused as answer:
        return _dead(answer)


def _shown() -> dict[str, str]:
    """What was typed and may be shown again: no password."""
    return {"name": request.form.get("name", "")}


def _dead(answer: Refused) -> Response:
    return Response(render_template("staff/dead_link.html", problem=explain(answer)), 404)
