"""Every refusal and failure in words that a clerk understands: why, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException

from chassis.refusal import Forbidden, Invalid, KeyReused, Missing, Refused, Unavailable
from gateway.happenings import EVENTS, SERVICES
from gateway.i18n import N_, format_day, format_moment, format_number
from gateway.i18n import gettext as _
from gateway.refusals import FIELD_ERRORS, PLANNING_FAILURES, REFUSALS

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
        N_("What was sent is larger than we accept."),
        N_("Shorten it and send it again."),
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
_KINDS = {
    "municipality": N_("municipality"),
    "supra_municipal": N_("supra-municipal body"),
}
LABELS: dict[str, dict[str, str]] = {
    "kind": _KINDS,
    "programme": {"upcoming": N_("opening soon"), "open": N_("open"), "closed": N_("closed")},
    "adhesion": {
        "submitted": N_("waiting for the mailbox"),
        "under_review": N_("under review"),
        "confirmed": N_("confirmed"),
        "rejected": N_("not accepted"),
        "withdrawn": N_("withdrawn"),
    },
    "role": {
        "administrator": N_("elected administrator"),
        "manager": N_("manager"),
        "official": N_("official"),
    },
    "gender": {
        "female": N_("woman"),
        "male": N_("man"),
        "other": N_("other"),
        "not_said": N_("prefers not to say"),
    },
    "language": {"it": N_("Italian"), "en": N_("English")},
    "column": {
        "given_name": N_("Given name"),
        "family_name": N_("Family name"),
        "email": N_("E-mail"),
        "role": N_("Role"),
        "gender": N_("Gender"),
    },
    "delegate": {"active": N_("takes part"), "withdrawn": N_("no longer takes part")},
    "mailbox": {
        "unresolved": N_("not known"),
        "sent": N_("mail sent"),
        "delivered": N_("mail arrives"),
        "bounced": N_("mail comes back"),
    },
    "history": {
        "submitted": N_("adhesion sent"),
        "confirmed": N_("adhesion confirmed"),
        "under_review": N_("sent to the secretariat for review"),
        "rejected": N_("adhesion not accepted"),
        "withdrawn": N_("adhesion withdrawn"),
        "delegate_registered": N_("delegate added"),
        "delegate_withdrawn": N_("delegate withdrawn"),
        "delegate_replaced": N_("delegate replaced"),
        "person_erased": N_("person erased"),
        "contact_corrected": N_("contact corrected"),
        "legal_representative_corrected": N_("legal representative corrected"),
        "delegate_corrected": N_("delegate corrected"),
        "topics_corrected": N_("topics corrected"),
        "body_corrected": N_("data of the body corrected"),
        "reminded_not_confirmed": N_("reminded: confirmation missing"),
        "reminded_no_delegates": N_("reminded: no delegates"),
        "entered_from_paper": N_("entered from paper"),
    },
    "field": {
        "given_name": N_("Given name"),
        "family_name": N_("Family name"),
        "email": N_("E-mail"),
        "phone": N_("Phone"),
        "office": N_("Office"),
        "language": N_("Language of the mails"),
        "title": N_("Office held"),
        "role": N_("Role"),
        "gender": N_("Gender"),
        "topics": N_("Topics"),
        "name": N_("Name"),
        "province": N_("Province"),
        "province_name": N_("Province"),
        "region": N_("Region"),
    },
    "appointment_kind": {"training_day": N_("training day"), "webinar": N_("webinar")},
    "appointment": {"scheduled": N_("scheduled"), "closed": N_("closed"), "cancelled": N_("cancelled")},
    "place": {"assigned": N_("place assigned"), "waiting": N_("waiting list"), "released": N_("released")},
    "place_reason": {
        "replaced": N_("handed over to another person of the body"),
        "delegate_withdrawn": N_("a person withdrew"),
        "adhesion_withdrawn": N_("a body withdrew"),
        "person_erased": N_("a person had their data erased"),
        "appointment_cancelled": N_("the appointment was cancelled"),
        "plan_changed": N_("the plan changed"),
    },
    "run": {
        "requested": N_("about to start"),
        "running": N_("running"),
        "completed": N_("ready"),
        "failed": N_("without a plan"),
        "stopped": N_("stopped early"),
        "published": N_("published"),
    },
    "phase": {
        "starting": N_("starting"),
        "checking": N_("checking the data"),
        "hosts": N_("choosing places and who goes where"),
        "calendar": N_("choosing dates and trainers"),
        "done": N_("done"),
    },
    "why": {
        "goes_here": N_("it goes here"),
        "pinned": N_("it is pinned here"),
        "forbidden": N_("forbidden to this body"),
        "excluded": N_("excluded from the planning"),
        "not_chosen": N_("no training day is held here"),
        "pinned_elsewhere": N_("it is pinned to another place"),
        "full": N_("full"),
        "dearer": N_("possible, but all together would travel more"),
    },
    "calendar_rule": {
        "host_dates": N_("the dates on which places are open"),
        "days_per_date": N_("how many training days may be held on one date"),
        "days_per_week": N_("how many training days may be held in one week"),
        "trainers_per_day": N_("how many trainers each training day needs"),
        "leading_topics": N_("each team knows a topic wanted by its guests"),
        "speakers_topics": N_("speakers know the topic of their webinar"),
        "availability": N_("the dates on which trainers are away"),
        "most_days": N_("how many appointments a trainer may have in all"),
        "most_a_week": N_("how many appointments a trainer may have in a week"),
        "one_place_a_day": N_("nobody teaches twice on one date"),
        "consecutive_days": N_("nobody teaches at far places on consecutive dates"),
        "one_webinar_a_date": N_("one webinar a date"),
    },
    "certificate": {
        "pressing": N_("being made"),
        "valid": N_("valid"),
        "replaced": N_("replaced"),
        "revoked": N_("revoked"),
        "failed": N_("failed"),
    },
    "cause": {
        "below_threshold": N_("attendance below the threshold"),
        "evidence_changed": N_("attendance corrected"),
        "erased": N_("person erased"),
    },
    "message": {
        "queued": N_("queued"),
        "claimed": N_("being sent"),
        "sent": N_("sent"),
        "delivered": N_("delivered"),
        "bounced": N_("bounced"),
        "failed": N_("failed"),
        "unknown": N_("outcome unknown"),
    },
    "message_kind": {
        "adhesion_received": N_("adhesion received"),
        "adhesion_confirmed": N_("adhesion confirmed"),
        "adhesion_rejected": N_("adhesion not accepted"),
        "adhesion_withdrawn": N_("adhesion withdrawn"),
        "confirmation_missing": N_("reminder: confirmation missing"),
        "delegates_missing": N_("reminder: delegates missing"),
        "area_link": N_("link to the body's area"),
        "draft_link": N_("link to a draft"),
        "own_link": N_("link to the own page"),
        "place_assigned": N_("place assigned"),
        "place_waiting": N_("waiting list"),
        "place_changed": N_("appointment changed"),
        "place_released": N_("place released"),
        "certificate_issued": N_("certificate issued"),
        "certificate_reissued": N_("certificate reissued"),
        "certificate_revoked": N_("certificate revoked"),
        "staff_invitation": N_("invitation of staff"),
        "staff_password": N_("new password of staff"),
    },
    "message_reason": {
        "rate_limited": N_("the provider asks to wait"),
        "refused": N_("refused by the provider"),
        "answered": N_("unclear answer of the provider"),
        "document": N_("the document is not there"),
        "document_differs": N_("the document is not the one recorded"),
        "no_address": N_("no address is known"),
        "not_written": N_("the text could not be made"),
        "not_tried": N_("not tried yet"),
        "not_sent": N_("recorded as not sent"),
        "person_erased": N_("person erased"),
        "superseded": N_("out of date"),
    },
    "staff_role": {
        "desk": N_("desk"),
        "secretariat": N_("secretariat"),
        "administrator": N_("administrator"),
        "operator": N_("operator"),
    },
    "account": {"active": N_("active"), "invited": N_("invited"), "closed": N_("closed")},
    "audit_outcome": {
        "done": N_("done"),
        "refused": N_("refused"),
        "failed": N_("failed"),
        "unknown": N_("outcome unknown"),
    },
    "via": {
        "browser": N_("in the browser"),
        "program": N_("by a program"),
        "token": N_("by a token"),
        "command": N_("by a command"),
    },
    "source": {
        "desk": N_("desk"),
        "sheet": N_("sheet"),
        "webinar_report": N_("webinar report"),
        "correction": N_("correction"),
    },
    "programme_history": {
        "drafted": N_("draft made"),
        "published": N_("published"),
        "changed": N_("changed"),
    },
    "service": SERVICES,
    "event": EVENTS,
    "failed": {
        "waiting": N_("waits for something else"),
        "retrying": N_("tried again by itself"),
        "stuck": N_("needs a person"),
    },
    "actor": {"contact": N_("the body's contact"), "delegate": N_("the delegate"), "system": N_("the system")},
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


def label(group: str, value: str | None) -> str:
    """The word for a code (a state, a role, a kind) in the reader's language; an unknown code is itself.

    A code may end in a detail, such as the number in ``refused_400``: its word is that of the code before it.
    """
    known = LABELS[group].get(value or "")
    if known or not value:
        return _(known) if known else "–"
    start, _line, detail = value.partition("_")
    known = LABELS[group].get(start)
    return f"{_(known)} ({detail})" if known else value


def _formatted(facts: dict[str, Any]) -> _Facts:
    shown = _Facts()
    for key, value in facts.items():
        if value is None or value == "":
            continue
        if key == "kind":
            shown[key] = label("kind", value)
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


def explain_field(code: str) -> str:
    """The words for one field's error code; an unknown one is "not valid"."""
    refusal = REFUSALS.get(code)
    text = FIELD_ERRORS.get(code) or (refusal[0] if refusal else FIELD_ERRORS["invalid"])
    return _(text)
