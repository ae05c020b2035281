"""A staff member's own account: where one is logged in, and the password."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid
from gateway import passwords, sessions
from gateway.identity import acting, begin_session, idle, session_token, staff_only, store

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
