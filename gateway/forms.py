"""What every form carries: a token that proves it is ours, and a key that makes sending it twice harmless.

In templates: ``<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">`` and
``<input type="hidden" name="idempotency_key" value="{{ idempotency_key() }}">``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from uuid import uuid4

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, UnprocessableEntity

from gateway.identity import cookie_name, current_area, current_staff, is_api, settings, staff_cookie, uses_cookie

__all__ = ["StaleForm", "csrf_token", "new_key", "register", "request_key"]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class StaleForm(BadRequest):
    """The form is not from a page that this browser was shown, or the page was left open for too long."""

    reason = "stale_form"
    description = "The form is too old, or cookies are off: open the page again and repeat."


def csrf_token() -> str:
    """The token of this browser's forms; for anonymous visitors too, and another one after each log-in."""
    if "visit" not in g:
        g.visit = request.cookies.get(cookie_name("visit")) or ""
    if not g.visit:
        g.visit = g.new_visit = secrets.token_urlsafe(16)
    return _token(g.visit)


def new_key() -> str:
    """A fresh key for a form; the browser sends it again when the same form is sent again."""
    return uuid4().hex


def request_key() -> str | None:
    """The idempotency key of this request, for the service: from the ``Idempotency-Key`` header or from the form.

    It is bound to whoever asks, so that nobody gets the answer to somebody else's request. ``None`` when none was sent.
    """
    key = _given_key()
    if not key:
        return None
    staff = current_staff()
    area = current_area() or current_area("delegate")
    owner = staff.id if staff else request.headers.get("Authorization") or area or ""
    return hashlib.sha256(f"{owner}\n{key}".encode(errors="replace")).hexdigest()


def _given_key() -> str | None:
    key = request.headers.get("Idempotency-Key") if is_api() else request.form.get("idempotency_key") or None
    if key is not None and not _KEY.fullmatch(key):
        raise UnprocessableEntity("Idempotency-Key: 1 to 200 printable characters without blanks, please.")
    return key


def register(app: Flask) -> None:
    """Check the token of everything that a browser may send to change something."""
    app.add_template_global(csrf_token, "csrf_token")
    app.add_template_global(new_key, "idempotency_key")
    app.before_request(_check)
    app.after_request(_remember_visit)


def _check() -> None:
    if request.method in SAFE_METHODS or request.routing_exception:
        return
    if is_api():
        _given_key()
        if not (uses_cookie() and staff_cookie()):
            return
        given = request.headers.get("CSRF-Token", "")
    else:
        given = request.form.get("csrf_token", "")
    visit = request.cookies.get(cookie_name("visit"), "")
    if not visit or not hmac.compare_digest(_token(visit).encode(), given.encode(errors="replace")):
        raise StaleForm()


def _token(visit: str) -> str:
    message = f"csrf\n{visit}\n{staff_cookie()}".encode(errors="replace")
    return hmac.new(settings().secret_key.encode(), message, hashlib.sha256).hexdigest()


def _remember_visit(response: Response) -> Response:
    if visit := g.get("new_visit"):
        response.set_cookie(
            cookie_name("visit"), visit, httponly=True, samesite="Lax", secure=settings().is_https, path="/"
        )
    return response
