"""The rules of mail: which kinds there are, how a message's state may change, and what an answer proves.

A mail can be sent twice or not at all, and no protocol with SendGrid can exclude both. This house never sends by itself
when the fate of a message is unknown: the message is claimed before the call, and whatever cannot be proved afterwards
waits for the event webhook or for a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.refusal import Refused

QUEUED, CLAIMED, SENT, DELIVERED, BOUNCED, FAILED, UNKNOWN = STATES = (
    "queued",
    "claimed",
    "sent",
    "delivered",
    "bounced",
    "failed",
    "unknown",
)

PERMITTED: Mapping[str, frozenset[str]] = {
    QUEUED: frozenset({CLAIMED, FAILED, SENT, DELIVERED, BOUNCED}),
    CLAIMED: frozenset({QUEUED, FAILED, UNKNOWN, SENT, DELIVERED, BOUNCED}),
    UNKNOWN: frozenset({FAILED, SENT, DELIVERED, BOUNCED}),
    FAILED: frozenset({SENT, DELIVERED, BOUNCED}),
    SENT: frozenset({DELIVERED, BOUNCED}),
    DELIVERED: frozenset({BOUNCED}),
    BOUNCED: frozenset(),
}
"""Evidence (sent, delivered, bounced) beats every assumption, and only moves forward. Nothing leads from unknown back
to queued: that would be sending again without knowing."""

EVIDENCE: Mapping[str, str] = {
    "processed": SENT,
    "deferred": SENT,
    "delivered": DELIVERED,
    "open": DELIVERED,
    "click": DELIVERED,
    "spamreport": DELIVERED,
    "bounce": BOUNCED,
    "dropped": BOUNCED,
}
"""What each event of SendGrid's webhook proves about a message."""

RESENDABLE = frozenset({FAILED, UNKNOWN, BOUNCED})
ERASED, SUPERSEDED, NOT_SENT = "person_erased", "superseded", "not_sent"
FINAL_REASONS = frozenset({ERASED, SUPERSEDED})
FINAL = frozenset({SENT, DELIVERED, BOUNCED, FAILED, UNKNOWN})
"""States in which a mail is no more ours to send."""
PARTING_DAYS = 7
"""How long a parting letter is tried, before its address is forgotten all the same."""
"""Messages that failed for these reasons must not go out at all, whoever asks."""


RESEND = "resend"
DECISIONS = (SENT, NOT_SENT, RESEND)
"""What a person may say of a mail: it left, it did not leave, send it again."""


def objection(decision: str, state: str, reason: str | None, again: Collection[str]) -> Refused | None:
    """The rule that forbids the decision about a message in this state, if one does.

    ``again`` are the states of the other messages that were sent again for the same fact: while one of them is on its
    way, or has left, another one would reach the person twice.
    """
    if decision != RESEND:
        return None if state == UNKNOWN else Refused("not_in_state", state=state)
    if state not in RESENDABLE:
        return Refused("not_in_state", state=state)
    if reason in FINAL_REASONS:
        return Refused(reason or "")
    if {QUEUED, CLAIMED} & set(again):
        return Refused("already_on_its_way")
    if {SENT, DELIVERED} & set(again):
        return Refused("sent_again_already")
    return None


@dataclass(frozen=True)
class Link:
    """A page that the mail leads to; ``purpose`` is what its token grants."""

    path: str
    purpose: str | None


CONFIRM = Link("/adhesions/confirm/{}", "confirm-adhesion")
AREA = Link("/area/{}", "body-area")
DRAFT = Link("/adhesions/drafts/{}", "adhesion-draft")
OWN = Link("/me/{}", "delegate-area")
NOMINATION = Link("/area/nomination/{}", "contact-nomination")
MAILBOX = Link("/area/mailbox/{}", "body-mailbox")
CHANGE = Link("/me/mailbox/{}", "mailbox-change")
VERIFY = Link("/V/{}", None)
DESK = Link("/staff/appointments/{}", None)
STAFF = Link("/staff", None)
INVITATION = Link("/staff/invitation/{}", "staff-invitation")
PASSWORD = Link("/staff/password/reset/{}", "staff-password")


@dataclass(frozen=True)
class Kind:
    """A kind of mail: what it is about, where it leads, and what is attached.

    ``about`` names the projection that it is written from; ``calendar`` is the method of its invitation. A ``parting``
    mail goes to an address that is forgotten as soon as its fate is known, so nobody can send it again.
    """

    about: str
    link: Link | None = None
    calendar: str | None = None
    document: bool = False
    parting: bool = False


KINDS: Mapping[str, Kind] = {
    "draft_link": Kind("person", DRAFT),
    "adhesion_received": Kind("adhesion", CONFIRM),
    "adhesion_confirmed": Kind("adhesion", AREA),
    "adhesion_rejected": Kind("adhesion"),
    "adhesion_withdrawn": Kind("adhesion"),
    "confirmation_missing": Kind("adhesion", CONFIRM),
    "delegates_missing": Kind("adhesion", AREA),
    "area_link": Kind("adhesion", AREA),
    "own_link": Kind("adhesion", OWN),
    "contact_nominated": Kind("adhesion", NOMINATION),
    "contact_replaced": Kind("adhesion"),
    "mailbox_link": Kind("adhesion", MAILBOX),
    "mailbox_change": Kind("adhesion", CHANGE),
    "mailbox_changed": Kind("person", parting=True),
    "delegate_replaced": Kind("adhesion", OWN),
    "person_erased": Kind("person", parting=True),
    "place_assigned": Kind("place", OWN, calendar="REQUEST"),
    "place_waiting": Kind("place", OWN),
    "place_changed": Kind("place", OWN, calendar="REQUEST"),
    "place_released": Kind("place", OWN, calendar="CANCEL"),
    "waiting_ended": Kind("place", OWN),
    "desk_assigned": Kind("desk", DESK, calendar="REQUEST"),
    "desk_changed": Kind("desk", DESK, calendar="REQUEST"),
    "desk_relieved": Kind("desk", STAFF, calendar="CANCEL"),
    "certificate_issued": Kind("certificate", VERIFY, document=True),
    "certificate_reissued": Kind("certificate", VERIFY, document=True),
    "certificate_revoked": Kind("certificate", VERIFY),
    "staff_invitation": Kind("staff", INVITATION),
    "staff_password": Kind("staff", PASSWORD),
}


@dataclass(frozen=True)
class Outcome:
    """What one call to SendGrid came to. ``not_before`` is when a message that was not accepted may be tried again."""

    state: str
    reason: str | None = None
    provider_id: str | None = None
    not_before: datetime | None = None


_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(hours=1)
_MISCONFIGURED = timedelta(minutes=1)


def outcome_of_answer(status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
    """Read SendGrid's answer.

    A wrong key (401, 403) is the operator's to mend and proves that nothing was accepted: the mail waits. Any other 4xx
    is the mail's own fault. A 5xx proves nothing.
    """
    if 200 <= status < 300:
        return Outcome(SENT, provider_id=headers.get("X-Message-Id", "")[:120] or None)
    if status == 429:
        return Outcome(QUEUED, "rate_limited", not_before=_reset(headers.get("X-RateLimit-Reset", ""), now))
    if status in (401, 403):
        return Outcome(QUEUED, f"refused_{status}", not_before=now + _MISCONFIGURED)
    if status < 500:
        return Outcome(FAILED, f"refused_{status}")
    return Outcome(UNKNOWN, f"answered_{status}")


def _reset(raw: str, now: datetime) -> datetime:
    seconds = float(raw) - now.timestamp() if re.fullmatch(r"\d{1,12}", raw) else _SHORTEST.total_seconds()
    return now + min(max(timedelta(seconds=seconds), timedelta()), _LONGEST)


def back_off(failures: int, now: datetime) -> datetime:
    """When to try again after so many calls in a row that never reached SendGrid: soon at first, 15 seconds at most."""
    return now + timedelta(seconds=min(0.5 * 2.0 ** min(failures, 10), 15.0))


def one_line(text: str) -> str:
    """The text without line breaks and control characters: nothing that a person typed can become a mail header."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join("".join(" " if unicodedata.category(one)[0] == "C" else one for one in line).split())


_ADDRESS = re.compile(r"[^\x00-\x20\x7f@,;:<>\"()\[\]\\]{1,64}@[^\x00-\x20\x7f@,;:<>\"()\[\]\\]{1,250}")


def is_address(text: str | None) -> bool:
    """Whether the text is one plain address: no list, no name, no control character."""
    return bool(text and len(text) <= 254 and _ADDRESS.fullmatch(text) and "." in text.rpartition("@")[2])


def next_cause(root: str, resent: Iterable[str]) -> str:
    """The cause of one more message for the same fact, asked for by a person."""
    numbers = [int(cause.rpartition(":")[2]) for cause in resent]
    return f"{root}:resend:{max(numbers, default=0) + 1}"


def root_cause(cause: str) -> str:
    return cause.partition(":resend:")[0]
