"""A body's area: what its contact sees and changes there. The browser holds a token, and enrollment decides."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing, Refused
from gateway import lists, own_data
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.i18n import current_language
from gateway.pages import listed
from gateway.pages.area import inside
from gateway.pages.draft import Errors, wrong
from gateway.pages.participation import certificates_of, places_of
from gateway.words import Explanation, explain

pages = Blueprint("body_area", __name__)

_DELEGATE = ("given_name", "family_name", "email", "role", "gender")

Page = Response | BaseResponse | str


@pages.get("/area")
def show() -> Page:
    """The adhesion, its delegates, their places and certificates."""
    return _area()


@pages.get("/area/data")
def data() -> Response:
    """Everything that the body gave, and what its people hold, for whoever wants to take it along."""
    found = _all()
    return own_data.sent_as_json(found, found["adhesion"]["protocol"])


@pages.get("/area/data/document")
def data_document() -> Response:
    """The same for a person to read."""
    found = _all()
    return own_data.sent_as_document("body", found, found["adhesion"]["protocol"])


@pages.post("/area/delegates")
def register_delegate() -> Page:
    """One delegate more, as long as there are places for the body."""
    written, errors = _written()
    if errors:
        return _area(errors=errors, status=422)
    try:
        inside(
            "body",
            "register_delegate",
            delegate={**written, "language": current_language()},
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _area(errors={f"delegate.{path}": codes for path, codes in answer.errors.items()}, status=422)
    except Refused as answer:
        return _area(problem=answer, status=409)
    return redirect(url_for("body_area.show", done="delegate_registered"), 303)


@pages.post("/area/delegates/list")
def register_list() -> Page:
    """All people of a list, or none: what is wrong is shown row by row, and the good rows may be taken alone.

    Enrollment is asked before the list is held against who is there already: the same form sent twice is taken once.
    """
    content = listed.kept() if request.form.get("action") == "take" else listed.given()
    try:
        found = lists.read(content)
        if not found.wrong:
            _register_all(found.good)
            return redirect(url_for("body_area.show", done="delegates_registered", _anchor="main"), 303)
        problem = None
    except Invalid as answer:
        return _area(listing=listed.shown(listed.blamed(found, answer.errors)), status=422)
    except Refused as answer:
        problem = explain(answer)
        if answer.reason not in ("duplicate_delegate", "too_many_delegates"):
            return _area(listing={"problem": problem}, status=409)
    present = [one["email"] for one in inside("body", "area")["delegates"] if one["state"] == "active"]
    found = lists.read(content, present)
    if not found.wrong:
        return _area(listing={"problem": problem}, status=409)
    return _area(listing=listed.shown(found), status=422)


@pages.get("/area/delegates/<delegate_id>/replace")
def ask_replace_delegate(delegate_id: str) -> Page:
    """Who comes in whose stead."""
    return _ask_replace(delegate_id)


@pages.post("/area/delegates/<delegate_id>/replace")
def replace_delegate(delegate_id: str) -> Page:
    """Another person in a delegate's stead, who gets the places where the lists are open."""
    _find(inside("body", "area")["delegates"], delegate_id)
    written, errors = _written()
    if errors:
        return _ask_replace(delegate_id, errors=errors, status=422)
    try:
        call("scheduling", "check_replacement", delegate_id=delegate_id)
        inside(
            "body",
            "replace_delegate",
            delegate_id=delegate_id,
            delegate={**written, "language": current_language()},
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        found = {f"delegate.{path}": codes for path, codes in answer.errors.items()}
        return _ask_replace(delegate_id, errors=found, status=422)
    except Refused as answer:
        return _ask_replace(delegate_id, problem=answer, status=409)
    return redirect(url_for("body_area.show", done="delegate_replaced"), 303)


@pages.get("/area/delegates/<delegate_id>/withdraw")
def ask_withdraw_delegate(delegate_id: str) -> Page:
    """Whom it is about, before anything happens."""
    adhesion = inside("body", "area")
    delegate = _find(adhesion["delegates"], delegate_id)
    return render_template("area/withdraw.html", adhesion=adhesion, delegate=delegate, key=new_key())


@pages.post("/area/delegates/<delegate_id>/withdraw")
def withdraw_delegate(delegate_id: str) -> Page:
    """The person comes no more; the place is free."""
    try:
        inside(
            "body",
            "withdraw_delegate",
            delegate_id=delegate_id,
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return _area(problem=answer, status=409)
    return redirect(url_for("body_area.show", done="delegate_withdrawn"), 303)


@pages.get("/area/withdraw")
def ask_withdraw() -> Page:
    """What withdrawing means, before anything happens."""
    adhesion = inside("body", "area")
    return render_template("area/withdraw.html", adhesion=adhesion, delegate=None, key=new_key())


@pages.post("/area/withdraw")
def withdraw() -> Page:
    """The body takes part no more."""
    try:
        inside("body", "withdraw_adhesion", idempotency_key=request_key())
    except Refused as answer:
        return _area(problem=answer, status=409)
    return redirect(url_for("body_area.show", done="adhesion_withdrawn"), 303)


def _all() -> dict[str, Any]:
    return own_data.of_body(inside("body", "area"), inside("body", "area_history")["items"])


def _register_all(people: list[dict[str, str]]) -> None:
    programme = call("enrollment", "programme", code=inside("body", "area")["programme_code"])
    if len(people) > programme["places_per_body"]:
        raise Refused("too_many_delegates", max=programme["places_per_body"])
    delegates = [{**one, "language": current_language()} for one in people]
    inside("body", "register_delegates", delegates=delegates, idempotency_key=request_key())


def _written() -> tuple[dict[str, str], Errors]:
    """The delegate as typed, and what is wrong with it by field."""
    written = {name: request.form.get(f"delegate.{name}", "").strip() for name in _DELEGATE}
    found = {f"delegate.{name}": wrong(f"delegate.{name}", value) for name, value in written.items()}
    return written, {path: [code] for path, code in found.items() if code}


def _ask_replace(
    delegate_id: str, errors: Errors | None = None, problem: Refused | None = None, status: int = 200
) -> Page:
    adhesion = inside("body", "area")
    page = render_template(
        "area/replace.html",
        adhesion=adhesion,
        delegate=_find(adhesion["delegates"], delegate_id),
        values=request.form,
        errors=errors or {},
        problem=explain(problem) if problem else None,
        key=new_key(),
    )
    return Response(page, status)


def _find(delegates: list[dict[str, Any]], delegate_id: str) -> dict[str, Any]:
    for delegate in delegates:
        if delegate["id"] == delegate_id:
            return delegate
    raise Missing("delegate")


def _area(
    errors: Errors | None = None,
    problem: Refused | None = None,
    listing: dict[str, Any] | None = None,
    status: int = 200,
) -> Page:
    adhesion = inside("body", "area")
    programme = call("enrollment", "programme", code=adhesion["programme_code"])
    explanation: Explanation | None = explain(problem) if problem else None
    page = render_template(
        "area/area.html",
        adhesion=adhesion,
        programme=programme,
        active=[one for one in adhesion["delegates"] if one["state"] == "active"],
        places=places_of(adhesion["delegates"]),
        certificates=certificates_of(adhesion["delegates"]),
        values=request.form if errors or problem else MultiDict(),
        errors=errors or {},
        problem=explanation,
        listing=listing or {},
        key=new_key(),
    )
    return Response(page, status)
