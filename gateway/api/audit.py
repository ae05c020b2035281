"""The audit log, for the administrator's programs."""

from __future__ import annotations

from typing import Any

from gateway import audit
from gateway.api import staff_shapes as shapes
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.identity import staff_only, store

log = Blueprint("audit", __name__, url_prefix=PREFIX, description="What staff did")


@log.get("/audit-entries")
@staff_only("administrator")
@log.arguments(shapes.AuditFilter, location="query")
@log.response(200, shapes.AuditPage)
def list_audit_entries(query: dict[str, Any]) -> Any:
    """What staff did, newest first

    `outcome` is `unknown` where the process ended before it answered. `hash` chains each row to the one before.
    """
    return audit.listed(store(), **query)
