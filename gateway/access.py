"""Who may use which route: the table that the gate enforces, and that tests and the API's description are made from.

A route that is not here fails the build, and does not exist. ``anyone`` needs nothing; ``body`` and ``delegate`` need
the mailed link (or the area opened with it); ``desk``, ``secretariat`` and ``administrator`` need a log-in, each
including the lesser ones.
"""

from __future__ import annotations

__all__ = ["ACCESS", "STAFF", "is_recorded"]

STAFF = ("desk", "secretariat", "administrator")

_API: dict[str, str] = {
    "GET /programmes": "anyone",
    "GET /programmes/<string(maxlength=40):code>": "anyone",
    "GET /programmes/<string(maxlength=40):code>/eligibility": "anyone",
    "GET /programmes/<string(maxlength=40):code>/statistics": "secretariat",
    "GET /bodies": "anyone",
    "GET /bodies/<string(maxlength=40):code>": "anyone",
    "POST /adhesions": "anyone",
    "POST /delegate-lists": "anyone",
    "GET /receipts/<string(length=64):digest>": "anyone",
    "GET /receipts/<string(length=64):digest>/document": "anyone",
    "POST /adhesions/confirmations": "body",
    "POST /adhesions/confirmation-links": "body",
    "POST /area-links": "anyone",
    "GET /area": "body",
    "GET /area/places": "body",
    "GET /area/certificates": "body",
    "POST /area/delegates": "body",
    "DELETE /area/delegates/<uuid:delegate_id>": "body",
    "POST /area/withdrawal": "body",
    "GET /me": "delegate",
    "GET /me/places": "delegate",
    "GET /me/certificates": "delegate",
    "GET /certificate-verifications/<string(maxlength=80):public_code>": "anyone",
    "POST /certificate-verifications": "anyone",
    "POST /webhooks/sendgrid": "anyone",
    "POST /sessions": "anyone",
    "GET /sessions": "desk",
    "DELETE /sessions": "desk",
    "GET /sessions/current": "desk",
    "DELETE /sessions/current": "desk",
    "DELETE /sessions/<uuid:session_id>": "desk",
    "GET /audit-entries": "administrator",
    "GET /staff-accounts": "administrator",
    "POST /staff-accounts": "administrator",
    "POST /staff-accounts/<uuid:account_id>/invitation": "administrator",
    "DELETE /staff-accounts/<uuid:account_id>/invitation": "administrator",
    "POST /staff-accounts/<uuid:account_id>/role": "administrator",
    "POST /staff-accounts/<uuid:account_id>/closing": "administrator",
    "POST /staff-accounts/<uuid:account_id>/reopening": "administrator",
    "POST /staff-invitations/acceptance": "anyone",
    "POST /password-changes": "desk",
    "POST /password-links": "anyone",
    "POST /password-resets": "anyone",
    "GET /adhesions": "secretariat",
    "GET /adhesions/<uuid:adhesion_id>": "secretariat",
    "POST /adhesions/<uuid:adhesion_id>/review": "secretariat",
    "GET /people": "desk",
    "POST /scheduling-runs": "secretariat",
    "GET /scheduling-runs": "secretariat",
    "GET /scheduling-runs/<uuid:run_id>": "secretariat",
    "POST /scheduling-runs/<uuid:run_id>/stop": "secretariat",
    "GET /scheduling-runs/<uuid:run_id>/plan": "secretariat",
    "POST /scheduling-runs/<uuid:run_id>/publication": "secretariat",
    "GET /scheduling-runs/<uuid:run_id>/events": "secretariat",
    "GET /appointments": "desk",
    "GET /appointments/<uuid:appointment_id>": "desk",
    "GET /appointments/<uuid:appointment_id>/places": "desk",
    "POST /appointments/<uuid:appointment_id>/attendances": "desk",
    "POST /appointments/<uuid:appointment_id>/corrections": "secretariat",
    "POST /appointments/<uuid:appointment_id>/closing": "secretariat",
    "POST /appointments/<uuid:appointment_id>/move": "secretariat",
    "POST /appointments/<uuid:appointment_id>/cancellation": "secretariat",
    "GET /certificates": "secretariat",
    "GET /certificates/<uuid:certificate_id>": "secretariat",
    "GET /certificates/<uuid:certificate_id>/document": "secretariat",
    "POST /certificates/<uuid:certificate_id>/revocation": "secretariat",
    "POST /certificates/<uuid:certificate_id>/retry": "secretariat",
    "GET /delegates/<uuid:delegate_id>/evidence": "secretariat",
    "GET /messages": "secretariat",
    "GET /message-counts": "secretariat",
    "GET /failed-message-counts": "secretariat",
    "GET /failed-messages": "secretariat",
    "POST /failed-message-replays": "secretariat",
    "POST /messages/<uuid:message_id>/resolution": "secretariat",
    "POST /messages/<uuid:message_id>/resend": "secretariat",
}

_OPERATIONS: dict[str, str] = {
    "GET /static/<path:filename>": "anyone",
    "GET /status": "anyone",
    "GET /healthz": "anyone",
    "GET /readyz": "anyone",
    "GET /metrics": "anyone",
    "GET /openapi.json": "anyone",
}

_PAGES: dict[str, str] = {
    "GET /": "anyone",
    "GET /privacy": "anyone",
    "GET /accessibility": "anyone",
    "GET /legal-notes": "anyone",
    "GET /contacts": "anyone",
    "GET /api-reference": "anyone",
    "GET /programmes/<code>": "anyone",
    "GET /delegate-list-template": "anyone",
    "GET /programmes/<code>/adhesion": "anyone",
    "POST /programmes/<code>/adhesion": "anyone",
    "GET /programmes/<code>/adhesion/bodies": "anyone",
    "GET /programmes/<code>/adhesion/received": "anyone",
    "GET /receipts/<digest>": "anyone",
    "GET /receipts/<digest>/document": "anyone",
    "GET /receipts/<digest>/statement": "anyone",
    "GET /adhesions/confirm/<token>": "anyone",
    "POST /adhesions/confirm/<token>": "body",
    "POST /adhesions/confirm/<token>/renewal": "body",
    "GET /area/request": "anyone",
    "POST /area/request": "anyone",
    "GET /area/<token>": "anyone",
    "POST /area/<token>": "body",
    "GET /area": "body",
    "POST /area/delegates": "body",
    "GET /area/delegates/<delegate_id>/withdraw": "body",
    "POST /area/delegates/<delegate_id>/withdraw": "body",
    "GET /area/withdraw": "body",
    "POST /area/withdraw": "body",
    "POST /area/leave": "anyone",
    "GET /me/<token>": "delegate",
    "GET /verify": "anyone",
    "GET /verify/<code>": "anyone",
    "POST /verify/<code>": "anyone",
    "GET /V/<code>": "anyone",
    "GET /staff/login": "anyone",
    "POST /staff/login": "anyone",
    "POST /staff/logout": "anyone",
    "GET /staff": "desk",
    "GET /staff/sessions": "desk",
    "POST /staff/sessions/end-others": "desk",
    "POST /staff/sessions/<session_id>/end": "desk",
    "GET /staff/password": "desk",
    "POST /staff/password": "desk",
    "GET /staff/password/forgotten": "anyone",
    "POST /staff/password/forgotten": "anyone",
    "GET /staff/password/reset/<token>": "anyone",
    "POST /staff/password/reset/<token>": "anyone",
    "GET /staff/invitation/<token>": "anyone",
    "POST /staff/invitation/<token>": "anyone",
    "GET /staff/accounts": "administrator",
    "POST /staff/accounts": "administrator",
    "POST /staff/accounts/<account_id>/invitation": "administrator",
    "POST /staff/accounts/<account_id>/invitation/revoke": "administrator",
    "POST /staff/accounts/<account_id>/role": "administrator",
    "POST /staff/accounts/<account_id>/close": "administrator",
    "POST /staff/accounts/<account_id>/reopen": "administrator",
    "GET /staff/audit": "administrator",
    "GET /staff/adhesions": "secretariat",
    "GET /staff/adhesions/<adhesion_id>": "secretariat",
    "POST /staff/adhesions/<adhesion_id>/review": "secretariat",
    "GET /staff/appointments": "desk",
    "GET /staff/appointments/<appointment_id>": "desk",
    "POST /staff/appointments/<appointment_id>/attendance": "desk",
    "POST /staff/appointments/<appointment_id>/close": "secretariat",
    "POST /staff/appointments/<appointment_id>/correction": "secretariat",
    "GET /staff/certificates": "secretariat",
    "GET /staff/certificates/<certificate_id>/document": "secretariat",
    "GET /staff/certificates/<certificate_id>/revoke": "secretariat",
    "POST /staff/certificates/<certificate_id>/revoke": "secretariat",
    "GET /staff/messages": "secretariat",
    "POST /staff/messages/<message_id>": "secretariat",
    "GET /staff/failed-messages": "secretariat",
    "GET /staff/failed-messages/<service>": "secretariat",
    "POST /staff/failed-messages/<service>": "secretariat",
    "GET /staff/planning": "secretariat",
    "POST /staff/planning": "secretariat",
    "GET /staff/planning/<run_id>": "secretariat",
    "POST /staff/planning/<run_id>/stop": "secretariat",
    "GET /staff/planning/<run_id>/publish": "secretariat",
    "POST /staff/planning/<run_id>/publish": "secretariat",
}


def _under_api(route: str) -> str:
    method, _, rule = route.partition(" ")
    return f"{method} /api/v1{rule}"


ACCESS: dict[str, str] = {
    **{_under_api(route): who for route, who in _API.items()},
    **_OPERATIONS,
    **_PAGES,
}
"""``METHOD /rule`` as Flask writes the rule → who may."""

_READS = ("/document", "/export")


def is_recorded(method: str, rule: str) -> bool:
    """Whether the audit log tells of it when staff do it: every change, and every reading that takes papers away."""
    if method in ("GET", "HEAD"):
        return any(part in rule for part in _READS) and ACCESS.get(f"GET {rule}") in STAFF
    return method != "OPTIONS"
