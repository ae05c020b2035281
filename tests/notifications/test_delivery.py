"""Sending, against a stand-in that misbehaves: what was claimed is sent once, and what is not known stays unknown."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from chassis import clock as house_clock
from chassis.database import Store
from chassis.refusal import Missing
from contracts.event import Event
from contracts.notifications import MessageSent, MessageUnresolved
from services.notifications.domain import QUEUED
from services.notifications.models import Message, Person
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    CERTIFICATE,
    appointment_moved,
    appointment_scheduled,
    certificate_issued,
    certificate_revoked,
    delegate_registered,
    ident,
    known_people,
    place_assigned,
    programme_opened,
)
from tests.notifications.conftest import Archive, StandIn

pytestmark = pytest.mark.usefixtures("in_may")


def states(store: Store) -> dict[str, tuple[str, str | None]]:
    with store.read() as session:
        return {
            kind: (state, reason)
            for kind, state, reason in session.execute(sa.select(Message.kind, Message.state, Message.reason))
        }


def make_due(store: Store) -> None:
    """As if enough time had passed."""
    with store.transaction() as session:
        session.execute(sa.update(Message).values(ready_at=house_clock.machine_now() - timedelta(seconds=1)))


def all_ids(store: Store) -> list[UUID]:
    with store.read() as session:
        return list(session.scalars(sa.select(Message.id).order_by(Message.id)))


def queue_many(service: NotificationsService, number: int) -> None:
    service.hear_enrollment([programme_opened()])
    people = [ident(f"delegate {index}") for index in range(number)]
    service.hear_enrollment(
        [
            delegate_registered(delegate_id=person, email=f"p{index}@comune.example")
            for index, person in enumerate(people)
        ]
    )
    service.hear_scheduling([appointment_scheduled()])
    service.hear_scheduling(
        [place_assigned(place_id=ident(f"place {index}"), delegate_id=person) for index, person in enumerate(people)]
    )


def send_all(service: NotificationsService) -> None:
    while service.deliver():
        pass


def test_a_mail_arrives_as_it_was_written(
    service: NotificationsService, stand_in: StandIn, store: Store, emitted: Callable[[Store], list[Event]]
):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_assigned()])

    assert service.deliver() is True
    assert service.deliver() is False

    [received, assigned] = sorted(stand_in.mails(), key=lambda mail: str(mail["kind"]))
    assert (received["kind"], received["to"]["email"]) == ("adhesion_received", "segreteria@comune.trani.example")
    assert received["links"][0].startswith("https://formazione.anci.example/adhesions/confirm/")
    assert assigned["to"] == {"email": "m.desantis@comune.trani.example", "name": "Maria Grazia De Santis"}
    assert assigned["from"]["email"] == "programma@anci.example"
    assert assigned["reply_to"]["email"] == "aiuto@anci.example"
    assert list(assigned["custom_args"]) == ["message_id"]
    assert assigned["tracking"] == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
    }
    assert [file["filename"] for file in assigned["attachments"]] == ["invite.ics"]
    assert stand_in.attachment(assigned, 0).decode() == assigned["calendar"]
    assert "METHOD:REQUEST" in assigned["calendar"]

    with store.read() as session:
        message = session.scalars(sa.select(Message).where(Message.kind == "place_assigned")).one()
    assert (message.state, message.attempts, message.provider_id) == ("sent", 1, assigned["x_message_id"])
    assert str(message.id) == assigned["custom_args"]["message_id"]
    assert {type(event) for event in emitted(store)} == {MessageSent}


def test_the_mail_says_how_things_stand_when_it_is_sent(service: NotificationsService, stand_in: StandIn):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_assigned()])
    service.hear_enrollment([delegate_registered(sequence=2, email="new@comune.example", language="en")])
    service.hear_scheduling([appointment_moved()])
    send_all(service)

    [assigned] = stand_in.mails(kind="place_assigned")
    assert assigned["to"]["email"] == "new@comune.example"
    assert "Monday 6 November 2017, from 9:00 to 17:00 (Italian time)" in assigned["text"]
    assert "SEQUENCE:1" in assigned["calendar"]


def test_more_than_a_batch_is_sent_once_each(service: NotificationsService, stand_in: StandIn, store: Store):
    queue_many(service, 45)
    send_all(service)

    counts = stand_in.counts()
    assert (counts["accepted"], counts["message_ids"], counts["doubled"]) == (45, 45, [])
    assert states(store) == {"place_assigned": ("sent", None)}


def test_two_processes_never_send_the_same(start: Callable[..., NotificationsService], stand_in: StandIn, store: Store):
    one, other = start(), start()
    queue_many(one, 30)
    first, second = one._delivery(), other._delivery()
    due = all_ids(store)

    claims = [first._claim(due[:20]), second._claim(due)]
    first._send(claims[0], {})
    second._send(claims[1], {})

    assert [len(claim.mails) for claim in claims] == [20, 10]
    assert stand_in.counts()["accepted"] == 30
    assert stand_in.counts()["doubled"] == []


def test_too_many_requests_is_waited_for_and_then_sent(
    start: Callable[..., NotificationsService], stand_in: StandIn, store: Store
):
    service = start()
    queue_many(service, 3)
    stand_in.misbehave(rate_429=1, reset_in=60)

    assert service.deliver() is True
    assert states(store) == {"place_assigned": ("queued", "rate_limited")} or states(store) == {
        "place_assigned": ("queued", "not_tried")
    }
    with store.read() as session:
        ready = session.scalars(sa.select(Message.ready_at)).all()
    wait = [(moment - house_clock.machine_now()).total_seconds() for moment in ready]
    assert all(30 < seconds <= 60 for seconds in wait)

    stand_in.misbehave()
    make_due(store)
    assert service.deliver() is False, "the process keeps quiet until the reset"
    send_all(start())
    assert stand_in.counts()["accepted"] == 3


def test_nobody_there_is_tried_again(
    start: Callable[..., NotificationsService], stand_in: StandIn, store: Store, emitted: Callable[[Store], list[Event]]
):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
        service = start(sendgrid_host=nobody)
        queue_many(service, 1)
        service.deliver()
    assert states(store) == {"place_assigned": ("queued", "unreachable")}

    make_due(store)
    send_all(start(sendgrid_host="http://no-such-host.invalid"))
    assert states(store) == {"place_assigned": ("queued", "unreachable")}

    make_due(store)
    send_all(start())
    assert states(store) == {"place_assigned": ("sent", None)}
    assert [type(event) for event in emitted(store)] == [MessageSent]


@pytest.mark.parametrize(
    ("faults", "reason", "accepted"),
    [
        ({"rate_500_before": 1}, "answered_500", 0),
        ({"rate_500_after": 1}, "answered_500", 1),
        ({"rate_reset_after": 1}, "connection_lost", 1),
        ({"delay": 1.5}, "timed_out", 1),
    ],
)
def test_what_cannot_be_known_is_not_sent_again(
    start: Callable[..., NotificationsService],
    stand_in: StandIn,
    store: Store,
    emitted: Callable[[Store], list[Event]],
    faults: dict[str, float],
    reason: str,
    accepted: int,
):
    service = start(http_timeout=0.5)
    queue_many(service, 1)
    stand_in.misbehave(**faults)
    service.deliver()
    assert states(store) == {"place_assigned": ("unknown", reason)}
    assert [type(event) for event in emitted(store)] == [MessageUnresolved]

    stand_in.misbehave()
    make_due(store)
    send_all(start())
    assert stand_in.counts()["accepted"] == accepted
    assert states(store) == {"place_assigned": ("unknown", reason)}


def test_a_refused_mail_fails_with_its_reason(
    start: Callable[..., NotificationsService], stand_in: StandIn, store: Store
):
    service = start(sender_email="not an address")
    queue_many(service, 1)
    send_all(service)

    assert states(store) == {"place_assigned": ("failed", "refused_400")}
    assert stand_in.counts()["accepted"] == 0


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "a@b"]
)
def test_an_address_that_is_none_is_never_tried(
    service: NotificationsService, stand_in: StandIn, store: Store, address: str
):
    queue_many(service, 1)
    with store.transaction() as session:
        session.execute(sa.update(Person).values(email=address))
    send_all(service)

    assert states(store) == {"place_assigned": ("failed", "no_address")}
    assert stand_in.counts()["accepted"] == 0


def test_a_claim_whose_process_died_becomes_unknown(
    service: NotificationsService, stand_in: StandIn, store: Store, emitted: Callable[[Store], list[Event]]
):
    queue_many(service, 2)
    dead = service._delivery()
    claim = dead._claim(all_ids(store))
    assert service.deliver() is False, "the claim still stands"

    with store.transaction() as session:
        session.execute(sa.update(Message).values(claimed_until=house_clock.machine_now() - timedelta(seconds=1)))
    assert service.deliver() is True
    assert states(store) == {"place_assigned": ("unknown", "abandoned")}

    claim.until = house_clock.machine_now()
    dead._send(claim, {})
    assert stand_in.counts()["accepted"] == 0, "who wakes up too late does not send"
    assert states(store) == {"place_assigned": ("unknown", "abandoned")}
    assert [type(event) for event in emitted(store)] == [MessageUnresolved, MessageUnresolved]


def test_an_answer_that_comes_after_the_lease_is_still_evidence(
    service: NotificationsService, stand_in: StandIn, store: Store, emitted: Callable[[Store], list[Event]]
):
    queue_many(service, 1)
    slow = service._delivery()
    claim = slow._claim(all_ids(store))
    with store.transaction() as session:
        session.execute(sa.update(Message).values(claimed_until=house_clock.machine_now() - timedelta(seconds=1)))
    service.deliver()
    slow._send(claim, {})

    assert states(store) == {"place_assigned": ("sent", None)}
    assert [type(event) for event in emitted(store)] == [MessageUnresolved, MessageSent]


def test_a_certificate_travels_with_its_document(service: NotificationsService, stand_in: StandIn, archive: Archive):
    service.hear_enrollment(known_people())
    service.hear_certificates([certificate_issued()])
    assert service.deliver() is True
    assert service.deliver() is False
    assert service.deliver_documents() is True
    assert service.deliver_documents() is False

    [mail] = stand_in.mails(kind="certificate_issued")
    assert mail["attachments"] == [
        {"filename": "attestato-CO-2018-00042.pdf", "number": 0, "size": 3, "type": "application/pdf"}
    ]
    assert stand_in.attachment(mail, 0) == b"abc"
    assert archive.asked == [str(CERTIFICATE)]


def test_while_certificates_is_down_its_mails_wait_and_others_go(
    service: NotificationsService, stand_in: StandIn, archive: Archive, store: Store
):
    archive.down = True
    service.hear_enrollment(known_people())
    service.hear_certificates([certificate_issued()])
    send_all(service)

    assert service.deliver_documents() is False
    assert states(store) == {"adhesion_received": ("sent", None), "certificate_issued": ("queued", None)}
    with store.read() as session:
        assert session.scalar(sa.select(Message.attempts).where(Message.state == QUEUED)) == 0

    archive.down = False
    assert service.deliver_documents() is False, "not at once"
    make_due(store)
    assert service.deliver_documents() is True
    assert len(stand_in.mails(kind="certificate_issued")) == 1


def test_a_document_that_is_missing_or_another_is_not_mailed(
    service: NotificationsService, stand_in: StandIn, archive: Archive, store: Store
):
    service.hear_enrollment(known_people())
    service.hear_certificates([certificate_issued()])
    archive.default = b"something else"
    service.deliver_documents()
    assert states(store)["certificate_issued"] == ("failed", "document_differs")

    archive.refusal = Missing("certificate")
    service.hear_certificates([certificate_issued(certificate_id=ident("other"))])
    service.deliver_documents()
    with store.read() as session:
        reasons = session.scalars(sa.select(Message.reason).where(Message.kind == "certificate_issued")).all()
    assert sorted(str(reason) for reason in reasons) == ["document_differs", "document_missing"]
    assert stand_in.mails(kind="certificate_issued") == []


def test_a_certificate_revoked_while_its_document_is_fetched_is_not_mailed(
    service: NotificationsService, stand_in: StandIn, store: Store
):
    service.hear_enrollment([programme_opened(), delegate_registered()])
    service.hear_certificates([certificate_issued()])
    delivery = service._delivery()
    wanted = delivery._set_aside(all_ids(store))
    service.hear_certificates([certificate_revoked()])
    fetched = delivery._fetch(wanted)

    assert delivery._claim(list(wanted), set_aside=True).mails == []
    assert list(fetched) == list(wanted)
    assert states(store)["certificate_issued"] == ("failed", "superseded")


def test_a_person_erased_after_the_claim_is_not_written_to(
    service: NotificationsService, stand_in: StandIn, store: Store
):
    queue_many(service, 1)
    with store.transaction() as session:
        session.execute(
            sa.update(Person).values(given_name=None, family_name=None, email=None, body_name=None, erased=True)
        )
    send_all(service)

    assert states(store) == {"place_assigned": ("failed", "person_erased")}
    assert stand_in.counts()["accepted"] == 0
