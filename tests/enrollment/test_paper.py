"""Adhesions that bodies send on paper: they count for the day that they are dated."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from chassis.refusal import Invalid, Refused
from tests.enrollment.builders import PROGRAMME, ROMA, TIVOLI, form, union

ADA = "staff-ada"
LATE = datetime(2017, 7, 10, 9, 0, tzinfo=UTC)


def enter(enrollment, given, dated_on="2017-05-10", reference="PG 1234/2017", **more):
    return enrollment.enter_adhesion(given, {"dated_on": dated_on, "reference": reference}, actor=ADA, **more)


def test_a_municipality_has_joined_by_its_paper(enrollment, told, emitted, store):
    entered = enter(enrollment, form(TIVOLI))
    assert (entered["state"], entered["protocol"], len(entered["receipt_hash"])) == ("confirmed", "CO-2017-000001", 64)
    paper = entered["paper"]
    assert (paper["dated_on"], paper["reference"], paper["entered_by"]) == ("2017-05-10", "PG 1234/2017", ADA)
    assert [(line["actor"], line["what"], line["reason"]) for line in entered["history"]] == [
        (ADA, "entered_from_paper", "PG 1234/2017"),
        (ADA, "confirmed", None),
    ]
    assert told() == ["ContactChanged", "AdhesionSubmitted", "AdhesionConfirmed", *2 * ["DelegateRegistered"]]
    assert emitted(store)[1].on_paper is True
    assert enrollment.adhesion(enrollment.submit_adhesion(union())["id"])["paper"] is None


def test_a_supra_municipal_body_is_reviewed_as_ever(enrollment):
    assert enter(enrollment, union())["state"] == "under_review"


def test_after_the_deadline_the_paper_must_be_of_before_and_the_programme_must_allow_it(enrollment, clock, told):
    clock.set(LATE)
    with pytest.raises(Refused) as caught:
        enter(enrollment, form(TIVOLI), "2017-06-30")
    assert (caught.value.reason, caught.value.facts) == (
        "paper_too_late",
        {"dated_on": "2017-06-30", "until": "2017-06-30"},
    )
    enrollment.change_programme(PROGRAMME, {"late_paper_days": 10}, actor="admin-1")
    with pytest.raises(Refused) as caught:
        enter(enrollment, form(TIVOLI), "2017-07-01")
    assert caught.value.reason == "adhesions_closed"
    assert enter(enrollment, form(TIVOLI), "2017-06-30")["state"] == "confirmed"
    clock.advance(days=1)
    with pytest.raises(Refused) as caught:
        enter(enrollment, union(), "2017-06-30")
    assert caught.value.facts["until"] == "2017-07-10"


def test_the_other_rules_hold_for_papers_too(enrollment, told):
    enter(enrollment, form(TIVOLI))
    told()
    for given, reason in (
        (form(TIVOLI), "already_joined"),
        (form(ROMA), "population_out_of_band"),
        (form("021008", consent=False), "consent_missing"),
        (form("021008", topics=["astrologia"]), "unknown_topic"),
    ):
        with pytest.raises(Refused) as caught:
            enter(enrollment, given)
        assert caught.value.reason == reason
    with pytest.raises(Refused) as caught:
        enter(enrollment, form("021008"), "2016-01-01")
    assert (caught.value.reason, told()) == ("adhesions_not_open_yet", [])


def test_a_paper_that_is_none(enrollment):
    for wrong in ({"dated_on": "30/06/2017"}, {"dated_on": None}, {"reference": " "}, {"reference": "x" * 101}):
        with pytest.raises(ValidationError):
            enter(enrollment, form(TIVOLI), **wrong)
    with pytest.raises(Invalid) as caught:
        enter(enrollment, form(TIVOLI), "2017-05-16")
    assert caught.value.errors == {"dated_on": ["in_the_future"]}


def test_a_paper_entered_twice_is_one_adhesion(enrollment, told):
    first = enter(enrollment, form(TIVOLI), idempotency_key="k")
    assert enter(enrollment, form(TIVOLI), idempotency_key="k") == first
    assert told().count("AdhesionSubmitted") == 1
