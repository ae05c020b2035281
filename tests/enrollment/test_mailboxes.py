"""A delegate moves to another mailbox, which has to confirm itself; until then the old one stands."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.refusal import Missing
from contracts.enrollment import DelegateRegistered
from services.enrollment.models import MailboxChange
from tests.enrollment.builders import FIUMICINO, area, confirm_link, delegate, form, link, own_link, own_page
from tests.enrollment.test_adhesions import refused
from tests.enrollment.test_two_clerks import at_once, clerks  # noqa: F401 - the fixture

OLD, NEW = "anna.bianchi1@comune.example.it", "anna.nuova@comune.example.it"


@pytest.fixture
def adhesion(enrollment, told):
    """A confirmed adhesion with two delegates."""
    confirmed = enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(form())))
    told()
    return confirmed


@pytest.fixture
def person(adhesion):
    return adhesion["delegates"][0]["id"]


def change_link(store: Any, issued_at: Any = None) -> str:
    with store.read() as session:
        key = str(session.scalars(sa.select(MailboxChange.id)).one())
    return link("mailbox-change", key, *([issued_at] if issued_at else []))


def email_of(enrollment, adhesion, person):
    return next(one for one in enrollment.adhesion(adhesion["id"])["delegates"] if one["id"] == person)["email"]


def test_the_new_mailbox_counts_once_it_has_confirmed(enrollment, adhesion, person, told, emitted, store, clock):
    page, unused = own_page(enrollment, person), own_link(person)
    clock.advance(seconds=2)
    enrollment.change_my_mailbox(page, NEW.upper(), idempotency_key="k")
    enrollment.change_my_mailbox(page, NEW.upper(), idempotency_key="k")
    named, asked = emitted(store)[-2:]
    assert told() == ["ContactChanged", "MailboxChangeRequested"]
    assert (named.email, named.contact_id, named.given_name) == (NEW, asked.contact_id, "Anna")
    assert (email_of(enrollment, adhesion, person), enrollment.delegate_area(page)["delegate"]["new_email"]) == (
        OLD,
        NEW,
    )

    token = change_link(store, clock.now())
    opened = enrollment.confirm_mailbox(token, idempotency_key="k")
    assert enrollment.confirm_mailbox(token, idempotency_key="k") == opened
    erased, registered = emitted(store)[-2:]
    assert told() == ["PersonErased", "DelegateRegistered"]
    assert (erased.person_id, erased.programme_id) == (named.contact_id, None)
    assert (registered.email, registered.moved, registered.replaces) == (NEW, True, None)
    mine = enrollment.delegate_area(opened["token"])["delegate"]
    assert (mine["email"], mine["new_email"], mine["mail_state"]) == (NEW, None, None)
    assert refused(enrollment.delegate_area, page) == ("area_closed", {})
    assert refused(enrollment.open_area, unused) == ("link_expired", {})
    assert refused(enrollment.confirm_mailbox, token) == ("link_used", {})
    lines = enrollment.adhesion(adhesion["id"])["history"][-2:]
    assert [(line["actor"], line["what"]) for line in lines] == [
        ("delegate", "mailbox_change_asked"),
        ("delegate", "mailbox_changed"),
    ]
    assert lines[1]["changes"] == {"email": [OLD, NEW]}


def test_the_contact_gives_it_too(enrollment, adhesion, person, told, store):
    token = area(enrollment, adhesion)
    after = enrollment.change_delegates_mailbox(token, person, NEW)
    assert next((one["email"], one["new_email"]) for one in after["delegates"]) == (OLD, NEW)
    enrollment.confirm_mailbox(change_link(store))
    assert told()[-1] == "DelegateRegistered"
    assert enrollment.area(token)["delegates"][0]["email"] == NEW
    enrollment.withdraw_delegate(token, person)
    assert refused(enrollment.change_delegates_mailbox, token, person, OLD) == ("not_in_state", {"state": "withdrawn"})


def test_the_address_that_it_is_already_takes_the_question_back(enrollment, adhesion, person, told, store):
    page = own_page(enrollment, person)
    enrollment.change_my_mailbox(page, OLD)
    assert told() == []
    enrollment.change_my_mailbox(page, NEW)
    token = change_link(store)
    enrollment.change_my_mailbox(page, OLD)
    assert told() == ["ContactChanged", "MailboxChangeRequested", "PersonErased"]
    assert refused(enrollment.confirm_mailbox, token) == ("mailbox_change_over", {})


def test_the_last_address_counts(enrollment, adhesion, person, told, store):
    page = own_page(enrollment, person)
    enrollment.change_my_mailbox(page, "other@comune.example.it")
    first = change_link(store)
    enrollment.change_my_mailbox(page, NEW)
    assert refused(enrollment.confirm_mailbox, first) == ("mailbox_change_over", {})
    enrollment.confirm_mailbox(change_link(store))
    assert email_of(enrollment, adhesion, person) == NEW


def test_a_colleagues_address_is_refused_when_given_and_when_confirmed(enrollment, adhesion, person, told, store):
    page = own_page(enrollment, person)
    colleague = adhesion["delegates"][1]["email"]
    assert refused(enrollment.change_my_mailbox, page, colleague) == ("duplicate_delegate", {})
    enrollment.change_my_mailbox(page, NEW)
    enrollment.register_delegate(area(enrollment, adhesion), delegate(3, email=NEW))
    assert refused(enrollment.confirm_mailbox, change_link(store)) == ("duplicate_delegate", {})
    assert email_of(enrollment, adhesion, person) == OLD


def test_forged_expired_foreign_and_late_links(enrollment, adhesion, person, told, store, clock):
    enrollment.change_my_mailbox(own_page(enrollment, person), NEW)
    good = change_link(store)
    for wrong in ("", "x", None, 7, own_link(person), link("contact-nomination", person), good[:-3]):
        assert refused(enrollment.confirm_mailbox, wrong) == ("link_invalid", {})
    for subject in (person, str(uuid4())):
        assert refused(enrollment.confirm_mailbox, link("mailbox-change", subject)) == ("mailbox_change_over", {})
    told()
    clock.advance(days=1)
    assert (enrollment.renew_area_link(good), enrollment.renew_area_link(good)) == ({}, {})
    assert told() == ["ContactChanged", "MailboxChangeRequested"]
    clock.advance(days=6)
    assert refused(enrollment.confirm_mailbox, change_link(store, clock.now())) == ("mailbox_change_over", {})
    clock.advance(seconds=1)
    assert refused(enrollment.confirm_mailbox, good) == ("link_expired", {})
    assert enrollment.forget_old_handovers() is True
    assert told() == ["PersonErased"]
    assert refused(enrollment.renew_area_link, good) == ("mailbox_change_over", {})


def test_who_is_erased_meanwhile_is_not_brought_back(enrollment, adhesion, person, told, store):
    enrollment.change_my_mailbox(own_page(enrollment, person), NEW)
    token = change_link(store)
    told()
    enrollment.erase_person(person, actor="admin-1")
    assert told() == ["DelegateWithdrawn", "PersonErased", "PersonErased"]
    assert refused(enrollment.confirm_mailbox, token) == ("mailbox_change_over", {})
    with store.read() as session:
        rows = [str(session.connection().exec_driver_sql(f"SELECT * FROM {t}").all()) for t in ("history", "delegate")]
    assert NEW not in "".join(rows)


def test_who_has_gone_may_still_move(enrollment, adhesion, person, told, store):
    enrollment.withdraw_delegate(area(enrollment, adhesion), person)
    enrollment.change_my_mailbox(own_page(enrollment, person), NEW)
    enrollment.confirm_mailbox(change_link(store))
    assert told() == [
        *("DelegateWithdrawn", "ContactChanged", "MailboxChangeRequested"),
        *("PersonErased", "DelegateRegistered"),
    ]


def test_nobody_hears_of_who_never_joined(enrollment, told, store):
    made = enrollment.submit_adhesion(form(FIUMICINO))
    told()
    enrollment.change_delegates_mailbox(area(enrollment, made), made["delegates"][0]["id"], NEW)
    enrollment.confirm_mailbox(change_link(store))
    assert told() == ["ContactChanged", "MailboxChangeRequested", "PersonErased"]


def test_strangers_are_not_written_to_without_end_and_bad_input_changes_nothing(
    enrollment, adhesion, person, told, clock
):
    page = own_page(enrollment, person)
    for wrong in (None, "", "x", 7, "a@b.it\r\nBcc: c@d.it", "x" * 300 + "@example.it"):
        with pytest.raises(ValidationError):
            enrollment.change_my_mailbox(page, wrong)
    for stranger in (str(uuid4()), "x", adhesion["contact"]["id"]):
        with pytest.raises(Missing):
            enrollment.change_delegates_mailbox(area(enrollment, adhesion), stranger, NEW)
    assert refused(enrollment.change_my_mailbox, area(enrollment, adhesion), NEW) == ("area_closed", {})
    assert told() == []
    for number in range(10):
        enrollment.change_my_mailbox(page, f"n{number}@example.it")
    assert refused(enrollment.change_my_mailbox, page, NEW) == ("asked_too_often", {"max": 10})


def test_a_mailbox_that_the_secretariat_corrects_closes_what_the_old_one_opened(enrollment, adhesion, person, clock):
    page, unused = own_page(enrollment, person), own_link(person)
    clock.advance(seconds=2)
    correction = {"reason": "r", "delegates": {person: {"email": NEW}}}
    enrollment.correct_adhesion(adhesion["id"], correction, actor="staff-1")
    assert refused(enrollment.delegate_area, page) == ("area_closed", {})
    assert refused(enrollment.open_area, unused) == ("link_expired", {})


def test_two_clicks_in_one_instant_move_once(clerks, emitted):  # noqa: F811
    made = clerks.confirm_adhesion(confirm_link(clerks.submit_adhesion(form())))
    clerks.change_my_mailbox(own_page(clerks, made["delegates"][0]["id"]), NEW)
    token = change_link(clerks.database)
    answers = at_once([lambda: clerks.confirm_mailbox(token)] * 4)
    assert sorted(answers)[0] == ""
    assert set(answers) <= {"", "link_used", "mailbox_change_over"}
    moved = [one for one in emitted(clerks.database) if isinstance(one, DelegateRegistered) and one.moved]
    assert len(moved) == 1
