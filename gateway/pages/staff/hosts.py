"""The places that may hold a training day: found, added from the registry, changed, closed on some dates."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway import offers
from gateway.backend import call
from gateway.calendar_text import closures_read, closures_shown
from gateway.forms import new_key, request_key
from gateway.identity import staff_only
from gateway.pages.staff import chosen
from gateway.words import Explanation, explain

pages = Blueprint("staff_hosts", __name__)

LARGEST_LIST = 900_000
Page = Response | BaseResponse | str
Errors = dict[str, list[str]]


@pages.get("/staff/hosts")
@staff_only("secretariat")
def index() -> Page:
    """The places by name, those with some words, those that are left out."""
    filters = chosen.asked("query", "usable")
    usable = {"yes": True, "no": False}.get(filters.get("usable", ""))
    found = call(
        "scheduling",
        "hosts",
        limit=chosen.PAGE,
        cursor=request.args.get("cursor") or None,
        query=filters.get("query"),
        usable=usable,
    )
    return render_template(
        "staff/hosts.html",
        programme=chosen.programme(),
        hosts=found["items"],
        filters=filters,
        **chosen.paged(found, url_for("staff_hosts.index")),
    )


@pages.get("/staff/hosts/new")
@staff_only("secretariat")
def choose() -> Page:
    """Look for the municipality in which there is a place."""
    query = request.args.get("query", "").strip()[:100]
    bodies = call("enrollment", "search_bodies", query=query, limit=20)["items"] if len(query) > 1 else []
    return render_template(
        "staff/host_new.html", programme=chosen.programme(), query=query, bodies=bodies, key=new_key()
    )


@pages.post("/staff/hosts")
@staff_only("secretariat")
def add() -> Page:
    """Put the municipality's council room on the list; what is known better is changed on its page."""
    code = request.form.get("body_code", "")[:40]
    if not code:
        return redirect(url_for("staff_hosts.choose"), 303)
    given = offers.from_registry(code, {"venue": offers.USUAL_VENUE})
    try:
        call("scheduling", "add_host", host=given, idempotency_key=request_key())
    except Refused:
        return redirect(url_for("staff_hosts.show", host_code=code), 303)
    return redirect(url_for("staff_hosts.show", host_code=code, done="host_added"), 303)


@pages.get("/staff/hosts/closures")
@staff_only("secretariat")
def ask_closures() -> Page:
    """The form for a list of closed dates."""
    return _closures()


@pages.post("/staff/hosts/closures")
@staff_only("secretariat")
def import_closures() -> Page:
    """Take in a list of closed dates, all or nothing."""
    content = request.form.get("content", "")
    uploaded = request.files.get("file")
    if uploaded is not None and uploaded.filename:
        raw = uploaded.read(LARGEST_LIST + 1)
        if len(raw) > LARGEST_LIST:
            return _closures(errors={"file": ["too_long"]}, status=422)
        try:
            content = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            content = raw.decode("cp1252", errors="replace")
    try:
        done = call("scheduling", "import_closures", content=content, idempotency_key=request_key())
    except Invalid as answer:
        return _closures(errors=answer.errors, status=422)
    except Refused as answer:
        return _closures(problem=explain(answer), status=409)
    return _closures(imported=done)


@pages.get("/staff/hosts/<host_code>")
@staff_only("secretariat")
def show(host_code: str) -> Page:
    """One place."""
    return _show(host_code)


@pages.post("/staff/hosts/<host_code>")
@staff_only("secretariat")
def change(host_code: str) -> Page:
    """Change it, unless somebody was faster."""
    form, errors = request.form, Errors()
    capacity, version = form.get("capacity", "").strip(), form.get("version", "")
    if capacity and not (capacity.isascii() and capacity.isdigit() and len(capacity) < 6):
        errors["capacity"] = ["not_a_number"]
    changes: dict[str, Any] = {
        "venue": form.get("venue", ""),
        "address": form.get("address", ""),
        "usable": form.get("usable") == "yes",
    }
    try:
        changes["closures"] = closures_read(form.get("closures", ""), "closures")
    except Invalid as answer:
        errors |= answer.errors
    if errors:
        return _show(host_code, errors=errors, status=422)
    changes["capacity"] = int(capacity) if capacity else None
    try:
        call(
            "scheduling",
            "change_host",
            code=host_code,
            changes=changes,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
            idempotency_key=request_key(),
        )
    except Invalid as answer:
        errors = {path.partition(".")[0]: codes for path, codes in answer.errors.items()}
        return _show(host_code, errors=errors, status=422)
    except Refused as answer:
        return _show(host_code, problem=explain(answer), status=409)
    return redirect(url_for("staff_hosts.show", host_code=host_code, done="host_changed"), 303)


def _show(code: str, errors: Errors | None = None, problem: Explanation | None = None, status: int = 200) -> Response:
    host = call("scheduling", "host", code=code)
    values = request.form if errors or problem else _values(host)
    page = render_template(
        "staff/host.html",
        programme=chosen.programme(),
        host=host,
        values=values,
        usable=values.get("usable") == "yes",
        errors=errors or {},
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)


def _values(host: dict[str, Any]) -> dict[str, str]:
    return {
        "venue": host["venue"],
        "address": host["address"],
        "capacity": "" if host["capacity"] is None else str(host["capacity"]),
        "usable": "yes" if host["usable"] else "",
        "closures": closures_shown(host["closures"]),
        "version": str(host["version"]),
    }


def _closures(
    errors: Errors | None = None,
    problem: Explanation | None = None,
    imported: dict[str, int] | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "staff/closures.html",
        programme=chosen.programme(),
        values=request.form if imported is None else {},
        errors=errors or {},
        problem=problem,
        imported=imported,
        key=new_key(),
    )
    return Response(page, status)
