"""What anyone may ask and send: programmes, the registry of bodies, the adhesion form, a certificate's verification."""

from __future__ import annotations

from typing import Any

from flask import Response

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.certificates import pdf
from gateway.api.paging import page_of
from gateway.backend import call
from gateway.feeds import of_programme
from gateway.forms import request_key
from gateway.identity import link_token, settings

programmes = Blueprint("programmes", __name__, url_prefix=PREFIX, description="Programmes and who may join them")
bodies = Blueprint("bodies", __name__, url_prefix=PREFIX, description="The registry of bodies")
joining = Blueprint("joining", __name__, url_prefix=PREFIX, description="The adhesion form and its confirmation")
verification = Blueprint("verification", __name__, url_prefix=PREFIX, description="Is this certificate genuine?")


@programmes.get("/programmes")
@programmes.arguments(given.PageQuery, location="query")
@programmes.response(200, out.page(out.Programme))
def list_programmes(query: dict[str, Any]) -> Any:
    """All programmes"""
    return page_of(call("enrollment", "programmes")["items"], **query)


@programmes.get("/programmes/<string(maxlength=40):code>")
@programmes.response(200, out.Programme)
def get_programme(code: str) -> Any:
    """One programme"""
    return call("enrollment", "programme", code=code)


@programmes.get("/programmes/<string(maxlength=40):code>/eligibility")
@programmes.arguments(given.EligibilityQuery, location="query")
@programmes.response(200, out.Eligibility)
def get_eligibility(query: dict[str, Any], code: str) -> Any:
    """May this body join?

    When it may not, the answer names the rule and what it looked at.
    """
    return call("enrollment", "eligibility", programme_code=code, body_code=query["body_code"])


@programmes.get("/programmes/<string(maxlength=40):code>/regions")
@programmes.arguments(given.PageQuery, location="query")
@programmes.response(200, out.page(out.RegionCount))
def list_regions(query: dict[str, Any], code: str) -> Any:
    """How many bodies have joined, of how many that may, by region

    What the map on the programme's page shows.
    """
    return page_of(call("enrollment", "statistics", programme_code=code)["by_region"], **query)


@programmes.get("/programmes/<string(maxlength=40):code>/joined-bodies")
@programmes.arguments(given.JoinedFilter, location="query")
@programmes.response(200, out.page(out.Body))
def list_joined_bodies(query: dict[str, Any], code: str) -> Any:
    """The bodies that have joined

    In the order of their names. No personal data are in it.
    """
    return call("enrollment", "joined_bodies", programme_code=code, **query)


@programmes.get("/programmes/<string(maxlength=40):code>/appointments")
@programmes.arguments(given.PublicAppointmentFilter, location="query")
@programmes.response(200, out.page(out.PublicAppointment))
def list_programme_appointments(query: dict[str, Any], code: str) -> Any:
    """The published training days and webinars

    In the order of time; the cancelled ones are there, and say so.
    """
    programme = call("enrollment", "programme", code=code)
    return call("scheduling", "appointments", programme_id=programme["programme_id"], **query)


@programmes.get("/programmes/<string(maxlength=40):code>/calendar")
@programmes.arguments(given.CalendarQuery, location="query")
@programmes.response(200, {"type": "string"}, content_type="text/calendar", description="iCalendar (RFC 5545)")
def get_programme_calendar(query: dict[str, Any], code: str) -> Response:
    """The published appointments, for calendar programs

    All of them, or those of one region with the webinars. Titles are in the language of `Accept-Language`.
    """
    return of_programme(code, query.get("region"))


@bodies.get("/bodies")
@bodies.arguments(given.BodySearch, location="query")
@bodies.response(200, out.page(out.Body))
def search_bodies(query: dict[str, Any]) -> Any:
    """Search the registry by name

    Accents and capitals do not matter; both names of bilingual bodies are searched. The closest come first, and not
    more than fifty.
    """
    found = call("enrollment", "search_bodies", query=query.pop("query"), limit=given.MOST_FOUND)
    return page_of(found["items"], **query)


@bodies.get("/bodies/<string(maxlength=40):code>")
@bodies.response(200, out.BodyDetail)
def get_body(code: str) -> Any:
    """One body of the registry"""
    return call("enrollment", "body", code=code)


@joining.post("/adhesions")
@joining.arguments(given.AdhesionInput)
@joining.response(201, out.Adhesion)
def submit_adhesion(adhesion: dict[str, Any]) -> Any:
    """Submit an adhesion

    The contact gets a mail whose link confirms it. A rule that forbids it is named in the 409's `reason`.
    """
    return call("enrollment", "submit_adhesion", adhesion=adhesion, idempotency_key=request_key())


@joining.get("/receipts/<string(length=64):digest>")
@joining.response(200, out.Receipt)
def get_receipt(digest: str) -> Any:
    """The receipt of an adhesion, by its hash

    `hash` is the SHA-256 of `statement` in UTF-8, `content` is the statement read as JSON. It names no person.
    """
    return call("enrollment", "receipt", digest=digest)


@joining.get("/receipts/<string(length=64):digest>/document")
@joining.response(
    200, {"type": "string", "format": "binary"}, content_type="application/pdf", description="The receipt as PDF"
)
def get_receipt_document(digest: str) -> Response:
    """The receipt as PDF/A, with the statement attached"""
    return receipt_pdf(digest)


@joining.post("/adhesions/confirmations")
@joining.response(200, out.Adhesion)
def confirm_adhesion() -> Any:
    """Confirm an adhesion with the link of the mail

    The link's token is the bearer token. Confirming twice answers the same.
    """
    return call("enrollment", "confirm_adhesion", token=link_token(), idempotency_key=request_key())


@joining.post("/adhesions/confirmation-links")
@joining.response(202, out.Empty)
def request_confirmation_link() -> Any:
    """Have a new confirmation link mailed in place of an expired one

    The old link's token is the bearer token; the new link goes to the mailbox that the old one went to.
    """
    call("enrollment", "request_confirmation_link", token=link_token())
    return {}


@joining.post("/area-links")
@joining.arguments(given.AreaLinkInput)
@joining.response(202, out.Empty)
def request_area_link(asked: dict[str, Any]) -> Any:
    """Have a link to the body's area, or to a delegate's own page, mailed

    The answer is the same whether the address is known or not.
    """
    call("enrollment", "request_area_link", **asked)
    return {}


@verification.get("/certificate-verifications/<string(maxlength=80):public_code>")
@verification.response(200, out.Verification)
def get_verification(public_code: str) -> Any:
    """Verify a certificate by its public code

    An unknown code is answered in the same form, with `found` false.
    """
    return call("certificates", "verify", public_code=public_code)


@verification.post("/certificate-verifications")
@verification.arguments(given.VerificationInput)
@verification.response(200, out.Verification)
def verify_certificate(asked: dict[str, Any]) -> Any:
    """Verify a certificate and the whole name of its holder

    The holder's name is in the answer only when the name given is theirs; a name never stands in an address.
    """
    return call("certificates", "verify", **asked)


def receipt_pdf(digest: str) -> Response:
    """The document of a receipt, which names the page that it can be compared with; pages use it too."""
    address = f"{settings().public_url.rstrip('/')}/receipts/{digest.lower()}"
    return pdf(call("enrollment", "receipt_document", digest=digest, address=address))
