"""A staff member's own account: where one is logged in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from gateway import sessions
from gateway.identity import acting, idle, session_token, staff_only, store

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
