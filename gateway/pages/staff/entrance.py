"""Staff log-in, in one step or two, and where it leads."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused, Unavailable
from gateway import oidc, second_factor
from gateway.accounts import Staff
from gateway.entering import (
    come_in,
    first_step,
    half_in,
    keep_for_provider,
    kept_for_provider,
    second_step,
    vault,
    wait_for_second_step,
)
from gateway.identity import current_staff, log_out, safe_next, settings, staff_only, store
from gateway.pages.staff import board, chosen, desks
from gateway.words import explain

pages = Blueprint("staff", __name__)

Page = Response | BaseResponse | str


@pages.get("/staff/login")
def login() -> Page:
    """The log-in form; who is already in goes on."""
    if current_staff():
        return redirect(safe_next(request.args.get("next")), 303)
    return _login(request.args.get("next", ""))


@pages.post("/staff/login")
def enter() -> Page:
    """The first step. Every failure has the same words: nobody learns here which accounts exist."""
    wanted = request.form.get("next", "")
    staff = first_step(request.form.get("email", ""), request.form.get("password", ""))
    if staff is None:
        return Response(_login(wanted, refused=True), 401)
    return go_on(staff, wanted)


def go_on(staff: Staff, wanted: str) -> BaseResponse:
    """In, or to the second step."""
    missing = second_step(staff)
    if missing is None:
        come_in(staff)
        return redirect(safe_next(wanted), 303)
    if missing == "enrolment":
        second_factor.begin(store(), vault(), staff)
    wait_for_second_step(staff)
    return redirect(url_for("staff.code" if missing == "code" else "staff.enrol", next=wanted or None), 303)


@pages.get("/staff/login/code")
def code() -> Page:
    """Where the code of the authenticator is written."""
    _half_in()
    return render_template("staff/code.html", refused=False, next=request.args.get("next", ""))


@pages.post("/staff/login/code")
def enter_code() -> Page:
    """The second step: a code of the authenticator, or a recovery code."""
    staff, wanted = _half_in(), request.form.get("next", "")
    if not second_factor.takes(store(), vault(), staff, request.form.get("code", "")):
        return Response(render_template("staff/code.html", refused=True, next=wanted), 401)
    come_in(staff)
    return redirect(safe_next(wanted), 303)


@pages.get("/staff/login/enrol")
def enrol() -> Page:
    """The role needs a second factor, and there is none yet: it is set up here."""
    return _enrol(request.args.get("next", ""))


@pages.post("/staff/login/enrol")
def finish_enrolment() -> Page:
    """The first code puts it in force; the recovery codes are shown this once."""
    staff, wanted = _half_in(), request.form.get("next", "")
    try:
        codes = second_factor.confirm(store(), vault(), staff, request.form.get("code", ""))
    except Invalid as answer:
        return Response(_enrol(wanted, answer.errors), 422)
    except Refused:
        return redirect(url_for("staff.login"), 303)
    come_in(staff)
    return render_template("staff/account/recovery_codes.html", codes=codes, go_on=safe_next(wanted))


@pages.get("/staff/login/oidc")
def ask_provider() -> Page:
    """To the identity provider, which sends the browser back."""
    if not settings().oidc_issuer:
        raise NotFound()
    try:
        url, held = oidc.begin(settings())
    except Unavailable:
        return Response(_login("", problem="oidc_unavailable"), 503, headers={"Retry-After": "30"})
    keep_for_provider({**held, "next": request.args.get("next", "")})
    return redirect(url, 303)


@pages.get(oidc.CALLBACK)
def hear_provider() -> Page:
    """Back from the identity provider. The same browser must have gone there, for this very log-in."""
    if not settings().oidc_issuer:
        raise NotFound()
    held = kept_for_provider()
    try:
        if held is None:
            raise Refused("oidc_failed")
        staff = oidc.find(store(), settings(), oidc.claims_of(settings(), request.args.to_dict(), held))
    except Unavailable:
        return Response(_login("", problem="oidc_unavailable"), 503, headers={"Retry-After": "30"})
    except Refused as answer:
        return Response(_login("", problem=answer.reason), 401)
    come_in(staff)
    return redirect(safe_next(held["next"]), 303)


@pages.get("/staff/login/qr.svg")
def qr() -> Response:
    """The secret that waits to be confirmed, for the authenticator's camera."""
    return qr_for(half_in())


def qr_for(staff: Staff | None) -> Response:
    """The code of a secret that is not in force yet; once it is, nobody sees it again."""
    secret = second_factor.pending(store(), vault(), staff) if staff else None
    if staff is None or secret is None:
        raise NotFound()
    address = second_factor.address_of(secret, staff, settings().site_name)
    return Response(second_factor.drawn(address), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@pages.post("/staff/logout")
def logout() -> BaseResponse:
    """End the session, here and on the server."""
    log_out()
    return redirect(url_for("public.home"), 303)


@pages.get("/staff")
@staff_only()
def dashboard() -> Page:
    """The dashboard; for the desk its appointments, and where there is no programme the page on which one is made."""
    staff = current_staff()
    assert staff is not None
    if "secretariat" not in staff.roles:
        return desks.own()
    if "administrator" in staff.roles and not request.args.get("programme") and chosen.any_programme() is None:
        return redirect(url_for("staff_programmes.index"), 303)
    return board.page()


def _login(wanted: str, refused: bool = False, problem: str | None = None) -> str:
    return render_template(
        "staff/login.html",
        refused=refused,
        problem=explain(Refused(problem)) if problem else None,
        next=wanted,
        provider=settings().oidc_name if settings().oidc_issuer else None,
    )


def _half_in() -> Staff:
    staff = half_in()
    if staff is None:
        abort(redirect(url_for("staff.login"), 303))
    return staff


def _enrol(wanted: str, errors: dict[str, list[str]] | None = None) -> str:
    secret = second_factor.pending(store(), vault(), _half_in())
    if secret is None:
        abort(redirect(url_for("staff.login"), 303))
    return render_template("staff/enrol.html", secret=secret, errors=errors or {}, next=wanted)
