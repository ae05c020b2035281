"""Staff log-in and the dashboard."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gateway.identity import current_staff, log_in, log_out, safe_next, staff_only
from gateway.pages.furniture import optional
from gateway.pages.staff import chosen

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
    """How things stand: adhesions, people, mails. The desk goes to its appointments at once."""
    staff = current_staff()
    if staff and "secretariat" not in staff.roles:
        return redirect(url_for("staff_appointments.index"), 303)
    programme = chosen.programme()
    return render_template(
        "staff/dashboard.html",
        programme=programme,
        statistics=optional("enrollment", "statistics", programme_code=programme["code"]),
        mails=optional("notifications", "message_counts"),
    )
