"""When a person has a certificate, what it says, and what becomes of it when the evidence changes.

The rule: who has at least the programme's minutes in settled evidence holds one certificate, and it says exactly that
evidence. What a certificate says is never edited after it went out: a new edition takes its place, under a number of
its own, and the old one verifies as replaced.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

__all__ = [
    "ENDINGS",
    "LIVE",
    "STATES",
    "Attended",
    "Ending",
    "Holder",
    "Standing",
    "State",
    "Statement",
    "Verdict",
    "certificate_number",
    "decide",
    "is_name_of",
    "masked",
    "statement_of",
]


class State(StrEnum):
    """A certificate is decided (pressing), then pressed (valid) or stuck (failed), and may end (replaced, revoked)."""

    PRESSING = "pressing"
    FAILED = "failed"
    VALID = "valid"
    REPLACED = "replaced"
    REVOKED = "revoked"


class Ending(StrEnum):
    """Who ended a certificate. What staff revoked does not come back by itself on the same evidence."""

    EVIDENCE = "evidence"
    STAFF = "staff"
    ERASURE = "erasure"


class Verdict(StrEnum):
    """What to do about a person's certificate."""

    KEEP = "keep"
    ISSUE = "issue"
    REFRESH = "refresh"
    """Never gone out under this number: what it says may still be set right in place."""
    REPLACE = "replace"
    REVOKE = "revoke"


STATES = tuple(State)
ENDINGS = tuple(Ending)
LIVE = (State.PRESSING, State.FAILED, State.VALID)


@dataclass(frozen=True)
class Attended:
    """One appointment and the settled minutes of one person there."""

    appointment_id: UUID
    kind: str
    title_it: str
    title_en: str
    held_on: date
    minutes: int
    host_name: str | None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "appointment_id": str(self.appointment_id), "held_on": self.held_on.isoformat()}


@dataclass(frozen=True)
class Statement:
    """What the evidence supports for one person in one programme: appointments in the order of their dates."""

    appointments: tuple[Attended, ...]

    @property
    def minutes(self) -> int:
        return sum(attended.minutes for attended in self.appointments)

    @property
    def fingerprint(self) -> str:
        """Equal for equal statements, and only for them."""
        content = json.dumps([attended.to_json() for attended in self.appointments], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class Holder:
    """Whom a certificate names."""

    given_name: str
    family_name: str
    body_name: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True)
class Standing:
    """What the rule must know of a person's last certificate. ``holder`` is ``None`` until it is pressed."""

    state: State
    fingerprint: str
    threshold: int
    pressed: bool
    holder: Holder | None = None
    ended_by: Ending | None = None


def statement_of(settled: Iterable[Attended]) -> Statement:
    """The statement that settled evidence supports; zero minutes are no attendance."""
    return Statement(
        tuple(
            sorted(
                (attended for attended in settled if attended.minutes > 0),
                key=lambda attended: (attended.held_on, attended.kind, str(attended.appointment_id)),
            )
        )
    )


def decide(
    last: Standing | None, statement: Statement, threshold: int, holder: Holder | None, *, erased: bool = False
) -> Verdict:
    """What becomes of the person's certificate, given all settled evidence. The same input again changes nothing.

    A threshold that was raised later takes no certificate away: each is judged by the lower of its own and today's.
    A corrected name is a reason for a new edition, and a forgotten one is not.
    """
    if last is None or last.state not in LIVE:
        return _decide_anew(last, statement, threshold, erased=erased)
    if statement.minutes < min(threshold, last.threshold):
        return Verdict.REVOKE
    same_evidence = statement.fingerprint == last.fingerprint
    same_holder = last.holder is None or holder is None or holder == last.holder
    if same_evidence and same_holder:
        return Verdict.KEEP
    if erased:
        return Verdict.REVOKE
    return Verdict.REFRESH if not last.pressed else Verdict.REPLACE


def _decide_anew(last: Standing | None, statement: Statement, threshold: int, *, erased: bool) -> Verdict:
    if erased or statement.minutes < threshold:
        return Verdict.KEEP
    if last is None:
        return Verdict.ISSUE
    if last.ended_by is Ending.STAFF and last.fingerprint == statement.fingerprint:
        return Verdict.KEEP
    return Verdict.ISSUE if last.pressed else Verdict.REFRESH


def certificate_number(programme_code: str, serial: int) -> str:
    """What people quote: the programme and a number without gaps."""
    return f"{programme_code.upper()}/{serial:06d}"


def masked(given_name: str, family_name: str) -> str:
    """Enough for who holds the paper to see that it is the same person, and too little to learn a name."""
    return " ".join(f"{name.strip()[0].upper()}•••" for name in (given_name, family_name) if name.strip())


def is_name_of(typed: str, given_name: str, family_name: str) -> bool:
    """Whether somebody typed the whole name, in either order; accents, case, hyphens and apostrophes do not matter."""
    typed_words = _letters(typed)
    return bool(typed_words) and typed_words in (
        _letters(f"{given_name} {family_name}"),
        _letters(f"{family_name} {given_name}"),
    )


def found_by(*names: str | None) -> str:
    """The words by which a person's certificates are found: D'Agostino by "agostino", "d'agostino" and "dagostino"."""
    words = [word for name in names if name for word in (*search_terms(name), _letters(name))]
    return " ".join(dict.fromkeys(words))


def search_terms(query: str) -> list[str]:
    """What was searched for, in words as ``found_by`` has them: without accents, case, hyphens and apostrophes."""
    return re.findall(r"[^\W_]+", _decomposed(query))


_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"})


def _letters(name: str) -> str:
    return "".join(character for character in _decomposed(name) if character.isalnum())


def _decomposed(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
