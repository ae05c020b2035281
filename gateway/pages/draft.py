"""The adhesion form between its steps: every answer travels in the form itself, so a step back loses nothing.

Names of fields are the dotted paths that enrollment uses in its errors (``contact.email``, ``delegates.0.role``): what
the service says about a field finds the field by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.datastructures import MultiDict

from gateway.fields import wrong

STEPS = ("notice", "body", "people", "summary")
MOST_TOPICS = 5
MOST_ROWS = 200

_PERSON = ("given_name", "family_name")
_CONTACT = (*_PERSON, "email", "phone", "office", "language")
_REPRESENTATIVE = (*_PERSON, "title")
_DELEGATE = (*_PERSON, "email", "role", "gender")
_ROW = re.compile(r"delegates\.(\d{1,3})\.(\w+)")

_OF_STEP = {
    "notice": ("consent", "consent_version"),
    "body": ("body_kind", "body_code", "body.name", "body.province"),
    "people": (
        *(f"contact.{name}" for name in _CONTACT),
        *(f"legal_representative.{name}" for name in _REPRESENTATIVE),
        "institutional_email",
        "topics",
    ),
    "summary": (),
}
_SINGLE = {name for names in _OF_STEP.values() for name in names} - {"topics"}

Errors = dict[str, list[str]]


class Draft:
    """What the clerk has written so far, as typed; ``answers`` is what the service is asked to accept."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self.key = form.get("idempotency_key", "")
        self.token = form.get("draft", "")[:500]
        self.values: dict[str, str] = {name: form[name].strip() for name in _SINGLE if form.get(name)}
        self.topics: list[str] = form.getlist("topics")[: 4 * MOST_TOPICS]
        rows: dict[int, dict[str, str]] = {}
        for name, value in form.items():
            if (match := _ROW.fullmatch(name)) and match[2] in _DELEGATE:
                rows.setdefault(int(match[1]), {})[match[2]] = value.strip()
        self.delegates = [rows[number] for number in sorted(rows)][:MOST_ROWS]

    @classmethod
    def of(cls, adhesion: dict[str, Any], token: str) -> Draft:
        """The form of an adhesion that was put aside; ``answers`` of it is the adhesion again.

        A program may have put aside anything: what the form has no field for is left out.
        """
        parts = {part: _of(dict, adhesion.get(part)) for part in ("contact", "legal_representative", "body")}
        rows = _of(list, adhesion.get("delegates"))
        parts |= {f"delegates.{number}": _of(dict, row) for number, row in enumerate(rows[:MOST_ROWS])}
        people = {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}
        form = MultiDict({name: value for name, value in people.items() if isinstance(value, str)})
        form["body_kind"] = "supra_municipal" if parts["body"] else "municipality"
        form["consent"] = "yes" if adhesion.get("consent") is True else ""
        for name in ("consent_version", "body_code", "institutional_email"):
            form[name] = str(adhesion.get(name) or "")
        for code in _of(list, adhesion.get("topics")):
            form.add("topics", str(code))
        form["draft"] = token
        return cls(form)

    @property
    def by_path(self) -> dict[str, str]:
        """Every written value under its field's name."""
        rows = {
            f"delegates.{number}.{name}": value
            for number, row in enumerate(self.delegates)
            for name, value in row.items()
        }
        return {**self.values, **rows}

    def carried(self, step: str) -> Iterator[tuple[str, str]]:
        """The answers that this step does not show, as hidden fields."""
        shown = _OF_STEP[step]
        yield from ((name, value) for name, value in self.values.items() if name not in shown)
        if step != "people":
            yield from (("topics", code) for code in self.topics)
            yield from ((path, value) for path, value in self.by_path.items() if path.startswith("delegates."))

    def drop_empty_rows(self) -> None:
        """A row in which nobody was named is no delegate."""
        self.delegates = [row for row in self.delegates if any(row.get(name) for name in (*_PERSON, "email"))]

    def complaints(self, step: str, topics: Iterable[str], places: int) -> Errors:
        """What is missing or wrong on this step, by field: the same rules as the service's, told earlier."""
        errors: Errors = {}
        if step == "notice" and self.values.get("consent") != "yes":
            errors["consent"] = ["consent_missing"]
        if step == "body" and not self._names_a_body():
            for path in ("body.name", "body.province") if self.is_supra_municipal else ("query",):
                if not self.values.get(path):
                    errors[path] = ["required"]
        if step == "body" and self.is_supra_municipal and not errors:
            errors |= self._wrong_text(("body.name", "body.province"))
        if step == "people":
            errors |= self._wrong_people(set(topics), places)
        return errors

    @property
    def is_supra_municipal(self) -> bool:
        return self.values.get("body_kind") == "supra_municipal"

    def _names_a_body(self) -> bool:
        if self.is_supra_municipal:
            return bool(self.values.get("body.name") and self.values.get("body.province"))
        return bool(self.values.get("body_code"))

    def _wrong_people(self, topics: set[str], places: int) -> Errors:
        rows = [f"delegates.{number}.{name}" for number in range(len(self.delegates)) for name in _DELEGATE]
        errors = self._wrong_text([*_OF_STEP["people"][:-1], *rows])
        if not 1 <= len(set(self.topics)) <= MOST_TOPICS:
            errors["topics"] = ["one_to_five"]
        elif not set(self.topics) <= topics:
            errors["topics"] = ["not_a_choice"]
        if len(self.delegates) > places:
            errors["delegates"] = ["too_many"]
        seen: set[str] = set()
        for number, row in enumerate(self.delegates):
            address = row.get("email", "").lower()
            if address and address in seen:
                errors.setdefault(f"delegates.{number}.email", ["duplicate_delegate"])
            seen.add(address)
        return errors

    def _wrong_text(self, paths: Iterable[str]) -> Errors:
        values = self.by_path
        found = ((path, wrong(path, values.get(path, ""))) for path in paths)
        return {path: [code] for path, code in found if code}

    def answers(self, programme_code: str) -> dict[str, Any]:
        """The adhesion as enrollment takes it."""
        values = self.values
        adhesion: dict[str, Any] = {
            "programme_code": programme_code,
            "consent": values.get("consent") == "yes",
            "consent_version": values.get("consent_version", ""),
            "contact": self._part("contact", _CONTACT),
            "legal_representative": self._part("legal_representative", _REPRESENTATIVE),
            "topics": list(dict.fromkeys(self.topics)),
            "delegates": [{**row, "language": values.get("contact.language", "it")} for row in self.delegates],
        }
        if mailbox := values.get("institutional_email"):
            adhesion["institutional_email"] = mailbox
        if self.is_supra_municipal:
            adhesion["body"] = {
                "name": values.get("body.name", ""),
                "kind": "supra_municipal",
                "province": values.get("body.province", "").upper(),
            }
        else:
            adhesion["body_code"] = values.get("body_code", "")
        return adhesion

    def _part(self, prefix: str, names: Iterable[str]) -> dict[str, str]:
        return {name: self.values[f"{prefix}.{name}"] for name in names if self.values.get(f"{prefix}.{name}")}


def _of(kind: type[Any], value: Any) -> Any:
    """The value if it is of this kind, and an empty one otherwise."""
    return value if isinstance(value, kind) else kind()
