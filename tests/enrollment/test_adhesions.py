"""From the form to the confirmed body, and out again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from chassis.refusal import Invalid, KeyReused, Missing, Refused
from services.enrollment.models import Adhesion, Body, Delegate, History, ProtocolCounter
from tests.enrollment.builders import (
    BOLZANO,
    FIUMICINO,
    GUIDONIA,
    OPEN,
    PROGRAMME,
    ROMA,
    SMALL,
    TIVOLI,
    UNCOUNTED,
    area,
    area_link,
    confirm_link,
    delegate,
    form,
    link,
    union,
)


def refused(call, *given, **named):
    with pytest.raises(Refused) as caught:
        call(*given, **named)
    return caught.value.reason, caught.value.facts


def count(store, table):
    with store.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table))


def test_a_submitted_form_is_numbered_and_told_contact_first(enrollment, told, emitted, store):
    adhesion = enrollment.submit_adhesion(form())

    assert adhesion["state"] == "submitted"
    assert adhesion["protocol"] == "CO-2017-000001"
    assert adhesion["programme_code"] == PROGRAMME
    assert adhesion["submitted_at"].startswith("2017-05-15T09:00:0")
    assert adhesion["confirmed_at"] is None
    assert adhesion["body"] == {
        "code": TIVOLI,
        "name": "Tivoli",
        "kind": "municipality",
        "province": "RM",
        "region": "Lazio",
        "population": 54_916,
    }
    assert adhesion["topics"] == ["tratta", "abitare"]
    assert adhesion["delegates_count"] == 2
    assert [one["family_name"] for one in adhesion["delegates"]] == ["Bianchi 1", "Bianchi 2"]
    assert adhesion["contact"]["mail_state"] is None
    assert adhesion["legal_representative"]["title"] == "Sindaco"
    assert len(adhesion["receipt_hash"]) == 64
    contact, submitted = emitted(store)
    assert (contact.email, contact.sequence) == (f"protocollo@{TIVOLI}.example.it", 1)
    assert (submitted.protocol, submitted.sequence) == ("CO-2017-000001", 2)
    assert str(submitted.contact_id) == str(contact.contact_id) == adhesion["contact"]["id"]
    assert told() == ["ContactChanged", "AdhesionSubmitted"]


def test_a_municipality_is_confirmed_by_the_link_and_a_second_click_answers_the_same(enrollment, told, emitted, store):
    adhesion = enrollment.submit_adhesion(form())
    told()

    confirmed = enrollment.confirm_adhesion(confirm_link(adhesion))
    again = enrollment.confirm_adhesion(confirm_link(adhesion))

    assert confirmed["state"] == "confirmed"
    assert confirmed["confirmed_at"] is not None
    assert again == confirmed
    assert told() == ["AdhesionConfirmed", "DelegateRegistered", "DelegateRegistered"]
    joined, first, _ = emitted(store)[2:]
    assert (joined.places_requested, joined.province, joined.population) == (2, "RM", 54_916)
    assert joined.latitude == pytest.approx(41.96, abs=0.1)
    assert (first.body_name, first.role, first.email) == ("Tivoli", "official", "anna.bianchi1@comune.example.it")


def test_no_event_but_the_two_carries_a_name(enrollment, emitted, store):
    enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(form())))

    for event in emitted(store):
        if not event.personal:
            assert not {"Rossi", "Verdi", "Bianchi"} & set(str(event.data()).replace("'", " ").split())


def test_who_may_not_join_reads_why_on_the_form_and_before_it(enrollment, store, told):
    band = {"min": 5_000, "max": 150_000}
    for body_code, reason, facts in (
        ("999999", "unknown_body", {}),
        ("' OR 1=1", "unknown_body", {}),
        (ROMA, "population_out_of_band", {"population": 2_748_109, **band, "year": 2023}),
        (SMALL, "population_out_of_band", {"population": 1_432, **band, "year": 2023}),
        (UNCOUNTED, "population_out_of_band", {"population": None, **band, "year": None}),
    ):
        given = {**form(), "body_code": body_code}
        assert refused(enrollment.submit_adhesion, given) == (reason, facts)
        assert enrollment.eligibility(PROGRAMME, body_code) == {"eligible": False, "reason": reason, "facts": facts}
    assert (count(store, Adhesion), count(store, ProtocolCounter), told()) == (0, 0, [])


def test_the_window(enrollment, clock):
    assert enrollment.eligibility(PROGRAMME, TIVOLI) == {"eligible": True, "reason": None, "facts": {}}

    clock.set(datetime(2017, 5, 1, 21, 59, tzinfo=UTC))
    assert refused(enrollment.submit_adhesion, form()) == (
        "adhesions_not_open_yet",
        {"opens_at": "2017-05-01T22:00:00+00:00"},
    )
    clock.set(datetime(2017, 6, 30, 21, 59, 30, tzinfo=UTC))
    assert enrollment.submit_adhesion(form())["state"] == "submitted"
    clock.set(datetime(2017, 6, 30, 22, 0, 1, tzinfo=UTC))
    assert refused(enrollment.submit_adhesion, form(FIUMICINO)) == (
        "adhesions_closed",
        {"closed_at": "2017-06-30T21:59:59+00:00"},
    )
    assert enrollment.eligibility(PROGRAMME, FIUMICINO)["reason"] == "adhesions_closed"


def test_a_form_in_time_may_be_confirmed_after_the_window(enrollment, clock):
    clock.set(datetime(2017, 6, 30, 21, 0, tzinfo=UTC))
    adhesion = enrollment.submit_adhesion(form())
    clock.advance(days=3)
    token = link("confirm-adhesion", adhesion["id"], clock.now())
    assert enrollment.confirm_adhesion(token)["state"] == "confirmed"


def test_what_the_form_may_not_say(enrollment, store, told):
    for changes, reason, facts in (
        ({"consent": False}, "consent_missing", {}),
        ({"consent_version": "2016-01"}, "wrong_consent_version", {"current": "2017-05"}),
        ({"consent_version": None}, "wrong_consent_version", {"current": "2017-05"}),
        ({"topics": ["tratta", "pesca"]}, "unknown_topic", {"topic": "pesca"}),
        ({"delegates": [delegate(number) for number in range(7)]}, "too_many_delegates", {"max": 6}),
        ({"delegates": [delegate(1), delegate(1, given_name="Ugo")]}, "duplicate_delegate", {}),
        ({"delegates": [delegate(email="A@X.it"), delegate(email="a@x.IT")]}, "duplicate_delegate", {}),
    ):
        assert refused(enrollment.submit_adhesion, {**form(), **changes}) == (reason, facts)
    assert (count(store, Adhesion), told()) == (0, [])


def test_an_unknown_programme_is_missing(enrollment):
    with pytest.raises(Missing):
        enrollment.submit_adhesion(form(programme_code="another"))
    with pytest.raises(Missing):
        enrollment.eligibility("\x00", TIVOLI)


def test_a_body_joins_once(enrollment, told):
    first = enrollment.submit_adhesion(form())
    told()

    assert refused(enrollment.submit_adhesion, form(delegates=0)) == (
        "already_joined",
        {"body_code": TIVOLI, "submitted_at": first["submitted_at"], "office": "Servizi sociali"},
    )
    assert enrollment.eligibility(PROGRAMME, TIVOLI)["reason"] == "already_joined"
    assert told() == []


def test_refused_forms_leave_no_gap_in_the_numbers(enrollment):
    numbers = []
    for body_code in (TIVOLI, FIUMICINO, TIVOLI, ROMA, GUIDONIA):
        try:
            numbers.append(enrollment.submit_adhesion(form(body_code))["protocol"])
        except Refused:
            continue
    assert numbers == ["CO-2017-000001", "CO-2017-000002", "CO-2017-000003"]


def test_the_same_key_gives_the_same_adhesion_and_another_form_is_told(enrollment, store, told):
    first = enrollment.submit_adhesion(form(), idempotency_key="k1")
    again = enrollment.submit_adhesion(form(), idempotency_key="k1")

    assert again == first
    assert told() == ["ContactChanged", "AdhesionSubmitted"]
    with pytest.raises(KeyReused):
        enrollment.submit_adhesion(form(FIUMICINO), idempotency_key="k1")
    assert count(store, Adhesion) == 1


def test_a_refused_form_may_be_mended_under_the_same_key(enrollment):
    assert refused(enrollment.submit_adhesion, form(ROMA), idempotency_key="k1")[0] == "population_out_of_band"
    assert enrollment.submit_adhesion(form(TIVOLI), idempotency_key="k1")["state"] == "submitted"


def test_no_name_is_kept_with_an_idempotency_key(enrollment, store):
    enrollment.submit_adhesion(form(), idempotency_key="k1")
    with store.read() as session:
        kept = session.execute(sa.text("SELECT answer FROM idempotency WHERE key = 'k1'")).scalar_one()
    assert "Rossi" not in str(kept)


def test_a_bad_form_is_invalid_and_changes_nothing(enrollment, store):
    with pytest.raises(ValidationError):
        enrollment.submit_adhesion({})
    assert count(store, Adhesion) == 0


def test_links_are_for_one_purpose_one_subject_and_thirty_days(enrollment, clock):
    adhesion = enrollment.submit_adhesion(form())

    for token in ("", "x", None, 7, {"a": 1}, area(enrollment, adhesion), confirm_link(adhesion)[:-2], "é" * 10_000):
        assert refused(enrollment.confirm_adhesion, token) == ("link_invalid", {})
    clock.advance(days=30, seconds=1)
    assert refused(enrollment.confirm_adhesion, confirm_link(adhesion)) == ("link_expired", {})
    clock.set(OPEN + timedelta(days=29))
    assert enrollment.confirm_adhesion(confirm_link(adhesion))["state"] == "confirmed"
    with pytest.raises(Missing):
        enrollment.confirm_adhesion(link("confirm-adhesion", str(uuid4())))


def test_an_expired_link_leads_to_another_one_in_the_same_mailbox(enrollment, told, clock):
    adhesion = enrollment.submit_adhesion(form())
    old = confirm_link(adhesion)
    told()
    clock.advance(days=31)
    assert refused(enrollment.confirm_adhesion, old) == ("link_expired", {})
    assert [enrollment.request_confirmation_link(old) for _ in range(3)] == [{}] * 3
    assert told() == ["ConfirmationLinkRequested"]
    fresh = link("confirm-adhesion", adhesion["id"], clock.now())
    assert enrollment.confirm_adhesion(fresh)["state"] == "confirmed"
    told()
    clock.advance(seconds=61)
    enrollment.request_confirmation_link(old)
    assert told() == ["AreaLinkRequested"]


def test_no_link_is_mailed_for_a_forged_one_or_for_an_adhesion_that_has_ended(enrollment, told):
    adhesion = enrollment.submit_adhesion(form())
    enrollment.review_adhesion(adhesion["id"], "reject", "no", actor="staff-1")
    told()
    ask = enrollment.request_confirmation_link
    assert refused(ask, confirm_link(adhesion)) == ("not_in_state", {"state": "rejected"})
    assert refused(ask, area_link(adhesion)) == ("link_invalid", {})
    assert refused(ask, "forged") == ("link_invalid", {})
    assert told() == []


def test_a_declared_union_waits_for_the_secretariat(enrollment, told, emitted, store):
    adhesion = enrollment.submit_adhesion(union())
    assert adhesion["body"]["region"] == "Lazio"
    assert adhesion["body"]["kind"] == "supra_municipal"
    code = adhesion["body"]["code"]
    told()

    waiting = enrollment.confirm_adhesion(confirm_link(adhesion))
    assert (waiting["state"], waiting["confirmed_at"], told()) == ("under_review", None, [])
    assert enrollment.search_bodies("unione")["items"] == []
    with pytest.raises(Missing):
        enrollment.body(code)

    approved = enrollment.review_adhesion(adhesion["id"], "confirm", None, actor="staff-1")
    assert approved["state"] == "confirmed"
    assert told() == ["AdhesionConfirmed", "DelegateRegistered", "DelegateRegistered"]
    joined = emitted(store)[2]
    assert joined.population == adhesion["body"]["population"] > 100_000
    assert joined.latitude == enrollment.body(GUIDONIA)["latitude"]
    assert [one["code"] for one in enrollment.search_bodies("unione")["items"]] == [code]
    assert enrollment.confirm_adhesion(confirm_link(adhesion))["state"] == "confirmed"
    history = enrollment.adhesion(adhesion["id"])["history"]
    assert [(entry["actor"], entry["what"], entry["reason"]) for entry in history] == [
        ("contact", "submitted", None),
        ("contact", "under_review", None),
        ("staff-1", "confirmed", None),
    ]


def test_two_spellings_of_one_union_are_one_body(enrollment):
    enrollment.submit_adhesion(union("Unione dei Comuni della Val d'Enza"))
    assert refused(enrollment.submit_adhesion, union("UNIONE dei comuni della Val d’Enza "))[0] == "already_joined"


def test_a_union_without_members_stands_nowhere(enrollment, emitted, store):
    adhesion = enrollment.submit_adhesion(union(members=[]))
    enrollment.confirm_adhesion(confirm_link(adhesion))
    enrollment.review_adhesion(adhesion["id"], "confirm", "", actor="staff-1")

    joined = emitted(store)[2]
    assert (joined.latitude, joined.longitude, joined.population) == (None, None, 0)


def test_a_union_of_nowhere(enrollment, store):
    for changes, errors in (
        ({"province": "XX"}, {"body.province": ["unknown_province"]}),
        ({"members": ["999999"]}, {"body.members": ["unknown_body"]}),
        ({"name": "!!!"}, {"body.name": ["invalid"]}),
    ):
        with pytest.raises(Invalid) as caught:
            enrollment.submit_adhesion(union(**changes))
        assert caught.value.errors == errors
    assert count(store, Body) == 10


def test_the_secretariat_rejects_with_a_reason_and_the_body_may_try_again(enrollment, told, emitted, store):
    adhesion = enrollment.submit_adhesion(form())
    told()

    with pytest.raises(ValidationError):
        enrollment.review_adhesion(adhesion["id"], "reject", "  ", actor="staff-1")
    with pytest.raises(ValidationError):
        enrollment.review_adhesion(adhesion["id"], "perhaps", "x", actor="staff-1")
    rejected = enrollment.review_adhesion(adhesion["id"], "reject", "Inviata da chi non ne ha titolo", actor="staff-1")

    assert (rejected["state"], rejected["rejected_reason"]) == ("rejected", "Inviata da chi non ne ha titolo")
    assert told() == ["AdhesionRejected"]
    assert emitted(store)[-1].reason == "Inviata da chi non ne ha titolo"
    assert refused(enrollment.confirm_adhesion, confirm_link(adhesion)) == ("not_in_state", {"state": "rejected"})
    assert refused(enrollment.review_adhesion, adhesion["id"], "confirm", None, "staff-1")[0] == "not_in_state"
    assert enrollment.submit_adhesion(form())["protocol"] == "CO-2017-000002"


def test_a_confirmed_adhesion_is_not_reviewed(enrollment):
    adhesion = enrollment.submit_adhesion(form())
    assert refused(enrollment.review_adhesion, adhesion["id"], "confirm", None, "staff-1") == (
        "not_in_state",
        {"state": "submitted"},
    )
    enrollment.confirm_adhesion(confirm_link(adhesion))
    assert refused(enrollment.review_adhesion, adhesion["id"], "reject", "no", "staff-1") == (
        "not_in_state",
        {"state": "confirmed"},
    )


def test_a_body_withdraws_with_its_delegates_and_may_come_back(enrollment, told):
    adhesion = enrollment.submit_adhesion(form())
    enrollment.confirm_adhesion(confirm_link(adhesion))
    told()

    gone = enrollment.withdraw_adhesion(area(enrollment, adhesion))
    again = enrollment.withdraw_adhesion(area(enrollment, adhesion))

    assert (gone["state"], gone["delegates_count"]) == ("withdrawn", 0)
    assert [one["state"] for one in gone["delegates"]] == ["withdrawn", "withdrawn"]
    assert again == gone
    assert told() == ["AdhesionWithdrawn", "DelegateWithdrawn", "DelegateWithdrawn"]
    assert refused(enrollment.register_delegate, area(enrollment, adhesion), delegate(9)) == (
        "not_in_state",
        {"state": "withdrawn"},
    )
    assert enrollment.submit_adhesion(form())["state"] == "submitted"


def test_nobody_hears_of_delegates_whose_body_never_joined(enrollment, told):
    adhesion = enrollment.submit_adhesion(form())
    enrollment.register_delegate(area(enrollment, adhesion), delegate(3))
    enrollment.withdraw_delegate(area(enrollment, adhesion), adhesion["delegates"][0]["id"])
    enrollment.withdraw_adhesion(area(enrollment, adhesion))
    assert told() == ["ContactChanged", "AdhesionSubmitted", "AdhesionWithdrawn"]


def test_a_write_on_a_row_that_changed_meanwhile_is_refused_by_the_version(enrollment, store):
    adhesion = enrollment.submit_adhesion(form())
    confirmed = enrollment.confirm_adhesion(confirm_link(adhesion))
    with store.read() as session:
        version = session.scalar(sa.select(Adhesion.version))
    assert (confirmed["state"], version) == ("confirmed", 2)


def test_the_database_holds_the_rules_too(enrollment, store):
    adhesion = enrollment.submit_adhesion(form())
    enrollment.submit_adhesion(form(BOLZANO, delegates=0))
    forbidden = [
        sa.update(Adhesion).values(body_code=TIVOLI),
        sa.update(Adhesion).values(state="lost"),
        sa.update(Adhesion).values(state="rejected"),
        sa.update(Adhesion).values(protocol_number=7),
        sa.update(Delegate).values(email="one@x.it"),
        sa.update(Delegate).values(role="mayor"),
        sa.update(Delegate).values(gender="x"),
        sa.update(History).values(adhesion_id=uuid4()),
    ]
    for statement in forbidden:
        with pytest.raises(IntegrityError), store.transaction() as session:
            session.execute(statement)
    assert enrollment.adhesion(adhesion["id"])["state"] == "submitted"
