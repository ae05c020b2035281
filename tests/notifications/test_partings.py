"""Letters to who is erased, replaced or moves up: told once; an address that is to be forgotten is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from chassis.consumer import NotYet
from chassis.database import Store
from chassis.refusal import Refused
from services.notifications.models import Message, Person, Place
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    DELEGATE,
    PLACE,
    PROGRAMME,
    appointment_scheduled,
    delegate_registered,
    delegate_withdrawn,
    ident,
    known_people,
    person_erased,
    place_assigned,
    place_released,
    place_waiting,
    programme_opened,
)
from tests.notifications.conftest import StandIn
from tests.notifications.test_delivery import make_due, send_all, states

MAIL = "m.desantis@comune.trani.example"


pytestmark = pytest.mark.usefixtures("in_may")


@pytest.fixture
def known(service: NotificationsService) -> NotificationsService:
    service.hear_enrollment(known_people())
    return service


def everything_kept(store: Store) -> str:
    with store.read() as session:
        tables = ("message", "person", "place", "adhesion")
        rows = [session.execute(sa.text(f"SELECT * FROM {table}")).all() for table in tables]
    return str(rows)


def test_who_is_erased_is_told_once_and_then_forgotten(known: NotificationsService, stand_in: StandIn, store: Store):
    erasure = person_erased(DELEGATE, programme_id=PROGRAMME)
    known.hear_enrollment([erasure])
    known.hear_enrollment([erasure, person_erased(DELEGATE, programme_id=PROGRAMME, sequence=2)])
    assert MAIL in everything_kept(store)
    send_all(known)

    (mail,) = stand_in.mails(kind="person_erased")
    assert (mail["to"]["email"], mail["subject"]) == (MAIL, "I Suoi dati sono stati cancellati: CO-AliZIONE")
    assert states(store)["person_erased"] == ("sent", None)
    assert MAIL not in everything_kept(store)


@pytest.mark.parametrize("fault", [{"rate_500_before": 1.0}, {"rate_500_after": 1.0}], ids=["not sent", "sent unseen"])
def test_whatever_becomes_of_the_last_letter_its_address_goes_and_nobody_sends_it_again(
    known: NotificationsService, stand_in: StandIn, store: Store, fault: dict[str, float]
):
    send_all(known)
    stand_in.misbehave(**fault)
    known.hear_enrollment([person_erased(DELEGATE, programme_id=PROGRAMME)])
    send_all(known)

    assert states(store)["person_erased"][0] == "unknown"
    assert MAIL not in everything_kept(store)
    with store.read() as session:
        message = session.scalars(sa.select(Message.id).where(Message.kind == "person_erased")).one()
    with pytest.raises(Refused) as caught:
        known.resend_message(str(message), actor="staff-1")
    assert caught.value.reason == "address_forgotten"


def test_a_last_letter_that_cannot_be_sent_for_a_week_is_given_up(
    known: NotificationsService, store: Store, clock: Any, stand_in: StandIn
):
    known.hear_enrollment([person_erased(DELEGATE, programme_id=PROGRAMME)])
    clock.advance(days=6)
    assert known.forget_addresses() is False
    clock.advance(days=1, seconds=1)
    assert (known.forget_addresses(), known.forget_addresses()) == (True, False)

    assert states(store)["person_erased"] == ("failed", "person_erased")
    assert MAIL not in everything_kept(store)
    make_due(store)
    send_all(known)
    assert stand_in.mails(kind="person_erased") == []


def test_nobody_is_told_of_the_erasure_of_who_was_never_known_or_of_a_draft(
    service: NotificationsService, store: Store
):
    service.hear_enrollment([programme_opened(), person_erased(ident("stranger"), programme_id=PROGRAMME)])
    service.hear_enrollment([delegate_registered(), person_erased(DELEGATE)])

    assert states(store) == {}
    with store.read() as session:
        assert session.scalars(sa.select(Person.email)).all() == [None, None]


def test_who_is_replaced_is_told_by_whose_will(known: NotificationsService, stand_in: StandIn, store: Store):
    known.hear_enrollment([delegate_withdrawn(reason="replaced"), delegate_withdrawn(reason="replaced")])
    send_all(known)
    assert [mail["to"]["email"] for mail in stand_in.mails(kind="delegate_replaced")] == [MAIL]

    known.hear_enrollment([delegate_registered(delegate_id=ident("other"))])
    known.hear_enrollment([delegate_withdrawn(delegate_id=ident("other"))])
    assert states(store).keys() == {"adhesion_received", "delegate_replaced"}


def test_a_replacement_waits_for_its_adhesion(service: NotificationsService):
    service.hear_enrollment([programme_opened(), delegate_registered()])
    with pytest.raises(NotYet):
        service.hear_enrollment([delegate_withdrawn(reason="replaced")])


@pytest.mark.parametrize(
    ("events", "subject", "words"),
    [
        ([place_assigned()], "Posto assegnato", "c’è un posto a Suo nome"),
        ([place_assigned(reason="replaced")], "Posto passato a Lei", "La manda al posto di un’altra persona"),
        (
            [place_waiting(), place_assigned(sequence=2, reason="adhesion_withdrawn")],
            "Si è liberato un posto",
            "perché un ente ha lasciato il programma",
        ),
        (
            [place_waiting(reason="replaced"), place_assigned(sequence=2, reason="replaced")],
            "Si è liberato un posto",
            "sostituita a lista già chiusa",
        ),
        (
            [place_waiting(), place_assigned(sequence=2)],
            "Si è liberato un posto",
            "«CO-AliZIONE»: secondo l’ordine",
        ),
        ([place_waiting(reason="replaced")], "In lista d’attesa", "il turno che questa aveva passa a Lei"),
    ],
    ids=["planned", "handed over", "moved up", "moved up in a turn handed over", "moved up, no reason", "waits"],
)
def test_a_place_says_how_it_came(
    known: NotificationsService, stand_in: StandIn, events: list[Any], subject: str, words: str
):
    known.hear_scheduling([appointment_scheduled()])
    for event in events:
        known.hear_scheduling([event])
    send_all(known)

    (mail,) = [mail for mail in stand_in.mails() if mail["kind"].startswith("place")]
    assert mail["subject"].startswith(f"{subject}: ")
    assert words in " ".join(mail["text"].split())


def test_a_place_that_passed_on_says_so(known: NotificationsService, stand_in: StandIn, store: Store):
    known.hear_scheduling([appointment_scheduled(), place_assigned()])
    send_all(known)
    known.hear_scheduling([place_released(reason="replaced")])
    send_all(known)

    (mail,) = stand_in.mails(kind="place_released")
    assert "perché il Suo ente manda un’altra persona" in " ".join(mail["text"].split())
    with store.read() as session:
        assert session.get_one(Place, PLACE).reason == "replaced"
