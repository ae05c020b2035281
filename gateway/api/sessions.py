"""Staff log-in for programs: a password gives a bearer token for a short time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.refusal import Missing, Refused
from gateway import sessions as kept
from gateway.api import input as given
from gateway.api import output as out
from gateway.api import staff_shapes as shapes
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.paging import page_of
from gateway.entering import open_token
from gateway.identity import (
    Staff,
    acting,
    idle,
    log_out,
    session_token,
    staff_only,
    store,
    unauthorized,
)
from gateway.sessions import Opened

sessions = Blueprint("sessions", __name__, url_prefix=PREFIX, description="Staff log-in for programs")


REFUSED = "This address and password open nothing now. After several failures, wait some minutes before trying again."


def _described(staff: Staff) -> dict[str, Any]:
    return {"id": staff.id, "name": staff.name, "email": staff.email, "role": staff.role, "roles": sorted(staff.roles)}


@sessions.post("/sessions")
@sessions.arguments(shapes.LoginInput)
@sessions.response(201, out.Token)
def open_session(credentials: dict[str, Any]) -> Any:
    """Log in

    Every failure has the same answer: unknown, wrong, closed, or too often of late. Who has a second factor sends a
    code of it too; without one, a right password is answered with 401 and the realm `second_factor`.
    """
    opened = open_token(credentials["email"], credentials["password"], credentials["code"])
    if opened == "code":
        raise unauthorized("second_factor", "This account has a second factor: send its code too, as `code`.")
    if opened == "enrolment":
        raise Refused("second_factor_needed")
    if not isinstance(opened, Opened):
        raise unauthorized("wrong_password", REFUSED)
    return {"token": opened.token, "ends_at": opened.ends_at.isoformat(), "staff": _described(opened.staff)}


@sessions.get("/sessions/current")
@staff_only()
@sessions.response(200, out.Staff)
def get_session() -> Any:
    """Who am I?"""
    return _described(acting())


@sessions.delete("/sessions/current")
@staff_only()
@sessions.response(204)
def close_session() -> None:
    """Log out: the token is good for nothing from now on"""
    log_out()


@sessions.get("/sessions")
@staff_only()
@sessions.arguments(given.PageQuery, location="query")
@sessions.response(200, out.page(shapes.Session))
def list_sessions(query: dict[str, Any]) -> Any:
    """Where am I logged in?"""
    return page_of(kept.sessions_of(store(), acting(), session_token(), idle()), **query)


@sessions.delete("/sessions/<uuid:session_id>")
@staff_only()
@sessions.response(204)
def end_session(session_id: UUID) -> None:
    """End one of my sessions"""
    if not kept.end_session_by_id(store(), acting(), str(session_id)):
        raise Missing("session")


@sessions.delete("/sessions")
@staff_only()
@sessions.response(204)
def end_other_sessions() -> None:
    """End all of my sessions but this one"""
    kept.end_others(store(), acting().id, but=session_token())
