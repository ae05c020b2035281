"""The gate: what ``gateway/access.py`` says, enforced for every route before its view is reached.

A token for programs is limited to its scopes here as well, whatever its owner may. A view repeats its role with
``staff_only``, for its readers; one that forgets is guarded all the same, and a route that the table does not have does
not exist. Of appointments the desk has only those that it is assigned to.
"""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from gateway import desk
from gateway.access import ACCESS, STAFF
from gateway.identity import acting, admit, current_scopes
from gateway.scopes import scope_of

__all__ = ["register"]


def register(app: Flask) -> None:
    app.before_request(_check)


def _check() -> Response | None:
    if request.url_rule is None or request.method == "OPTIONS":
        return None
    method = "GET" if request.method == "HEAD" else request.method
    who = ACCESS.get(f"{method} {request.url_rule.rule}")
    if who is None:
        raise NotFound()
    if who not in STAFF:
        return None
    held = current_scopes()
    if held is not None and scope_of(f"{method} {request.url_rule.rule}") not in held:
        raise NotFound()
    stranger = admit(who)
    if stranger is None:
        desk.keep_to_own(acting())
    return stranger
