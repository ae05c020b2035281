"""The programme editor: another programme is opened, and the one that there is changed, without a deploy.

A change is shown before it is made: what becomes different, whom it touches, and the questions that it asks. Nothing is
kept on the way: the confirmation carries the changes, and the version that they were seen against.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway import actors, programme_form
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.identity import staff_id, staff_only
from gateway.pages.furniture import optional
from gateway.pages.public import programme_page
from gateway.pages.staff import chosen
from gateway.words import Explanation, explain

pages = Blueprint("staff_programmes", __name__)

Page = Response | BaseResponse | str


@pages.get("/staff/programmes")
@staff_only("administrator")
def index() -> str:
    """All programmes, drafts too."""
    found = call("enrollment", "all_programme_settings")["items"]
    return render_template("staff/programmes.html", programme=chosen.any_programme(), programmes=found)


@pages.get("/staff/programmes/new")
@staff_only("administrator")
def new() -> Response:
    """The empty form, or one filled with another programme's data."""
    copied = request.args.get("copy", "")
    values: dict[str, Any] = {}
    if copied:
        values = programme_form.fill(call("enrollment", "programme_settings", code=copied))
        values["code"] = values["protocol_prefix"] = ""
    return _form(values, None)


@pages.post("/staff/programmes")
@staff_only("administrator")
def create() -> Page:
    """A draft, which only administrators see."""
    data, errors = programme_form.read(request.form)
    if not errors:
        try:
            made = call(
                "enrollment",
                "open_programme",
                programme=data,
                actor=staff_id(),
                draft=True,
                idempotency_key=request_key(),
            )
            return redirect(url_for("staff_programmes.show", code=made["code"], done="programme_drafted"), 303)
        except Invalid as answer:
            errors = _by_field(answer.errors)
        except Refused as answer:
            return _form(_typed(), None, problem=explain(answer), status=409)
    return _form(_typed(), None, errors=errors, status=422)


@pages.get("/staff/programmes/<code>")
@staff_only("administrator")
def show(code: str) -> Response:
    """One programme: how it stands, what can be done with it, and the history of its changes."""
    return _show(code)


@pages.get("/staff/programmes/<code>/preview")
@staff_only("administrator")
def preview(code: str) -> str:
    """The public page as it will look."""
    return programme_page(call("enrollment", "programme_settings", code=code))


@pages.get("/staff/programmes/<code>/edit")
@staff_only("administrator")
def edit(code: str) -> Response:
    """The form with the programme's data."""
    edited = call("enrollment", "programme_settings", code=code)
    return _form({**programme_form.fill(edited), "version": edited["version"]}, edited)


@pages.post("/staff/programmes/<code>/edit")
@staff_only("administrator")
def check(code: str) -> Page:
    """Show what the change would do. A draft touches nobody: it is changed at once."""
    edited = call("enrollment", "programme_settings", code=code)
    data, errors = programme_form.read(request.form)
    if errors:
        return _form(_typed(), edited, errors=errors, status=422)
    before = programme_form.fill(edited)
    after = programme_form.fill(data)
    changes = {name: value for name, value in data.items() if before[name] != after[name]}
    try:
        if edited["draft"]:
            return _change(code, changes, ())
        seen = call("enrollment", "preview_programme", code=code, changes=changes)
    except Invalid as answer:
        return _form(_typed(), edited, errors=_by_field(answer.errors), status=422)
    except Refused as answer:
        return _form(_typed(), edited, problem=explain(answer), status=409)
    if not seen["changes"]:
        return redirect(url_for("staff_programmes.show", code=code, done="nothing_changed"), 303)
    return _ask(edited, seen, changes)


@pages.post("/staff/programmes/<code>/change")
@staff_only("administrator")
def change(code: str) -> Page:
    """Make the change that was shown, with the answers to its questions."""
    try:
        changes = programme_form.changes_of(request.form.get("changes", ""))
    except ValueError as error:
        raise BadRequest() from error
    try:
        return _change(code, changes, request.form.getlist("accepted"))
    except Refused as answer:
        if answer.reason == "changed_meanwhile":
            return _show(code, explain(answer), 409)
        seen = call("enrollment", "preview_programme", code=code, changes=changes)
        edited = call("enrollment", "programme_settings", code=code)
        return _ask(edited, seen, changes, explain(answer), 409)


@pages.get("/staff/programmes/<code>/window")
@staff_only("administrator")
def ask_window(code: str) -> Response:
    """What opening or closing adhesions at this moment means."""
    return _ask_window(code)


@pages.post("/staff/programmes/<code>/window")
@staff_only("administrator")
def move_window(code: str) -> Page:
    """Open adhesions before their time, or close them."""
    try:
        call(
            "enrollment",
            "move_adhesion_window",
            code=code,
            move=request.form.get("move", ""),
            actor=staff_id(),
            version=_version(),
            accepted=request.form.getlist("accepted"),
            idempotency_key=request_key(),
        )
    except Invalid as error:
        raise BadRequest() from error
    except Refused as answer:
        return _ask_window(code, explain(answer), 409)
    return redirect(url_for("staff_programmes.show", code=code, done="programme_changed"), 303)


@pages.post("/staff/programmes/<code>/publish")
@staff_only("administrator")
def publish(code: str) -> Page:
    """The draft becomes public."""
    try:
        call(
            "enrollment",
            "publish_programme",
            code=code,
            actor=staff_id(),
            version=_version(),
            idempotency_key=request_key(),
        )
    except Refused as answer:
        return _show(code, explain(answer), 409)
    return redirect(url_for("staff_programmes.show", code=code, done="programme_published"), 303)


def _change(code: str, changes: dict[str, Any], accepted: Any) -> BaseResponse:
    changed = call(
        "enrollment",
        "change_programme",
        code=code,
        changes=changes,
        actor=staff_id(),
        version=_version(),
        accepted=list(accepted),
        idempotency_key=request_key(),
    )
    return redirect(url_for("staff_programmes.show", code=changed["code"], done="programme_changed"), 303)


def _version() -> int:
    """The version that the administrator has seen; without it nothing is changed."""
    given = request.form.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        raise BadRequest()
    return int(given)


def _typed() -> dict[str, Any]:
    """What stood in the form, to be shown again."""
    return {**request.form.to_dict(), "kinds": request.form.getlist("kinds")}


def _by_field(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """The complaints by field of the form, where one field holds several of the programme's."""
    return {path.partition(".")[0]: codes for path, codes in errors.items()}


def _form(
    values: dict[str, Any],
    edited: dict[str, Any] | None,
    errors: dict[str, list[str]] | None = None,
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "staff/programme_form.html",
        programme=chosen.any_programme(),
        edited=edited,
        sections=programme_form.SECTIONS,
        fields=programme_form.FIELDS,
        kinds=programme_form.KINDS,
        values=values,
        errors=errors or {},
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)


def _show(code: str, problem: Explanation | None = None, status: int = 200) -> Response:
    edited = call("enrollment", "programme_settings", code=code)
    history = call(
        "enrollment",
        "programme_history",
        code=code,
        limit=chosen.PAGE,
        cursor=request.args.get("cursor") or None,
    )
    page = render_template(
        "staff/programme.html",
        programme=chosen.any_programme(),
        edited=edited,
        history=[{**one, "changes": programme_form.told(one["changes"])} for one in history["items"]],
        people=actors.names({one["actor"] for one in history["items"]}),
        problem=problem,
        key=new_key(),
        **chosen.paged(history, url_for("staff_programmes.show", code=code)),
    )
    return Response(page, status)


def _ask(
    edited: dict[str, Any],
    seen: dict[str, Any],
    changes: dict[str, Any],
    problem: Explanation | None = None,
    status: int = 200,
) -> Response:
    """The confirmation, with what other services know of the consequences."""
    effect = None
    if any(one["reason"].startswith("threshold") for one in seen["objections"]):
        effect = optional(
            "certificates",
            "threshold_effect",
            programme_id=edited["programme_id"],
            minutes=changes["certificate_minutes"],
        )
    page = render_template(
        "staff/programme_change.html",
        programme=chosen.any_programme(),
        edited=edited,
        version=request.form.get("version", edited["version"]),
        changes=programme_form.told(seen["changes"]),
        objections=_explained(seen["objections"]),
        refused=any(not one["asks"] for one in seen["objections"]),
        effect=effect,
        carried=json.dumps(changes),
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)


def _explained(objections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "words": explain(Refused(one["reason"], **one["facts"]))} for one in objections]


def _ask_window(code: str, problem: Explanation | None = None, status: int = 200) -> Response:
    edited = call("enrollment", "programme_settings", code=code)
    page = render_template(
        "staff/programme_window.html",
        programme=chosen.any_programme(),
        edited=edited,
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)
