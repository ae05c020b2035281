"""A staff member's own account: where one is logged in, the password, the second factor."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway import passwords, second_factor, sessions
from gateway.entering import vault
from gateway.identity import acting, begin_session, idle, session_token, settings, staff_only, store
from gateway.pages.staff.entrance import qr_for
from gateway.words import Explanation, explain

pages = Blueprint("staff_account", __name__)


@pages.get("/staff/sessions")
@staff_only()
def show_sessions() -> str:
    """Where one is logged in, and how to end it there."""
    found = sessions.sessions_of(store(), acting(), session_token(), idle())
    return render_template("staff/account/sessions.html", sessions=found)


@pages.post("/staff/sessions/<session_id>/end")
@staff_only()
def end_session(session_id: str) -> BaseResponse:
    """End one session of one's own."""
    if not sessions.end_session_by_id(store(), acting(), session_id):
        raise NotFound()
    return redirect(url_for("staff_account.show_sessions", done="session_ended"), 303)


@pages.post("/staff/sessions/end-others")
@staff_only()
def end_others() -> BaseResponse:
    """End every session but this one."""
    sessions.end_others(store(), acting().id, but=session_token())
    return redirect(url_for("staff_account.show_sessions", done="sessions_ended"), 303)


@pages.get("/staff/password")
@staff_only()
def show_password() -> Response:
    """Where one's own password is changed."""
    return _password({})


@pages.post("/staff/password")
@staff_only()
def change_password() -> Response | BaseResponse:
    """Change it: every other session ends, and this one begins anew."""
    form = request.form
    if form.get("password", "") != form.get("again", ""):
        return _password({"again": ["not_the_same"]})
    try:
        passwords.change(store(), acting(), form.get("current", ""), form.get("password", ""))
    except Invalid as answer:
        return _password(answer.errors)
    begin_session(acting())
    return redirect(url_for("staff_account.show_sessions", done="password_changed"), 303)


def _password(errors: dict[str, list[str]]) -> Response:
    return Response(render_template("staff/account/password.html", errors=errors), 422 if errors else 200)


@pages.get("/staff/second-factor")
@staff_only()
def show_second_factor() -> Response:
    """Whether there is one; how to set it up, renew its recovery codes, or take it away."""
    return _second_factor()


@pages.post("/staff/second-factor")
@staff_only()
def begin_second_factor() -> Response | BaseResponse:
    """Make a secret, which the next page shows to be scanned."""
    try:
        second_factor.begin(store(), vault(), acting())
    except Refused as answer:
        return _second_factor(problem=explain(answer), status=409)
    return redirect(url_for("staff_account.show_second_factor"), 303)


@pages.get("/staff/second-factor/qr.svg")
@staff_only()
def second_factor_qr() -> Response:
    """The secret that waits to be confirmed, for the authenticator's camera."""
    return qr_for(acting())


@pages.post("/staff/second-factor/confirmation")
@staff_only()
def confirm_second_factor() -> Response | str:
    """The first code puts it in force; other sessions end, and the recovery codes are shown this once."""
    try:
        codes = second_factor.confirm(store(), vault(), acting(), request.form.get("code", ""))
    except Invalid as answer:
        return _second_factor(answer.errors, status=422)
    except Refused as answer:
        return _second_factor(problem=explain(answer), status=409)
    _begin_anew()
    return _codes(codes)


@pages.post("/staff/second-factor/recovery-codes")
@staff_only()
def renew_recovery_codes() -> Response | str:
    """New recovery codes for a code of the authenticator; the earlier ones are void."""
    if not second_factor.takes(store(), vault(), acting(), request.form.get("code", "")):
        return _second_factor({"code": ["wrong_code"]}, status=422)
    return _codes(second_factor.new_codes(store(), acting()))


@pages.post("/staff/second-factor/removal")
@staff_only()
def remove_second_factor() -> Response | BaseResponse:
    """Take it away, by a code, where the role does not need one."""
    if acting().role in settings().roles_with_second_factor:
        return _second_factor(problem=explain(Refused("second_factor_needed")), status=409)
    if not second_factor.takes(store(), vault(), acting(), request.form.get("code", "")):
        return _second_factor({"code": ["wrong_code"]}, status=422)
    second_factor.remove(store(), acting().id)
    _begin_anew()
    return redirect(url_for("staff_account.show_second_factor", done="second_factor_removed"), 303)


def _begin_anew() -> None:
    """What guards the account has changed: every session ends, and this browser gets a new one."""
    sessions.end_others(store(), acting().id)
    begin_session(acting())


def _codes(codes: list[str]) -> str:
    back = url_for("staff_account.show_second_factor")
    return render_template("staff/account/recovery_codes.html", codes=codes, go_on=back)


def _second_factor(
    errors: dict[str, list[str]] | None = None, problem: Explanation | None = None, status: int = 200
) -> Response:
    page = render_template(
        "staff/account/second_factor.html",
        state=second_factor.status(store(), acting(), settings().roles_with_second_factor),
        secret=second_factor.pending(store(), vault(), acting()),
        errors=errors or {},
        problem=problem,
    )
    return Response(page, status, headers={"Cache-Control": "no-store"})
