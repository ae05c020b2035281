"""Letters about contacts that hand over and delegates that move to another mailbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.consumer import NotYet
from chassis.database import Store
from contracts import enrollment
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    ADHESION,
    CONTACT,
    PROGRAMME,
    contact_changed,
    delegate_registered,
    ident,
    known_people,
    person_erased,
)
from tests.notifications.conftest import StandIn
from tests.notifications.test_delivery import send_all, states
from tests.notifications.test_partings import everything_kept

NEXT, MOVED, OLD = "next@comune.example", "moved@comune.example", "m.desantis@comune.trani.example"


@pytest.fixture
def known(service: NotificationsService, clock: Any) -> NotificationsService:
    clock.set(datetime(2017, 5, 2, 8, 0, tzinfo=UTC))
    service.hear_enrollment(known_people())
    return service


def asked(kind: Any, who: str, **given: Any) -> Any:
    ids = {"adhesion_id": ADHESION, "programme_id": PROGRAMME, "contact_id": ident(who)}
    return kind(**{"request_id": ident("request"), **ids, **given}, sequence=9)


def addressees(stand_in: StandIn, kind: str) -> list[str]:
    return [mail["to"]["email"] for mail in stand_in.mails(kind=kind)]


def test_the_next_contact_is_asked_and_the_one_before_told(known: NotificationsService, stand_in: StandIn):
    named = contact_changed(sequence=5, contact_id=ident("next"), email=NEXT)
    known.hear_enrollment([named, asked(enrollment.ContactNominated, "next"), named])
    send_all(known)
    assert addressees(stand_in, "contact_nominated") == [NEXT]
    (mail,) = stand_in.mails(kind="contact_nominated")
    assert any("/area/nomination/" in link for link in mail["links"])

    took_over = contact_changed(sequence=6, contact_id=ident("next"), email=NEXT, replaces=CONTACT)
    known.hear_enrollment([took_over])
    known.hear_enrollment([took_over, contact_changed(sequence=6, contact_id=ident("next"), replaces=CONTACT)])
    send_all(known)
    assert addressees(stand_in, "contact_replaced") == ["segreteria@comune.trani.example"]


def test_who_did_not_accept_is_forgotten_and_not_written_to(
    known: NotificationsService, stand_in: StandIn, store: Store
):
    named = contact_changed(sequence=5, contact_id=ident("next"), email=NEXT)
    known.hear_enrollment([named, asked(enrollment.ContactNominated, "next"), person_erased(ident("next"))])
    send_all(known)
    assert (addressees(stand_in, "contact_nominated"), NEXT in everything_kept(store)) == ([], False)
    assert "person_erased" not in states(store)


def test_a_contact_before_who_was_erased_is_not_told(known: NotificationsService, stand_in: StandIn):
    known.hear_enrollment([person_erased(CONTACT)])
    known.hear_enrollment([contact_changed(sequence=6, contact_id=ident("next"), email=NEXT, replaces=CONTACT)])
    send_all(known)
    assert addressees(stand_in, "contact_replaced") == []


def test_a_successor_waits_for_who_is_not_known_yet(known: NotificationsService):
    with pytest.raises(NotYet):
        known.hear_enrollment([contact_changed(sequence=6, contact_id=ident("next"), replaces=ident("stranger"))])


def test_the_institutional_mailbox_gets_its_link_without_a_name(known: NotificationsService, stand_in: StandIn):
    mailbox = contact_changed(sequence=5, contact_id=ident("mailbox"), email="pec@comune.example", given_name="")
    known.hear_enrollment([mailbox, asked(enrollment.MailboxLinkRequested, "mailbox")])
    send_all(known)
    (mail,) = stand_in.mails(kind="mailbox_link")
    assert mail["to"]["email"] == "pec@comune.example"
    assert "Buongiorno," in mail["text"]


def test_who_moves_is_asked_at_the_new_address_and_told_at_the_old_one(
    known: NotificationsService, stand_in: StandIn, store: Store
):
    named = contact_changed(sequence=5, contact_id=ident("change"), email=MOVED)
    known.hear_enrollment([named, asked(enrollment.MailboxChangeRequested, "change")])
    send_all(known)
    assert addressees(stand_in, "mailbox_change") == [MOVED]

    moved = delegate_registered(sequence=4, email=MOVED, moved=True)
    known.hear_enrollment([person_erased(ident("change")), moved])
    known.hear_enrollment([moved, delegate_registered(sequence=4, email=MOVED, moved=True)])
    send_all(known)
    assert addressees(stand_in, "mailbox_changed") == [OLD]
    assert (OLD in everything_kept(store), MOVED in everything_kept(store)) == (False, True)


def test_a_corrected_address_is_not_told_to_the_wrong_one(known: NotificationsService, stand_in: StandIn):
    known.hear_enrollment([delegate_registered(sequence=4, email=MOVED)])
    known.hear_enrollment([delegate_registered(sequence=5, email=MOVED, moved=True)])
    known.hear_enrollment([delegate_registered(delegate_id=ident("new"), email="a@comune.example", moved=True)])
    send_all(known)
    assert addressees(stand_in, "mailbox_changed") == []
