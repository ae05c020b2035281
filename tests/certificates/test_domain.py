"""The rule, case by case."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.certificates.domain import (
    Attended,
    Ending,
    Holder,
    Standing,
    State,
    Verdict,
    certificate_number,
    decide,
    is_name_of,
    masked,
    statement_of,
)

ANNA = Holder("Anna", "Rossi", "Comune di Cantù")


def attended(minutes, number=1, on=date(2017, 9, 11)):
    return Attended(UUID(int=number), "training_day", "Giornata", "Day", on, minutes, "Forlì")


ENOUGH, MORE, LESS = statement_of([attended(420)]), statement_of([attended(440)]), statement_of([attended(419)])
VALID = Standing(State.VALID, ENOUGH.fingerprint, 420, pressed=True, holder=ANNA)
PRESSING = Standing(State.PRESSING, ENOUGH.fingerprint, 420, pressed=False)
BY_EVIDENCE = replace(VALID, state=State.REVOKED, ended_by=Ending.EVIDENCE)
BY_STAFF = replace(VALID, state=State.REVOKED, ended_by=Ending.STAFF)


@pytest.mark.parametrize(
    ("last", "statement", "verdict"),
    [
        (None, LESS, Verdict.KEEP),
        (None, ENOUGH, Verdict.ISSUE),
        (VALID, ENOUGH, Verdict.KEEP),
        (VALID, MORE, Verdict.REPLACE),
        (VALID, LESS, Verdict.REVOKE),
        (VALID, statement_of([]), Verdict.REVOKE),
        (PRESSING, ENOUGH, Verdict.KEEP),
        (PRESSING, MORE, Verdict.REFRESH),
        (PRESSING, LESS, Verdict.REVOKE),
        (replace(PRESSING, state=State.FAILED), ENOUGH, Verdict.KEEP),
        (replace(PRESSING, state=State.FAILED), MORE, Verdict.REFRESH),
        (BY_EVIDENCE, LESS, Verdict.KEEP),
        (BY_EVIDENCE, ENOUGH, Verdict.ISSUE),
        (replace(BY_EVIDENCE, pressed=False), ENOUGH, Verdict.REFRESH),
        (BY_STAFF, ENOUGH, Verdict.KEEP),
        (BY_STAFF, MORE, Verdict.ISSUE),
        (BY_STAFF, LESS, Verdict.KEEP),
    ],
)
def test_the_rule(last, statement, verdict):
    assert decide(last, statement, 420, ANNA) == verdict


def test_a_raised_threshold_takes_no_certificate_away_and_gives_no_new_one():
    assert decide(VALID, ENOUGH, 600, ANNA) == Verdict.KEEP
    assert decide(VALID, LESS, 600, ANNA) == Verdict.REVOKE
    assert decide(None, ENOUGH, 600, ANNA) == Verdict.KEEP


def test_a_lowered_threshold_gives_certificates():
    assert decide(None, LESS, 400, ANNA) == Verdict.ISSUE
    assert decide(VALID, LESS, 400, ANNA) == Verdict.REPLACE


def test_a_corrected_name_is_a_new_edition_and_an_unknown_one_is_not():
    assert decide(VALID, ENOUGH, 420, replace(ANNA, family_name="Rossini")) == Verdict.REPLACE
    assert decide(VALID, ENOUGH, 420, None) == Verdict.KEEP
    assert decide(BY_STAFF, ENOUGH, 420, replace(ANNA, family_name="Rossini")) == Verdict.KEEP


def test_an_erased_person_keeps_what_is_true_and_gets_nothing_new():
    assert decide(replace(VALID, holder=None), ENOUGH, 420, None, erased=True) == Verdict.KEEP
    assert decide(replace(VALID, holder=None), MORE, 420, None, erased=True) == Verdict.REVOKE
    assert decide(None, ENOUGH, 420, None, erased=True) == Verdict.KEEP


def test_a_statement_is_in_the_order_of_dates_and_without_absences():
    late, early, absent = attended(90, 1, date(2018, 1, 9)), attended(420, 2, date(2017, 9, 11)), attended(0, 3)

    statement = statement_of([late, absent, early])

    assert statement.appointments == (early, late)
    assert statement.minutes == 510
    assert statement.fingerprint == statement_of([early, late]).fingerprint
    assert statement.fingerprint != statement_of([early, replace(late, title_it="Altro")]).fingerprint


def test_numbers_are_padded():
    assert certificate_number("co-alizione-2017", 123) == "CO-ALIZIONE-2017/000123"
    assert certificate_number("x", 1_234_567) == "X/1234567"


def test_a_masked_name_shows_initials_only():
    assert masked("Maria Elżbieta", "Rossi") == "M••• R•••"
    assert masked("élodie", " ") == "É•••"
    assert masked("", "") == ""


@pytest.mark.parametrize(
    "typed",
    [
        "Niccolò D’Agostino",
        "niccolo d'agostino",
        "D’AGOSTINO NICCOLÒ",
        "  nicolo\u0300 ".replace("ni", "nic", 1) + "dagostino",
    ],
)
def test_the_whole_name_is_recognised(typed):
    assert is_name_of(typed, "Niccolò", "D’Agostino")


@pytest.mark.parametrize("typed", ["", " ", "-", "Niccolò", "D’Agostino", "N D", "Niccolò D’Agostin", "x" * 10_000])
def test_less_than_the_whole_name_is_not(typed):
    assert not is_name_of(typed, "Niccolò", "D’Agostino")


def test_letters_that_no_keyboard_here_has_may_be_typed_plainly():
    assert is_name_of("lukasz walesa", "Łukasz", "Wałęsa")
    assert is_name_of("ionut serban", "Ionuț", "Șerban")
    assert is_name_of("Strasse Oezdemir", "Straße", "Oezdemir")
