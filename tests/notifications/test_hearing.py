"""What others tell: which mails it asks for, whatever the order and however often it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chassis.consumer import NotYet
from chassis.database import Store
from contracts.registry import queues
from services.notifications.hearing import _HEARD
from services.notifications.hearing.books import Books
from services.notifications.models import Appointment, Certificate, Message, Person, Place
from services.notifications.service import NotificationsService
from tests.notifications.builders import (
    ADHESION,
    APPOINTMENT,
    CERTIFICATE,
    CONTACT,
    DELEGATE,
    PLACE,
    adhesion_confirmed,
    adhesion_rejected,
    adhesion_submitted,
    adhesion_withdrawn,
    appointment_cancelled,
    appointment_moved,
    appointment_scheduled,
    area_link_requested,
    certificate_issued,
    certificate_reissued,
    certificate_revoked,
    confirmation_link_requested,
    contact_changed,
    delegate_registered,
    draft_saved,
    ident,
    known_people,
    person_erased,
    place_assigned,
    place_released,
    place_waiting,
    programme_opened,
)

pytestmark = pytest.mark.usefixtures("in_may")


def test_every_event_that_reaches_this_service_is_heard():
    bound = {event for reader, events in queues().items() if reader.startswith("notifications.") for event in events}

    assert set(_HEARD) == bound


def test_an_adhesion_is_followed_by_mail(service: NotificationsService, queued: Callable[..., list[str]]):
    service.hear_enrollment([programme_opened(), contact_changed(), adhesion_submitted(), adhesion_confirmed()])
    service.hear_enrollment([adhesion_withdrawn(), area_link_requested(sequence=5)])

    assert queued() == [
        f"adhesion_confirmed:{ADHESION}",
        f"adhesion_received:{ADHESION}",
        f"adhesion_withdrawn:{ADHESION}",
        f"area_link:{ident('request')}",
    ]


def test_an_adhesion_that_nobody_confirmed_is_written_to_again(
    service: NotificationsService, queued: Callable[..., list[str]]
):
    service.hear_enrollment([programme_opened(), contact_changed(), adhesion_submitted()])
    service.hear_enrollment([confirmation_link_requested(), confirmation_link_requested()])

    assert queued() == [f"adhesion_received:{ADHESION}", f"adhesion_received:{ident('request')}"]


def test_the_link_to_a_draft_goes_to_who_wrote_it_until_the_draft_is_forgotten(
    service: NotificationsService, queued: Callable[..., list[str]]
):
    draft = ident("draft")
    writer = contact_changed(adhesion_id=draft, contact_id=draft, given_name="", family_name="")
    service.hear_enrollment([programme_opened(), writer, draft_saved(), draft_saved()])
    assert queued() == [f"draft_link:{ident('request')}"]

    service.hear_enrollment([person_erased(person_id=draft), draft_saved(request_id=ident("later"))])
    assert queued() == []


def test_the_same_event_twice_makes_one_mail(service: NotificationsService, queued: Callable[..., list[str]]):
    events = [programme_opened(), contact_changed(), adhesion_submitted()]

    service.hear_enrollment(events)
    service.hear_enrollment(events)
    service.hear_enrollment([adhesion_submitted()])

    assert queued() == [f"adhesion_received:{ADHESION}"]


def test_within_a_batch_news_may_come_before_the_person(
    service: NotificationsService, queued: Callable[..., list[str]]
):
    service.hear_enrollment([adhesion_submitted(), contact_changed(), programme_opened()])

    assert queued() == [f"adhesion_received:{ADHESION}"]


def test_news_waits_for_its_person_and_changes_nothing(service: NotificationsService, store: Store):
    service.hear_enrollment([programme_opened()])

    with pytest.raises(NotYet):
        service.hear_enrollment([adhesion_submitted()])
    with pytest.raises(NotYet):
        service.hear_enrollment([adhesion_rejected()])
    with pytest.raises(NotYet):
        service.hear_scheduling([appointment_scheduled(), place_assigned()])
    with pytest.raises(NotYet):
        service.hear_certificates([certificate_issued()])
    with store.read() as session:
        assert session.scalars(sa.select(Appointment)).all() == []
        assert session.scalars(sa.select(Message)).all() == []

    service.hear_enrollment([contact_changed(), delegate_registered()])
    service.hear_enrollment([adhesion_submitted()])


def test_a_place_waits_for_its_appointment(service: NotificationsService):
    service.hear_enrollment(known_people())

    with pytest.raises(NotYet):
        service.hear_scheduling([place_assigned()])
    service.hear_scheduling([appointment_scheduled(), place_assigned()])


def test_no_mail_for_a_place_at_an_appointment_that_is_past(
    service: NotificationsService, queued: Callable[..., list[str]], clock: Any, store: Store
):
    service.hear_enrollment(known_people())
    clock.set(datetime(2017, 9, 18, 15, 0, tzinfo=UTC))
    service.hear_scheduling([appointment_scheduled(), place_assigned()])
    service.hear_scheduling([place_released()])

    assert queued() == [f"adhesion_received:{ADHESION}"]
    with store.read() as session:
        assert session.get_one(Place, PLACE).state == "released"


def test_from_the_waiting_list_to_a_seat(service: NotificationsService, queued: Callable[..., list[str]], store: Store):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_waiting(sequence=1)])
    assert f"place_waiting:{PLACE}" in queued()

    service.hear_scheduling([place_assigned(sequence=2)])

    assert f"place_assigned:{PLACE}" in queued()
    assert queued("failed") == [f"place_waiting:{PLACE}"], "the seat is news enough"


def test_stale_events_are_ignored(service: NotificationsService, queued: Callable[..., list[str]], store: Store):
    service.hear_enrollment(known_people())
    service.hear_enrollment([delegate_registered(sequence=5, email="new@example.org")])
    service.hear_enrollment([delegate_registered(sequence=4, email="old@example.org")])
    service.hear_scheduling([appointment_scheduled(), appointment_moved(sequence=3), place_assigned(sequence=4)])
    service.hear_scheduling([appointment_scheduled(sequence=2), place_waiting(sequence=3)])

    with store.read() as session:
        assert session.get_one(Person, DELEGATE).email == "new@example.org"
        assert session.get_one(Appointment, APPOINTMENT).revision == 1
        assert session.get_one(Place, PLACE).state == "assigned"
    assert f"place_waiting:{PLACE}" not in queued()


def test_everybody_with_a_seat_learns_of_a_new_date(service: NotificationsService, queued: Callable[..., list[str]]):
    waiting = ident("waiting place")
    others = [ident(f"place {number}") for number in range(3)]
    people = [ident(f"delegate {number}") for number in range(3)]
    service.hear_enrollment(known_people())
    service.hear_enrollment([delegate_registered(delegate_id=person) for person in people])
    service.hear_scheduling([appointment_scheduled(), place_waiting(place_id=waiting)])
    service.hear_scheduling(
        [place_assigned(place_id=place, delegate_id=who) for place, who in zip(others, people, strict=True)]
    )

    service.hear_scheduling([appointment_moved(), appointment_moved()])

    changed = [cause for cause in queued() if cause.startswith("place_changed")]
    assert changed == sorted(f"place_changed:{place}:1" for place in others)


def test_an_appointment_may_have_more_guests_than_a_statement_takes(service: NotificationsService, store: Store):
    service.hear_enrollment(known_people())
    many = {DELEGATE, *(uuid4() for _ in range(70_000))}
    with store.transaction() as session:
        books = Books(session, datetime(2017, 5, 2, tzinfo=UTC))
        books.read(Person, many, lock=True)
        assert books.rows[Person].keys() == {DELEGATE}


def test_a_released_seat_is_told_only_to_who_was_told_of_it(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_assigned()])
    service.hear_scheduling([place_released()])
    assert queued("failed") == [f"place_assigned:{PLACE}"]

    told = ident("told")
    service.hear_scheduling([place_assigned(place_id=told)])
    with store.transaction() as session:
        session.execute(sa.update(Message).where(Message.cause == f"place_assigned:{told}").values(state="sent"))
    service.hear_scheduling([appointment_moved(), place_released(place_id=told)])

    assert [cause for cause in queued() if cause.startswith("place")] == [f"place_released:{told}"]


def test_a_seat_given_and_taken_in_one_batch_is_no_news(
    service: NotificationsService, queued: Callable[..., list[str]]
):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_assigned(), place_released()])

    assert [cause for cause in queued() if cause.startswith("place")] == []


def waits_and_knows(service: NotificationsService, store: Store) -> None:
    """The delegate has read that they wait."""
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_waiting(sequence=1)])
    with store.transaction() as session:
        session.execute(sa.update(Message).values(state="delivered"))


def about_places(queued: Callable[..., list[str]], state: str = "queued") -> list[str]:
    return [cause for cause in queued(state) if cause.startswith(("place", "waiting"))]


@pytest.mark.parametrize("together", [True, False])
def test_who_knew_that_they_wait_learns_of_the_end_though_the_seat_between_was_no_news(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store, together: bool
):
    waits_and_knows(service, store)
    came_and_went = [place_assigned(sequence=2), place_released(sequence=3, reason="plan_changed")]
    for batch in [came_and_went] if together else [[one] for one in came_and_went]:
        service.hear_scheduling(batch)

    assert about_places(queued) == [f"waiting_ended:{PLACE}"]
    assert about_places(queued, "failed") == [f"place_assigned:{PLACE}"]
    service.hear_scheduling([place_released(sequence=3, reason="plan_changed")])
    assert about_places(queued) == [f"waiting_ended:{PLACE}"]


def test_who_waits_learns_that_the_appointment_does_not_take_place(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    waits_and_knows(service, store)
    service.hear_scheduling([appointment_cancelled(), place_released(sequence=2, reason="appointment_cancelled")])
    assert about_places(queued) == [f"waiting_ended:{PLACE}"]


def test_the_end_of_waiting_is_no_news_to_who_never_heard_of_it_or_learned_of_the_seat(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_waiting(sequence=1)])
    service.hear_scheduling([place_released(sequence=2)])
    assert about_places(queued) == []

    seated = {"place_id": ident("seated")}
    service.hear_scheduling([place_waiting(sequence=1, **seated)])
    for _ in range(2):
        with store.transaction() as session:
            session.execute(sa.update(Message).where(Message.state == "queued").values(state="sent"))
        service.hear_scheduling([place_assigned(sequence=2, **seated)])
    service.hear_scheduling([place_released(sequence=3, **seated)])
    assert about_places(queued) == [f"place_released:{ident('seated')}"]


def test_a_cancelled_appointment_is_told_seat_by_seat(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_assigned()])
    with store.transaction() as session:
        session.execute(sa.update(Message).values(state="delivered"))

    service.hear_scheduling([appointment_cancelled(), place_released()])

    assert queued() == [f"place_released:{PLACE}"]
    with store.read() as session:
        appointment = session.get_one(Appointment, APPOINTMENT)
        assert (appointment.cancelled, appointment.revision) == (True, 2)


def test_certificates_are_mailed_once_and_called_back(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    service.hear_enrollment(known_people())
    service.hear_certificates([certificate_issued(), certificate_issued()])
    with store.transaction() as session:
        session.execute(sa.update(Message).values(state="sent"))
    service.hear_certificates([certificate_revoked()])

    assert queued() == [f"certificate_revoked:{CERTIFICATE}"]


def test_a_certificate_that_is_revoked_or_replaced_before_it_went_out_never_goes(
    service: NotificationsService, queued: Callable[..., list[str]]
):
    second = ident("second certificate")
    service.hear_enrollment(known_people())
    service.hear_certificates([certificate_issued()])
    service.hear_certificates([certificate_reissued()])
    assert [cause for cause in queued() if cause.startswith("cert")] == [f"certificate_reissued:{second}"]

    service.hear_certificates([certificate_revoked(certificate_id=second)])
    assert [cause for cause in queued() if cause.startswith("cert")] == []


@pytest.mark.parametrize("at_once", [False, True])
def test_the_edition_in_hand_is_called_back_when_the_next_one_ends_before_it_went_out(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store, at_once: bool
):
    second, third = ident("second certificate"), ident("third certificate")
    service.hear_enrollment(known_people())
    service.hear_certificates([certificate_issued()])
    with store.transaction() as session:
        session.execute(sa.update(Message).values(state="sent"))
    ending = [
        certificate_reissued(),
        certificate_reissued(certificate_id=third, number="CO-2018-00078", edition=3, replaces=second),
        certificate_revoked(certificate_id=third),
    ]
    for events in [ending] if at_once else [[event] for event in ending]:
        service.hear_certificates(events)

    assert queued() == [f"certificate_revoked:{CERTIFICATE}"]
    assert queued("failed") == [f"certificate_reissued:{second}", f"certificate_reissued:{third}"]
    with store.read() as session:
        assert session.get_one(Certificate, CERTIFICATE).reason == "below_threshold"


def test_an_erased_person_is_forgotten_and_not_written_to(
    service: NotificationsService, queued: Callable[..., list[str]], store: Store
):
    service.hear_enrollment(known_people())
    service.hear_scheduling([appointment_scheduled(), place_assigned()])

    service.hear_enrollment([person_erased(DELEGATE), delegate_registered(sequence=9)])
    service.hear_scheduling([place_assigned(place_id=ident("another place"))])

    assert queued() == [f"adhesion_received:{ADHESION}"]
    assert queued("failed") == [f"place_assigned:{PLACE}"]
    with store.read() as session:
        person = session.get_one(Person, DELEGATE)
        gone = (person.given_name, person.family_name, person.email, person.body_name, person.erased)
        assert gone == (None, None, None, None, True)
        assert session.scalar(sa.select(Message.reason).where(Message.state == "failed")) == "person_erased"


def test_who_is_erased_before_being_known_stays_unknown(service: NotificationsService, store: Store):
    service.hear_enrollment([programme_opened(), person_erased(CONTACT), contact_changed(), adhesion_submitted()])

    with store.read() as session:
        assert session.get_one(Person, CONTACT).email is None
        assert session.scalars(sa.select(Message)).all() == []


def test_an_empty_batch_is_nothing(service: NotificationsService, queued: Callable[..., list[str]]):
    service.hear_enrollment([])

    assert queued() == []
