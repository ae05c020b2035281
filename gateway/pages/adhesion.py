"""The adhesion form in the official steps (notice, body, people and topics, summary), and its confirmation by mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from chassis.refusal import Invalid, Missing, Refused
from gateway import lists
from gateway.backend import call
from gateway.forms import new_key, request_key
from gateway.i18n import current_language
from gateway.i18n import gettext as _
from gateway.pages import listed
from gateway.pages.area import dead_link
from gateway.pages.draft import STEPS, Draft, Errors
from gateway.pages.receipt import DIGEST
from gateway.words import Explanation, explain

pages = Blueprint("adhesion", __name__)

_PROTOCOL = re.compile(r"[A-Z]{2,6}-\d{4}-\d{1,9}")
_LONGEST_QUERY = 100
_STEP_OF_REASON = {
    "consent_missing": "notice",
    "wrong_consent_version": "notice",
    "unknown_body": "body",
    "kind_not_admitted": "body",
    "population_out_of_band": "body",
    "already_joined": "body",
    "too_many_of_role": "people",
    "places_kept_for_role": "people",
}


@pages.get("/programmes/<code>/adhesion")
def start(code: str) -> Response | str:
    """The first step: the privacy notice."""
    programme = call("enrollment", "programme", code=code)
    if programme["state"] != "open":
        return render_template("adhesion/closed.html", programme=programme, problem=_why_closed(programme))
    return show_step(programme, Draft(request.form), "notice")


@pages.get("/programmes/<code>/adhesion/bodies")
def bodies(code: str) -> str:
    """The results of a search alone, for the page that searches while the clerk types."""
    query = request.args.get("query", "").strip()[:_LONGEST_QUERY]
    found = call("enrollment", "search_bodies", query=query, limit=10)["items"] if query else []
    return render_template("adhesion/bodies.html", query=query, found=found, code=code)


@pages.post("/programmes/<code>/adhesion")
def proceed(code: str) -> Response | BaseResponse | str:
    """Take the answers of one step and show the next, or the same with what is to be corrected."""
    programme = call("enrollment", "programme", code=code)
    step, action = request.form.get("step", "notice"), request.form.get("action", "next")
    if step not in STEPS:
        abort(400)
    draft = Draft(request.form)
    verb, _colon, what = action.partition(":")
    if verb == "back":
        return show_step(programme, draft, STEPS[max(0, STEPS.index(step) - 1)])
    if verb == "to" and what in STEPS[: STEPS.index(step)]:
        return show_step(programme, draft, what)
    if step == "body" and verb != "next":
        return _choose_body(programme, draft, verb, what)
    if step == "people" and verb in ("add", "remove"):
        return _change_rows(programme, draft, verb, what)
    if step == "people":
        draft.drop_empty_rows()
    if step == "people" and verb in ("list", "take"):
        return _take_list(programme, draft, listed.given() if verb == "list" else listed.kept())
    incomplete = first_incomplete(programme, draft, STEPS[: STEPS.index(step) + 1])
    if incomplete:
        return show_step(programme, draft, *incomplete, status=422)
    if step == "body" and not draft.is_supra_municipal:
        verdict = call("enrollment", "eligibility", programme_code=code, body_code=draft.values["body_code"])
        if not verdict["eligible"]:
            return show_step(programme, draft, "body", status=409)
    if step == "people":
        try:
            _check_roles(programme, draft.delegates)
        except Refused as answer:
            return show_step(programme, draft, "people", problem=explain(answer), status=409)
    if step != "summary":
        return show_step(programme, draft, STEPS[STEPS.index(step) + 1])
    return _send(programme, draft)


@pages.get("/programmes/<code>/adhesion/received")
def received(code: str) -> str:
    """What happens next, under the protocol number; nothing of what was written is shown here."""
    protocol = request.args.get("protocol", "")
    if not _PROTOCOL.fullmatch(protocol):
        abort(404)
    programme = call("enrollment", "programme", code=code)
    digest = request.args.get("receipt", "")
    digest = digest if DIGEST.fullmatch(digest) else ""
    return render_template("adhesion/received.html", programme=programme, protocol=protocol, digest=digest)


@pages.get("/adhesions/confirm/<token>")
def confirmation(token: str) -> str:
    """A page with one button: the programs that open every link of a mail must not confirm anything."""
    return render_template("adhesion/confirm.html", token=token)


@pages.post("/adhesions/confirm/<token>")
def confirm(token: str) -> Response | str:
    """The contact reads this mailbox: the adhesion goes on. A second click answers the same."""
    try:
        adhesion = call("enrollment", "confirm_adhesion", token=token, idempotency_key=request_key())
    except Refused as answer:
        if answer.reason == "link_expired":
            return Response(render_template("adhesion/expired.html", token=token, problem=explain(answer)), 410)
        return dead_link(answer)
    programme = call("enrollment", "programme", code=adhesion["programme_code"])
    return render_template("adhesion/confirmed.html", adhesion=adhesion, programme=programme)


@pages.post("/adhesions/confirm/<token>/renewal")
def renew(token: str) -> Response | str:
    """A fresh link in the mailbox that the expired one went to."""
    try:
        call("enrollment", "request_confirmation_link", token=token)
    except Refused as answer:
        return dead_link(answer)
    return render_template("adhesion/renewed.html")


def _why_closed(programme: dict[str, Any]) -> Explanation:
    if programme["state"] == "upcoming":
        return explain(Refused("adhesions_not_open_yet", opens_at=programme["adhesion_opens"]))
    return explain(Refused("adhesions_closed", closed_at=programme["adhesion_closes"]))


def _places(programme: dict[str, Any]) -> int:
    return int(programme["places_per_body"])


def first_incomplete(programme: dict[str, Any], draft: Draft, steps: Sequence[str]) -> tuple[str, Errors] | None:
    """The first of the steps that has something to be corrected, and what that is."""
    topics = [topic["code"] for topic in programme["topics"]]
    for step in steps:
        errors = draft.complaints(step, topics, _places(programme))
        if errors:
            return step, errors
    return None


def _send(programme: dict[str, Any], draft: Draft) -> Response | BaseResponse | str:
    try:
        adhesion = call(
            "enrollment",
            "submit_adhesion",
            adhesion=draft.answers(programme["code"]),
            idempotency_key=request_key(),
            draft=draft.token or None,
        )
    except Invalid as answer:
        step = "people" if any("contact" in path or "." in path for path in answer.errors) else "summary"
        step = "body" if any(path.startswith("body") for path in answer.errors) else step
        return show_step(programme, draft, step, answer.errors, status=422)
    except Refused as answer:
        step = _STEP_OF_REASON.get(answer.reason, "summary")
        return show_step(programme, draft, step, problem=explain(answer), status=409)
    protocol, digest = adhesion["protocol"], adhesion["receipt_hash"]
    return redirect(url_for("adhesion.received", code=programme["code"], protocol=protocol, receipt=digest), 303)


def _choose_body(programme: dict[str, Any], draft: Draft, verb: str, what: str) -> Response | str:
    if verb == "choose":
        draft.values |= {"body_code": what[:20], "body_kind": "municipality"}
    elif verb == "other":
        draft.values.pop("body_code", None)
        draft.values["body_kind"] = "supra_municipal" if what == "supra_municipal" else "municipality"
    return show_step(programme, draft, "body", query=request.form.get("query", "").strip()[:_LONGEST_QUERY])


def _change_rows(programme: dict[str, Any], draft: Draft, verb: str, what: str) -> Response | str:
    if verb == "add" and len(draft.delegates) < _places(programme):
        draft.delegates.append({})
    elif verb == "remove" and what.isdigit() and int(what) < len(draft.delegates):
        del draft.delegates[int(what)]
    return show_step(programme, draft, "people")


def _take_list(programme: dict[str, Any], draft: Draft, content: bytes | str) -> Response | str:
    """All people of the list become delegates, or none: what is wrong is shown row by row."""
    try:
        found = lists.read(content, [row.get("email", "") for row in draft.delegates])
        if not found.wrong and len(draft.delegates) + len(found.good) > _places(programme):
            raise Refused("too_many_delegates", max=_places(programme))
        if not found.wrong:
            _check_roles(programme, draft.delegates + found.good)
    except Refused as answer:
        return show_step(programme, draft, "people", listing={"problem": explain(answer)}, status=409)
    if found.wrong:
        return show_step(programme, draft, "people", listing=listed.shown(found), status=422)
    draft.delegates += found.good
    return show_step(programme, draft, "people", listing={"taken": len(found.good)})


def _check_roles(programme: dict[str, Any], delegates: list[dict[str, str]]) -> None:
    """Ask before the form is sent; a row that is not finished has no role yet."""
    roles = [role for one in delegates if (role := one.get("role"))]
    if roles:
        call("enrollment", "check_roles", programme_code=programme["code"], roles=roles)


def show_step(
    programme: dict[str, Any],
    draft: Draft,
    step: str,
    errors: Errors | None = None,
    *,
    problem: Explanation | None = None,
    query: str | None = None,
    listing: dict[str, Any] | None = None,
    status: int = 200,
) -> Response | str:
    """One step of the form, with everything written so far."""
    shown: dict[str, Any] = {}
    if step == "body":
        shown = _body_step(programme, draft, query)
    if step == "summary" and not draft.is_supra_municipal:
        shown = {"body": call("enrollment", "body", code=draft.values["body_code"])}
    if step == "people" and not draft.delegates and request.form.get("step") == "body":
        draft.delegates.append({})
    draft.values.setdefault("contact.language", current_language())
    page = render_template(
        f"adhesion/{step}.html",
        programme=programme,
        draft=draft,
        values=draft.by_path,
        step=step,
        steps=STEPS,
        errors=errors or {},
        names=field_names(len(draft.delegates)),
        problem=problem,
        key=draft.key or new_key(),
        places=_places(programme),
        listing=listing or {},
        **shown,
    )
    response = Response(page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _body_step(programme: dict[str, Any], draft: Draft, query: str | None) -> dict[str, Any]:
    code = draft.values.get("body_code")
    if code and not draft.is_supra_municipal:
        try:
            body = call("enrollment", "body", code=code)
        except Missing:
            return {"refusal": explain(Refused("unknown_body")), "query": "", "found": None}
        verdict = call("enrollment", "eligibility", programme_code=programme["code"], body_code=code)
        refusal = None if verdict["eligible"] else explain(Refused(verdict["reason"], **(verdict["facts"] or {})))
        return {"body": body, "refusal": refusal, "query": "", "found": None}
    found = call("enrollment", "search_bodies", query=query, limit=10)["items"] if query else None
    return {"query": query or "", "found": found}


def field_names(rows: int) -> dict[str, str]:
    """What each field is called in the summary of errors."""
    person = {"given_name": _("Given name"), "family_name": _("Family name"), "email": _("E-mail")}
    contact = {**person, "phone": _("Phone"), "office": _("Office"), "language": _("Language of the mails")}
    delegate = {**person, "role": _("Role"), "gender": _("Gender")}
    names = {
        "consent": _("Privacy notice"),
        "query": _("Name of the municipality"),
        "body.name": _("Name of the body"),
        "body.province": _("Province"),
        "topics": _("Topics"),
        "institutional_email": _("Institutional mailbox of the body"),
        "delegates": _("Delegates"),
    }
    names |= {f"contact.{name}": f"{_('Contact')}, {text}" for name, text in contact.items()}
    representative = {**person, "title": _("Office held")}
    names |= {
        f"legal_representative.{name}": f"{_('Legal representative')}, {text}" for name, text in representative.items()
    }
    for number in range(rows):
        who = _("Delegate %(number)s", number=number + 1)
        names |= {f"delegates.{number}.{name}": f"{who}, {text}" for name, text in delegate.items()}
    return names
