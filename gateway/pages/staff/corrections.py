"""What the secretariat changes in one adhesion: corrections with their reason, notes, reminders, a withdrawal.

The form of a correction carries the version that it was made from. Whoever was overtaken is shown what they wrote
beside what is there now, and may send theirs again knowingly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.forms import new_key
from gateway.i18n import gettext as _
from gateway.identity import staff_id, staff_only
from gateway.labels import label
from gateway.pages.staff.adhesions import Page, order, show_adhesion
from gateway.words import Explanation, explain

pages = Blueprint("staff_corrections", __name__)

Errors = dict[str, list[str]]

_PERSON = ("given_name", "family_name")
_PARTS = {
    "contact": (*_PERSON, "email", "phone", "office", "language"),
    "legal_representative": (*_PERSON, "title"),
    "body": ("name", "province"),
}
_DELEGATE = (*_PERSON, "email", "role", "gender")
_MAY_BE_EMPTY = ("phone", "office", "title")


@pages.get("/staff/adhesions/<adhesion_id>/correction")
@staff_only("secretariat")
def ask_correction(adhesion_id: str) -> Page:
    """The data as they are, to be corrected."""
    adhesion = call("enrollment", "adhesion", adhesion_id=adhesion_id)
    return _ask(adhesion, values_of(adhesion), adhesion["topics"])


@pages.post("/staff/adhesions/<adhesion_id>/correction")
@staff_only("secretariat")
def correct(adhesion_id: str) -> Page:
    """Keep what differs, with the reason; or show what is wrong, or who came first."""
    adhesion = call("enrollment", "adhesion", adhesion_id=adhesion_id)
    version = request.form.get("version", "")
    topics = request.form.getlist("topics")
    try:
        call(
            "enrollment",
            "correct_adhesion",
            correction=_correction(adhesion, request.form, topics),
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1,
            **order(adhesion_id),
        )
    except Invalid as answer:
        errors = {path.replace(".value.", "."): codes for path, codes in answer.errors.items()}
        return _ask(adhesion, request.form, topics, errors=errors, status=422)
    except Refused as answer:
        differences = _differences(adhesion, request.form, topics) if answer.reason == "changed_meanwhile" else []
        return _ask(adhesion, request.form, topics, problem=explain(answer), differences=differences, status=409)
    return _back(adhesion_id, "adhesion_corrected")


@pages.get("/staff/adhesions/<adhesion_id>/withdrawal")
@staff_only("secretariat")
def ask_withdrawal(adhesion_id: str) -> Page:
    """What it means for the body, and the reason."""
    return _ask_withdrawal(adhesion_id)


@pages.post("/staff/adhesions/<adhesion_id>/withdrawal")
@staff_only("secretariat")
def withdraw(adhesion_id: str) -> Page:
    """Let the body out that asked for it."""
    try:
        reason = request.form.get("reason", "")
        call("enrollment", "withdraw_adhesion_for", reason=reason, **order(adhesion_id))
    except Invalid as answer:
        return _ask_withdrawal(adhesion_id, errors=answer.errors, status=422)
    except Refused as answer:
        return _ask_withdrawal(adhesion_id, problem=explain(answer), status=409)
    return _back(adhesion_id, "adhesion_withdrawn_for")


@pages.post("/staff/adhesions/<adhesion_id>/reminders")
@staff_only("secretariat")
def remind(adhesion_id: str) -> Page:
    """Write to a body that has not finished."""
    try:
        call("enrollment", "remind", **order(adhesion_id))
    except Refused as answer:
        return show_adhesion(adhesion_id, problem=explain(answer), status=409)
    return _back(adhesion_id, "body_reminded")


@pages.post("/staff/adhesions/<adhesion_id>/notes")
@staff_only("secretariat")
def write_note(adhesion_id: str) -> Page:
    """One more note."""
    try:
        call("enrollment", "write_note", text=request.form.get("text", ""), **order(adhesion_id))
    except Invalid as answer:
        return show_adhesion(adhesion_id, errors=answer.errors, status=422)
    return _back(adhesion_id, "note_saved")


@pages.post("/staff/adhesions/<adhesion_id>/notes/<note_id>")
@staff_only("secretariat")
def change_note(adhesion_id: str, note_id: str) -> Page:
    """Write an own note anew, or delete it."""
    if request.form.get("action") == "delete":
        call("enrollment", "delete_note", note_id=note_id, actor=staff_id())
        return _back(adhesion_id, "note_deleted")
    try:
        call("enrollment", "edit_note", note_id=note_id, text=request.form.get("text", ""), actor=staff_id())
    except Invalid as answer:
        errors = {f"text-{note_id}": answer.errors["text"]}
        return show_adhesion(adhesion_id, errors=errors, status=422)
    return _back(adhesion_id, "note_saved")


def values_of(adhesion: dict[str, Any]) -> dict[str, str]:
    """What is there now, by the names of the form's fields."""
    values = {
        f"{part}.{name}": (adhesion[part] or {}).get(name) or "" for part, names in _PARTS.items() for name in names
    }
    values["institutional_email"] = adhesion["institutional_email"] or ""
    for delegate in _active(adhesion):
        values |= {f"delegates.{delegate['id']}.{name}": delegate[name] or "" for name in _DELEGATE}
    return values


def _active(adhesion: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in adhesion["delegates"] if one["state"] == "active"]


def _correction(adhesion: dict[str, Any], form: Mapping[str, str], topics: list[str]) -> dict[str, Any]:
    """What the form says of everything that it shows."""

    def part(prefix: str, names: tuple[str, ...]) -> dict[str, Any]:
        read = {name: form[f"{prefix}.{name}"].strip() for name in names if f"{prefix}.{name}" in form}
        return {name: text or (None if name in _MAY_BE_EMPTY else "") for name, text in read.items()}

    made: dict[str, Any] = {"reason": form.get("reason", ""), "topics": topics}
    for name, names in _PARTS.items():
        if fields := part(name, names):
            made[name] = fields
    if "institutional_email" in form:
        made["institutional_email"] = form["institutional_email"].strip() or None
    ids = [one["id"] for one in _active(adhesion)]
    people = {one: fields for one in ids if (fields := part(f"delegates.{one}", _DELEGATE))}
    return {**made, "delegates": people} if people else made


def _differences(adhesion: dict[str, Any], form: Mapping[str, str], topics: list[str]) -> list[tuple[str, str, str]]:
    """Field by field: what it is called, what was written into the form, what is there now."""
    names, now = field_names(adhesion), values_of(adhesion)
    found = [
        (names[path], form[path].strip(), value)
        for path, value in now.items()
        if path in form and form[path].strip() != value
    ]
    if set(topics) != set(adhesion["topics"]):
        found.append((names["topics"], ", ".join(topics), ", ".join(adhesion["topics"])))
    return found


def field_names(adhesion: dict[str, Any]) -> dict[str, str]:
    """What each field of the form is called, also in a summary of errors."""
    named = {
        "given_name": _("Given name"),
        "family_name": _("Family name"),
        "email": _("E-mail"),
        "phone": _("Phone"),
        "office": _("Office"),
        "language": _("Language of the mails"),
        "title": _("Office held"),
        "name": _("Name"),
        "province": _("Province"),
        "role": _("Role"),
        "gender": _("Gender"),
    }
    parts = {"contact": _("Contact"), "legal_representative": _("Legal representative"), "body": _("Body")}
    names = {f"{part}.{name}": f"{parts[part]}, {named[name]}" for part, fields in _PARTS.items() for name in fields}
    for number, delegate in enumerate(_active(adhesion), 1):
        who = _("Delegate %(number)s", number=number)
        names |= {f"delegates.{delegate['id']}.{name}": f"{who}, {named[name]}" for name in _DELEGATE}
    names["institutional_email"] = _("Institutional mailbox of the body")
    return {**names, "topics": _("Topics"), "reason": _("Reason")}


def _ask(
    adhesion: dict[str, Any],
    values: Mapping[str, str],
    topics: list[str],
    errors: Errors | None = None,
    problem: Explanation | None = None,
    differences: list[tuple[str, str, str]] | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "staff/correction.html",
        programme=call("enrollment", "programme", code=adhesion["programme_code"]),
        adhesion=adhesion,
        values=values,
        topics=topics,
        names=field_names(adhesion),
        errors=errors or {},
        problem=problem,
        differences=differences or [],
        choices={
            group: [(code, label(group, code)) for code in codes]
            for group, codes in (
                ("role", ("administrator", "manager", "official")),
                ("gender", ("not_said", "female", "male", "other")),
                ("language", ("it", "en")),
            )
        },
        key=new_key(),
    )
    return Response(page, status)


def _ask_withdrawal(
    adhesion_id: str, errors: Errors | None = None, problem: Explanation | None = None, status: int = 200
) -> Response:
    adhesion = call("enrollment", "adhesion", adhesion_id=adhesion_id)
    page = render_template(
        "staff/withdrawal.html",
        programme=call("enrollment", "programme", code=adhesion["programme_code"]),
        adhesion=adhesion,
        errors=errors or {},
        values=request.form,
        problem=problem,
        key=new_key(),
    )
    return Response(page, status)


def _back(adhesion_id: str, done: str) -> BaseResponse:
    return redirect(url_for("staff_adhesions.show", adhesion_id=adhesion_id, done=done), 303)
