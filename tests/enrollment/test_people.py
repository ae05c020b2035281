"""Delegates, areas, letters and oblivion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.refusal import Invalid, KeyReused, Missing, Refused
from contracts.notifications import MessageBounced, MessageDelivered, MessageSent, MessageUnresolved
from services.enrollment.models import Delegate
from tests.enrollment.builders import (
    FIUMICINO,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    delegate,
    form,
    own_page,
)
from tests.enrollment.test_adhesions import refused

T = datetime(2017, 5, 16, tzinfo=UTC)


@pytest.fixture
def adhesion(enrollment, told):
    """A confirmed adhesion with two delegates."""
    confirmed = enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(form())))
    told()
    return confirmed


def test_the_area_shows_what_is_the_bodys_own(enrollment, adhesion):
    assert enrollment.area(area(enrollment, adhesion)) == adhesion
    assert "history" not in adhesion


def test_a_delegate_comes_later(enrollment, adhesion, told):
    after = enrollment.register_delegate(area(enrollment, adhesion), delegate(3, role="manager"), idempotency_key="k")
    again = enrollment.register_delegate(area(enrollment, adhesion), delegate(3, role="manager"), idempotency_key="k")

    assert again == after
    assert (after["delegates_count"], after["delegates"][2]["role"]) == (3, "manager")
    assert told() == ["DelegateRegistered"]


def test_several_delegates_come_at_once_in_the_order_given(enrollment, adhesion, told):
    token = area(enrollment, adhesion)
    several = [delegate(number) for number in (6, 5, 4, 3)]
    after = enrollment.register_delegates(token, several, idempotency_key="k")
    again = enrollment.register_delegates(token, several, idempotency_key="k")

    assert again == after
    assert [one["family_name"] for one in after["delegates"][2:]] == [
        "Bianchi 6",
        "Bianchi 5",
        "Bianchi 4",
        "Bianchi 3",
    ]
    assert told() == ["DelegateRegistered"] * 4
    lines = enrollment.adhesion(adhesion["id"])["history"][-4:]
    assert [line["what"] for line in lines] == ["delegate_registered"] * 4


def test_of_several_delegates_all_come_or_none(enrollment, adhesion, told):
    token = area(enrollment, adhesion)
    several = enrollment.register_delegates
    assert refused(several, token, [delegate(3), delegate(1)]) == ("duplicate_delegate", {})
    assert refused(several, token, [delegate(number) for number in range(3, 8)]) == ("too_many_delegates", {"max": 6})
    assert refused(several, "x", [delegate(3)]) == ("area_closed", {})
    with pytest.raises(KeyReused):
        for number in (3, 4):
            several(token, [delegate(number)], idempotency_key="k")
    assert enrollment.area(token)["delegates_count"] == 3
    assert told() == ["DelegateRegistered"]
    enrollment.withdraw_adhesion(token)
    assert refused(several, token, [delegate(5)]) == ("not_in_state", {"state": "withdrawn"})


@pytest.mark.parametrize(
    ("delegates", "errors"),
    [
        (None, {"delegates": ["required"]}),
        ([], {"delegates": ["too_many"]}),
        ("abc", {"delegates": ["invalid"]}),
        ([delegate(3)] * 201, {"delegates": ["too_many"]}),
        ([delegate(3), None], {"delegates": {1: ["required"]}}),
        ([delegate(3), delegate(4, email="x")], {"delegates": {1: {"email": ["not_an_email"]}}}),
        (
            [delegate(3), delegate(4, email=delegate(3)["email"].upper())],
            {"delegates": {1: {"email": ["duplicate_delegate"]}}},
        ),
    ],
    ids=["nothing", "nobody", "no list", "too many", "no person", "no mailbox", "the same twice"],
)
def test_what_is_wrong_with_several_is_told_by_number_and_field(enrollment, adhesion, told, delegates, errors):
    with pytest.raises(ValidationError) as caught:
        enrollment.register_delegates(area(enrollment, adhesion), delegates)
    assert caught.value.messages == errors
    assert told() == []


def test_places_and_mailboxes_of_later_delegates(enrollment, adhesion, told):
    token = area(enrollment, adhesion)
    assert refused(enrollment.register_delegate, token, delegate(1)) == ("duplicate_delegate", {})
    for number in (3, 4, 5, 6):
        enrollment.register_delegate(token, delegate(number))
    assert refused(enrollment.register_delegate, token, delegate(7)) == ("too_many_delegates", {"max": 6})
    gone = enrollment.withdraw_delegate(token, adhesion["delegates"][0]["id"])
    assert gone["delegates_count"] == 5
    assert enrollment.register_delegate(token, delegate(1))["delegates_count"] == 6
    assert told() == ["DelegateRegistered"] * 4 + ["DelegateWithdrawn", "DelegateRegistered"]


def test_a_delegate_withdrawn_twice_is_told_once(enrollment, adhesion, told):
    token, person = area(enrollment, adhesion), adhesion["delegates"][0]["id"]
    first = enrollment.withdraw_delegate(token, person)
    assert enrollment.withdraw_delegate(token, person) == first
    assert told() == ["DelegateWithdrawn"]


def test_nobody_withdraws_another_bodys_delegate(enrollment, adhesion, told):
    other = enrollment.submit_adhesion(form(FIUMICINO))
    told()
    for person in (adhesion["delegates"][0]["id"], str(uuid4()), "x", None, adhesion["contact"]["id"]):
        with pytest.raises(Missing):
            enrollment.withdraw_delegate(area(enrollment, other), person)
    assert told() == []


def test_a_delegates_own_area(enrollment, adhesion, told):
    person, colleague = (one["id"] for one in adhesion["delegates"])
    token = own_page(enrollment, person)

    area = enrollment.delegate_area(token)
    assert area["delegate"]["email"] == "anna.bianchi1@comune.example.it"
    assert area["adhesion"]["body"]["name"] == "Tivoli"
    assert not {"contact", "delegates", "legal_representative"} & area["adhesion"].keys()

    for call, *given in (
        (enrollment.withdraw_delegate, colleague),
        (enrollment.register_delegate, delegate(5)),
        (enrollment.withdraw_adhesion,),
        (enrollment.area,),
    ):
        assert refused(call, token, *given) == ("area_closed", {})
    answer = enrollment.leave_programme(token)
    assert enrollment.leave_programme(token) == answer
    assert (answer["delegates_count"], "delegates" in answer) == (1, False)
    assert told() == ["DelegateWithdrawn"]


def test_a_link_is_asked_for_by_mailbox_and_the_answer_tells_nothing(enrollment, adhesion, told, emitted, store, clock):
    ask = enrollment.request_area_link
    for unknown in ("nobody@example.it", "", "x\x00", "\ud800", None, 7, "a@b.it\r\nBcc: c@d.it"):
        assert ask(unknown, PROGRAMME) == {}
    assert told() == []
    assert ask(f" Protocollo@{TIVOLI}.example.it", PROGRAMME) == {}
    assert ask(f"protocollo@{TIVOLI}.example.it", PROGRAMME) == {}
    assert told() == ["AreaLinkRequested"]
    assert str(emitted(store)[-1].contact_id) == adhesion["contact"]["id"]
    clock.advance(seconds=61)
    ask(f"protocollo@{TIVOLI}.example.it", PROGRAMME)
    assert told() == ["AreaLinkRequested"]
    enrollment.withdraw_adhesion(area(enrollment, adhesion))
    told()
    clock.advance(seconds=61)
    assert ask(f"protocollo@{TIVOLI}.example.it", PROGRAMME) == {}
    assert told() == []


def test_people_for_staff(enrollment, adhesion):
    ids = [adhesion["contact"]["id"], *(one["id"] for one in adhesion["delegates"]), str(uuid4())]
    found = enrollment.people(ids)["items"]

    assert sorted((one["role"], one["family_name"], one["body_name"]) for one in found) == [
        ("contact", "Rossi", "Tivoli"),
        ("official", "Bianchi 1", "Tivoli"),
        ("official", "Bianchi 2", "Tivoli"),
    ]
    assert enrollment.people([]) == {"items": []}
    for wrong in ("x", None, ids * 200):
        with pytest.raises(Invalid):
            enrollment.people(wrong)


def test_an_erased_delegate_is_a_number_and_comes_no_more(enrollment, adhesion, told, store):
    person = adhesion["delegates"][0]["id"]
    before = enrollment.statistics(PROGRAMME)

    assert enrollment.erase_person(person, actor="admin-1") == {"id": person}
    assert enrollment.erase_person(person, actor="admin-1") == {"id": person}

    assert told() == ["DelegateWithdrawn", "PersonErased"]
    assert enrollment.statistics(PROGRAMME) == before
    assert enrollment.area(area(enrollment, adhesion))["delegates_count"] == 1
    assert [one["id"] for one in enrollment.adhesion(adhesion["id"])["delegates"]] == [adhesion["delegates"][1]["id"]]
    assert enrollment.people([person]) == {"items": []}
    with pytest.raises(Missing):
        own_page(enrollment, person)
    with store.read() as session:
        kept = session.get_one(Delegate, UUID(person))
        assert (kept.given_name, kept.family_name, kept.email) == (None, None, None)
        assert (kept.role, kept.gender, kept.state) == ("official", "female", "erased")


def test_who_had_withdrawn_is_forgotten_and_counted_no_more(enrollment, adhesion, told):
    person = adhesion["delegates"][0]["id"]
    enrollment.withdraw_delegate(area(enrollment, adhesion), person)
    enrollment.erase_person(person, actor="admin-1")
    assert told() == ["DelegateWithdrawn", "PersonErased"]
    assert enrollment.statistics(PROGRAMME)["delegates"] == 1


def test_contact_and_legal_representative_are_forgotten_too(enrollment, adhesion, told):
    for role in ("contact", "legal_representative"):
        enrollment.erase_person(adhesion[role]["id"], actor="admin-1")
    whole = enrollment.adhesion(adhesion["id"])

    assert told() == ["PersonErased", "PersonErased"]
    assert {whole["contact"][name] for name in ("given_name", "family_name", "email", "phone", "office")} == {None}
    assert {whole["legal_representative"][name] for name in ("given_name", "family_name", "title")} == {None}
    assert whole["history"][-1]["what"] == "person_erased"
    for unknown in (str(uuid4()), "x", None, adhesion["id"]):
        with pytest.raises(Missing):
            enrollment.erase_person(unknown, actor="admin-1")


def letter(kind, person, message, second=0, **more):
    return kind(
        message_id=message,
        person_id=person,
        kind="adhesion_received",
        occurred_at=T + timedelta(seconds=second),
        **more,
    )


def mail_states(enrollment, adhesion):
    whole = enrollment.adhesion(adhesion["id"])
    return [whole["contact"]["mail_state"], *(one["mail_state"] for one in whole["delegates"])]


def test_letters_are_heard_of_in_any_order_and_any_number_of_times(enrollment, adhesion):
    contact, first, second = (
        UUID(adhesion["contact"]["id"]),
        *(UUID(one["id"]) for one in adhesion["delegates"]),
    )
    a, b, c = uuid4(), uuid4(), uuid4()
    heard = [
        letter(MessageDelivered, contact, a, 2),
        letter(MessageSent, contact, a, 1),
        letter(MessageSent, first, b, 1),
        letter(MessageBounced, first, b, 3, reason="550 no such user"),
        letter(MessageUnresolved, second, c, 1),
        letter(MessageSent, uuid4(), uuid4(), 1),
    ]

    enrollment.hear_notifications(heard)
    enrollment.hear_notifications(heard)
    enrollment.hear_notifications([letter(MessageDelivered, first, b, 2)])

    assert mail_states(enrollment, adhesion) == ["delivered", "bounced", "unresolved"]
    enrollment.hear_notifications([letter(MessageDelivered, first, uuid4(), 9)])
    assert mail_states(enrollment, adhesion) == ["delivered", "delivered", "unresolved"]
    assert [one["mail_state"] for one in enrollment.people([str(contact)])["items"]] == ["delivered"]


def test_a_letter_to_somebody_erased_meanwhile(enrollment, adhesion, store):
    person = adhesion["delegates"][0]["id"]
    enrollment.erase_person(person, actor="admin-1")
    enrollment.hear_notifications([letter(MessageDelivered, UUID(person), uuid4())])
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(sa.text("inbox"))) == 1


def test_a_bad_delegate_is_refused_before_anything_happens(enrollment, adhesion, told):
    for wrong in ({}, None, {**delegate(5), "email": "x"}, {**delegate(5), "state": "active"}):
        with pytest.raises(Exception) as caught:
            enrollment.register_delegate(area(enrollment, adhesion), wrong)
        assert type(caught.value).__name__ == "ValidationError"
    with pytest.raises(Refused):
        enrollment.register_delegate("x", delegate(5))
    assert told() == []
