"""What the API takes and gives about the staff themselves: their sessions, and what they did."""

from __future__ import annotations

from marshmallow import fields

from gateway.api.input import PageQuery, choice, text
from gateway.api.output import flag, ident, moment, page, shape, whole
from gateway.api.output import text as shown

OUTCOMES = ("done", "refused", "failed", "unknown")


class AuditFilter(PageQuery):
    actor = text(40)
    action = text(200)
    thing = text(64)
    correlation_id = text(64)
    outcome = choice(OUTCOMES)
    since = fields.AwareDateTime(format="iso")
    until = fields.AwareDateTime(format="iso")


Session = shape(
    "StaffSession",
    id=ident(),
    **{name: shown() for name in ("kind", "browser", "address")},
    **{name: moment() for name in ("created_at", "seen_at", "ends_at")},
    current=flag(),
)
AuditEntry = shape(
    "AuditEntry",
    sequence=whole(required=True),
    at=moment(),
    **{name: shown() for name in ("actor", "actor_name", "role", "via", "action", "correlation_id", "outcome", "hash")},
    status=whole(),
    things=fields.Dict(),
)
AuditPage = page(AuditEntry)
