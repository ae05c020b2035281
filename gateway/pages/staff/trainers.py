"""Who teaches: what they know, from where, on how many days, and when not. And the calendar's rules."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

import seeds
from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.calendar_text import dates_read, dates_shown, pauses_read, pauses_shown
from gateway.forms import new_key, request_key
from gateway.identity import staff_only
from gateway.pages.staff import chosen
from gateway.words import Explanation, explain

pages = Blueprint("staff_trainers", __name__)

Page = Response | BaseResponse | str
Errors = dict[str, list[str]]


@pages.get("/staff/trainers")
@staff_only("secretariat")
def index() -> Page:
    """Everybody who teaches."""
    trainers = call("scheduling", "trainers")["items"]
    return render_template("staff/trainers.html", programme=chosen.programme(), trainers=trainers)


@pages.get("/staff/trainers/new")
@staff_only("secretariat")
def new() -> Page:
    """The form for another one."""
    return _form(None, {"all_topics": "yes", "usable": "yes"})


@pages.post("/staff/trainers")
@staff_only("secretariat")
def add() -> Page:
    """Take somebody on."""
    errors, given = _read()
    if errors:
        return _form(None, request.form, errors=errors, status=422)
    try:
        made = call("scheduling", "add_trainer", trainer=given, idempotency_key=request_key())
    except Invalid as answer:
        return _form(None, request.form, errors=_by_field(answer.errors), status=422)
    return redirect(url_for("staff_trainers.show", trainer_id=made["id"], done="trainer_added"), 303)


@pages.get("/staff/trainers/<trainer_id>")
@staff_only("secretariat")
def show(trainer_id: str) -> Page:
    """One trainer."""
    trainer = call("scheduling", "trainer", trainer_id=trainer_id)
    return _form(trainer, _values(trainer))


@pages.post("/staff/trainers/<trainer_id>")
@staff_only("secretariat")
def change(trainer_id: str) -> Page:
    """Change what is known of them, unless somebody was faster."""
    trainer = call("scheduling", "trainer", trainer_id=trainer_id)
    errors, given = _read()
    if errors:
        return _form(trainer, request.form, errors=errors, status=422)
    try:
        call(
            "scheduling",
            "change_trainer",
            trainer_id=trainer_id,
            changes=given,
            version=_version(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _form(trainer, request.form, errors=_by_field(answer.errors), status=422)
    except Refused as answer:
        return _form(trainer, request.form, problem=explain(answer), status=409)
    return redirect(url_for("staff_trainers.show", trainer_id=trainer_id, done="trainer_changed"), 303)


@pages.get("/staff/calendar-rules")
@staff_only("secretariat")
def rules() -> Page:
    """The rules of the calendar."""
    found = call("scheduling", "calendar_rules", programme_id=chosen.programme()["programme_id"])
    values = {
        "days_per_date": found["days_per_date"],
        "days_per_week": "" if found["days_per_week"] is None else found["days_per_week"],
        "reachable_km": round(found["reachable_km"]),
        "pauses": pauses_shown(found["pauses"]),
        "closed_dates": dates_shown(found["closed_dates"]),
        "version": found["version"],
    }
    return _rules(values)


@pages.post("/staff/calendar-rules")
@staff_only("secretariat")
def change_rules() -> Page:
    """Set them anew, unless somebody was faster."""
    programme, form, errors = chosen.programme(), request.form, Errors()
    given: dict[str, Any] = {}
    for name, required in (("days_per_date", True), ("days_per_week", False), ("reachable_km", True)):
        given[name] = _number(name, errors, required)
    for name, read in (("pauses", pauses_read), ("closed_dates", dates_read)):
        try:
            given[name] = read(form.get(name, ""), name)
        except Invalid as answer:
            errors |= answer.errors
    if errors:
        return _rules(form, errors=errors, status=422)
    try:
        call(
            "scheduling",
            "change_calendar_rules",
            programme_id=programme["programme_id"],
            rules=given,
            version=_version(),
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        return _rules(form, errors=_by_field(answer.errors), status=422)
    except Refused as answer:
        return _rules(form, problem=explain(answer), status=409)
    return redirect(url_for("staff_trainers.rules", programme=programme["code"], done="rules_changed"), 303)


def _read() -> tuple[Errors, dict[str, Any]]:
    """What the form says of a trainer, and what is wrong with it."""
    form, errors = request.form, Errors()
    given: dict[str, Any] = {"name": form.get("name", ""), "home": form.get("home", "").strip()}
    for name in ("name", "home"):
        if not given[name].strip():
            errors[name] = ["required"]
    if given["home"]:
        point = _towns().get(given["home"].casefold())
        if point is None:
            errors["home"] = ["unknown_town"]
        else:
            given |= {"latitude": point[0], "longitude": point[1]}
    given["skills"] = None if form.get("all_topics") == "yes" else form.getlist("skills")
    if given["skills"] == []:
        errors["skills"] = ["at_least_one"]
    for name in ("most_days", "most_a_week"):
        given[name] = _number(name, errors, required=False)
    try:
        given["unavailable"] = dates_read(form.get("unavailable", ""), "unavailable")
    except Invalid as answer:
        errors |= answer.errors
    given["usable"] = form.get("usable") == "yes"
    return errors, given


def _number(name: str, errors: Errors, required: bool) -> int | None:
    text = request.form.get(name, "").strip()
    if not text:
        if required:
            errors[name] = ["required"]
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        errors[name] = ["not_a_number"]
        return None
    return int(text)


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _by_field(errors: Errors) -> Errors:
    """Complaints about single dates or topics belong to the field that holds them all."""
    return {path.partition(".")[0].replace("latitude", "home"): codes for path, codes in errors.items()}


@cache
def _towns() -> dict[str, tuple[float, float]]:
    """Where each municipality lies, by its name alone (the largest of that name) and with its province."""
    found: dict[str, tuple[float, float]] = {}
    for town in sorted(seeds.municipalities(), key=lambda row: row.population or 0):
        point = (town.latitude, town.longitude)
        for name in (town.name, town.name_other):
            if name:
                found[name.casefold()] = found[f"{name} ({town.province})".casefold()] = point
    return found


def _values(trainer: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": trainer["name"],
        "home": trainer["home"],
        "all_topics": "yes" if trainer["skills"] is None else "",
        "skills": trainer["skills"] or [],
        "most_days": "" if trainer["most_days"] is None else trainer["most_days"],
        "most_a_week": "" if trainer["most_a_week"] is None else trainer["most_a_week"],
        "unavailable": dates_shown(trainer["unavailable"]),
        "usable": "yes" if trainer["usable"] else "",
        "version": trainer["version"],
    }


def _form(
    trainer: dict[str, Any] | None,
    values: Any,
    errors: Errors | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "staff/trainer.html",
        programme=chosen.programme(),
        trainer=trainer,
        values=values,
        known=values.getlist("skills") if hasattr(values, "getlist") else values.get("skills", []),
        errors=errors or {},
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)


def _rules(
    values: Any, errors: Errors | None = None, problem: Explanation | None = None, status: int = 200
) -> Response:
    page = render_template(
        "staff/calendar_rules.html",
        programme=chosen.programme(),
        values=values,
        errors=errors or {},
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)
