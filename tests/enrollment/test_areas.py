"""Links that open an area once, and what they open for some hours."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chassis.refusal import Missing
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
    own_link,
    own_page,
)
from tests.enrollment.test_adhesions import refused


@pytest.fixture
def adhesion(enrollment, told):
    """A confirmed adhesion with two delegates."""
    confirmed = enrollment.confirm_adhesion(confirm_link(enrollment.submit_adhesion(form())))
    told()
    return confirmed


def test_a_link_opens_its_area_once(enrollment, adhesion):
    token = area_link(adhesion)
    opened = enrollment.open_area(token)

    assert (opened["area"], opened["ends_at"][:16]) == ("body", "2017-05-15T17:00")
    assert enrollment.area(opened["token"]) == adhesion
    assert refused(enrollment.open_area, token) == ("link_used", {})
    assert enrollment.area(opened["token"]) == adhesion


def test_the_link_in_another_spelling_is_the_same_link(enrollment, adhesion):
    """The last letter of a base64 signature has bits that nobody reads."""
    token = area_link(adhesion)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    enrollment.open_area(token)
    answers = {refused(enrollment.open_area, token[:-1] + letter)[0] for letter in letters}
    assert answers == {"link_used", "link_invalid"}


def test_a_link_is_not_the_token_of_an_area_nor_the_other_way_round(enrollment, adhesion):
    token = area_link(adhesion)
    opened = enrollment.open_area(token)["token"]
    assert refused(enrollment.area, token) == ("area_closed", {})
    assert refused(enrollment.open_area, opened) == ("link_invalid", {})
    assert refused(enrollment.delegate_area, opened) == ("area_closed", {})


def test_an_answer_that_was_lost_is_given_again_and_no_token_is_stored(enrollment, adhesion, clock, store):
    token = area_link(adhesion)
    first = enrollment.open_area(token, idempotency_key="k")
    assert enrollment.open_area(token, idempotency_key="k") == first
    for key in ("another", None):
        assert refused(enrollment.open_area, token, idempotency_key=key) == ("link_used", {})
    clock.advance(minutes=11)
    assert refused(enrollment.open_area, token, idempotency_key="k") == ("link_used", {})
    with store.read() as session:
        rows = str(session.connection().exec_driver_sql("SELECT * FROM area_session").all())
    assert first["token"] not in rows


def test_forged_expired_and_foreign_links(enrollment, adhesion, clock):
    for token in ("", "x", None, 7, {"a": 1}, confirm_link(adhesion), area_link(adhesion)[:-3], "é" * 10_000):
        assert refused(enrollment.open_area, token) == ("link_invalid", {})
        assert refused(enrollment.renew_area_link, token) == ("link_invalid", {})
    for subject in (str(uuid4()), adhesion["id"], adhesion["delegates"][0]["id"]):
        with pytest.raises(Missing):
            enrollment.open_area(link("body-area", subject))
    late = area_link(adhesion)
    clock.advance(days=3, seconds=1)
    assert refused(enrollment.open_area, late) == ("link_expired", {})


def test_an_area_stays_open_for_some_hours_or_until_it_is_left(enrollment, adhesion, clock):
    token, other = area(enrollment, adhesion), area(enrollment, adhesion)
    assert enrollment.close_area(token) == enrollment.close_area(token) == {}
    assert refused(enrollment.close_area, "x") == ("area_closed", {})
    assert refused(enrollment.area, token) == ("area_closed", {})
    clock.advance(hours=7, minutes=59)
    assert enrollment.area(other) == adhesion
    clock.advance(minutes=1)
    assert refused(enrollment.area, other) == ("area_closed", {})
    assert refused(enrollment.register_delegate, other, delegate(5)) == ("area_closed", {})
    for wrong in ("", None, 7, "\ud800"):
        assert refused(enrollment.area, wrong) == ("area_closed", {})


def test_a_dead_link_or_area_brings_a_new_link_to_its_own_mailbox(enrollment, adhesion, told, emitted, store, clock):
    used = area_link(adhesion)
    opened = enrollment.open_area(used)["token"]
    for token in (used, opened, area_link(adhesion)):
        clock.advance(days=40)
        assert enrollment.renew_area_link(token) == {}
        assert told() == ["AreaLinkRequested"]
        assert str(emitted(store)[-1].contact_id) == adhesion["contact"]["id"]
    person = adhesion["delegates"][0]["id"]
    enrollment.renew_area_link(own_link(person))
    assert told() == ["DelegateLinkRequested"]
    assert str(emitted(store)[-1].delegate_id) == person


def test_a_mailbox_is_not_filled(enrollment, adhesion, told, clock):
    dead = area_link(adhesion)
    for _ in range(30):
        enrollment.renew_area_link(dead)
        enrollment.renew_area_link(dead)
        enrollment.request_area_link(f"protocollo@{TIVOLI}.example.it", PROGRAMME)
        clock.advance(minutes=2)
    assert told() == ["AreaLinkRequested"] * 20
    clock.advance(days=1)
    enrollment.renew_area_link(dead)
    assert told() == ["AreaLinkRequested"]


def test_a_clock_that_was_set_back_does_not_lock_anybody_out(enrollment, adhesion, told, clock):
    dead = area_link(adhesion)
    clock.advance(days=2)
    enrollment.renew_area_link(dead)
    clock.advance(days=-2)
    enrollment.renew_area_link(dead)
    assert told() == ["AreaLinkRequested"] * 2


def test_delegates_ask_for_their_page_by_mailbox_once_their_body_has_joined(enrollment, adhesion, told):
    enrollment.submit_adhesion(form(FIUMICINO))
    told()
    enrollment.request_area_link("anna.bianchi1@comune.example.it", PROGRAMME)
    assert told() == ["DelegateLinkRequested"]


def test_who_was_erased_is_out_and_gets_no_link(enrollment, adhesion, told):
    person = adhesion["delegates"][0]["id"]
    token, dead = own_page(enrollment, person), own_link(person)
    enrollment.erase_person(person, actor="admin-1")
    told()
    assert refused(enrollment.delegate_area, token) == ("area_closed", {})
    with pytest.raises(Missing):
        enrollment.open_area(dead)
    assert (enrollment.renew_area_link(dead), enrollment.renew_area_link(token), told()) == ({}, {}, [])


def test_links_of_one_second_are_used_up_one_by_one(enrollment, adhesion):
    tokens = [area_link(adhesion) for _ in range(3)]
    for token in tokens:
        assert enrollment.area(enrollment.open_area(token)["token"]) == adhesion
    assert [refused(enrollment.open_area, token)[0] for token in tokens] == ["link_used"] * 3


def test_what_has_long_ended_is_forgotten(enrollment, adhesion, clock, store):
    for _ in range(2):
        enrollment.open_area(area_link(adhesion, clock.now()))
        clock.advance(days=31)
    enrollment.open_area(area_link(adhesion, clock.now()))
    with store.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM area_session").scalar() == 1
