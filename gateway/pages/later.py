"""Save the adhesion form and go on later: what was written waits behind a link that only the mailbox gets."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Refused
from gateway.backend import call
from gateway.fields import wrong
from gateway.forms import new_key, request_key
from gateway.i18n import current_language
from gateway.pages.adhesion import first_incomplete, show_step
from gateway.pages.draft import STEPS, Draft, Errors
from gateway.words import Explanation, explain

pages = Blueprint("later", __name__)

Page = Response | BaseResponse | str


@pages.post("/programmes/<code>/adhesion/later")
def ask(code: str) -> Page:
    """Which mailbox the link goes to."""
    return _ask(code, Draft(request.form))


@pages.post("/adhesions/drafts")
def save() -> Page:
    """Keep the form. The words are the same for every mailbox."""
    code, email = request.form.get("programme_code", ""), request.form.get("email", "").strip()
    draft = Draft(request.form)
    if problem := wrong("email", email):
        return _ask(code, draft, {"email": [problem]}, status=422)
    try:
        call(
            "enrollment",
            "save_draft",
            draft={
                "programme_code": code,
                "email": email,
                "language": current_language(),
                "adhesion": draft.answers(code),
            },
            key=request_key() or new_key(),
            token=draft.token or None,
        )
    except Invalid as answer:
        return _ask(code, draft, {"email": answer.errors.get("email", ["too_long"])}, status=422)
    except Refused as answer:
        return _ask(code, draft, problem=explain(answer), status=409)
    return render_template("later/saved.html")


@pages.get("/adhesions/drafts/<token>")
def door(token: str) -> str:
    """A page with buttons: what opens every link of a mail must see nothing of what was written."""
    return render_template("later/door.html", token=token)


@pages.post("/adhesions/drafts/<token>")
def resume(token: str) -> Page:
    """The form, at the first step that is not complete."""
    try:
        kept = call("enrollment", "draft", token=token)
    except Refused as answer:
        return _gone(answer)
    programme = call("enrollment", "programme", code=kept["programme_code"])
    draft = Draft.of(kept["adhesion"], token)
    if draft.values.get("consent_version") != programme["consent_version"]:
        draft.values.pop("consent", None)
    incomplete = first_incomplete(programme, draft, STEPS)
    return show_step(programme, draft, incomplete[0] if incomplete else "summary")


@pages.post("/adhesions/drafts/<token>/deletion")
def delete(token: str) -> Page:
    """Nothing of what was written is kept."""
    try:
        call("enrollment", "delete_draft", token=token)
    except Refused as answer:
        return _gone(answer)
    return render_template("later/deleted.html")


def _ask(
    code: str, draft: Draft, errors: Errors | None = None, *, problem: Explanation | None = None, status: int = 200
) -> Response:
    programme = call("enrollment", "programme", code=code)
    draft.drop_empty_rows()
    page = render_template(
        "later/ask.html",
        programme=programme,
        draft=draft,
        values={"email": request.form.get("email") or draft.values.get("contact.email", "")},
        errors=errors or {},
        problem=problem,
        key=draft.key or new_key(),
    )
    response = Response(page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _gone(answer: Refused) -> Response:
    page = render_template("later/gone.html", problem=explain(answer))
    return Response(page, 410 if answer.reason == "draft_gone" else 404)
