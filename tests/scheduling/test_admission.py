"""What enrollment tells: projections, late delegates, and who moves up when somebody goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.consumer import NotYet
from chassis.database import Store
from contracts.scheduling import PlaceAssigned, PlaceReleased, PlaceWaiting
from services.scheduling.models import Admission, Base, Delegate, Forgotten, Programme
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    FIRST_DAY,
    adhesion_confirmed,
    adhesion_withdrawn,
    delegate_registered,
    delegate_withdrawn,
    named,
    person_erased,
    planned,
    programme_opened,
)


def rows(store: Store, *columns: Any) -> list[tuple[Any, ...]]:
    with store.read() as session:
        return [tuple(row) for row in session.execute(sa.select(*columns).order_by(*columns))]


def publish(scheduling: Any, store: Store, *, capacity: int = 10, webinars: tuple[str, ...] = ()) -> None:
    """Bodies A and B on the first day, C on the second."""
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    scheduling.publish(run_id=planned(store, "run", ["AB", "C"], capacity=capacity, webinars=webinars), actor="staff")


def test_what_is_told_is_known(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("ada", "A")])

    assert rows(store, Programme.code, Programme.training_days) == [("co-alizione", 2)]
    assert rows(store, Admission.body_code, Admission.state) == [("A", "confirmed")]
    assert rows(store, Delegate.id, Delegate.role, Delegate.body_code, Delegate.state) == [
        (named("ada"), "manager", "A", "active")
    ]


def test_no_name_and_no_address_is_kept(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("ada", "A")])

    with store.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                assert not any(word in str(row) for word in ("Rossi", "Ada", "example.org"))


def test_the_same_event_twice_has_its_effect_once(scheduling: Any, store: Store, told: Any, taken: Any) -> None:
    publish(scheduling, store)
    late = delegate_registered("ada", "A")

    scheduling.hear_enrollment([late, late])
    scheduling.hear_enrollment([late])

    assert [event.delegate_id for event in told(PlaceAssigned)] == [named("ada")]
    assert taken()["training_day", 1] == 1


def test_a_stale_fact_changes_nothing(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([programme_opened(sequence=3, training_days=7)])
    scheduling.hear_enrollment([programme_opened(sequence=2, training_days=5)])

    assert rows(store, Programme.training_days, Programme.sequence) == [(7, 3)]


def test_a_confirmation_that_comes_after_the_withdrawal_does_not_bring_the_body_back(
    scheduling: Any, store: Store
) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A", sequence=2), adhesion_withdrawn("A", sequence=3)])

    scheduling.hear_enrollment([adhesion_confirmed("A", sequence=2)])

    assert rows(store, Admission.state) == [("withdrawn",)]


def test_a_withdrawal_that_comes_before_what_it_withdraws_stands(scheduling: Any, store: Store, seats: Any) -> None:
    publish(scheduling, store)

    scheduling.hear_enrollment([adhesion_withdrawn("Z"), delegate_withdrawn("ada", "A")])
    scheduling.hear_enrollment([adhesion_confirmed("Z"), delegate_registered("ada", "A")])
    scheduling.hear_enrollment([delegate_registered("zoe", "Z")])

    assert rows(store, Admission.body_code, Admission.state)[-1] == ("Z", "withdrawn")
    assert {state for (state,) in rows(store, Delegate.state)} == {"withdrawn"}
    assert seats() == set()


def test_a_body_without_coordinates_is_admitted(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("U1", latitude=None, longitude=None)])

    assert rows(store, Admission.body_code, Admission.latitude) == [("U1", None)]


def test_who_registers_after_publication_is_seated_with_their_body(
    scheduling: Any, store: Store, seats: Any, taken: Any
) -> None:
    publish(scheduling, store, webinars=("asylum",))

    scheduling.hear_enrollment([delegate_registered("ada", "A"), delegate_registered("carlo", "C")])

    assert seats() == {
        ("training_day", 1, named("ada"), "assigned"),
        ("webinar", 1, named("ada"), "assigned"),
        ("training_day", 2, named("carlo"), "assigned"),
        ("webinar", 1, named("carlo"), "assigned"),
    }
    taken()


def test_who_registers_when_the_day_is_full_waits(scheduling: Any, store: Store, told: Any, taken: Any) -> None:
    publish(scheduling, store, capacity=2)

    scheduling.hear_enrollment([delegate_registered(f"p{n}", "AB"[n % 2], minute=n) for n in range(4)])

    assert [event.delegate_id for event in told(PlaceAssigned)] == [named("p0"), named("p1")]
    assert [event.delegate_id for event in told(PlaceWaiting)] == [named("p2"), named("p3")]
    assert taken()["training_day", 1] == 2


def test_a_day_that_is_past_seats_nobody(scheduling: Any, store: Store, clock: MovableClock, seats: Any) -> None:
    publish(scheduling, store)
    clock.advance(days=(FIRST_DAY - clock.now().date()).days + 1)

    scheduling.hear_enrollment([delegate_registered("ada", "A"), delegate_registered("carlo", "C")])

    assert seats() == {("training_day", 2, named("carlo"), "assigned")}


def test_a_delegate_of_an_unknown_adhesion_waits_for_it_once_there_is_a_calendar(scheduling: Any, store: Store) -> None:
    publish(scheduling, store)

    with pytest.raises(NotYet):
        scheduling.hear_enrollment([delegate_registered("zoe", "Z")])
    assert rows(store, Delegate.id) == []

    scheduling.hear_enrollment([adhesion_confirmed("Z"), delegate_registered("zoe", "Z")])
    assert rows(store, Delegate.id) == [(named("zoe"),)]


def test_a_correction_of_the_person_gives_no_second_place(scheduling: Any, store: Store, told: Any, taken: Any) -> None:
    publish(scheduling, store)
    scheduling.hear_enrollment([delegate_registered("ada", "A")])

    scheduling.hear_enrollment([delegate_registered("ada", "A", sequence=2, role="official")])

    assert rows(store, Delegate.role) == [("official",)]
    assert len(told(PlaceAssigned)) == 1


def test_who_waited_longest_moves_up(scheduling: Any, store: Store, told: Any, seats: Any, taken: Any) -> None:
    publish(scheduling, store, capacity=1)
    scheduling.hear_enrollment([delegate_registered("first", "A", minute=1)])
    scheduling.hear_enrollment([delegate_registered("third", "B", minute=3)])
    scheduling.hear_enrollment([delegate_registered("second", "A", minute=2)])

    scheduling.hear_enrollment([delegate_withdrawn("first", "A")])

    assert [(event.delegate_id, event.reason) for event in told(PlaceReleased)] == [
        (named("first"), "delegate_withdrawn")
    ]
    assert [event.delegate_id for event in told(PlaceAssigned)] == [named("first"), named("second")]
    assert seats() == {
        ("training_day", 1, named("second"), "assigned"),
        ("training_day", 1, named("third"), "waiting"),
    }
    assert taken()["training_day", 1] == 1


def test_who_waits_and_goes_frees_no_seat(scheduling: Any, store: Store, told: Any, taken: Any) -> None:
    publish(scheduling, store, capacity=1)
    scheduling.hear_enrollment([delegate_registered("first", "A"), delegate_registered("second", "A", minute=1)])

    scheduling.hear_enrollment([delegate_withdrawn("second", "A")])

    assert [event.delegate_id for event in told(PlaceReleased)] == [named("second")]
    assert [event.delegate_id for event in told(PlaceAssigned)] == [named("first")]
    assert taken()["training_day", 1] == 1


def test_a_body_that_goes_takes_all_of_its_delegates_with_it(
    scheduling: Any, store: Store, told: Any, seats: Any, taken: Any
) -> None:
    publish(scheduling, store, capacity=2)
    scheduling.hear_enrollment([delegate_registered(f"a{n}", "A", minute=n) for n in range(2)])
    scheduling.hear_enrollment([delegate_registered("b", "B", minute=9)])

    scheduling.hear_enrollment([adhesion_withdrawn("A")])
    scheduling.hear_enrollment([delegate_withdrawn("a0", "A"), delegate_withdrawn("a1", "A")])

    assert {(event.delegate_id, event.reason) for event in told(PlaceReleased)} == {
        (named("a0"), "adhesion_withdrawn"),
        (named("a1"), "adhesion_withdrawn"),
    }
    assert seats() == {("training_day", 1, named("b"), "assigned")}
    assert taken()["training_day", 1] == 1


def test_registered_and_withdrawn_in_one_batch_leaves_nothing(
    scheduling: Any, store: Store, seats: Any, taken: Any
) -> None:
    publish(scheduling, store)

    scheduling.hear_enrollment([delegate_registered("ada", "A"), delegate_withdrawn("ada", "A")])

    assert seats() == set()
    assert taken()["training_day", 1] == 0


def test_an_erased_person_is_forgotten_also_when_told_of_later(
    scheduling: Any, store: Store, seats: Any, told: Any
) -> None:
    publish(scheduling, store)
    scheduling.hear_enrollment([delegate_registered("ada", "A")])

    scheduling.hear_enrollment([person_erased("ada"), person_erased("contact A", None), person_erased("bea")])
    scheduling.hear_enrollment([delegate_registered("ada", "A", sequence=5), delegate_registered("bea", "A")])
    scheduling.hear_enrollment([delegate_withdrawn("bea", "A")])

    assert seats() == set()
    assert [(event.delegate_id, event.reason) for event in told(PlaceReleased)] == [(named("ada"), "person_erased")]
    assert rows(store, Delegate.id, Delegate.state) == [(named("ada"), "withdrawn")]
    assert len(rows(store, Forgotten.person_id)) == 3


def test_what_began_stays_when_the_delegate_goes(
    scheduling: Any, store: Store, clock: MovableClock, seats: Any, told: Any
) -> None:
    publish(scheduling, store)
    scheduling.hear_enrollment([delegate_registered("ada", "A")])
    clock.set(clock.now() + timedelta(days=(FIRST_DAY - clock.now().date()).days, hours=2))

    scheduling.hear_enrollment([delegate_withdrawn("ada", "A")])

    assert seats() == {("training_day", 1, named("ada"), "assigned")}
    assert told(PlaceReleased) == []


def test_another_programme_is_left_alone(scheduling: Any, store: Store, seats: Any) -> None:
    publish(scheduling, store)
    other = named("other programme")

    scheduling.hear_enrollment(
        [
            programme_opened(programme=other, code="other"),
            adhesion_confirmed("A", programme=other, adhesion_id=named("other adhesion")),
        ]
    )
    scheduling.hear_enrollment([delegate_registered("ada", "A", programme=other)])

    assert seats() == set()
    assert rows(store, Delegate.programme_id) == [(other,)]


def test_nothing_is_nothing(scheduling: Any, told: Callable[..., Any]) -> None:
    scheduling.hear_enrollment([])

    assert told() == []
