"""How another contact takes over a body's area, and how a delegate moves to another mailbox.

What is named on one page is in force once the mailed link was used on the other. As at every door, a button uses the
link up, and not its address, which mail gateways open too.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing, Refused
from gateway.backend import call
from gateway.fields import wrong
from gateway.forms import new_key, request_key
from gateway.i18n import current_language
from gateway.identity import open_area
from gateway.pages.area import INSIDE, dead_link, inside
from gateway.pages.draft import Errors
from gateway.words import explain

pages = Blueprint("handover", __name__)

_CONTACT = ("given_name", "family_name", "email", "phone", "office")
_OF_THE_LINK = ("link_invalid", "link_expired", "link_used", "nomination_over", "mailbox_change_over")

Page = Response | BaseResponse | str


# another contact


@pages.get("/area/contact")
def ask_contact() -> Page:
    """Who is to be the contact next."""
    return _ask_contact(inside("body", "area"))


@pages.post("/area/contact")
def nominate() -> Page:
    """Write to the next contact, who takes over on accepting."""
    written, errors = _written()
    if not errors:
        try:
            inside("body", "nominate_contact", contact=written, idempotency_key=request_key())
        except Invalid as answer:
            errors = answer.errors
        except Refused as answer:
            return _ask_contact(inside("body", "area"), problem=answer, status=409)
    if errors:
        return _ask_contact(inside("body", "area"), errors, status=422)
    return redirect(url_for("body_area.show", done="contact_nominated"), 303)


@pages.post("/area/contact/withdrawal")
def withdraw_nomination() -> Page:
    """The contact stays who it is."""
    inside("body", "withdraw_nomination", idempotency_key=request_key())
    return redirect(url_for("body_area.show", done="nomination_withdrawn"), 303)


@pages.get("/area/mailbox/<token>")
def ask_by_mailbox(token: str) -> Page:
    """The same, for who reads the body's institutional mailbox."""
    return _by_mailbox(token)


@pages.post("/area/mailbox/<token>")
def nominate_by_mailbox(token: str) -> Page:
    """Write to the next contact; the link does nothing more."""
    written, errors = _written()
    if not errors:
        try:
            call("enrollment", "nominate_by_mailbox", token=token, contact=written, idempotency_key=request_key())
        except Invalid as answer:
            errors = answer.errors
        except Refused as answer:
            return dead_link(answer, token) if answer.reason in _OF_THE_LINK else _by_mailbox(token, problem=answer)
    if errors:
        return _by_mailbox(token, errors)
    return render_template("area/nominated.html")


@pages.get("/area/nomination/<token>")
def ask_accept(token: str) -> Page:
    """What the one who was named is asked to accept."""
    try:
        found = call("enrollment", "nomination", token=token)
    except Refused as answer:
        return dead_link(answer, token)
    programme = call("enrollment", "programme", code=found["adhesion"]["programme_code"])
    return render_template("area/nomination.html", **found, programme=programme, token=token, key=new_key())


@pages.post("/area/nomination/<token>")
def accept(token: str) -> Page:
    """Take over, and go in."""
    return _enter("accept_nomination", token, "contact_changed")


def _written() -> tuple[dict[str, str], Errors]:
    """The contact as typed, and what is wrong by field; the mails speak the language of the page until changed."""
    written = {name: text for name in _CONTACT if (text := request.form.get(name, "").strip())}
    found = {name: wrong(name, written.get(name, "")) for name in _CONTACT}
    language = request.form.get("language", current_language())
    return {**written, "language": language}, {name: [code] for name, code in found.items() if code}


def _ask_contact(
    adhesion: dict[str, Any], errors: Errors | None = None, problem: Refused | None = None, status: int = 200
) -> Page:
    return _contact_form(adhesion, url_for("handover.nominate"), errors, problem, status)


def _by_mailbox(token: str, errors: Errors | None = None, problem: Refused | None = None) -> Page:
    try:
        adhesion = call("enrollment", "mailbox_area", token=token)
    except Refused as answer:
        return dead_link(answer, token)
    status = 409 if problem else 422 if errors else 200
    return _contact_form(adhesion, url_for("handover.nominate_by_mailbox", token=token), errors, problem, status)


def _contact_form(
    adhesion: dict[str, Any], action: str, errors: Errors | None, problem: Refused | None, status: int
) -> Page:
    page = render_template(
        "area/contact.html",
        adhesion=adhesion,
        action=action,
        values=request.form if request.form else MultiDict({"language": current_language()}),
        errors=errors or {},
        problem=explain(problem) if problem else None,
        key=new_key(),
    )
    return Response(page, status)


# another mailbox


@pages.get("/area/delegates/<delegate_id>/mailbox")
def ask_delegates_mailbox(delegate_id: str) -> Page:
    """A delegate's new address, as the contact knows it."""
    return _mailbox_form(_delegate(delegate_id), "body")


@pages.post("/area/delegates/<delegate_id>/mailbox")
def change_delegates_mailbox(delegate_id: str) -> Page:
    """Write to the new address, which has to confirm itself."""
    delegate = _delegate(delegate_id)
    return _ask_change(delegate, "body", "change_delegates_mailbox", delegate_id=delegate_id)


@pages.get("/me/mailbox")
def ask_my_mailbox() -> Page:
    """The own new address."""
    return _mailbox_form(inside("delegate", "delegate_area")["delegate"], "delegate")


@pages.post("/me/mailbox")
def change_my_mailbox() -> Page:
    """Write to the new address, which has to confirm itself."""
    return _ask_change(inside("delegate", "delegate_area")["delegate"], "delegate", "change_my_mailbox")


@pages.get("/me/mailbox/<token>")
def ask_confirm(token: str) -> str:
    """The button that confirms the new address."""
    return render_template("delegate/confirm_mailbox.html", token=token, key=new_key())


@pages.post("/me/mailbox/<token>")
def confirm(token: str) -> Page:
    """The address counts from now on; in goes who reads it."""
    return _enter("confirm_mailbox", token, "mailbox_changed")


def _delegate(delegate_id: str) -> dict[str, Any]:
    for delegate in inside("body", "area")["delegates"]:
        if delegate["id"] == delegate_id:
            return dict(delegate)
    raise Missing("delegate")


def _ask_change(delegate: dict[str, Any], area: Any, method: str, **given: Any) -> Page:
    email = request.form.get("email", "").strip()
    errors: Errors = {"email": [code]} if (code := wrong("email", email)) else {}
    if not errors:
        try:
            inside(area, method, email=email, **given, idempotency_key=request_key())
        except Invalid as answer:
            errors = answer.errors
        except Refused as answer:
            return _mailbox_form(delegate, area, problem=answer, status=409)
    if errors:
        return _mailbox_form(delegate, area, errors, status=422)
    return redirect(url_for(INSIDE[area], done="mailbox_change_asked"), 303)


def _mailbox_form(
    delegate: dict[str, Any], area: str, errors: Errors | None = None, problem: Refused | None = None, status: int = 200
) -> Page:
    page = render_template(
        "delegate/mailbox.html",
        delegate=delegate,
        area=area,
        back=url_for(INSIDE[area]),
        values=request.form,
        errors=errors or {},
        problem=explain(problem) if problem else None,
        key=new_key(),
    )
    return Response(page, status)


def _enter(method: str, token: str, done: str) -> Page:
    try:
        opened = call("enrollment", method, token=token, idempotency_key=request_key())
    except Refused as answer:
        if answer.reason in _OF_THE_LINK:
            return dead_link(answer, token)
        raise
    open_area(opened["token"], opened["area"])
    return redirect(url_for(INSIDE[opened["area"]], done=done), 303)
