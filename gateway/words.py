"""Every refusal and failure in words that a clerk understands: why, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException

from chassis.refusal import Forbidden, Invalid, KeyReused, Missing, Refused, Unavailable
from gateway.i18n import N_, format_day, format_moment, format_number
from gateway.i18n import gettext as _
from gateway.labels import LABELS, label
from gateway.refusals import CELLS, FIELD_ERRORS, PLANNING_FAILURES, REFUSALS, ROWS

_UNNAMED = (
    N_("This cannot be done now"),
    N_("The rules of the programme do not allow it."),
    N_("Open the page again to see how things stand. If it looks wrong, write to the secretariat."),
)
_STATUS: dict[int, tuple[str, str, str]] = {
    400: (
        N_("We did not understand the request"),
        N_("Something in it is malformed or missing, or the page had been open for too long."),
        N_("Go back, reload the page and try again."),
    ),
    401: (
        N_("Log in to go on"),
        N_("This page is for the programme's staff."),
        N_("Log in with your account."),
    ),
    404: (
        N_("Page not found"),
        N_("There is nothing at this address, or nothing that you can see."),
        N_("Check the address, or start again from the first page."),
    ),
    405: (
        N_("This cannot be done here"),
        N_("The address exists, but does not accept this kind of request."),
        N_("Start again from the first page."),
    ),
    409: _UNNAMED,
    413: (
        N_("Too much in one go"),
        N_("What was sent is larger than we accept: 3 MB with a file, 1 MB without one."),
        N_("Send a long list in several parts, and a file without pictures and further sheets."),
    ),
    414: (
        N_("The address is too long"),
        N_("An address may have 64 KB here."),
        N_("Search for less at once, or start again from the first page."),
    ),
    415: (
        N_("Unsupported format"),
        N_("What was sent is in a format that we do not read."),
        N_("Use the form on the page."),
    ),
    422: (
        N_("Some answers need attention"),
        N_("Nothing was saved: one or more fields are missing or not valid."),
        N_("Correct the fields and send again."),
    ),
    431: (
        N_("Too much was sent along with the request"),
        N_("Its headers are larger than we accept: 99 of them, 8 KB each, 64 KB in all. Cookies are among them."),
        N_("Delete this site's cookies in your browser, and try again."),
    ),
    429: (
        N_("Too many attempts"),
        N_("There were many requests in a short time, and we slow them down to protect everybody."),
        N_("Wait a few minutes and try again."),
    ),
    500: (
        N_("Something broke on our side"),
        N_("It is not your fault. The failure has been recorded and somebody will look into it."),
        N_("Try again in a few minutes. Nothing that we had confirmed to you is lost."),
    ),
    503: (
        N_("This part of the service is resting"),
        N_("One of our systems does not answer at the moment."),
        N_("Try again in a minute: what you already sent is safe."),
    ),
}
_KEY_REUSED = (
    N_("This form was already sent"),
    N_("The same form was sent before with other answers. What we received first counts."),
    N_("Open a fresh form to send something else."),
)
_WITHOUT = {
    "already_joined": ("office", "already_joined_by_unnamed_office"),
    "population_out_of_band": ("population", "population_unknown"),
}


@dataclass(frozen=True)
class Explanation:
    """A failure for a person: the HTTP status, what happened, why, and what can be done."""

    status: int
    title: str
    detail: str
    what_to_do: str


class _Facts(dict[str, str]):
    """The facts of a refusal, formatted; one that was not given shows as a dash, never as a failure."""

    def __missing__(self, key: str) -> str:
        return "–"


def _formatted(facts: dict[str, Any]) -> _Facts:
    shown = _Facts()
    for key, value in facts.items():
        if value is None or value == "":
            continue
        if key == "kind":
            shown[key] = label("kind", value)
        elif key == "field":
            shown[key] = label("planning_number", str(value))
        elif key == "role":
            shown[key] = label("role", str(value))
        elif key == "columns":
            shown[key] = ", ".join(label("column", name) for name in value)
        elif key == "state":
            shown[key] = _state(str(value))
        elif key in ("starts_at", "ends_at"):
            shown[key] = format_moment(value)
        elif key.endswith(("_at", "_on")):
            shown[key] = format_day(value)
        elif key == "rules" and isinstance(value, list):
            shown[key] = "; ".join(label("calendar_rule", str(rule)) for rule in value)
        elif key == "year" or isinstance(value, str):
            shown[key] = str(value)
        elif isinstance(value, int | float):
            shown[key] = format_number(value)
    return shown


def _state(value: str) -> str:
    for group in ("account", "adhesion", "run", "appointment", "certificate", "message", "place"):
        if value in LABELS[group]:
            return label(group, value)
    return value


def _in_words(status: int, words: tuple[str, str, str], facts: dict[str, Any] | None = None) -> Explanation:
    shown = _formatted(facts or {})
    title, detail, what_to_do = (_(text) % shown for text in words)
    return Explanation(status, title, detail, what_to_do)


def _name_of(refusal: Refused) -> str:
    """The refusal's name, or the one of its words for when the fact that they turn on is not known."""
    fact, instead = _WITHOUT.get(refusal.reason, ("", ""))
    return instead if fact in refusal.facts and not refusal.facts[fact] else refusal.reason


def explain(error: Exception | int) -> Explanation:
    """The explanation of what a service refused, of what HTTP says, or of a failure of ours (500)."""
    if getattr(error, "reason", None) == "stale_form":
        return _in_words(400, REFUSALS["stale_form"])
    if isinstance(error, Refused):
        return _in_words(409, REFUSALS.get(_name_of(error), _UNNAMED), error.facts)
    if isinstance(error, KeyReused):
        return _in_words(422, _KEY_REUSED)
    if isinstance(error, int):
        status = error
    elif isinstance(error, Missing | Forbidden):
        status = 404
    elif isinstance(error, Invalid):
        status = 422
    elif isinstance(error, Unavailable):
        status = 503
    else:
        status = error.code or 500 if isinstance(error, HTTPException) else 500
    return _in_words(status, _STATUS.get(status) or _STATUS[400 if status < 500 else 500])


def explain_failed_run(run: dict[str, Any]) -> Explanation:
    """Why a planning run ended without a plan."""
    return _in_words(409, PLANNING_FAILURES.get(run["reason"], PLANNING_FAILURES["plan_wrong"]), run.get("facts"))


def failure_title(reason: str) -> str:
    """Why a planning run would end without a plan, in a few words."""
    return _(PLANNING_FAILURES.get(reason, PLANNING_FAILURES["plan_wrong"])[0])


def explain_field(code: str) -> str:
    """The words for one field's error code; an unknown one is "not valid"."""
    refusal = REFUSALS.get(code)
    text = FIELD_ERRORS.get(code) or (refusal[0] if refusal else FIELD_ERRORS["invalid"])
    return _(text)


def mend_cell(column: str, code: str) -> str:
    """What to do about a cell of a list of delegates."""
    advice = ROWS.get((column, code)) or CELLS.get(code)
    return _(advice) if advice else explain_field(code)
