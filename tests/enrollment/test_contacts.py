"""One contact follows another: named in the area or by the institutional mailbox, and in office on accepting."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.refusal import Missing
from contracts.enrollment import ContactChanged, ContactNominated, MailboxLinkRequested
from services.enrollment import registry
from services.enrollment.models import Contact, Nomination
from tests.enrollment.builders import (
    FIUMICINO,
    PROGRAMME,
    TIVOLI,
    area,
    area_link,
    confirm_link,
    delegate,
    form,
    link,
    small_registry,
    union,
)
from tests.enrollment.test_adhesions import refused
from tests.enrollment.test_two_clerks import at_once, clerks  # noqa: F401 - the fixture

MAILBOX = "protocollo@comune.tivoli.example.it"
NEXT = {"given_name": "Elsa", "family_name": "Neri", "email": "Elsa.Neri@comune.example.it", "office": "Formazione"}


@pytest.fixture
def adhesion(enrollment, told):
    """A confirmed adhesion with two delegates, and a mailbox of the body."""
    return joined(enrollment, told)


def joined(service: Any, told: Any = lambda: None) -> dict[str, Any]:
    made = service.submit_adhesion(form(institutional_email=MAILBOX))
    confirmed = service.confirm_adhesion(confirm_link(made))
    told()
    return dict(confirmed)


def nominated(store: Any) -> str:
    with store.read() as session:
        return str(session.scalars(sa.select(Nomination.id)).one())


def accept_link(store: Any) -> str:
    return link("contact-nomination", nominated(store))


def mailbox_link(adhesion: dict[str, Any]) -> str:
    return link("body-mailbox", adhesion["id"])


def test_the_next_contact_takes_over_on_accepting_and_not_before(enrollment, adhesion, told, emitted, store):
    old = area(enrollment, adhesion)
    after = enrollment.nominate_contact(old, NEXT, idempotency_key="k")
    assert enrollment.nominate_contact(old, NEXT, idempotency_key="k") == after
    assert (after["contact"], after["nomination"]["email"]) == (adhesion["contact"], "elsa.neri@comune.example.it")
    named, asked = emitted(store)[-2:]
    assert told() == ["ContactChanged", "ContactNominated"]
    assert (named.contact_id, named.email, named.replaces) == (asked.contact_id, "elsa.neri@comune.example.it", None)

    token = accept_link(store)
    assert enrollment.nomination(token)["adhesion"]["body"]["name"] == "Tivoli"
    opened = enrollment.accept_nomination(token)

    assert (opened["area"], told()) == ("body", ["ContactChanged"])
    event = emitted(store)[-1]
    assert isinstance(event, ContactChanged)
    assert (str(event.contact_id), str(event.replaces)) == (str(named.contact_id), adhesion["contact"]["id"])
    now = enrollment.area(opened["token"])
    assert (now["contact"]["id"], now["contact"]["office"], now["nomination"]) == (
        str(named.contact_id),
        "Formazione",
        None,
    )
    assert refused(enrollment.area, old) == ("area_closed", {})
    with pytest.raises(Missing):
        enrollment.open_area(area_link(adhesion))
    assert enrollment.renew_area_link(area_link(adhesion)) == {}
    assert told() == []
    lines = enrollment.adhesion(adhesion["id"])["history"][-2:]
    assert [(line["actor"], line["what"], line["person_id"]) for line in lines] == [
        ("contact", "contact_nominated", str(named.contact_id)),
        ("contact", "contact_changed", str(named.contact_id)),
    ]


def test_accepting_again_is_a_used_link_that_brings_one_to_the_area(enrollment, adhesion, told, store, clock):
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    token = accept_link(store)
    first = enrollment.accept_nomination(token, idempotency_key="k")
    assert enrollment.accept_nomination(token, idempotency_key="k") == first
    assert refused(enrollment.accept_nomination, token) == ("link_used", {})
    assert refused(enrollment.nomination, token) == ("nomination_over", {})
    told()
    enrollment.renew_area_link(token)
    assert told() == ["AreaLinkRequested"]


def test_the_last_one_named_counts_and_the_one_before_is_forgotten(enrollment, adhesion, told, emitted, store):
    token = area(enrollment, adhesion)
    enrollment.nominate_contact(token, NEXT)
    first = accept_link(store)
    enrollment.nominate_contact(token, {**NEXT, "email": "other@comune.example.it"})
    assert told() == ["ContactChanged", "ContactNominated", "PersonErased", "ContactChanged", "ContactNominated"]
    assert emitted(store)[-3].programme_id is None
    for call in (enrollment.accept_nomination, enrollment.nomination):
        assert refused(call, first) == ("nomination_over", {})
    enrollment.accept_nomination(accept_link(store))
    assert enrollment.adhesion(adhesion["id"])["contact"]["email"] == "other@comune.example.it"


def test_it_can_be_taken_back(enrollment, adhesion, told, store):
    token = area(enrollment, adhesion)
    enrollment.nominate_contact(token, NEXT)
    accept = accept_link(store)
    assert enrollment.withdraw_nomination(token)["nomination"] is None
    assert enrollment.withdraw_nomination(token)["contact"] == adhesion["contact"]
    assert told() == ["ContactChanged", "ContactNominated", "PersonErased"]
    assert refused(enrollment.accept_nomination, accept) == ("nomination_over", {})


def test_who_does_not_accept_for_a_week_is_forgotten(enrollment, adhesion, told, store, clock):
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    accept = nominated(store)
    told()
    assert enrollment.forget_old_handovers() is False
    clock.advance(days=7)
    assert refused(enrollment.accept_nomination, link("contact-nomination", accept, clock.now()))[0] == (
        "nomination_over"
    )
    assert (enrollment.forget_old_handovers(), enrollment.forget_old_handovers()) == (True, False)
    assert told() == ["PersonErased"]
    with store.read() as session:
        kept = str(session.connection().exec_driver_sql("SELECT * FROM nomination").all())
    assert "Neri" not in kept


def test_forged_expired_and_foreign_links(enrollment, adhesion, store, clock):
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    good = accept_link(store)
    calls = (enrollment.accept_nomination, enrollment.nomination)
    for wrong in ("", "x", None, 7, area_link(adhesion), mailbox_link(adhesion), good[:-3]):
        assert {refused(call, wrong)[0] for call in calls} == {"link_invalid"}
    for subject in (str(uuid4()), adhesion["id"], adhesion["contact"]["id"]):
        assert refused(enrollment.nomination, link("contact-nomination", subject)) == ("nomination_over", {})
    clock.advance(days=7, seconds=1)
    assert {refused(call, good)[0] for call in calls} == {"link_expired"}


def test_a_new_link_for_who_has_not_accepted_yet(enrollment, adhesion, told, store, clock):
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    token = accept_link(store)
    told()
    clock.advance(days=1)
    for _ in range(3):
        assert enrollment.renew_area_link(token) == {}
    assert told() == ["ContactNominated"]


def test_a_body_does_not_write_to_strangers_without_end(enrollment, adhesion, told, clock):
    token = area(enrollment, adhesion)
    for number in range(10):
        enrollment.nominate_contact(token, {**NEXT, "email": f"n{number}@example.it"})
    assert refused(enrollment.nominate_contact, token, NEXT) == ("asked_too_often", {"max": 10})
    told()
    clock.advance(days=1, seconds=1)
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    assert told() == ["PersonErased", "ContactChanged", "ContactNominated"]


@pytest.mark.parametrize("wrong", [None, {}, {**NEXT, "email": "x"}, {**NEXT, "role": "manager"}, {**NEXT, "id": "1"}])
def test_who_is_no_contact_is_not_named(enrollment, adhesion, told, wrong):
    for call, token in (
        (enrollment.nominate_contact, area(enrollment, adhesion)),
        (enrollment.nominate_by_mailbox, mailbox_link(adhesion)),
    ):
        with pytest.raises(ValidationError):
            call(token, wrong)
    assert told() == []


def test_only_a_body_that_takes_part_has_another_contact(enrollment, told, store):
    made = enrollment.submit_adhesion(form(institutional_email=MAILBOX))
    assert refused(enrollment.nominate_contact, area(enrollment, made), NEXT) == (
        "not_in_state",
        {"state": "submitted"},
    )
    enrollment.confirm_adhesion(confirm_link(made))
    token = area(enrollment, made)
    enrollment.nominate_contact(token, NEXT)
    accept = accept_link(store)
    told()
    enrollment.withdraw_adhesion(token)
    assert told() == ["AdhesionWithdrawn", "DelegateWithdrawn", "DelegateWithdrawn", "PersonErased"]
    assert refused(enrollment.accept_nomination, accept) == ("nomination_over", {})


def test_a_body_under_review_may_change_its_contact(enrollment, told, store):
    made = enrollment.submit_adhesion(union())
    enrollment.confirm_adhesion(confirm_link(made))
    enrollment.nominate_contact(area(enrollment, made), NEXT)
    enrollment.accept_nomination(accept_link(store))
    assert enrollment.adhesion(made["id"])["contact"]["family_name"] == "Neri"


# the institutional mailbox


def test_the_institutional_mailbox_names_another_contact(enrollment, adhesion, told, emitted, store):
    assert enrollment.request_area_link(MAILBOX.upper(), PROGRAMME) == {}
    assert told() == ["ContactChanged", "MailboxLinkRequested"]
    named, asked = emitted(store)[-2:]
    assert isinstance(asked, MailboxLinkRequested)
    assert (named.email, named.contact_id, named.given_name) == (MAILBOX, asked.contact_id, "")

    token = mailbox_link(adhesion)
    shown = enrollment.mailbox_area(token)
    assert shown["body"]["name"] == "Tivoli"
    assert not {"contact", "delegates", "nomination", "institutional_email", "legal_representative"} & shown.keys()
    enrollment.nominate_by_mailbox(token, NEXT, idempotency_key="k")
    enrollment.nominate_by_mailbox(token, NEXT, idempotency_key="k")
    assert told() == ["ContactChanged", "ContactNominated"]
    for call, *given in ((enrollment.mailbox_area,), (enrollment.nominate_by_mailbox, NEXT)):
        assert refused(call, token, *given) == ("link_used", {})

    old = area(enrollment, adhesion)
    assert enrollment.area(old)["nomination"]["nominated_by"] == "mailbox"
    enrollment.accept_nomination(accept_link(store))
    assert refused(enrollment.area, old) == ("area_closed", {})
    lines = enrollment.adhesion(adhesion["id"])["history"][-2:]
    assert [(line["actor"], line["what"]) for line in lines] == [
        ("mailbox", "contact_nominated"),
        ("contact", "contact_changed"),
    ]


def test_the_contact_who_can_be_reached_after_all_takes_it_back(enrollment, adhesion, told, store):
    enrollment.nominate_by_mailbox(mailbox_link(adhesion), NEXT)
    accept = accept_link(store)
    enrollment.withdraw_nomination(area(enrollment, adhesion))
    assert refused(enrollment.accept_nomination, accept) == ("nomination_over", {})


def test_the_same_words_for_every_address_and_not_too_many_mails(enrollment, adhesion, told, clock):
    enrollment.submit_adhesion(form(FIUMICINO, institutional_email="submitted@example.it"))
    told()
    for unknown in ("nobody@example.it", "submitted@example.it", "", "x\x00", None, 7):
        assert enrollment.request_area_link(unknown, PROGRAMME) == {}
    assert told() == []
    for _ in range(30):
        enrollment.request_area_link(MAILBOX, PROGRAMME)
        enrollment.request_area_link(MAILBOX, PROGRAMME)
        enrollment.renew_area_link(mailbox_link(adhesion))
        clock.advance(minutes=2)
    assert told() == ["ContactChanged", "MailboxLinkRequested"] * 20


def test_the_mailbox_of_the_registry_counts_first(enrollment, adhesion, told, store):
    rows = [{**row, "institutional_email": "pec@tivoli.example.it"} for row in small_registry()]
    with store.transaction() as session:
        registry.store(session, [row for row in rows if row["code"] == TIVOLI])
    enrollment.request_area_link(MAILBOX, PROGRAMME)
    assert told() == []
    enrollment.request_area_link("pec@tivoli.example.it", PROGRAMME)
    assert told() == ["ContactChanged", "MailboxLinkRequested"]
    correct = enrollment.correct_adhesion
    correction = {"reason": "r", "institutional_email": MAILBOX}
    assert refused(correct, adhesion["id"], correction, actor="staff-1")[0] == "official_body"


def test_a_contact_with_the_bodys_own_mailbox_gets_the_link_to_the_area_alone(enrollment, told):
    made = enrollment.submit_adhesion(form(institutional_email=f"protocollo@{TIVOLI}.example.it"))
    enrollment.confirm_adhesion(confirm_link(made))
    told()
    enrollment.request_area_link(f"protocollo@{TIVOLI}.example.it", PROGRAMME)
    assert told() == ["AreaLinkRequested"]


def test_links_to_a_mailbox_that_are_forged_expired_foreign_or_too_late(enrollment, adhesion, clock):
    for wrong in ("", "x", None, area_link(adhesion), link("contact-nomination", adhesion["id"])):
        assert refused(enrollment.mailbox_area, wrong) == ("link_invalid", {})
        assert refused(enrollment.nominate_by_mailbox, wrong, NEXT) == ("link_invalid", {})
    with pytest.raises(Missing):
        enrollment.nominate_by_mailbox(link("body-mailbox", str(uuid4())), NEXT)
    late, token = mailbox_link(adhesion), area(enrollment, adhesion)
    enrollment.withdraw_adhesion(token)
    assert refused(enrollment.nominate_by_mailbox, late, NEXT) == ("not_in_state", {"state": "withdrawn"})
    clock.advance(days=3, seconds=1)
    assert refused(enrollment.mailbox_area, late) == ("link_expired", {})


def test_the_contact_was_erased_meanwhile(enrollment, adhesion, told, store):
    enrollment.nominate_by_mailbox(mailbox_link(adhesion), NEXT)
    enrollment.erase_person(adhesion["contact"]["id"], actor="admin-1")
    told()
    enrollment.accept_nomination(accept_link(store))
    assert told() == ["ContactChanged"]
    assert enrollment.adhesion(adhesion["id"])["contact"]["family_name"] == "Neri"


# the secretariat


def test_a_corrected_address_of_the_contact_closes_what_the_old_one_opened(enrollment, adhesion, told, clock):
    inside, unused = area(enrollment, adhesion), area_link(adhesion)
    clock.advance(seconds=2)
    correction = {"reason": "Errore di battitura", "contact": {"email": "right@comune.example.it"}}
    enrollment.correct_adhesion(adhesion["id"], correction, actor="staff-1")
    assert refused(enrollment.area, inside) == ("area_closed", {})
    assert refused(enrollment.open_area, unused) == ("link_expired", {})
    clock.advance(seconds=2)
    assert enrollment.area(area(enrollment, adhesion))["contact"]["email"] == "right@comune.example.it"


def test_a_correction_while_another_contact_is_named_leaves_both(enrollment, adhesion, told, store):
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    correction = {"reason": "r", "contact": {"phone": "06 999"}, "institutional_email": "new@comune.example.it"}
    whole = enrollment.correct_adhesion(adhesion["id"], correction, actor="staff-1")
    assert (whole["contact"]["phone"], whole["nomination"]["family_name"]) == ("06 999", "Neri")
    assert whole["institutional_email"] == "new@comune.example.it"
    assert [line["what"] for line in whole["history"]][-2:] == ["contact_corrected", "mailbox_corrected"]
    enrollment.accept_nomination(accept_link(store))
    assert enrollment.adhesion(adhesion["id"])["contact"]["phone"] is None


def test_the_list_finds_the_contact_in_office(enrollment, adhesion, store):
    enrollment.nominate_contact(area(enrollment, adhesion), NEXT)
    enrollment.accept_nomination(accept_link(store))
    found = [enrollment.adhesions(PROGRAMME, query=name)["items"] for name in ("Neri", "Rossi")]
    assert [len(items) for items in found] == [1, 0]


# at once


def test_two_clicks_in_one_instant_make_one_contact(clerks):  # noqa: F811
    adhesion = joined(clerks)
    clerks.nominate_contact(area(clerks, adhesion), NEXT)
    key = nominated(clerks.database)
    links = [link("contact-nomination", key) for _ in range(4)]
    answers = at_once([lambda token=token: clerks.accept_nomination(token) for token in links])
    assert answers == [""] * 4
    with clerks.database.read() as session:
        in_office = session.scalars(sa.select(Contact.id).where(Contact.until.is_(None))).all()
    assert in_office == [UUID(key)]


def test_of_two_who_use_one_mailbox_link_in_one_instant_one_names_somebody(clerks, emitted):  # noqa: F811
    token = mailbox_link(joined(clerks))
    people = [{**NEXT, "email": f"n{number}@example.it"} for number in range(4)]
    answers = at_once([lambda one=one: clerks.nominate_by_mailbox(token, one) for one in people])
    assert sorted(answers) == ["", *["link_used"] * 3]
    assert sum(isinstance(event, ContactNominated) for event in emitted(clerks.database)) == 1


def test_accepting_while_the_contact_works_leaves_the_body_with_one_contact(clerks):  # noqa: F811
    adhesion = joined(clerks)
    token = area(clerks, adhesion)
    clerks.nominate_contact(token, NEXT)
    accept = accept_link(clerks.database)
    answers = at_once(
        [
            lambda: clerks.accept_nomination(accept),
            lambda: clerks.register_delegate(token, delegate(5)),
            lambda: clerks.withdraw_nomination(token),
        ]
    )
    taken_over = answers[0] == ""
    whole = clerks.adhesion(adhesion["id"])
    assert (whole["contact"]["family_name"], whole["nomination"]) == ("Neri" if taken_over else "Rossi", None)
