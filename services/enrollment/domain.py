"""The rules of joining a programme, as plain functions. A refusal is a named reason with its facts.

The order in which the rules are asked is the order in which a person can mend things: time first, then who they are,
then what they wrote.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.refusal import Refused
from contracts.enrollment import REMINDERS

OFFICE = ZoneInfo("Europe/Rome")
GENDERS = ("female", "male", "other", "not_said")
DELEGATE_STATES = ("active", "withdrawn", "erased")
PROGRAMME_EVENTS = ("drafted", "published", "changed")
STATES = ("submitted", "under_review", "confirmed", "rejected", "withdrawn")
AREAS = ("body", "delegate")
"""What a mailed link opens: the body's area for its contact, or a delegate's own page."""
NOMINATED_BY = ("contact", "mailbox")
"""Who names another contact: the one in office, or whoever reads the body's institutional mailbox."""
ACTORS = ("contact", "delegate", "mailbox", "system")
"""Who does something to an adhesion, besides staff."""
ASKED_BY = ("delegate", "contact")
ENDED = ("rejected", "withdrawn")
"""States that leave the body free to join again."""

MAIL_STATES = ("unresolved", "sent", "delivered", "bounced")
"""What is known of a letter, from the least to the last word."""

BULK_ACTIONS = ("approve", "reject", "withdraw", "remind")

MOVES: Mapping[str, Mapping[str, str]] = {
    "confirm": {"submitted": "confirmed", "confirmed": "confirmed"},
    "confirm_for_review": {"submitted": "under_review", "under_review": "under_review", "confirmed": "confirmed"},
    "approve": {"under_review": "confirmed"},
    "reject": {"submitted": "rejected", "under_review": "rejected"},
    "withdraw": {
        "submitted": "withdrawn",
        "under_review": "withdrawn",
        "confirmed": "withdrawn",
        "withdrawn": "withdrawn",
    },
    "change_delegates": {state: state for state in ("submitted", "under_review", "confirmed")},
    "change_contact": {state: state for state in ("under_review", "confirmed")},
    "change_topics": {state: state for state in ("submitted", "under_review", "confirmed")},
    "correct": {state: state for state in ("submitted", "under_review", "confirmed")},
}
"""What may be done in which state, and where it leads. The same state means: nothing happens, and that is fine."""


@dataclass(frozen=True)
class Quota:
    """How many delegates of a role a body sends; no ``most`` is no limit."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Terms:
    """What a programme asks of those who join. Both ends of window and band belong to them; None is no limit."""

    opens: datetime
    closes: datetime
    kinds: Collection[str]
    population_min: int | None
    population_max: int | None
    places_per_body: int
    topics: Collection[str]
    consent_version: str
    quotas: Mapping[str, Quota] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidate:
    """A body that asks. ``population`` is None where nobody knows it."""

    kind: str
    population: int | None
    population_year: int | None


@dataclass(frozen=True)
class Letter:
    """The last that was heard of a letter to a person."""

    message_id: UUID
    state: str
    at: datetime


def window(terms: Terms, now: datetime) -> Literal["upcoming", "open", "closed"]:
    """Where the present stands to the adhesion window."""
    if now < terms.opens:
        return "upcoming"
    return "open" if now <= terms.closes else "closed"


def check_window(terms: Terms, now: datetime) -> None:
    match window(terms, now):
        case "upcoming":
            raise Refused("adhesions_not_open_yet", opens_at=instant(terms.opens))
        case "closed":
            raise Refused("adhesions_closed", closed_at=instant(terms.closes))


def check_paper(terms: Terms, dated_on: date, late_days: int, now: datetime) -> None:
    """A paper counts for the day that it is dated, if it reaches the office in time; a programme may take none late."""
    opens, closes, today = (moment.astimezone(OFFICE).date() for moment in (terms.opens, terms.closes, now))
    until = closes + timedelta(days=late_days)
    if dated_on < opens:
        raise Refused("adhesions_not_open_yet", opens_at=instant(terms.opens))
    if dated_on > closes:
        raise Refused("adhesions_closed", closed_at=instant(terms.closes))
    if today > until:
        raise Refused("paper_too_late", dated_on=dated_on.isoformat(), until=until.isoformat())


def check_candidate(terms: Terms, body: Candidate) -> None:
    """Kind and band. The band speaks of municipalities: a union of small ones may join. Unknown is outside."""
    if body.kind not in terms.kinds:
        raise Refused("kind_not_admitted", kind=body.kind)
    if body.kind != "municipality":
        return
    low, high = terms.population_min, terms.population_max
    too_few = low is not None and (body.population is None or body.population < low)
    too_many = high is not None and (body.population is None or body.population > high)
    if too_few or too_many:
        raise Refused(
            "population_out_of_band", population=body.population, min=low, max=high, year=body.population_year
        )


def check_consent(terms: Terms, given: bool, version: str) -> None:
    """The consent counts for the text that was shown, and only for that one."""
    if not given:
        raise Refused("consent_missing")
    if version != terms.consent_version:
        raise Refused("wrong_consent_version", current=terms.consent_version)


def check_topics(terms: Terms, wanted: Sequence[str]) -> None:
    unknown = [topic for topic in wanted if topic not in terms.topics]
    if unknown:
        raise Refused("unknown_topic", topic=unknown[0])


def check_delegates(terms: Terms, emails: Sequence[str]) -> None:
    """``emails`` of all who would be active: within the body's places, and each mailbox one person."""
    if len(emails) > terms.places_per_body:
        raise Refused("too_many_delegates", max=terms.places_per_body)
    if len(set(emails)) < len(emails):
        raise Refused("duplicate_delegate")


def check_roles(terms: Terms, roles: Sequence[str], before: Sequence[str] = ()) -> None:
    """``roles`` of all who would be active: none more often than it may, and room left for those that must be.

    Whoever has too few of a role names them later; but their places cannot go to others. What was so ``before`` is no
    reason to refuse a change that makes it no worse: the programme may have changed since.
    """
    counts, were = Counter(roles), Counter(before)
    for role, quota in terms.quotas.items():
        if quota.most is not None and counts[role] > max(quota.most, were[role]):
            raise Refused("too_many_of_role", role=role, max=quota.most)
    needed = _with_kept(terms, counts)
    if needed > max(terms.places_per_body, _with_kept(terms, were)):
        role, quota = next((role, one) for role, one in terms.quotas.items() if counts[role] < one.least)
        raise Refused("places_kept_for_role", role=role, least=quota.least, max=terms.places_per_body)


def _with_kept(terms: Terms, counts: Counter[str]) -> int:
    """The places of those who are there and of those who must still come."""
    return counts.total() + sum(max(0, quota.least - counts[role]) for role, quota in terms.quotas.items())


def moved(state: str, move: str) -> str:
    """The state that follows, or ``not_in_state`` when the move is not permitted in this one."""
    following = MOVES[move].get(state)
    if following is None:
        raise Refused("not_in_state", state=state)
    return following


@dataclass(frozen=True)
class Standing:
    """What decides what may be done to an adhesion. ``reminded`` is: within the interval before now."""

    state: str
    has_delegates: bool
    mailbox_dead: bool
    reminded: bool


def reminder(adhesion: Standing) -> str:
    """What the body is to be reminded of, or why it is not: a letter too soon or to a dead mailbox helps nobody."""
    cause = {"submitted": REMINDERS[0], "confirmed": None if adhesion.has_delegates else REMINDERS[1]}
    wanted = cause.get(adhesion.state)
    if wanted is None:
        raise Refused("nothing_to_remind", state=adhesion.state)
    if adhesion.mailbox_dead:
        raise Refused("mailbox_dead")
    if adhesion.reminded:
        raise Refused("reminded_lately")
    return wanted


def check_bulk(action: str, adhesion: Standing) -> None:
    """Refuse what would not happen to such an adhesion; the same rules decide again when it is done."""
    if action == "remind":
        reminder(adhesion)
    elif moved(adhesion.state, action) == adhesion.state:
        raise Refused("not_in_state", state=adhesion.state)


def confirmation(kind: str) -> str:
    """Which move the contact's click is: a body that no official list knows is looked at by the secretariat."""
    return "confirm" if kind == "municipality" else "confirm_for_review"


def newest(known: Letter | None, heard: Letter) -> Letter:
    """Which of the two tells the state of the mailbox.

    Of one letter, the later word in ``MAIL_STATES``; of two, the one heard of last. But a letter that merely left does
    not hide that an earlier one bounced: only a delivery shows that the mailbox lives.
    """
    if known is None:
        return heard
    rank = MAIL_STATES.index
    if known.message_id == heard.message_id:
        return heard if rank(heard.state) > rank(known.state) else known
    if heard.at <= known.at or (known.state == "bounced" and heard.state in ("unresolved", "sent")):
        return known
    return heard


def protocol_year(now: datetime) -> int:
    """The year in which a number is given: that of the calendar on the wall of the office."""
    return now.astimezone(OFFICE).year


def protocol(prefix: str, year: int, number: int) -> str:
    """The number that the body quotes: CO-2017-000123."""
    return f"{prefix}-{year}-{number:06d}"


def canonical(content: Mapping[str, Any]) -> str:
    """The content as JSON in its one canonical form: sorted keys, no blanks between them, letters as they are."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(statement: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(statement.encode()).hexdigest()


def searchable(*names: str) -> str:
    """The names as the search compares them: no accents, no capitals, no punctuation; slashes part them."""
    return "".join(f"/{plain(name)}" for name in names if name) + "/"


def plain(text: str) -> str:
    """Lower-case letters and digits of the Latin alphabet, words parted by one space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def search_words(names: Iterable[str | None], mailboxes: Iterable[str | None]) -> set[str]:
    """The words by which an adhesion is found: those of the names, each mailbox whole, and those before its @."""
    words = {word for name in names if name for word in plain(name).split()}
    for mailbox in mailboxes:
        if mailbox:
            words |= {mailbox.lower(), *plain(mailbox.partition("@")[0]).split()}
    return words


def search_terms(query: str) -> list[str]:
    """The beginnings of words that were asked for: what holds an @ is a mailbox, all else is compared as ``plain``."""
    terms = []
    for part in query.split():
        terms += [part.lower()] if "@" in part else plain(part).split()
    return list(dict.fromkeys(terms))


def declared_code(name: str, province: str) -> str:
    """The code of a body that no official list knows: the same name in the same province is the same body."""
    return f"S{province}-{hashlib.sha256(plain(name).encode()).hexdigest()[:8].upper()}"


def instant(moment: datetime) -> str:
    """A moment as facts carry it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat()
