"""The doors of the areas: what a mailed link leads to, and how to get another link.

Opening a link shows a page with one button, and the button uses the link up: mail gateways open every link of a mail,
and must neither enter nor spoil it for the person.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.fields import wrong
from gateway.forms import new_key, request_key
from gateway.identity import Area, close_area, current_area, open_area
from gateway.pages.draft import Errors
from gateway.pages.furniture import optional
from gateway.words import Explanation, explain

pages = Blueprint("area", __name__)

INSIDE = {"body": "body_area.show", "delegate": "delegate.show"}
_RENEWABLE = ("link_expired", "link_used", "area_closed")
_DEAD = (*_RENEWABLE, "link_invalid", "nomination_over", "mailbox_change_over")

Page = Response | BaseResponse | str


@pages.get("/area/<token>")
def door(token: str) -> str:
    """The way into a body's area."""
    return render_template("area/door.html", token=token, area="body", key=new_key())


@pages.get("/me/<token>")
def own_door(token: str) -> str:
    """The way to a delegate's own page."""
    return render_template("area/door.html", token=token, area="delegate", key=new_key())


@pages.post("/area/<token>")
@pages.post("/me/<token>", endpoint="enter_own")
def enter(token: str) -> Page:
    """Use the link up, let this browser in, and take the link out of the address."""
    try:
        opened = call("enrollment", "open_area", token=token, idempotency_key=request_key())
    except Refused as answer:
        return dead_link(answer, token)
    open_area(opened["token"], opened["area"])
    return redirect(url_for(INSIDE[opened["area"]]), 303)


@pages.get("/area/request")
def ask() -> str:
    """Where a contact or a delegate asks for a new link."""
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


@pages.post("/area/renew")
def renew() -> Page:
    """A new link to where the old one went; nobody has to type, or learn, the address."""
    try:
        call("enrollment", "renew_area_link", token=request.form.get("token", ""))
    except Refused as answer:
        return dead_link(answer)
    return render_template("area/sent.html", renewed=True)


@pages.post("/area/leave")
def leave() -> BaseResponse:
    """Leave the body's area, as one does on a shared computer."""
    return _leave("body")


@pages.post("/me/leave")
def leave_own() -> BaseResponse:
    """Leave the delegate's own page."""
    return _leave("delegate")


def _leave(area: Area) -> BaseResponse:
    if token := current_area(area):
        call("enrollment", "close_area", token=token)
    close_area(area)
    return redirect(url_for("public.home"), 303)


def inside(area: Area, method: str, **given: Any) -> Any:
    """Ask enrollment with the token of the area that this browser has open; without a good one, show the way in."""
    token = current_area(area)
    if token is None:
        abort(redirect(url_for("area.ask"), 303))
    try:
        return call("enrollment", method, token=token, **given)
    except Refused as answer:
        if answer.reason == "area_closed":
            abort(dead_link(answer, token, area))
        raise


def dead_link(answer: Refused, token: str = "", area: Area = "body") -> Response:
    """The page for a link, or an area, that is good no more: why, and a new one with one click where there was one."""
    if answer.reason not in _DEAD:
        raise answer
    if answer.reason == "area_closed":
        close_area(area)
    page = _ask_page(problem=explain(answer), dead=token if answer.reason in _RENEWABLE else "")
    return Response(page, 404 if answer.reason == "link_invalid" else 410)


def _ask_page(errors: Errors | None = None, problem: Explanation | None = None, dead: str = "") -> str:
    programmes = optional("enrollment", "programmes")
    return render_template(
        "area/ask.html",
        programmes=programmes["items"] if programmes else None,
        values=request.form,
        errors=errors or {},
        problem=problem,
        dead=dead,
        inside=[area for area in INSIDE if problem and current_area(cast(Area, area))],
    )
