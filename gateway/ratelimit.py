"""So many requests a minute of one account or address, counted in this process's memory.

A fixed window of a minute. Several gateway processes count each for itself: a limit against haste and accidents, while
log-ins have their own back-off in the database.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from gateway.access import is_reading
from gateway.identity import current_staff, settings

__all__ = ["GROUPS", "Window", "register"]

SECONDS = 60
UNLIMITED = ("/static/", "/healthz", "/readyz", "/status", "/metrics")
GROUPS = {"read": 1.0, "write": 0.5, "heavy": 0.1, "login": 0.05, "mail": 0.02}
"""Each group's share of the setting: what is dear, or mails somebody, is rarer."""
_DEAR = {
    "/api/v1/sessions": "login",
    "/staff/login": "login",
    "/staff/login/code": "login",
    "/api/v1/area-links": "mail",
    "/api/v1/area-links/renewals": "mail",
    "/area/request": "mail",
    "/api/v1/password-links": "mail",
    "/staff/password/forgotten": "mail",
    "/api/v1/adhesion-drafts": "mail",
    "/adhesions/drafts": "mail",
    "/api/v1/adhesions/confirmation-links": "mail",
    "/adhesions/confirm/<token>/renewal": "mail",
    "/api/v1/delegate-lists": "heavy",
    "/area/renew": "mail",
}
_HEAVY = ("/document", "/export")
"""Where a PDF is set or a whole list is written: seconds of a processor for one request."""


@dataclass
class Window:
    """Counts of the present minute; the past is forgotten at once, so memory is bounded by one minute's callers."""

    minute: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, who: str, group: str, now: float) -> int:
        """How many requests this caller has made in this group, with this one."""
        minute = int(now // SECONDS)
        if minute != self.minute:
            self.minute = minute
            self.counts.clear()
        self.counts[who, group] += 1
        return self.counts[who, group]


def register(app: Flask) -> None:
    """Count each request before its view, and tell the caller how many are left."""
    app.extensions["rate_window"] = Window()
    app.before_request(_count)
    app.after_request(_tell)


def _count() -> None:
    limit = settings().rate_limit_per_minute
    if not limit or request.path.startswith(UNLIMITED):
        return
    group = _group()
    staff = current_staff() if group != "login" else None
    who = staff.id if staff else request.remote_addr or ""
    allowed = max(1, int(limit * GROUPS[group]))
    window: Window = current_app.extensions["rate_window"]
    now = time.time()
    used, reset = window.count(who, group, now), SECONDS - int(now) % SECONDS
    g.rate = (allowed, max(0, allowed - used), reset)
    if used > allowed:
        raise TooManyRequests(retry_after=reset)


def _group() -> str:
    rule = request.url_rule.rule if request.url_rule else ""
    if rule.endswith(_HEAVY):
        return "heavy"
    if request.method == "OPTIONS" or is_reading(request.method, rule):
        return "read"
    return _DEAR.get(rule, "write")


def _tell(response: Response) -> Response:
    if rate := g.get("rate"):
        for name, value in zip(("Limit", "Remaining", "Reset"), rate, strict=True):
            response.headers[f"X-RateLimit-{name}"] = str(value)
    return response
