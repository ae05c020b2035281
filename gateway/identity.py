"""Who is asking: staff by log-in, contacts and delegates by the link that was mailed to them.

Pages carry cookies, programs carry ``Authorization: Bearer``. A staff cookie on the API needs the ``CSRF-Token`` header
for everything that changes something; a bearer token needs none, since no browser sends it by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote

from flask import Response, after_this_request, current_app, g, redirect, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotFound, Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from chassis.database import Store
from gateway import sessions, tokens
from gateway.accounts import Staff
from gateway.settings import GatewaySettings

__all__ = [
    "LOGIN_PAGE",
    "Staff",
    "acting",
    "admit",
    "area_token",
    "begin_session",
    "close_area",
    "current_area",
    "current_scopes",
    "current_staff",
    "current_via",
    "idle",
    "is_api",
    "link_token",
    "log_out",
    "open_area",
    "safe_next",
    "session_token",
    "staff_id",
    "staff_only",
]

LOGIN_PAGE = "/staff/login"

Area = Literal["body", "delegate"]
View = TypeVar("View", bound=Callable[..., Any])


def settings() -> GatewaySettings:
    """The running gateway's settings."""
    return cast(GatewaySettings, current_app.extensions["settings"])


def store() -> Store:
    """The gateway's own database."""
    return cast(Store, current_app.extensions["store"])


def is_api() -> bool:
    """Whether the answer is for a program: a problem, never a page or a redirect to one."""
    return request.path.startswith("/api/")


def current_staff() -> Staff | None:
    """Who is logged in, if anybody; looked up once a request."""
    if "staff" not in g:
        g.staff = _recognise()
    return cast("Staff | None", g.staff)


def staff_only(*roles: str) -> Callable[[View], View]:
    """Only for staff with one of the roles (an administrator has the secretariat's, and both have the desk's).

    A stranger is shown the log-in page (the API answers 401); staff without the role get the same 404 as for a missing
    thing. Without ``roles`` any staff may.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return admit(*(roles or ("desk",))) or view(*args, **kwargs)

        return cast(View, guarded)

    return decorate


def admit(*roles: str) -> BaseResponse | None:
    """Let staff with one of the roles pass; a stranger at a page gets the way to the log-in as the answer."""
    staff = current_staff()
    if staff is None:
        if is_api():
            raise unauthorized("log_in")
        back = request.full_path.rstrip("?") if request.method == "GET" else "/staff"
        return redirect(f"{LOGIN_PAGE}?next={quote(back)}", 303)
    if not staff.roles.intersection(roles):
        raise NotFound()
    return None


def current_scopes() -> frozenset[str] | None:
    """What the token of this request is limited to; ``None`` when it came with a log-in."""
    return cast("frozenset[str] | None", g.get("scopes")) if current_staff() else None


def current_via() -> str:
    """What the staff member's request came with: a ``browser``'s session, a ``program``'s, or a ``token``."""
    if current_scopes() is not None:
        return "token"
    return "program" if is_api() and not (uses_cookie() and get_cookie("staff")) else "browser"


def acting() -> Staff:
    """Who is logged in; only behind ``staff_only``."""
    staff = current_staff()
    assert staff is not None
    return staff


def staff_id() -> str:
    """The id of who is logged in, for the ``actor`` of a command; only behind ``staff_only``."""
    return acting().id


def idle() -> timedelta:
    """After how long without a request a browser's session ends."""
    return timedelta(minutes=settings().session_idle_minutes)


def begin_session(staff: Staff) -> None:
    """A new session for this browser, in place of any that it had: at a log-in, and when what one may do changes."""
    duration = timedelta(hours=settings().session_hours)
    opened = sessions.open_session(store(), staff, "browser", duration, whence(), replaces=get_cookie("staff"))
    set_cookie("staff", opened.token)
    g.staff, g.staff_token = staff, opened.token


def log_out() -> None:
    """End the session here and in the database, and forget the cookie; a program's token likewise."""
    for token in (get_cookie("staff"), _bearer() if is_api() else None):
        if token:
            sessions.end_session(store(), token)
    drop_cookie("staff")
    g.staff = g.staff_token = None


def open_area(token: str, area: Area = "body") -> None:
    """Let this browser into the area, with the token that its mailed link was exchanged for."""
    set_cookie(f"{area}_area", token)


def current_area(area: Area = "body") -> str | None:
    """The token of the area that this browser has open; hand it to the service, which decides."""
    return get_cookie(f"{area}_area")


def close_area(area: Area = "body") -> None:
    """Forget the area on this browser; what it was held by must be ended at the service."""
    drop_cookie(f"{area}_area")


def link_token() -> str:
    """The token of a mailed link, in an API request; 401 without one."""
    return _given("link_token", "Send the token of the mailed link as Authorization: Bearer.")


def area_token() -> str:
    """The token of an open area, in an API request; 401 without one."""
    return _given("area_token", "Open the area with a mailed link first, and send its token as Authorization: Bearer.")


def _given(realm: str, words: str) -> str:
    token = _bearer()
    if not token or len(token) > 1000:
        raise unauthorized(realm, words)
    return token


def unauthorized(realm: str, words: str | None = None) -> Unauthorized:
    """A 401 that names the way in, as HTTP asks."""
    return Unauthorized(words, www_authenticate=WWWAuthenticate("bearer", {"realm": realm}))


def safe_next(wanted: str | None, otherwise: str = "/staff") -> str:
    """Where to go after logging in: a path of ours, whatever the link said."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or not wanted.isprintable():
        return otherwise
    return wanted


def staff_cookie() -> str:
    """The session token that the browser holds or has just been given; what forms are bound to."""
    token: str | None = g.get("staff_token", get_cookie("staff"))
    return token or ""


def session_token() -> str:
    """The token of the session that this request came with."""
    return staff_cookie() if current_via() == "browser" else _bearer() or ""


def uses_cookie() -> bool:
    """Whether the request has nothing but a cookie to say who asks."""
    return "Authorization" not in request.headers


def _recognise() -> Staff | None:
    if is_api() and not uses_cookie():
        token = _bearer()
        if token and token.startswith(tokens.MARK):
            found = tokens.owner(store(), token)
            g.scopes = found[1] if found else None
            return found[0] if found else None
        return sessions.staff_of_session(store(), token, "program", None) if token else None
    token = get_cookie("staff")
    if not token:
        return None
    return sessions.staff_of_session(store(), token, "browser", idle())


def whence() -> sessions.Whence:
    """Where the request is from, as far as it is kept."""
    return sessions.whence(request.headers.get("User-Agent", ""), request.remote_addr or "")


def _bearer() -> str | None:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer":
        return None
    return authorization.token


def cookie_name(name: str) -> str:
    """With https the browser itself guarantees that the cookie is ours alone."""
    return f"__Host-{name}" if settings().is_https else name


def get_cookie(name: str) -> str | None:
    """What the browser holds under the name."""
    return request.cookies.get(cookie_name(name))


def set_cookie(name: str, value: str, max_age: int | None = None) -> None:
    """A cookie that no script reads; it goes with the browser unless it has an age."""
    key, secure = cookie_name(name), settings().is_https

    @after_this_request
    def add(response: Response) -> Response:
        response.set_cookie(key, value, max_age=max_age, httponly=True, samesite="Lax", secure=secure, path="/")
        return response


def drop_cookie(name: str) -> None:
    """Have the browser forget it."""
    key, secure = cookie_name(name), settings().is_https

    @after_this_request
    def remove(response: Response) -> Response:
        response.delete_cookie(key, httponly=True, samesite="Lax", secure=secure, path="/")
        return response
