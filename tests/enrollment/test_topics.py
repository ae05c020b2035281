"""A body chooses other topics in its area."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from tests.enrollment.builders import FIUMICINO, area, confirm_link, form, own_page
from tests.enrollment.test_adhesions import refused


@pytest.fixture
def adhesion(enrollment, told):
    """A confirmed adhesion with two delegates."""
    confirmed = enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(form())))
    told()
    return confirmed


def test_other_topics_are_told_and_written_down(enrollment, adhesion, told, emitted, store):
    token = area(enrollment, adhesion)
    after = enrollment.change_topics(token, ["cittadinanza", "abitare"], idempotency_key="k")
    again = enrollment.change_topics(token, ["cittadinanza", "abitare"], idempotency_key="k")

    assert (after["topics"], again) == (["cittadinanza", "abitare"], after)
    assert told() == ["AdhesionCorrected"]
    assert emitted(store)[-1].topics == ["cittadinanza", "abitare"]
    line = enrollment.adhesion(adhesion["id"])["history"][-1]
    assert (line["actor"], line["what"]) == ("contact", "topics_changed")
    assert line["changes"] == {"topics": [["tratta", "abitare"], ["cittadinanza", "abitare"]]}


def test_the_same_topics_are_no_news(enrollment, adhesion, told):
    before = enrollment.adhesion(adhesion["id"])["version"]
    enrollment.change_topics(area(enrollment, adhesion), ["tratta", "abitare"])
    assert told() == []
    assert enrollment.adhesion(adhesion["id"])["version"] == before


@pytest.mark.parametrize("wrong", [None, [], "tratta", ["tratta"] * 2, ["tratta", 7], ["x" * 400], list("abcdef")])
def test_what_is_no_choice_of_topics_changes_nothing(enrollment, adhesion, told, wrong):
    with pytest.raises(ValidationError) as caught:
        enrollment.change_topics(area(enrollment, adhesion), wrong)
    assert set(caught.value.messages) == {"topics"}
    assert told() == []


def test_topics_that_there_are_not_and_bodies_that_have_left(enrollment, adhesion, told):
    token = area(enrollment, adhesion)
    assert refused(enrollment.change_topics, token, ["tratta", "musica"]) == ("unknown_topic", {"topic": "musica"})
    enrollment.withdraw_adhesion(token)
    told()
    assert refused(enrollment.change_topics, token, ["tratta"]) == ("not_in_state", {"state": "withdrawn"})
    assert told() == []


def test_nobody_else_changes_them(enrollment, adhesion):
    enrollment.submit_adhesion(form(FIUMICINO))
    for token in ("x", None, own_page(enrollment, adhesion["delegates"][0]["id"])):
        assert refused(enrollment.change_topics, token, ["tratta"]) == ("area_closed", {})
    assert enrollment.adhesion(adhesion["id"])["topics"] == ["tratta", "abitare"]
