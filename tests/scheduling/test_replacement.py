"""Who is replaced hands over what the body holds; who goes frees it for who waits; lists close some days before."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.database import Store
from contracts.scheduling import PlaceAssigned, PlaceReleased, PlaceWaiting
from services.scheduling.models import Place
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    FIRST_DAY,
    delegate_registered,
    delegate_withdrawn,
    named,
    programme_opened,
    replaced,
)
from tests.scheduling.conftest import refusal
from tests.scheduling.test_admission import publish, rows
from tests.scheduling.test_concurrency import at_once

CLOSE = 5
LATE = (("late", "A"), ("carlo", "C"))


@pytest.fixture
def day(scheduling: Any, store: Store) -> Any:
    """A day with two seats: Ada of A and Bea of B sit, Carla of A and Dora of B wait in this order."""
    scheduling.hear_enrollment([programme_opened(sequence=9, changes_close_days=CLOSE)])
    publish(scheduling, store, capacity=2)
    scheduling.hear_enrollment(
        [
            delegate_registered(name, body, minute=minute)
            for minute, (name, body) in enumerate((("ada", "A"), ("bea", "B"), ("carla", "A"), ("dora", "B")))
        ]
    )
    return scheduling


def days_before(clock: MovableClock, days: float) -> None:
    """Put the clock so long before the first day begins."""
    clock.advance(days=(FIRST_DAY - clock.now().date()).days - days)


def queue(scheduling: Any, *names: str) -> list[tuple[str, int | None, str | None]]:
    """What each of them holds on the day: state, position, reason."""
    found = {one["delegate_id"]: one for one in scheduling.places_of([str(named(name)) for name in names])["items"]}
    mine = [found.get(str(named(name))) for name in names]
    return [(one["state"], one["position"], one["reason"]) if one else ("nothing", None, None) for one in mine]


def test_a_seat_is_handed_over_and_nobody_who_waits_moves(day: Any, told: Any, taken: Any) -> None:
    day.hear_enrollment(replaced("ada", "zoe", "A"))

    assert queue(day, "ada", "zoe", "carla", "dora") == [
        ("nothing", None, None),
        ("assigned", None, "replaced"),
        ("waiting", 1, None),
        ("waiting", 2, None),
    ]
    assert [(event.delegate_id, event.reason) for event in told(PlaceReleased)] == [(named("ada"), "replaced")]
    assert (told(PlaceAssigned)[-1].delegate_id, told(PlaceAssigned)[-1].reason) == (named("zoe"), "replaced")
    assert taken()["training_day", 1] == 2


def test_a_turn_of_waiting_is_handed_over_as_it_is(day: Any, told: Any) -> None:
    day.hear_enrollment(replaced("carla", "zoe", "A"))
    assert queue(day, "carla", "zoe", "dora") == [
        ("nothing", None, None),
        ("waiting", 1, "replaced"),
        ("waiting", 2, None),
    ]
    assert told(PlaceWaiting)[-1].delegate_id == named("zoe")

    day.hear_enrollment([delegate_withdrawn("bea", "B")])
    assert queue(day, "zoe", "dora") == [("assigned", None, "delegate_withdrawn"), ("waiting", 1, None)]


def test_who_goes_without_another_frees_the_seat_for_the_first_who_waits(day: Any, told: Any) -> None:
    day.hear_enrollment([delegate_withdrawn("bea", "B")])

    assert queue(day, "carla", "dora") == [("assigned", None, "delegate_withdrawn"), ("waiting", 1, None)]
    assert (told(PlaceAssigned)[-1].delegate_id, told(PlaceAssigned)[-1].reason) == (
        named("carla"),
        "delegate_withdrawn",
    )


def test_when_the_list_has_closed_the_seat_goes_to_who_waited(day: Any, clock: MovableClock, told: Any) -> None:
    days_before(clock, CLOSE - 1)
    day.hear_enrollment(replaced("ada", "zoe", "A", registered_at=clock.now()))

    assert queue(day, "zoe", "carla") == [("nothing", None, None), ("assigned", None, "replaced")]
    assert [event.delegate_id for event in told(PlaceAssigned)].count(named("zoe")) == 0


def test_who_was_named_in_time_is_added_however_late_it_is_heard(day: Any, clock: MovableClock, seats: Any) -> None:
    named_at = clock.now()
    days_before(clock, CLOSE - 1)
    day.hear_enrollment([delegate_registered(name, body, registered_at=named_at) for name, body in LATE])
    assert queue(day, "late") == [("waiting", 3, None)]


def test_nobody_is_added_to_a_list_that_has_closed(day: Any, clock: MovableClock, seats: Any) -> None:
    days_before(clock, CLOSE - 1)
    day.hear_enrollment([delegate_registered(name, body, registered_at=clock.now()) for name, body in LATE])
    assert queue(day, "late") == [("nothing", None, None)]
    assert ("training_day", 2, named("carlo"), "assigned") in seats()


def test_told_in_the_wrong_order_or_twice_nobody_loses_more_and_no_seat_doubles(day: Any, taken: Any) -> None:
    registration, withdrawal = replaced("ada", "zoe", "A")
    for events in ([withdrawal], [registration], [registration, withdrawal]):
        day.hear_enrollment(events)
    assert queue(day, "carla", "zoe", "dora") == [
        ("assigned", None, "replaced"),
        ("waiting", 2, None),
        ("waiting", 1, None),
    ]
    assert taken()["training_day", 1] == 2


def test_a_body_hands_over_its_own_places_only(day: Any) -> None:
    day.hear_enrollment([delegate_registered("thief", "C", replaces="ada")])
    assert queue(day, "ada", "carla") == [("assigned", None, None), ("waiting", 1, None)]


def test_a_successor_may_be_succeeded(day: Any) -> None:
    day.hear_enrollment([*replaced("ada", "zoe", "A"), *replaced("zoe", "yara", "A", minute=901)])
    assert queue(day, "zoe", "yara", "carla") == [
        ("nothing", None, None),
        ("assigned", None, "replaced"),
        ("waiting", 1, None),
    ]


def test_what_was_held_is_shown_with_the_reason_when_asked_for(day: Any) -> None:
    day.hear_enrollment(replaced("ada", "zoe", "A"))
    assert day.places_of([str(named("ada"))])["items"] == []
    [held] = day.places_of([str(named("ada"))], released=True)["items"]
    assert (held["state"], held["reason"], held["released_at"][:10]) == ("released", "replaced", "2017-07-03")


def test_until_when_a_list_may_change_is_told_and_then_refused(day: Any, clock: MovableClock) -> None:
    [place] = day.places_of([str(named("ada"))])["items"]
    assert place["changes_close_at"] == "2017-09-13T07:00:00+00:00"
    assert day.check_replacement(str(named("ada"))) == {}
    days_before(clock, CLOSE - 1)
    reason, facts = refusal(day.check_replacement, str(named("ada")))
    assert (reason, facts["starts_at"], facts["closed_at"]) == (
        "list_closed",
        "2017-09-18T07:00:00+00:00",
        "2017-09-13T07:00:00+00:00",
    )
    assert day.check_replacement(str(named("carla"))) == {}
    clock.advance(days=CLOSE)
    assert day.check_replacement(str(named("ada"))) == {}


def test_some_replaced_and_others_leaving_at_once_keeps_the_seats_right(day: Any, taken: Any, store: Store) -> None:
    batches = [replaced("ada", "zoe", "A"), replaced("bea", "yara", "B")]
    batches += [[delegate_withdrawn("carla", "A")], [delegate_withdrawn("dora", "B")]]
    batches += [[delegate_registered(f"new{n}", "A", minute=990 + n)] for n in range(4)]

    assert at_once([lambda batch=batch: day.hear_enrollment(batch) for batch in batches]) == [None] * 8
    assert taken()["training_day", 1] == 2
    assert queue(day, "zoe", "yara") == [("assigned", None, "replaced")] * 2
    assert [state for (state,) in rows(store, Place.state)].count("waiting") == 4
