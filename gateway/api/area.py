"""What the mailed links open: the body's area for its contact, and each delegate's own page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from chassis.refusal import Missing, Refused
from gateway import held, own_data
from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.certificates import pdf
from gateway.api.paging import page_of
from gateway.backend import call
from gateway.feeds import of_delegate
from gateway.forms import request_key
from gateway.identity import area_token

area = Blueprint("area", __name__, url_prefix=PREFIX, description="The body's area and the delegate's page")


@area.get("/area")
@area.response(200, out.Adhesion)
def get_area() -> Any:
    """The body's own adhesion, with its people"""
    return call("enrollment", "area", token=area_token())


@area.get("/area/data")
@area.response(200, out.BodyData)
def get_area_data() -> Any:
    """Everything that the body gave and accepted, what happened to it, and what its people hold

    To take along. `GET /area/data/document` gives the same for a person to read.
    """
    return _body_data()


@area.get("/area/data/document")
@area.response(200, {"type": "string"}, content_type="text/html", description="A document of one file")
def get_area_data_document() -> Response:
    """The same, as a document for people

    In the language of `Accept-Language`.
    """
    found = _body_data()
    return own_data.sent_as_document("body", found, found["adhesion"]["protocol"])


@area.get("/area/places")
@area.arguments(given.PageQuery, location="query")
@area.response(200, out.page(out.OwnPlace))
def list_area_places(query: dict[str, Any]) -> Any:
    """The places of the body's delegates

    Those that were taken back too (`released`), with the reason and when.
    """
    return page_of(held.places_of(_delegates(), released=True), **query)


@area.get("/area/certificates")
@area.arguments(given.PageQuery, location="query")
@area.response(200, out.page(out.Certificate))
def list_area_certificates(query: dict[str, Any]) -> Any:
    """The certificates of the body's delegates"""
    return page_of(held.certificates_of(_delegates()), **query)


@area.post("/area/delegates")
@area.arguments(given.DelegateInput)
@area.response(201, out.Adhesion)
def register_delegate(delegate: dict[str, Any]) -> Any:
    """Register a delegate"""
    return call("enrollment", "register_delegate", token=area_token(), delegate=delegate, idempotency_key=request_key())


@area.post("/area/delegate-registrations")
@area.arguments(given.DelegatesInput)
@area.response(201, out.Adhesion)
def register_delegates(several: dict[str, Any]) -> Any:
    """Register several delegates at once

    All of them, or none: what is wrong comes under `delegates.N.field`. Files are read at `POST /delegate-lists`.
    """
    return call("enrollment", "register_delegates", token=area_token(), **several, idempotency_key=request_key())


@area.delete("/area/delegates/<uuid:delegate_id>")
@area.response(200, out.Adhesion)
def withdraw_delegate(delegate_id: UUID) -> Any:
    """Withdraw a delegate

    The place becomes free for who waits.
    """
    return call(
        "enrollment",
        "withdraw_delegate",
        token=area_token(),
        delegate_id=str(delegate_id),
        idempotency_key=request_key(),
    )


@area.post("/area/delegates/<uuid:delegate_id>/replacement")
@area.arguments(given.DelegateInput)
@area.response(201, out.Adhesion)
def replace_delegate(delegate: dict[str, Any], delegate_id: UUID) -> Any:
    """Send another person in a delegate's stead

    Seats and turns in waiting lists go to the other person as they are, at appointments whose list is still open.
    """
    token = area_token()
    named = call("enrollment", "area", token=token)["delegates"]
    if str(delegate_id) not in {one["id"] for one in named}:
        raise Missing("delegate")
    call("scheduling", "check_replacement", delegate_id=str(delegate_id))
    return call(
        "enrollment",
        "replace_delegate",
        token=token,
        delegate_id=str(delegate_id),
        delegate=delegate,
        idempotency_key=request_key(),
    )


@area.get("/area/topics")
@area.response(200, out.TopicsReach)
def get_area_topics() -> Any:
    """The body's topics, and what another choice still does

    `planning`: it decides which webinars are held. `newcomers`: only where those are seated who are named from now on,
    until `until`. `none`: it is too late.
    """
    adhesion = call("enrollment", "area", token=area_token())
    try:
        reach = call("scheduling", "topics_reach", programme_id=adhesion["programme_id"])
    except Refused:
        reach = {"reach": "none", "until": None}
    return {"topics": adhesion["topics"], **reach}


@area.put("/area/topics")
@area.arguments(given.TopicsInput)
@area.response(200, out.Adhesion)
def change_topics(topics: dict[str, Any]) -> Any:
    """Choose other topics

    Read first what that still does.
    """
    token = area_token()
    programme_id = call("enrollment", "area", token=token)["programme_id"]
    call("scheduling", "topics_reach", programme_id=programme_id)
    return call("enrollment", "change_topics", token=token, **topics, idempotency_key=request_key())


@area.post("/area/withdrawal")
@area.response(200, out.Adhesion)
def withdraw_adhesion() -> Any:
    """Withdraw the body's adhesion"""
    return call("enrollment", "withdraw_adhesion", token=area_token(), idempotency_key=request_key())


@area.get("/me")
@area.response(200, out.DelegateArea)
def get_me() -> Any:
    """The delegate's own data"""
    return call("enrollment", "delegate_area", token=area_token())


@area.get("/me/data")
@area.response(200, out.PersonData)
def get_my_data() -> Any:
    """All that is kept of the delegate

    To take along. `GET /me/data/document` gives the same for a person to read.
    """
    return _own_data()


@area.get("/me/data/document")
@area.response(200, {"type": "string"}, content_type="text/html", description="A document of one file")
def get_my_data_document() -> Response:
    """The same, as a document for people

    In the language of `Accept-Language`.
    """
    return own_data.sent_as_document("person", _own_data(), "me")


@area.get("/me/calendar")
@area.response(200, {"type": "string"}, content_type="text/calendar", description="iCalendar (RFC 5545)")
def get_my_calendar() -> Response:
    """The appointments at which the delegate has a seat, for calendar programs"""
    return of_delegate(call("enrollment", "delegate_area", token=area_token()))


@area.post("/me/withdrawal")
@area.response(200, out.AdhesionSummary)
def leave_programme() -> Any:
    """Withdraw oneself

    The places become free for who waits; what was attended stays recorded.
    """
    return call("enrollment", "leave_programme", token=area_token(), idempotency_key=request_key())


@area.put("/me/name-and-language")
@area.arguments(given.OwnCorrectionInput)
@area.response(200, out.AdhesionSummary)
def correct_me(correction: dict[str, Any]) -> Any:
    """Set the own name and language right

    A certificate that says another name is replaced by itself.
    """
    return call("enrollment", "correct_me", token=area_token(), correction=correction, idempotency_key=request_key())


@area.post("/me/erasure")
@area.response(200, out.Empty)
def erase_me() -> Any:
    """Withdraw consent and be forgotten

    Name and address go everywhere, and the places become free. Number and state of certificates stay, without the name.
    """
    return call("enrollment", "erase_me", token=area_token(), idempotency_key=request_key())


@area.get("/me/certificates/<uuid:certificate_id>/document")
@area.response(
    200, {"type": "string", "format": "binary"}, content_type="application/pdf", description="The signed PDF"
)
def get_my_certificate_document(certificate_id: UUID) -> Response:
    """The signed document of an own certificate"""
    mine = call("certificates", "certificates_of", delegate_ids=[_me()])["items"]
    if str(certificate_id) not in {one["id"] for one in mine}:
        raise Missing("certificate")
    return pdf(call("certificates", "document", certificate_id=str(certificate_id)))


@area.get("/me/places")
@area.arguments(given.PageQuery, location="query")
@area.response(200, out.page(out.OwnPlace))
def list_my_places(query: dict[str, Any]) -> Any:
    """The delegate's own places

    Those that were taken back too (`released`), with the reason and when.
    """
    return page_of(call("scheduling", "places_of", delegate_ids=[_me()], released=True)["items"], **query)


@area.get("/me/certificates")
@area.arguments(given.PageQuery, location="query")
@area.response(200, out.page(out.Certificate))
def list_my_certificates(query: dict[str, Any]) -> Any:
    """The delegate's own certificates"""
    return page_of(call("certificates", "certificates_of", delegate_ids=[_me()])["items"], **query)


def _body_data() -> dict[str, Any]:
    token = area_token()
    history = call("enrollment", "area_history", token=token)["items"]
    return own_data.of_body(call("enrollment", "area", token=token), history)


def _own_data() -> dict[str, Any]:
    token = area_token()
    history = call("enrollment", "own_history", token=token)["items"]
    return own_data.of_person(call("enrollment", "delegate_area", token=token), history)


def _me() -> str:
    identity: str = call("enrollment", "delegate_area", token=area_token())["delegate"]["id"]
    return identity


def _delegates() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("enrollment", "area", token=area_token())["delegates"]
    return found
