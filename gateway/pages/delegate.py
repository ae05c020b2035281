"""A delegate's own page: places, attendance, certificates, own data; and the way out of the programme."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing
from gateway import own_data
from gateway.api.certificates import pdf
from gateway.backend import call
from gateway.feeds import of_delegate
from gateway.fields import wrong
from gateway.forms import new_key, request_key
from gateway.i18n import gettext as _
from gateway.identity import close_area
from gateway.pages.area import inside
from gateway.pages.draft import Errors
from gateway.pages.furniture import optional

pages = Blueprint("delegate", __name__)

_CORRECTABLE = ("given_name", "family_name", "language")

Page = Response | BaseResponse | str


@pages.get("/me")
def show() -> str:
    """Places, attendance and certificates of one person."""
    found = inside("delegate", "delegate_area")
    who = [found["delegate"]["id"]]
    places = optional("scheduling", "places_of", delegate_ids=who, released=True)
    certificates = optional("certificates", "certificates_of", delegate_ids=who)
    return render_template(
        "delegate/page.html",
        delegate=found["delegate"],
        adhesion=found["adhesion"],
        places=places["items"] if places else None,
        certificates=certificates["items"] if certificates else None,
    )


@pages.get("/me/data")
def data() -> Response:
    """All that is kept of this person, and nobody else's."""
    return own_data.sent_as_json(_all(), _("my-data"))


@pages.get("/me/data/document")
def data_document() -> Response:
    """The same for a person to read."""
    return own_data.sent_as_document("person", _all(), _("my-data"))


@pages.get("/me/calendar")
def calendar() -> Response:
    """The appointments at which this person has a seat, for their calendar."""
    return of_delegate(inside("delegate", "delegate_area"))


@pages.get("/me/certificates/<certificate_id>")
def certificate(certificate_id: str) -> Response:
    """The signed document, for the person whom it names."""
    who = inside("delegate", "delegate_area")["delegate"]["id"]
    mine = call("certificates", "certificates_of", delegate_ids=[who])["items"]
    if certificate_id not in {one["id"] for one in mine}:
        raise Missing("certificate")
    return pdf(call("certificates", "document", certificate_id=certificate_id))


@pages.get("/me/correct")
def ask_correct() -> Page:
    """The own data, to be set right."""
    found = inside("delegate", "delegate_area")
    return _correction(found, found["delegate"])


@pages.post("/me/correct")
def correct() -> Page:
    """Name and language as the person says; a certificate with the old name is replaced by itself."""
    written = {name: request.form.get(name, "").strip() for name in _CORRECTABLE}
    errors = {name: [code] for name, value in written.items() if (code := wrong(name, value))}
    if not errors:
        try:
            inside("delegate", "correct_me", correction=written, idempotency_key=request_key())
        except Invalid as answer:
            errors = answer.errors
    if errors:
        return Response(_correction(inside("delegate", "delegate_area"), request.form, errors), 422)
    return redirect(url_for("delegate.show", done="data_corrected"), 303)


def _correction(found: dict[str, Any], values: Any, errors: Errors | None = None) -> str:
    return render_template("delegate/correct.html", **found, values=values, errors=errors or {}, key=new_key())


@pages.get("/me/erase")
def ask_erase() -> str:
    """What erasing means, before anything happens."""
    return render_template("delegate/erase.html", **_shown(), key=new_key())


@pages.post("/me/erase")
def erase() -> BaseResponse:
    """Forget this person: consent is withdrawn, name and address go, and with them the page itself."""
    inside("delegate", "erase_me", idempotency_key=request_key())
    close_area("delegate")
    return redirect(url_for("area.ask", done="data_erased"), 303)


@pages.get("/me/withdraw")
def ask_withdraw() -> str:
    """What withdrawing means, before anything happens."""
    return render_template("delegate/withdraw.html", **_shown(), key=new_key())


@pages.post("/me/withdraw")
def withdraw() -> BaseResponse:
    """The person comes no more; the places are free for who waits."""
    inside("delegate", "leave_programme", idempotency_key=request_key())
    return redirect(url_for("delegate.show", done="left_programme"), 303)


def _all() -> dict[str, Any]:
    history = inside("delegate", "own_history")["items"]
    return own_data.of_person(inside("delegate", "delegate_area"), history)


def _shown() -> dict[str, Any]:
    return dict(inside("delegate", "delegate_area"))
