"""Certificates for the secretariat: found, downloaded, revoked."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.labels import LABELS
from gateway.pages.furniture import optional
from gateway.pages.staff import chosen
from gateway.pages.staff.search import LONGEST, asked
from gateway.words import Explanation, explain

pages = Blueprint("staff_certificates", __name__)

_FILTERS = ("query", "state", "delegate_id")

Page = Response | BaseResponse | str


@pages.get("/staff/certificates")
@staff_only("secretariat")
def index() -> Response:
    """The certificates in the order of their numbers, with their holders' names; found by name, body or number."""
    programme, filters = chosen.programme(), dict[str, str]()
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    errors: dict[str, list[str]] = {}
    try:
        given = asked()
    except Invalid as answer:
        errors = answer.errors
    else:
        filters = {name: given[name].strip()[:LONGEST] for name in _FILTERS if given.get(name, "").strip()}
        found = call(
            "certificates",
            "certificates",
            programme_id=programme["programme_id"],
            limit=chosen.PAGE,
            cursor=request.args.get("cursor") or None,
            **filters,
        )
    page = render_template(
        "staff/certificates.html",
        programme=programme,
        certificates=found["items"],
        people=holders([one["delegate_id"] for one in found["items"]]),
        filters=filters,
        errors=errors,
        states=LABELS["certificate"],
        **chosen.paged(found, url_for("staff_certificates.index")),
    )
    return Response(page, 422 if errors else 200)


@pages.get("/staff/certificates/<certificate_id>/document")
@staff_only("secretariat")
def document(certificate_id: str) -> Response:
    """The signed PDF."""
    found = call("certificates", "document", certificate_id=certificate_id)
    response = Response(b64decode(found["content_base64"]), mimetype="application/pdf")
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": found["filename"]})
    return response


@pages.get("/staff/certificates/<certificate_id>/revoke")
@staff_only("secretariat")
def ask_revoke(certificate_id: str) -> Page:
    """What revoking means, and the reason for it."""
    return _ask(certificate_id)


@pages.post("/staff/certificates/<certificate_id>/revoke")
@staff_only("secretariat")
def revoke(certificate_id: str) -> Page:
    """Whoever verifies it will see that it attests nothing any more."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return _ask(certificate_id, errors={"reason": ["required"]}, status=422)
    try:
        call(
            "certificates",
            "revoke",
            certificate_id=certificate_id,
            reason=reason[:500],
            actor=staff_id(),
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return _ask(certificate_id, problem=explain(answer), status=409)
    return redirect(url_for("staff_certificates.index", done="certificate_revoked"), 303)


def holders(ids: list[str]) -> dict[str, dict[str, Any]]:
    """The people behind the ids; nobody while enrollment is at rest."""
    found = optional("enrollment", "people", person_ids=sorted(set(ids))) if ids else None
    return {person["id"]: person for person in found["items"]} if found else {}


def _ask(
    certificate_id: str,
    errors: dict[str, list[str]] | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    certificate = call("certificates", "certificate", certificate_id=certificate_id)
    page = render_template(
        "staff/revoke.html",
        programme=chosen.programme(),
        certificate=certificate,
        holder=holders([certificate["delegate_id"]]).get(certificate["delegate_id"]),
        errors=errors or {},
        values=request.form,
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)
