"""Certificates, for the secretariat."""

from __future__ import annotations

import base64
import re
from typing import Any
from uuid import UUID

from flask import Response

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.searching import with_words
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id, staff_only
from gateway.searches import sealed

certificates = Blueprint("certificates", __name__, url_prefix=PREFIX, description="Certificates and their evidence")


@certificates.get("/certificates")
@staff_only("secretariat")
@certificates.arguments(given.CertificateFilter, location="query")
@certificates.response(200, out.page(out.Certificate))
def list_certificates(query: dict[str, Any]) -> Any:
    """Certificates of a programme

    Words are looked for with `POST /certificates/searches`, which gives a `search` for this address.
    """
    return call("certificates", "certificates", **with_words(query))


@certificates.post("/certificates/searches")
@staff_only("secretariat")
@certificates.arguments(given.CertificateSearch)
@certificates.response(200, out.CertificatesFound)
def search_certificates(wanted: dict[str, Any]) -> Any:
    """Look for certificates by words of a holder's name, a body or a number; or by the code that verifies one

    Words may name somebody, so they are in no address. The answer is the first page of the list, and `search`: with it
    and the same filters `GET /certificates` goes on.
    """
    return {**call("certificates", "certificates", **wanted), "search": sealed(wanted["query"])}


@certificates.get("/certificates/<uuid:certificate_id>")
@staff_only("secretariat")
@certificates.response(200, out.Certificate)
def get_certificate(certificate_id: UUID) -> Any:
    """One certificate"""
    return call("certificates", "certificate", certificate_id=str(certificate_id))


@certificates.get("/certificates/<uuid:certificate_id>/document")
@staff_only("secretariat")
@certificates.response(
    200, {"type": "string", "format": "binary"}, content_type="application/pdf", description="The signed PDF"
)
def get_certificate_document(certificate_id: UUID) -> Response:
    """The signed document"""
    return pdf(call("certificates", "document", certificate_id=str(certificate_id)))


@certificates.post("/certificates/<uuid:certificate_id>/revocation")
@staff_only("secretariat")
@certificates.arguments(given.ReasonInput)
@certificates.response(200, out.Certificate)
def revoke_certificate(revocation: dict[str, Any], certificate_id: UUID) -> Any:
    """Revoke a certificate

    Whoever verifies it will see that it is revoked.
    """
    return call(
        "certificates",
        "revoke",
        certificate_id=str(certificate_id),
        **revocation,
        actor=staff_id(),
        idempotency_key=request_key(),
    )


@certificates.post("/certificates/<uuid:certificate_id>/retry")
@staff_only("secretariat")
@certificates.response(200, out.Certificate)
def retry_certificate(certificate_id: UUID) -> Any:
    """Make the document of a certificate again, after it failed"""
    return call(
        "certificates",
        "retry",
        certificate_id=str(certificate_id),
        actor=staff_id(),
        idempotency_key=request_key(),
    )


@certificates.get("/delegates/<uuid:delegate_id>/evidence")
@staff_only("secretariat")
@certificates.arguments(given.EvidenceQuery, location="query")
@certificates.response(200, out.Evidence)
def get_evidence(query: dict[str, Any], delegate_id: UUID) -> Any:
    """What a delegate's certificate rests on"""
    return call("certificates", "evidence", delegate_id=str(delegate_id), **query)


def pdf(document: dict[str, str]) -> Response:
    """The document as a download; pages use it too."""
    response = Response(base64.b64decode(document["content_base64"]), mimetype="application/pdf")
    name = re.sub(r"[^A-Za-z0-9._-]", "-", document["filename"])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.set_etag(document["sha256"])
    return response
