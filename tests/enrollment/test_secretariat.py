"""What the secretariat changes in one adhesion: corrections, notes, reminders, withdrawal; and who came first."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from chassis.refusal import Invalid, Missing, Refused
from tests.enrollment.builders import (
    BOLZANO,
    PROGRAMME,
    TIVOLI,
    area,
    confirm_link,
    delegate,
    form,
    union,
)
from tests.enrollment.test_listing import bounced

ADA, BEA = "staff-ada", "staff-bea"


def correct(enrollment, adhesion, actor=ADA, version=None, **correction):
    given = {"reason": "As the body wrote on 12 May", **correction}
    return enrollment.correct_adhesion(adhesion["id"], given, actor=actor, version=version)


def last_line(adhesion):
    line = adhesion["history"][-1]
    return line["actor"], line["what"], line["reason"], line["changes"]


@pytest.fixture
def joined(enrollment, told):
    """A municipality that has joined, as the secretariat sees it."""
    adhesion = enrollment.submit_adhesion(form(TIVOLI, delegates=1))
    enrollment.confirm_adhesion(confirm_link(adhesion))
    told()
    return enrollment.adhesion(adhesion["id"])


def test_a_correction_keeps_what_was_there_and_why_it_changed(enrollment, joined, told):
    corrected = correct(enrollment, joined, contact={"email": "Nuova@Comune.example.it", "family_name": "Rossi"})
    assert corrected["contact"]["email"] == "nuova@comune.example.it"
    assert last_line(corrected) == (
        ADA,
        "contact_corrected",
        "As the body wrote on 12 May",
        {"email": [f"protocollo@{TIVOLI}.example.it", "nuova@comune.example.it"]},
    )
    assert (corrected["version"], told()) == (joined["version"] + 1, ["ContactChanged"])


def test_of_a_corrected_mailbox_nothing_is_known_yet(enrollment, joined):
    enrollment.hear_notifications([bounced(joined)])
    assert enrollment.adhesion(joined["id"])["contact"]["mail_state"] == "bounced"
    assert correct(enrollment, joined, contact={"email": "a@example.it"})["contact"]["mail_state"] is None


def test_a_delegate_and_the_legal_representative_are_corrected(enrollment, joined, told, emitted, store):
    [person] = joined["delegates"]
    changed = {person["id"]: {"role": "manager", "given_name": "Àgata"}}
    corrected = correct(enrollment, joined, delegates=changed, legal_representative={"title": None})
    assert (corrected["delegates"][0]["role"], corrected["legal_representative"]["title"]) == ("manager", None)
    assert [line["what"] for line in corrected["history"][-2:]] == [
        "legal_representative_corrected",
        "delegate_corrected",
    ]
    assert told() == ["DelegateRegistered"]
    assert (emitted(store)[-1].role, emitted(store)[-1].given_name) == ("manager", "Àgata")


def test_topics_and_a_declared_body_are_told_to_who_plans_and_writes(enrollment, told, emitted, store):
    adhesion = enrollment.submit_adhesion(union())
    enrollment.confirm_adhesion(confirm_link(adhesion))
    enrollment.review_adhesion(adhesion["id"], "confirm", None, actor=ADA)
    enrollment.register_delegate(area(enrollment, adhesion), delegate(9))
    told()
    corrected = correct(enrollment, adhesion, topics=["abitare"], body={"name": "Unione Valnure", "province": "BZ"})
    assert (corrected["body"]["name"], corrected["body"]["region"]) == (
        "Unione Valnure",
        "Trentino-Alto Adige/Südtirol",
    )
    assert told()[0] == "AdhesionCorrected"
    event = next(one for one in emitted(store)[::-1] if type(one).__name__ == "AdhesionCorrected")
    assert (event.body_name, event.topics, event.province) == ("Unione Valnure", ["abitare"], "BZ")
    assert emitted(store)[-1].body_name == "Unione Valnure"
    assert enrollment.adhesions(PROGRAMME, query="valnure")["items"][0]["id"] == adhesion["id"]


def test_what_says_the_same_changes_nothing(enrollment, joined, told):
    same = correct(
        enrollment, joined, contact={"given_name": "Maria"}, topics=joined["topics"], legal_representative={}
    )
    assert (same["version"], told()) == (joined["version"], [])


@pytest.mark.parametrize(
    ("correction", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"contact": {"email": "none"}}, "contact"),
        ({"contact": {"given_name": None}}, "contact"),
        ({"contact": {"family_name": "x" * 100_000}}, "contact"),
        ({"contact": {"id": "x"}}, "contact"),
        ({"topics": []}, "topics"),
        ({"topics": ["tratta", "tratta"]}, "topics"),
        ({"delegates": {"x": {}}}, "delegates"),
        ({"delegates": []}, "delegates"),
        ({"state": "confirmed"}, "state"),
        ({"body": {"population": 7}}, "body"),
    ],
)
def test_a_correction_that_makes_no_sense(enrollment, joined, told, correction, field):
    with pytest.raises(ValidationError) as caught:
        correct(enrollment, joined, **correction)
    assert (list(caught.value.messages), told()) == ([field], [])


def test_a_correction_that_a_rule_forbids(enrollment, joined, told):
    other = enrollment.submit_adhesion(form(BOLZANO, delegates=2))
    told()
    first, second = other["delegates"]
    stranger = joined["delegates"][0]["id"]
    for adhesion, correction, reason in (
        (joined, {"body": {"name": "Tibur"}}, "official_body"),
        (joined, {"topics": ["astrologia"]}, "unknown_topic"),
        (other, {"delegates": {first["id"]: {"email": second["email"]}}}, "duplicate_delegate"),
    ):
        with pytest.raises(Refused) as caught:
            correct(enrollment, adhesion, **correction)
        assert caught.value.reason == reason
    for adhesion, correction in ((other, {"delegates": {stranger: {"role": "manager"}}}), ({"id": stranger}, {})):
        with pytest.raises(Missing):
            correct(enrollment, adhesion, **correction)
    assert told() == []
    enrollment.withdraw_adhesion(area(enrollment, other))
    with pytest.raises(Refused) as caught:
        correct(enrollment, other, contact={"given_name": "Ida"})
    assert caught.value.facts == {"state": "withdrawn"}


def test_a_province_that_is_none_is_said_at_its_field(enrollment):
    adhesion = enrollment.submit_adhesion(union())
    for body, field in (({"province": "ZZ"}, "body.province"), ({"name": "…"}, "body.name")):
        with pytest.raises(Invalid) as caught:
            correct(enrollment, adhesion, body=body)
        assert list(caught.value.errors) == [field]


def test_of_two_who_edit_at_once_the_second_is_told(enrollment, joined, told):
    read = joined["version"]
    correct(enrollment, joined, actor=ADA, version=read, contact={"phone": "06 1"})
    told()
    for change in (
        lambda: correct(enrollment, joined, actor=BEA, version=read, contact={"phone": "06 2"}),
        lambda: enrollment.withdraw_adhesion_for(joined["id"], "asked", actor=BEA, version=read),
        lambda: enrollment.review_adhesion(joined["id"], "reject", "no", actor=BEA, version=read),
    ):
        with pytest.raises(Refused) as caught:
            change()
        assert (caught.value.reason, caught.value.facts) == ("changed_meanwhile", {"version": read + 1})
    assert (told(), enrollment.adhesion(joined["id"])["contact"]["phone"]) == ([], "06 1")
    again = correct(enrollment, joined, actor=BEA, version=read + 1, contact={"phone": "06 2"})
    assert again["contact"]["phone"] == "06 2"


def test_what_the_body_changes_itself_makes_a_version_too(enrollment, joined):
    enrollment.register_delegate(area(enrollment, joined), delegate(5))
    with pytest.raises(Refused):
        correct(enrollment, joined, version=joined["version"], contact={"phone": "06 1"})


def test_erasing_a_person_takes_what_was_corrected_of_them(enrollment, joined):
    [person] = joined["delegates"]
    correct(enrollment, joined, delegates={person["id"]: {"family_name": "Verdi"}})
    correct(enrollment, joined, contact={"phone": "06 7"})
    enrollment.erase_person(person["id"], actor=ADA)
    erased = enrollment.adhesion(joined["id"])
    lines = {line["what"]: (line["changes"], line["reason"]) for line in erased["history"]}
    assert lines["delegate_corrected"] == (None, None)
    assert lines["contact_corrected"][0] == {"phone": ["+39 06 123456", "06 7"]}
    assert "Verdi" not in str(erased).replace("'family_name': 'Verdi'", "", 1)
    with pytest.raises(Missing):
        correct(enrollment, joined, delegates={person["id"]: {"family_name": "Blu"}})


def test_a_correction_sent_twice_is_one(enrollment, joined, told):
    send = {"correction": {"reason": "x", "contact": {"phone": "06 1"}}, "actor": ADA, "version": joined["version"]}
    first = enrollment.correct_adhesion(joined["id"], **send, idempotency_key="k")
    assert enrollment.correct_adhesion(joined["id"], **send, idempotency_key="k") == first
    assert told() == ["ContactChanged"]


def test_a_note_is_its_authors_and_leaves_a_trace(enrollment, joined):
    kept = enrollment.write_note(joined["id"], " Calls back\non Monday ", actor=ADA, idempotency_key="k")
    assert enrollment.write_note(joined["id"], " Calls back\non Monday ", actor=ADA, idempotency_key="k") == kept
    for change in (
        lambda: enrollment.edit_note(kept["id"], "mine now", actor=BEA),
        lambda: enrollment.delete_note(kept["id"], actor=BEA),
        lambda: enrollment.edit_note("00000000-0000-4000-8000-000000000000", "x", actor=ADA),
        lambda: enrollment.delete_note("x", actor=ADA),
    ):
        with pytest.raises(Missing):
            change()
    assert enrollment.edit_note(kept["id"], "Calls on Tuesday", actor=ADA)["text"] == "Calls on Tuesday"
    enrollment.delete_note(kept["id"], actor=ADA)
    [trace] = enrollment.adhesion(joined["id"])["notes"]
    assert (trace["text"], trace["author"], trace["deleted_at"] is None) == (None, ADA, False)
    with pytest.raises(Missing):
        enrollment.edit_note(kept["id"], "again", actor=ADA)
    assert enrollment.adhesion(joined["id"])["version"] == joined["version"]


def test_a_note_that_is_none(enrollment, joined):
    for text in ("", "  \n ", None, 7, "x" * 100_000, "a\x00b"):
        with pytest.raises(ValidationError):
            enrollment.write_note(joined["id"], text, actor=ADA)
    with pytest.raises(Missing):
        enrollment.write_note("00000000-0000-4000-8000-000000000000", "x", actor=ADA)


def test_a_body_is_reminded_of_what_is_missing_once_in_a_week(enrollment, told, emitted, store, clock):
    adhesion = enrollment.submit_adhesion(form(TIVOLI, delegates=0))
    told()
    assert enrollment.remind(adhesion["id"], actor=ADA)["history"][-1]["what"] == "reminded_not_confirmed"
    assert (told(), emitted(store)[-1].cause) == (["AdhesionReminded"], "not_confirmed")
    enrollment.confirm_adhesion(confirm_link(adhesion))
    told()
    with pytest.raises(Refused) as caught:
        enrollment.remind(adhesion["id"], actor=BEA)
    assert (caught.value.reason, told()) == ("reminded_lately", [])
    clock.advance(days=7, minutes=1)
    enrollment.remind(adhesion["id"], actor=BEA, idempotency_key="k")
    enrollment.remind(adhesion["id"], actor=BEA, idempotency_key="k")
    assert (told(), emitted(store)[-1].cause) == (["AdhesionReminded"], "no_delegates")


def test_who_is_not_reminded(enrollment, joined, told):
    with pytest.raises(Refused) as caught:
        enrollment.remind(joined["id"], actor=ADA)
    assert (caught.value.reason, caught.value.facts) == ("nothing_to_remind", {"state": "confirmed"})
    dead = enrollment.submit_adhesion(form(BOLZANO))
    enrollment.hear_notifications([bounced(dead)])
    with pytest.raises(Refused) as caught:
        enrollment.remind(dead["id"], actor=ADA)
    assert caught.value.reason == "mailbox_dead"


def test_a_body_that_asks_is_let_out_with_its_reason(enrollment, joined, told):
    for reason in ("", None, "x" * 1001):
        with pytest.raises(ValidationError):
            enrollment.withdraw_adhesion_for(joined["id"], reason, actor=ADA)
    out = enrollment.withdraw_adhesion_for(joined["id"], "Letter of 3 June", actor=ADA)
    assert (out["state"], last_line(out)[:3]) == ("withdrawn", (ADA, "withdrawn", "Letter of 3 June"))
    assert told() == ["AdhesionWithdrawn", "DelegateWithdrawn"]
