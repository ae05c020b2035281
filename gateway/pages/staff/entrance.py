"""Staff log-in, and where it leads."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gateway.identity import current_staff, log_in, log_out, safe_next, staff_only
from gateway.pages.staff import board, chosen

pages = Blueprint("staff", __name__)

Page = Response | BaseResponse | str


@pages.get("/staff/login")
def login() -> Page:
    """The log-in form; who is already in goes on."""
    if current_staff():
        return redirect(safe_next(request.args.get("next")), 303)
    return render_template("staff/login.html", refused=False, next=request.args.get("next", ""))


@pages.post("/staff/login")
def enter() -> Page:
    """Log in. Every failure has the same words: nobody learns here which accounts exist."""
    wanted = request.form.get("next", "")
    if log_in(request.form.get("email", ""), request.form.get("password", "")) is None:
        return Response(render_template("staff/login.html", refused=True, next=wanted), 401)
    return redirect(safe_next(wanted), 303)


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
        return redirect(url_for("staff_appointments.index"), 303)
    if "administrator" in staff.roles and not request.args.get("programme") and chosen.any_programme() is None:
        return redirect(url_for("staff_programmes.index"), 303)
    return board.page()
