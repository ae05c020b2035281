"""The rules, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.refusal import Refused
from services.enrollment import domain
from services.enrollment.domain import Candidate, Letter, Terms

OPENS = datetime(2017, 5, 2, tzinfo=UTC)
CLOSES = datetime(2017, 6, 30, 21, 59, 59, tzinfo=UTC)
TERMS = Terms(OPENS, CLOSES, ("municipality",), 5_000, 150_000, 2, {"tratta", "abitare"}, "v1")
SECOND = timedelta(seconds=1)


def refusal(rule: object, *given: object) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refused) as caught:
        rule(*given)  # type: ignore[operator]
    return caught.value.reason, caught.value.facts


@pytest.mark.parametrize(
    ("now", "state"),
    [(OPENS - SECOND, "upcoming"), (OPENS, "open"), (CLOSES, "open"), (CLOSES + SECOND, "closed")],
)
def test_both_ends_of_the_window_belong_to_it(now, state):
    assert domain.window(TERMS, now) == state


def test_outside_the_window_the_refusal_says_when():
    assert refusal(domain.check_window, TERMS, OPENS - SECOND) == (
        "adhesions_not_open_yet",
        {"opens_at": "2017-05-02T00:00:00+00:00"},
    )
    assert refusal(domain.check_window, TERMS, CLOSES + SECOND) == (
        "adhesions_closed",
        {"closed_at": "2017-06-30T21:59:59+00:00"},
    )


@pytest.mark.parametrize("population", [5_000, 149_999, 150_000])
def test_both_ends_of_the_band_belong_to_it(population):
    domain.check_candidate(TERMS, Candidate("municipality", population, 2023))


@pytest.mark.parametrize("population", [4_999, 150_001, None, 0])
def test_outside_the_band_the_refusal_says_the_numbers(population):
    assert refusal(domain.check_candidate, TERMS, Candidate("municipality", population, 2023)) == (
        "population_out_of_band",
        {"population": population, "min": 5_000, "max": 150_000, "year": 2023},
    )


def test_a_programme_without_a_band_takes_every_municipality():
    terms = replace(TERMS, population_min=None, population_max=None)
    for population in (None, 0, 3_000_000):
        domain.check_candidate(terms, Candidate("municipality", population, None))


def test_a_kind_that_is_not_invited():
    assert refusal(domain.check_candidate, TERMS, Candidate("supra_municipal", 9_000, 2023)) == (
        "kind_not_admitted",
        {"kind": "supra_municipal"},
    )


def test_the_band_speaks_of_municipalities_only():
    terms = replace(TERMS, kinds=("supra_municipal",))
    domain.check_candidate(terms, Candidate("supra_municipal", None, None))


def test_consent_is_given_to_the_text_that_was_shown():
    domain.check_consent(TERMS, True, "v1")
    assert refusal(domain.check_consent, TERMS, False, "v1") == ("consent_missing", {})
    assert refusal(domain.check_consent, TERMS, True, "v0") == ("wrong_consent_version", {"current": "v1"})


def test_places_and_mailboxes():
    domain.check_delegates(TERMS, [])
    domain.check_delegates(TERMS, ["a@x.it", "b@x.it"])
    assert refusal(domain.check_delegates, TERMS, ["a@x.it", "b@x.it", "c@x.it"]) == ("too_many_delegates", {"max": 2})
    assert refusal(domain.check_delegates, TERMS, ["a@x.it", "a@x.it"]) == ("duplicate_delegate", {})


def test_topics_are_those_of_the_programme():
    domain.check_topics(TERMS, ["tratta"])
    assert refusal(domain.check_topics, TERMS, ["tratta", "pesca"]) == ("unknown_topic", {"topic": "pesca"})


def test_every_move_starts_and_ends_in_a_state():
    for ways in domain.MOVES.values():
        assert set(ways) | set(ways.values()) <= set(domain.STATES)


@pytest.mark.parametrize(
    ("state", "move", "following"),
    [
        ("submitted", "confirm", "confirmed"),
        ("submitted", "confirm_for_review", "under_review"),
        ("under_review", "approve", "confirmed"),
        ("confirmed", "confirm_for_review", "confirmed"),
        ("submitted", "reject", "rejected"),
        ("confirmed", "withdraw", "withdrawn"),
    ],
)
def test_permitted_moves(state, move, following):
    assert domain.moved(state, move) == following


@pytest.mark.parametrize(
    ("state", "move"),
    [
        *(("rejected", move) for move in domain.MOVES),
        ("withdrawn", "confirm"),
        ("confirmed", "reject"),
        ("confirmed", "approve"),
        ("submitted", "approve"),
        ("withdrawn", "change_delegates"),
    ],
)
def test_forbidden_moves(state, move):
    assert refusal(domain.moved, state, move) == ("not_in_state", {"state": state})


def test_the_year_of_a_protocol_turns_at_midnight_in_rome():
    before = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert (domain.protocol_year(before), domain.protocol_year(before + SECOND)) == (2017, 2018)
    assert domain.protocol("CO", 2017, 123) == "CO-2017-000123"


def test_the_same_content_has_the_same_hash():
    one = domain.digest(domain.canonical({"b": "è", "a": [1, None]}))
    assert one == domain.digest('{"a":[1,null],"b":"è"}')
    assert one != domain.digest(domain.canonical({"a": [1, None], "b": "e"}))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Agliè", "aglie"),
        ("  SAN  DONÀ di Piave ", "san dona di piave"),
        ("Eppan an der Weinstraße", "eppan an der weinstrasse"),
        ("L'Aquila", "l aquila"),
        ("Nabrežina", "nabrezina"),
        ("%_\\'; --", ""),
        ("", ""),
    ],
)
def test_plain_forms(text, form):
    assert domain.plain(text) == form


def test_a_declared_body_is_the_same_however_it_is_written():
    code = domain.declared_code("Unione Val d'Enza", "RE")
    assert code == domain.declared_code("UNIONE  VAL D’ENZA", "RE")
    assert code != domain.declared_code("Unione Val d'Enza", "PR")
    assert len(code) <= 16


A, B = uuid4(), uuid4()
T = datetime(2017, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "heard", "state"),
    [
        (None, (A, "sent", 0), "sent"),
        ((A, "sent", 1), (A, "delivered", 2), "delivered"),
        ((A, "delivered", 2), (A, "sent", 3), "delivered"),
        ((A, "delivered", 2), (A, "sent", 1), "delivered"),
        ((A, "delivered", 2), (A, "bounced", 1), "bounced"),
        ((A, "bounced", 2), (A, "delivered", 3), "bounced"),
        ((A, "bounced", 2), (B, "sent", 3), "bounced"),
        ((A, "bounced", 2), (B, "delivered", 3), "delivered"),
        ((A, "bounced", 5), (B, "delivered", 3), "bounced"),
        ((A, "delivered", 2), (B, "sent", 3), "sent"),
        ((A, "delivered", 2), (B, "bounced", 1), "delivered"),
        ((A, "sent", 2), (B, "unresolved", 3), "unresolved"),
    ],
)
def test_the_state_of_a_mailbox_is_the_newest_word_of_the_newest_letter(known, heard, state):
    def letter(one):
        return Letter(one[0], one[1], T + one[2] * SECOND)

    assert domain.newest(known and letter(known), letter(heard)).state == state
