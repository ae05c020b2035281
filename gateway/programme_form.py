"""The programme editor's form: from a programme to what stands in the fields, and back; and each field in words.

A topic is a line, ``code | Italian title | English title``; a new one may leave the code to us. Moments are those of
Italy's clocks.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from gateway.fields import read_moment
from gateway.i18n import N_, ROME, format_day, format_duration, format_moment, format_number
from gateway.i18n import gettext as _
from gateway.labels import LABELS, label

__all__ = ["FIELDS", "SECTIONS", "Field", "changes_of", "fill", "read", "told"]

KINDS = ("municipality", "supra_municipal")
MOST_LINES = 500


@dataclass(frozen=True)
class Field:
    """One field: what it is called, how it is entered, and what to know when filling it in."""

    name: str
    kind: str
    label: str
    hint: str | None = None
    longest: int = 200
    required: bool = True


SECTIONS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        N_("Name"),
        (
            Field("code", "text", N_("Code"), N_("Small letters, digits and hyphens; it stands in addresses."), 40),
            Field("protocol_prefix", "text", N_("Protocol prefix"), N_("Up to eight capital letters."), 8),
            Field("title_it", "text", N_("Title in Italian")),
            Field("title_en", "text", N_("Title in English")),
            Field("issuer", "text", N_("Organiser"), N_("As it stands on pages and certificates.")),
        ),
    ),
    (
        N_("Who may join, and when"),
        (
            Field("adhesion_opens", "moment", N_("Joining opens")),
            Field("adhesion_closes", "moment", N_("Joining closes")),
            Field("kinds", "kinds", N_("Bodies that may join")),
            Field("population_min", "number", N_("Inhabitants, at least"), N_("For municipalities."), required=False),
            Field("population_max", "number", N_("Inhabitants, at most"), N_("For municipalities."), required=False),
            Field(
                "late_paper_days",
                "number",
                N_("Days for late papers"),
                N_("So long after joining closes, a paper that is dated before may still be entered."),
            ),
            Field("places_per_body", "number", N_("Places for each body")),
            *(
                Field(f"{role}_{end}", "number", label, None, required=False)
                for role, end, label in (
                    ("administrator", "least", N_("Elected administrators for each body, at least")),
                    ("administrator", "most", N_("Elected administrators for each body, at most")),
                    ("manager", "least", N_("Managers for each body, at least")),
                    ("manager", "most", N_("Managers for each body, at most")),
                    ("official", "least", N_("Officials for each body, at least")),
                    ("official", "most", N_("Officials for each body, at most")),
                )
            ),
            Field("territory_note", "area", N_("Note on the public page, in Italian"), None, 500, False),
            Field("territory_note_en", "area", N_("Note on the public page, in English"), None, 500, False),
        ),
    ),
    (
        N_("Training"),
        (
            Field("training_from", "day", N_("Training begins")),
            Field("training_until", "day", N_("Training ends")),
            Field("training_days", "number", N_("Training days")),
            Field("webinars", "number", N_("Webinars")),
            Field("day_capacity", "number", N_("Seats on a training day, at most")),
            Field("webinar_capacity", "number", N_("Seats at a webinar")),
            Field("webinars_per_delegate", "number", N_("Webinars for each delegate, at most")),
            Field("trainers_per_day", "number", N_("Trainers on a training day")),
            Field(
                "changes_close_days",
                "number",
                N_("Days before an appointment on which its list closes"),
                N_("From then on nobody is added, and no place is handed over; withdrawing stays possible."),
            ),
            Field("day_minutes", "number", N_("Minutes of a training day")),
            Field("webinar_minutes", "number", N_("Minutes of a webinar")),
            Field(
                "topics",
                "topics",
                N_("Topics"),
                N_("One a line: code | title in Italian | title in English. For a new topic the code may be left out."),
                100_000,
            ),
        ),
    ),
    (
        N_("Certificate"),
        (
            Field("certificate_minutes", "number", N_("Minutes of attendance for a certificate")),
            Field("certificate_it", "area", N_("Text of the certificate in Italian"), None, 2000),
            Field("certificate_en", "area", N_("Text of the certificate in English"), None, 2000),
        ),
    ),
    (
        N_("Consent"),
        (
            Field(
                "consent_version",
                "text",
                N_("Version of the consent"),
                N_("Other words need another version: who consented did so to the words of theirs."),
                40,
            ),
            Field("consent_it", "area", N_("Text of the consent in Italian"), None, 5000),
            Field("consent_en", "area", N_("Text of the consent in English"), None, 5000),
        ),
    ),
)
FIELDS: dict[str, Field] = {field.name: field for _legend, fields in SECTIONS for field in fields}
_MINUTES = ("day_minutes", "webinar_minutes", "certificate_minutes")


def fill(programme: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in each field for this programme."""
    return {name: _written(field, programme.get(name)) for name, field in FIELDS.items()}


def read(form: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The programme that the form says, and what in it cannot be read at all; the service judges the rest."""
    data: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, field in FIELDS.items():
        try:
            data[name] = _read(field, form)
        except ValueError as error:
            errors[name] = [str(error)]
    return data, errors


def changes_of(text: str) -> dict[str, Any]:
    """The changes that a confirmation carries; ``ValueError`` when it is not one of ours."""
    changes = json.loads(text)
    if not isinstance(changes, dict) or not set(changes) <= set(FIELDS):
        raise ValueError("changes")
    return changes


def told(changes: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Changes in words: the field's name, what it was, what it becomes. Of topics, those that differ."""
    shown = []
    for change in changes:
        before, after = change["before"], change["after"]
        if change["field"] == "topics":
            before, after = ([one for one in some if one not in others] for some, others in _both(before, after))
        field = FIELDS[change["field"]]
        shown.append({"field": _(field.label), "before": _in_words(field, before), "after": _in_words(field, after)})
    return shown


def _both(before: Any, after: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (before, after), (after, before)


def _written(field: Field, value: Any) -> Any:
    if field.kind == "kinds":
        return value or []
    if value is None:
        return ""
    if field.kind == "moment":
        return datetime.fromisoformat(value).astimezone(ROME).replace(tzinfo=None).isoformat(timespec="seconds")
    if field.kind == "topics":
        return "\n".join(f"{one['code']} | {one['title_it']} | {one['title_en']}" for one in value)
    return str(value)


def _read(field: Field, form: MultiDict[str, str]) -> Any:
    if field.kind == "kinds":
        return form.getlist(field.name)
    text = form.get(field.name, "").strip()
    if not text:
        if field.required:
            raise ValueError("required")
        return None
    match field.kind:
        case "number":
            if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
                raise ValueError("not_a_number")
            return int(text)
        case "moment":
            return read_moment(text)
        case "topics":
            return _topics(text)
    return text


def _topics(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise ValueError("too_many")
    topics = []
    for line in lines:
        parts = [part.strip() for part in line.split("|")]
        if len(parts) == 2:
            parts = [_slug(parts[0]), *parts]
        if len(parts) != 3 or not all(parts):
            raise ValueError("not_topics")
        topics.append(dict(zip(("code", "title_it", "title_en"), parts, strict=True)))
    return topics


def _slug(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title.casefold())
    return re.sub(r"[^a-z0-9]+", "-", "".join(one for one in letters if not unicodedata.combining(one))).strip("-")[:60]


def _in_words(field: Field, value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if field.name in _MINUTES:
        return format_duration(value)
    match field.kind:
        case "number":
            return format_number(value)
        case "moment":
            return format_moment(value)
        case "day":
            return format_day(value)
        case "kinds":
            return ", ".join(label("kind", kind) if kind in LABELS["kind"] else kind for kind in value)
        case "topics":
            return "\n".join(f"{one['title_it']} – {one['title_en']}" for one in value)
    return str(value)
