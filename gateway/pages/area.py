"""A body's area: what its mailed link opens. The link is read by enrollment; the browser only keeps it, signed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing, Refused
from gateway.backend import call
from gateway.fields import wrong
from gateway.forms import new_key, request_key
from gateway.i18n import current_language
from gateway.identity import close_area, current_area, open_area
from gateway.pages.draft import Errors
from gateway.pages.furniture import optional
from gateway.words import Explanation, explain

pages = Blueprint("area", __name__)

_DELEGATE = ("given_name", "family_name", "email", "role", "gender")
_DEAD_LINKS = ("link_expired", "link_invalid")

Page = Response | BaseResponse | str


@pages.get("/area/<token>")
def door(token: str) -> str:
    """A page with one button: what opens every link of a mail must not enter."""
    return render_template("area/door.html", token=token)


@pages.post("/area/<token>")
def enter(token: str) -> Page:
    """Let this browser in, and take the link out of the address."""
    try:
        call("enrollment", "area", token=token)
    except Refused as answer:
        return dead_link(answer)
    open_area(token)
    return redirect(url_for("area.show"), 303)


@pages.get("/area/request")
def ask() -> str:
    """Where a contact asks for a new link."""
    return _ask_page()


@pages.post("/area/request")
def send_link() -> Page:
    """The same words whether the address is known or not: the page must not tell who takes part."""
    email = request.form.get("email", "").strip()
    programme_code = request.form.get("programme_code", "")
    if code := wrong("email", email):
        return Response(_ask_page({"email": [code]}), 422)
    try:
        call("enrollment", "request_area_link", email=email, programme_code=programme_code)
    except Invalid:
        return Response(_ask_page({"email": ["not_an_email"]}), 422)
    return render_template("area/sent.html")


@pages.get("/area")
def show() -> Page:
    """The adhesion, its delegates, their places and certificates."""
    return _area()


@pages.post("/area/delegates")
def register_delegate() -> Page:
    """One delegate more, as long as there are places for the body."""
    written = {name: request.form.get(f"delegate.{name}", "").strip() for name in _DELEGATE}
    found = {f"delegate.{name}": wrong(f"delegate.{name}", value) for name, value in written.items()}
    errors = {path: [code] for path, code in found.items() if code}
    if errors:
        return _area(errors=errors, status=422)
    try:
        call(
            "enrollment",
            "register_delegate",
            token=_token(),
            delegate={**written, "language": current_language()},
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _area(errors={f"delegate.{path}": codes for path, codes in answer.errors.items()}, status=422)
    except Refused as answer:
        return _area(problem=answer, status=409)
    return redirect(url_for("area.show", done="delegate_registered"), 303)


@pages.get("/area/delegates/<delegate_id>/withdraw")
def ask_withdraw_delegate(delegate_id: str) -> Page:
    """Whom it is about, before anything happens."""
    adhesion = call("enrollment", "area", token=_token())
    delegate = _find(adhesion["delegates"], delegate_id)
    return render_template("area/withdraw.html", adhesion=adhesion, delegate=delegate, key=new_key())


@pages.post("/area/delegates/<delegate_id>/withdraw")
def withdraw_delegate(delegate_id: str) -> Page:
    """The person comes no more; the place is free."""
    try:
        call(
            "enrollment",
            "withdraw_delegate",
            token=_token(),
            delegate_id=delegate_id,
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return _area(problem=answer, status=409)
    return redirect(url_for("area.show", done="delegate_withdrawn"), 303)


@pages.get("/area/withdraw")
def ask_withdraw() -> Page:
    """What withdrawing means, before anything happens."""
    adhesion = call("enrollment", "area", token=_token())
    return render_template("area/withdraw.html", adhesion=adhesion, delegate=None, key=new_key())


@pages.post("/area/withdraw")
def withdraw() -> Page:
    """The body takes part no more."""
    try:
        call("enrollment", "withdraw_adhesion", token=_token(), idempotency_key=request_key())
    except Refused as answer:
        return _area(problem=answer, status=409)
    return redirect(url_for("area.show", done="adhesion_withdrawn"), 303)


@pages.post("/area/leave")
def leave() -> BaseResponse:
    """Leave the area on this browser, as one does on a shared one."""
    close_area()
    return redirect(url_for("public.home"), 303)


def _token() -> str:
    token = current_area()
    if token is None:
        abort(redirect(url_for("area.ask"), 303))
    return token


def _find(delegates: list[dict[str, Any]], delegate_id: str) -> dict[str, Any]:
    for delegate in delegates:
        if delegate["id"] == delegate_id:
            return delegate
    raise Missing("delegate")


def _area(errors: Errors | None = None, problem: Refused | None = None, status: int = 200) -> Page:
    if problem is not None and problem.reason in _DEAD_LINKS:
        return dead_link(problem)
    try:
        adhesion = call("enrollment", "area", token=_token())
    except Refused as answer:
        return dead_link(answer)
    programme = call("enrollment", "programme", code=adhesion["programme_code"])
    delegates = [one["id"] for one in adhesion["delegates"]]
    places = optional("scheduling", "places_of", delegate_ids=delegates) if delegates else {"items": []}
    certificates = optional("certificates", "certificates_of", delegate_ids=delegates) if delegates else {"items": []}
    explanation: Explanation | None = explain(problem) if problem else None
    page = render_template(
        "area/area.html",
        adhesion=adhesion,
        programme=programme,
        active=[one for one in adhesion["delegates"] if one["state"] == "active"],
        places=_by_delegate(places),
        certificates=_by_delegate(certificates),
        values=request.form if errors or problem else MultiDict(),
        errors=errors or {},
        problem=explanation,
        key=new_key(),
    )
    return Response(page, status)


def _by_delegate(found: dict[str, Any] | None) -> dict[str, list[dict[str, Any]]] | None:
    if found is None:
        return None
    grouped: dict[str, list[dict[str, Any]]] = {}
    for item in found["items"]:
        grouped.setdefault(item["delegate_id"], []).append(item)
    return grouped


def dead_link(answer: Refused) -> Response:
    """The page for a link that has expired or never was: why, and how to get a new one."""
    if answer.reason not in _DEAD_LINKS:
        raise answer
    close_area()
    return Response(_ask_page(problem=explain(answer)), 410 if answer.reason == "link_expired" else 404)


def _ask_page(errors: Errors | None = None, problem: Explanation | None = None) -> str:
    programmes = optional("enrollment", "programmes")
    return render_template(
        "area/ask.html",
        programmes=programmes["items"] if programmes else None,
        values=request.form,
        errors=errors or {},
        problem=problem,
    )
