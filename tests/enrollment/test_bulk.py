"""One thing done to many adhesions: what the preview says is what happens, once, whatever interrupts it."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from chassis.refusal import Missing, Refused
from contracts.enrollment import BulkActionAdvanced
from services.enrollment import bulk
from tests.enrollment.builders import (
    BOLZANO,
    BRUNICO,
    FIUMICINO,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    form,
    union,
)
from tests.enrollment.test_listing import bounced, listed

ADA, BEA = "staff-ada", "staff-bea"


def prepare(enrollment, action, adhesions=None, actor=ADA, reason=None, **filters):
    chosen = {"filters": filters} if adhesions is None else {"adhesion_ids": [one["id"] for one in adhesions]}
    given = {"action": action, "reason": reason, **chosen}
    return enrollment.prepare_bulk_action(PROGRAMME, given, actor=actor)


def figures(shown):
    not_done = {one["reason"]: one["count"] for one in shown["not_done"]}
    return shown["state"], shown["done"], shown["waiting"], not_done


@pytest.fixture
def four(enrollment):
    """One that waits for its mailbox, whose mail comes back; one confirmed without people; one withdrawn; one union
    under review."""
    sent = {code: enrollment.submit_adhesion(form(code, delegates=0)) for code in (TIVOLI, FIUMICINO, BOLZANO)}
    enrollment.hear_notifications([bounced(sent[TIVOLI])])
    enrollment.confirm_adhesion(confirm_link(sent[FIUMICINO]))
    enrollment.withdraw_adhesion(area(enrollment, sent[BOLZANO]))
    sent["union"] = enrollment.submit_adhesion(union())
    enrollment.confirm_adhesion(confirm_link(sent["union"]))
    return sent


def test_the_preview_says_what_would_happen_and_why_not_to_the_others(enrollment, four, told):
    told()
    for action, waiting, not_done in (
        ("approve", 1, {"not_in_state": 3}),
        ("reject", 2, {"not_in_state": 2}),
        ("withdraw", 3, {"not_in_state": 1}),
        ("remind", 1, {"mailbox_dead": 1, "nothing_to_remind": 2}),
    ):
        shown = prepare(enrollment, action, reason="because")
        assert (action, shown["total"], figures(shown)) == (action, 4, ("prepared", 0, waiting, not_done))
        assert len(shown["left_out"]) == 4 - waiting
    assert [(one["body_name"], one["reason"]) for one in shown["left_out"]] == [
        ("Tivoli", "mailbox_dead"),
        ("Bolzano", "nothing_to_remind"),
        ("Unione dei Comuni della Val d'Enza", "nothing_to_remind"),
    ]
    assert told() == []


@pytest.mark.parametrize(("action", "event"), [("approve", "AdhesionConfirmed"), ("reject", "AdhesionRejected")])
def test_what_was_previewed_is_done_with_a_line_of_history_each(enrollment, four, told, action, event):
    shown = prepare(enrollment, action, [four["union"]], reason="Checked by phone")
    told()
    assert figures(enrollment.confirm_bulk_action(shown["id"], actor=ADA)) == ("finished", 1, 0, {})
    assert told()[0] == event
    line = enrollment.adhesion(four["union"]["id"])["history"][-1]
    assert (line["actor"], line["reason"]) == (ADA, "Checked by phone")


def test_confirming_twice_does_nothing_twice(enrollment, four, told):
    shown = prepare(enrollment, "remind")
    told()
    first = enrollment.confirm_bulk_action(shown["id"], actor=ADA, idempotency_key="one")
    assert figures(first) == ("finished", 1, 0, {"mailbox_dead": 1, "nothing_to_remind": 2})
    for key in ("one", "another", None):
        assert enrollment.confirm_bulk_action(shown["id"], actor=ADA, idempotency_key=key) == first
    assert told() == ["AdhesionReminded"]
    again = prepare(enrollment, "remind")
    assert figures(again) == ("prepared", 0, 0, {"mailbox_dead": 1, "nothing_to_remind": 2, "reminded_lately": 1})


def test_all_that_match_are_those_that_matched_when_it_was_prepared(enrollment, four):
    shown = prepare(enrollment, "withdraw", reason="Asked by all", state="confirmed")
    late = enrollment.submit_adhesion(form(BRUNICO, delegates=0))
    enrollment.confirm_adhesion(confirm_link(late))
    enrollment.confirm_bulk_action(shown["id"], actor=ADA)
    assert listed(enrollment, state="confirmed") == [BRUNICO]


def test_what_an_adhesion_has_become_meanwhile_is_respected(enrollment, four):
    shown = prepare(enrollment, "approve", [four["union"]])
    enrollment.review_adhesion(four["union"]["id"], "reject", "No", actor=BEA)
    done = enrollment.confirm_bulk_action(shown["id"], actor=ADA)
    assert figures(done) == ("finished", 0, 0, {"not_in_state": 1})
    assert [(one["reason"], one["state"]) for one in done["left_out"]] == [("not_in_state", "rejected")]


def test_it_goes_on_part_by_part_and_where_it_stood(enrollment, four, told, emitted, store, monkeypatch):
    monkeypatch.setattr(bulk, "PART", 2)
    shown = prepare(enrollment, "withdraw", reason="x")
    told()
    assert figures(enrollment.confirm_bulk_action(shown["id"], actor=ADA)) == ("running", 2, 2, {})
    [word] = [event for event in emitted(store) if isinstance(event, BulkActionAdvanced)]
    for _ in range(2):
        enrollment.continue_bulk_actions([word])
    assert figures(enrollment.bulk_action(shown["id"])) == ("finished", 3, 0, {"not_in_state": 1})
    words = [event for event in emitted(store) if isinstance(event, BulkActionAdvanced)]
    enrollment.continue_bulk_actions(words[1:])
    assert [event.position for event in words] == [2, 4]
    assert told().count("AdhesionWithdrawn") == 3


def test_what_was_prepared_before_and_never_confirmed_is_forgotten(enrollment, four):
    first, of_another = prepare(enrollment, "remind"), prepare(enrollment, "remind", actor=BEA)
    second = prepare(enrollment, "remind")
    with pytest.raises(Missing):
        enrollment.confirm_bulk_action(first["id"], actor=ADA)
    with pytest.raises(Missing):
        enrollment.confirm_bulk_action(of_another["id"], actor=ADA)
    assert enrollment.bulk_action(second["id"])["state"] == "prepared"


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "delete", "filters": {}},
        {"action": "reject", "filters": {}},
        {"action": "withdraw", "filters": {}, "reason": " "},
        {"action": "remind"},
        {"action": "remind", "adhesion_ids": []},
        {"action": "remind", "adhesion_ids": ["x"]},
        {"action": "remind", "adhesion_ids": ["00000000-0000-4000-8000-000000000000"] * 501},
        {"action": "remind", "adhesion_ids": ["00000000-0000-4000-8000-000000000000"], "filters": {}},
        {"action": "remind", "filters": {"shoe_size": 43}},
        {"action": "remind", "filters": {"population_min": "x"}},
        {"action": "remind", "filters": []},
    ],
)
def test_a_bulk_action_that_is_none(enrollment, four, wrong):
    with pytest.raises(ValidationError):
        enrollment.prepare_bulk_action(PROGRAMME, wrong, actor=ADA)


def test_an_adhesion_of_elsewhere_is_missing(enrollment, four):
    with pytest.raises(Missing):
        prepare(enrollment, "remind", [four[TIVOLI], {"id": "00000000-0000-4000-8000-000000000000"}])
    for unknown in ("x", "00000000-0000-4000-8000-000000000000", None):
        with pytest.raises(Missing):
            enrollment.confirm_bulk_action(unknown, actor=ADA)


def test_a_refusal_in_the_middle_leaves_nothing_half_done(enrollment, four, monkeypatch):
    """What an action had begun before it was refused is undone; the others of the same part are done."""

    def begin_and_refuse(session, one, now, found, interval):
        if one.body_code != TIVOLI:
            return []
        one.state = "withdrawn"
        session.flush()
        raise Refused("mailbox_dead")

    monkeypatch.setitem(bulk._ACTIONS, "remind", begin_and_refuse)
    shown = enrollment.confirm_bulk_action(prepare(enrollment, "remind")["id"], actor=ADA)
    assert figures(shown) == ("finished", 3, 0, {"mailbox_dead": 1})
    assert enrollment.adhesion(four[TIVOLI]["id"])["state"] == "submitted"
