"""What speaks against a change of a programme: refusals, questions, and silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chassis.refusal import Refused
from services.enrollment.amendments import Joined, Some, check, objections

OPENS, CLOSES = datetime(2017, 5, 2, tzinfo=UTC), datetime(2017, 6, 30, 22, tzinfo=UTC)
NOW = datetime(2017, 5, 20, 9, tzinfo=UTC)
BEFORE: dict[str, Any] = {
    "adhesion_opens": OPENS,
    "adhesion_closes": CLOSES,
    "training_from": date(2017, 7, 1),
    "places_per_body": 6,
    "certificate_minutes": 360,
    "consent_version": "2017-05",
}
RECEIVED = Joined(received=2, first_at=OPENS + timedelta(days=1), last_at=NOW - timedelta(days=1))


def reasons(changes: dict[str, Any], joined: Joined = RECEIVED, now: datetime = NOW) -> list[tuple[str, bool]]:
    found = objections(BEFORE, {**BEFORE, **changes}, joined, now, now.date())
    return [(one.reason, one.asks) for one in found]


def test_nothing_speaks_against_what_touches_nobody():
    assert reasons({}) == []
    assert reasons({"places_per_body": 20}) == []
    assert reasons({"adhesion_closes": CLOSES + timedelta(days=30)}) == []
    assert reasons({"certificate_minutes": 60}) == []


def test_no_receipt_may_lie_outside_the_window():
    assert reasons({"adhesion_opens": OPENS + timedelta(days=2)}) == [("opens_after_adhesions", False)]
    assert reasons({"adhesion_closes": NOW - timedelta(days=2)}) == [
        ("closes_before_adhesions", False),
        ("window_shortened", True),
    ]
    assert reasons({"adhesion_closes": RECEIVED.last_at}, now=CLOSES + timedelta(days=1)) == []


def test_an_open_window_that_ends_earlier_asks_and_a_closed_one_does_not():
    earlier = {"adhesion_closes": CLOSES - timedelta(days=3)}
    assert reasons(earlier) == [("window_shortened", True)]
    assert reasons(earlier, Joined()) == [("window_shortened", True)]
    assert reasons(earlier, now=CLOSES + timedelta(days=1)) == []
    assert reasons({"adhesion_opens": NOW + timedelta(days=1)}, Joined()) == [("window_shortened", True)]


def test_fewer_places_than_a_body_sends_are_refused():
    assert reasons({"places_per_body": 1}, Joined(crowded=Some(3, ("Tivoli",)), most_delegates=4)) == [
        ("places_below_delegates", False)
    ]


def test_a_topic_that_was_chosen_stays():
    assert reasons({}, Joined(topics={"tratta": 2, "abitare": 1})) == [("topic_chosen", False)] * 2


def test_a_consent_version_names_one_text_for_ever():
    accepted = Joined(consented={"2017-05": 4, "2017-04": 1})
    assert reasons({"consent_version": "2017-04"}, accepted) == [("consent_version_used", False)]
    assert reasons({"consent_version": "2017-06"}, accepted) == [("consent_renewed", True)]
    assert reasons({"consent_version": "2017-06"}, Joined()) == []


def test_narrower_terms_ask_for_those_who_are_in():
    joined = Joined(outside_kinds=Some(1, ("Unione",)), outside_band=Some(2, ("Tivoli", "Merano")))
    assert reasons({}, joined) == [("kinds_narrowed", True), ("band_narrowed", True)]


def test_another_threshold_asks_once_training_has_begun():
    begun = datetime(2017, 7, 1, 8, tzinfo=UTC)
    assert reasons({"certificate_minutes": 300}, now=begun) == [("threshold_lowered", True)]
    assert reasons({"certificate_minutes": 400}, now=begun) == [("threshold_raised", True)]


def test_a_refusal_comes_before_every_question_and_questions_are_answered_by_name():
    joined = Joined(topics={"tratta": 2}, outside_band=Some(2, ("Tivoli", "Merano")))
    both = objections(BEFORE, BEFORE, joined, NOW, NOW.date())
    with pytest.raises(Refused) as caught:
        check(both, ["band_narrowed", "topic_chosen"])
    assert (caught.value.reason, caught.value.facts) == ("topic_chosen", {"topic": "tratta", "count": 2})

    question = both[1:]
    for answers in ([], ["kinds_narrowed"]):
        with pytest.raises(Refused) as caught:
            check(question, answers)
        assert (caught.value.reason, caught.value.facts) == (
            "needs_acceptance",
            {"questions": [{"reason": "band_narrowed", "count": 2, "examples": ["Tivoli", "Merano"]}]},
        )
    check(question, ["band_narrowed"])
