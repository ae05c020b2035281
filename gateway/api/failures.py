"""How the API's document tells what can go wrong: each status once, and each refusal of an operation by its name."""

from __future__ import annotations

from typing import Any

from gateway.problems import problem_type
from gateway.refusals import REFUSALS

__all__ = ["HEADERS", "LIMITS", "PROBLEM", "REFUSED_AS", "STATUSES", "refused", "shared"]

_WHOLE = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1000000}
HEADERS: dict[str, Any] = {
    "X-RateLimit-Limit": {"description": "Requests allowed in a minute", "schema": _WHOLE, "example": 600},
    "X-RateLimit-Remaining": {"description": "Requests left in this minute", "schema": _WHOLE, "example": 599},
    "X-RateLimit-Reset": {"description": "Seconds until the next minute begins", "schema": _WHOLE, "example": 42},
    "Retry-After": {"description": "Seconds to wait", "schema": _WHOLE, "example": 5},
    "Location": {
        "description": "Where to look next",
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 500},
        "example": "/api/v1/scheduling-runs/3f0c2a54-7d8e-4b4f-9d6a-2f5f0f3b9b11",
    },
    "ETag": {
        "description": "The version, to be sent back in `If-Match` with a change",
        "schema": {"type": "string", "pattern": r'^"[0-9]+"$', "maxLength": 12},
        "example": '"7"',
    },
}
LIMITS = {name: {"$ref": f"#/components/headers/{name}"} for name in list(HEADERS)[:3]}
STATUSES = {
    "400": "The request cannot be read",
    "401": "Who asks is not known, or no longer",
    "404": "There is no such thing, or it is not yours",
    "409": "A rule forbids it: `reason` names it",
    "412": "Somebody has changed it meanwhile: read it again",
    "413": "The request is too large",
    "415": "The request is not JSON",
    "422": "Some fields are wrong: `errors` names them",
    "428": "Send the ETag of what you have read as If-Match",
    "429": "Too many requests: wait for as long as `Retry-After` says",
    "503": "A service does not answer: try again, with the same `Idempotency-Key`",
    "default": "Any other problem",
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "400": {"title": "We did not understand the request", "detail": "The body is not readable as JSON in UTF-8."},
    "401": {"title": "Log in to go on", "detail": "Log in with your account."},
    "404": {"title": "Page not found", "detail": "There is nothing at this address, or nothing that you can see."},
    "409": {"title": "This cannot be done now", "reason": "not_in_state", "facts": {"state": "withdrawn"}},
    "412": {"title": REFUSALS["changed_meanwhile"][0], "reason": "changed_meanwhile", "facts": {"version": 8}},
    "413": {
        "title": "Too much in one go",
        "detail": "What was sent is larger than we accept: 3 MB with a file.",
    },
    "415": {"title": "Unsupported format", "detail": "Send JSON, with Content-Type: application/json."},
    "422": {"title": "Some answers need attention", "errors": {"contact.email": ["not_an_email"]}},
    "428": {"title": "Precondition Required", "detail": "Send the ETag of what you have read as If-Match."},
    "429": {"title": "Too many attempts", "detail": "Wait a few minutes and try again."},
    "503": {"title": "This part of the service is resting", "detail": "Try again in a minute."},
    "default": {"title": "Something broke on our side", "detail": "The failure has been recorded."},
}
_JOINING = ("adhesions_not_open_yet", "adhesions_closed")
_ROLES = ("too_many_of_role", "places_kept_for_role")
_AT_AN_APPOINTMENT = ("appointment_closed", "appointment_cancelled")
REFUSED_AS: dict[str, tuple[str, ...]] = {
    "submitAdhesion": (
        *("unknown_programme", *_JOINING, "unknown_body", "kind_not_admitted", "population_out_of_band"),
        *("already_joined", "consent_missing", "wrong_consent_version", "unknown_topic"),
        *("too_many_delegates", "duplicate_delegate", *_ROLES),
    ),
    "confirmAdhesion": ("not_in_state",),
    "registerDelegate": ("not_in_state", "too_many_delegates", "duplicate_delegate", *_ROLES),
    "registerDelegates": ("not_in_state", "too_many_delegates", "duplicate_delegate", *_ROLES),
    "replaceDelegate": ("not_in_state", "list_closed", "duplicate_delegate", *_ROLES),
    "withdrawDelegate": ("not_in_state",),
    "withdrawAdhesion": ("not_in_state",),
    "nominateContact": ("not_in_state", "asked_too_often"),
    "nominateByMailbox": ("link_invalid", "link_expired", "link_used", "not_in_state", "asked_too_often"),
    "getNomination": ("link_invalid", "link_expired", "nomination_over"),
    "acceptNomination": ("link_invalid", "link_expired", "link_used", "nomination_over", "not_in_state"),
    "changeDelegatesMailbox": ("not_in_state", "duplicate_delegate", "asked_too_often"),
    "changeMyMailbox": ("duplicate_delegate", "asked_too_often"),
    "confirmMailbox": ("link_invalid", "link_expired", "link_used", "mailbox_change_over", "duplicate_delegate"),
    "changeTopics": ("not_in_state", "unknown_topic", "topics_too_late"),
    "reviewAdhesion": ("not_in_state",),
    "correctAdhesion": ("not_in_state", "official_body", "unknown_topic", "duplicate_delegate", *_ROLES),
    "withdrawForBody": ("not_in_state",),
    "enterAdhesion": ("adhesions_not_open_yet", "adhesions_closed", "paper_too_late", "already_joined", *_ROLES),
    "remindBody": ("nothing_to_remind", "mailbox_dead", "reminded_lately"),
    "startRun": (
        *("unknown_programme", "no_confirmed_bodies", "run_already_active"),
        *("no_plan", "not_published", "already_started"),
    ),
    "compareRuns": ("no_plan",),
    "getWhy": ("no_plan",),
    "getPublicationPreview": ("no_plan", "already_published", "plan_out_of_date"),
    "addHost": ("host_exists",),
    "importHostClosures": ("closures_unreadable",),
    "publishPlan": ("no_plan", "already_published", "plan_out_of_date", "publication_under_way"),
    "getPlan": ("no_plan",),
    "listPlannedDays": ("no_plan",),
    "listPlannedTrainers": ("no_plan",),
    "recordAttendance": ("not_seated", *_AT_AN_APPOINTMENT, "not_started", "minutes_out_of_range"),
    "correctAttendance": ("not_closed", "appointment_cancelled", "not_seated", "minutes_out_of_range"),
    "closeAppointment": ("not_over_yet", "appointment_cancelled"),
    "moveAppointment": (*_AT_AN_APPOINTMENT, "already_started", "in_the_past", "trainer_busy"),
    "cancelAppointment": ("appointment_closed", "already_started"),
    "revokeCertificate": ("not_in_state",),
    "retryCertificate": ("not_in_state",),
    "resolveMessage": ("not_in_state",),
    "draftProgramme": ("programme_exists",),
    "changeProgrammeSettings": (
        *("needs_acceptance", "opens_after_adhesions", "closes_before_adhesions", "places_below_delegates"),
        *("topic_chosen", "consent_version_used", "programme_exists"),
    ),
    "moveAdhesionWindow": ("window_not_so", "needs_acceptance"),
    "resendMessage": (
        *("not_in_state", "already_on_its_way", "sent_again_already"),
        *("person_erased", "superseded", "address_forgotten"),
    ),
}
"""The rules that may forbid an operation; an operation that is not here says only that a rule may."""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "reason": {"type": "string", "description": "The rule that forbids it, by name"},
        "facts": {"type": "object", "description": "What the rule looked at", "additionalProperties": True},
        "errors": {
            "type": "object",
            "description": "Complaints by dotted path of the field",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def shared() -> dict[str, Any]:
    """The answers that every operation may refer to, by their component's name."""
    return {f"Problem{status.title()}": _answer(status, words) for status, words in STATUSES.items()}


def refused(reasons: tuple[str, ...]) -> dict[str, Any]:
    """The 409 of an operation, with an example for each rule that may forbid it."""
    answer = _answer("409", f"A rule forbids it. `reason` is one of: {', '.join(f'`{reason}`' for reason in reasons)}")
    examples = {reason: {"summary": REFUSALS[reason][0], "value": _problem("409", reason)} for reason in reasons}
    answer["content"]["application/problem+json"] = {**_SCHEMA, "examples": examples}
    return answer


_SCHEMA: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}


def _answer(status: str, words: str) -> dict[str, Any]:
    headers = {} if status in ("503", "default") else dict(LIMITS)
    if status in ("429", "503"):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    content = {"application/problem+json": {**_SCHEMA, "example": _problem(status)}}
    return {"description": words, "content": content, **({"headers": headers} if headers else {})}


def _problem(status: str, reason: str | None = None) -> dict[str, Any]:
    said = {"title": REFUSALS[reason][0], "reason": reason} if reason else _EXAMPLES[status]
    return {
        "type": problem_type(said.get("reason")),
        "title": said["title"],
        "status": 500 if status == "default" else int(status),
        **{key: value for key, value in said.items() if key != "title"},
        "instance": "urn:coalizione:request:1f0c2a547d8e4b4f9d6a2f5f0f3b9b11",
    }
