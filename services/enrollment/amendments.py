"""The rules of changing a programme that bodies have joined, as plain functions.

A change that would break what somebody was promised is refused. One that touches somebody, and may still be right, asks
first: whoever makes it sees what it would touch, and accepts it by the name of the question. Every other change simply
happens. A draft is nobody's yet, and may become anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chassis.refusal import Refused
from services.enrollment.domain import instant

FIXED = ("code", "protocol_prefix")
"""What stands in addresses and on receipts: once the programme is public it never changes."""


@dataclass(frozen=True)
class Some:
    """So many bodies, and the names of a few."""

    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Joined:
    """Who would be touched by a change; what the change does not touch is left at nothing.

    ``topics`` are those that would go, with how often each was chosen; ``outside_*`` and ``crowded`` the bodies that
    the new kinds, the new band, the new numbers of delegates of each role, or the new number of places would not let
    in; ``consented`` how many accepted each version of the consent.
    """

    received: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    outside_kinds: Some = Some()
    outside_band: Some = Some()
    crowded: Some = Some()
    outside_quotas: Some = Some()
    most_delegates: int = 0
    topics: Mapping[str, int] = field(default_factory=dict)
    consented: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Objection:
    """What speaks against a change. ``asks`` says that it may be accepted."""

    reason: str
    asks: bool
    facts: dict[str, Any]


def objections(
    before: Mapping[str, Any], after: Mapping[str, Any], joined: Joined, now: datetime, today: date
) -> list[Objection]:
    """Everything that speaks against the change from one state of the programme to the other, refusals first."""
    found = [
        *_window(before, after, joined, now),
        *_places(after, joined),
        *(Objection("topic_chosen", False, {"topic": code, "count": n}) for code, n in sorted(joined.topics.items())),
        *_consent(before, after, joined),
        *_eligibility(joined),
        *_quotas(joined),
        *_threshold(before, after, today),
    ]
    return sorted(found, key=lambda one: one.asks)


def check(found: Collection[Objection], accepted: Collection[str]) -> None:
    """Refuse the change for the first reason that forbids it, or for the questions that were not answered."""
    for one in found:
        if not one.asks:
            raise Refused(one.reason, **one.facts)
    open_questions = [one for one in found if one.reason not in accepted]
    if open_questions:
        raise Refused("needs_acceptance", questions=[{"reason": one.reason, **one.facts} for one in open_questions])


def _window(before: Mapping[str, Any], after: Mapping[str, Any], joined: Joined, now: datetime) -> list[Objection]:
    """No receipt may lie outside the window; and who counts on its end must not be surprised unawares."""
    found = []
    opens, closes = after["adhesion_opens"], after["adhesion_closes"]
    if joined.first_at is not None and opens > joined.first_at:
        found.append(Objection("opens_after_adhesions", False, {"first_at": instant(joined.first_at)}))
    if joined.last_at is not None and closes < joined.last_at:
        found.append(Objection("closes_before_adhesions", False, {"last_at": instant(joined.last_at)}))
    was_open = before["adhesion_opens"] <= now <= before["adhesion_closes"]
    if was_open and (closes < before["adhesion_closes"] or opens > now):
        found.append(
            Objection("window_shortened", True, {"announced_at": instant(before["adhesion_closes"])}),
        )
    return found


def _places(after: Mapping[str, Any], joined: Joined) -> list[Objection]:
    if not joined.crowded.count:
        return []
    facts = {"max": after["places_per_body"], "most": joined.most_delegates, **_facts(joined.crowded)}
    return [Objection("places_below_delegates", False, facts)]


def _quotas(joined: Joined) -> list[Objection]:
    """Who sends more of a role, or has no room for those who must be, is left so: the rules are asked of newcomers."""
    some = joined.outside_quotas
    return [Objection("quotas_narrowed", True, _facts(some))] if some.count else []


def _consent(before: Mapping[str, Any], after: Mapping[str, Any], joined: Joined) -> list[Objection]:
    """One version names one text for ever: who accepted a version accepted the words that it then had."""
    known, version = before["consent_version"], after["consent_version"]
    if version == known:
        return []
    if joined.consented.get(version):
        return [Objection("consent_version_used", False, {"version": version, "count": joined.consented[version]})]
    accepted = sum(joined.consented.values())
    return [Objection("consent_renewed", True, {"count": accepted, "version": known})] if accepted else []


def _eligibility(joined: Joined) -> list[Objection]:
    """Who has joined stays in: the rules are asked when a body joins, not afterwards."""
    sides = (("kinds_narrowed", joined.outside_kinds), ("band_narrowed", joined.outside_band))
    return [Objection(reason, True, _facts(some)) for reason, some in sides if some.count]


def _threshold(before: Mapping[str, Any], after: Mapping[str, Any], today: date) -> list[Objection]:
    """Once there may be evidence, another threshold gives certificates to people, or asks more of the others.

    Whoever holds a certificate keeps it: certificates remembers the threshold that each was issued by.
    """
    old, new = before["certificate_minutes"], after["certificate_minutes"]
    if new == old or today < before["training_from"]:
        return []
    return [Objection("threshold_lowered" if new < old else "threshold_raised", True, {"before": old, "after": new})]


def _facts(some: Some) -> dict[str, Any]:
    return {"count": some.count, "examples": list(some.examples)}
