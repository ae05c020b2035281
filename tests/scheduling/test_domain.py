"""The rules, without a database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling import domain
from services.scheduling.domain import Applicant, Offer, Point, seat_all
from tests.scheduling.builders import JULY, named
from tests.scheduling.conftest import refusal

ROME = ZoneInfo("Europe/Rome")


def offer(name: str, free: int, day: int, topic: str | None = None, length: int = 2) -> Offer:
    starts = datetime(2017, 9, 1, 13, tzinfo=UTC) + timedelta(days=day)
    return Offer(named(name), starts, starts + timedelta(hours=length), free, topic)


def applicant(name: str, body: str = "A", minute: int = 0) -> Applicant:
    return Applicant(named(name), body, JULY + timedelta(minutes=minute))


def seated_all(*given: Any) -> list[domain.Seat]:
    return list(seat_all(*given))


def seated(seats: list[domain.Seat]) -> list[tuple[object, object, str]]:
    return [(seat.appointment_id, seat.applicant.delegate_id, seat.state) for seat in seats]


@pytest.mark.parametrize(
    ("held_on", "starts", "ends"),
    [
        (date(2017, 7, 10), "2017-07-10T07:00:00+00:00", "2017-07-10T15:00:00+00:00"),
        (date(2017, 10, 29), "2017-10-29T08:00:00+00:00", "2017-10-29T16:00:00+00:00"),
        (date(2018, 1, 15), "2018-01-15T08:00:00+00:00", "2018-01-15T16:00:00+00:00"),
        (date(2018, 3, 25), "2018-03-25T07:00:00+00:00", "2018-03-25T15:00:00+00:00"),
    ],
)
def test_a_day_begins_at_nine_by_the_clocks_of_rome(held_on: date, starts: str, ends: str) -> None:
    begins, over = domain.hours(held_on, "09:00", 480, ROME)

    assert (begins.isoformat(), over.isoformat()) == (starts, ends)


def test_the_length_is_elapsed_time_also_when_the_clocks_change_meanwhile() -> None:
    begins, over = domain.hours(date(2017, 10, 29), "01:00", 480, ROME)

    assert over - begins == timedelta(minutes=480)


def test_the_date_is_that_of_the_people_there() -> None:
    assert domain.local_date(datetime(2017, 7, 9, 22, 30, tzinfo=UTC), ROME) == date(2017, 7, 10)


def test_titles() -> None:
    assert domain.training_day_titles(7, "Viterbo") == (
        "Giornata formativa n. 7 – Viterbo",
        "Training day no. 7 – Viterbo",
    )


def test_a_body_without_a_point_is_taken_to_be_amid_its_province_else_its_region_else_the_country() -> None:
    known = [
        Point(1, 1, "VT", "Lazio"),
        Point(3, 3, "VT", "Lazio"),
        Point(11, 11, "RM", "Lazio"),
        Point(25, 25, "MI", "L"),
    ]

    assert domain.stand_in_point("VT", "Lazio", known) == (2, 2)
    assert domain.stand_in_point("FR", "Lazio", known) == (5, 5)
    assert domain.stand_in_point("PA", "Sicilia", known) == (10, 10)
    assert domain.stand_in_point("PA", "Sicilia", []) is None


def test_who_came_first_is_seated_and_the_others_wait() -> None:
    day = offer("day", 1, 0)

    seats = seated_all([applicant("late", minute=2), applicant("early", minute=1)], {"A": day}, [], {}, 2)

    assert seated(seats) == [(day.id, named("early"), "assigned"), (day.id, named("late"), "waiting")]


def test_a_body_without_a_day_gets_webinars_only() -> None:
    webinar = offer("webinar", 5, 0, "asylum")

    seats = seated_all([applicant("one")], {}, [webinar], {"A": ["asylum"]}, 2)

    assert seated(seats) == [(webinar.id, named("one"), "assigned")]


def test_webinars_follow_the_order_of_the_body_up_to_the_limit() -> None:
    webinars = [offer(topic, 5, number, topic) for number, topic in enumerate(("asylum", "housing", "schools"))]

    seats = seated_all([applicant("one")], {}, webinars, {"A": ["schools", "asylum", "housing"]}, 2)

    assert [seat.appointment_id for seat in seats] == [named("schools"), named("asylum")]


def test_a_full_webinar_is_passed_over_while_another_wanted_one_has_room() -> None:
    webinars = [offer("asylum", 0, 0, "asylum"), offer("housing", 5, 1, "housing"), offer("schools", 5, 2, "schools")]

    seats = seated_all([applicant("one")], {}, webinars, {"A": ["asylum", "housing", "schools"]}, 2)

    assert seated(seats) == [
        (named("housing"), named("one"), "assigned"),
        (named("schools"), named("one"), "assigned"),
    ]


def test_who_finds_too_few_webinars_waits_at_the_full_ones() -> None:
    webinars = [offer("asylum", 0, 0, "asylum"), offer("housing", 5, 1, "housing")]

    seats = seated_all([applicant("one")], {}, webinars, {"A": ["asylum", "housing"]}, 2)

    assert seated(seats) == [
        (named("housing"), named("one"), "assigned"),
        (named("asylum"), named("one"), "waiting"),
    ]


def test_the_second_webinar_on_a_topic_takes_who_finds_the_first_full() -> None:
    webinars = [offer("first", 1, 0, "asylum"), offer("second", 1, 1, "asylum")]

    seats = seated_all([applicant("one"), applicant("two", minute=1)], {}, webinars, {"A": ["asylum"]}, 2)

    assert seated(seats) == [(named("first"), named("one"), "assigned"), (named("second"), named("two"), "assigned")]


def test_nobody_is_put_in_two_places_at_one_time() -> None:
    day, webinar = offer("day", 5, 0, length=8), offer("webinar", 5, 0, "asylum")

    seats = seated_all([applicant("one")], {"A": day}, [webinar], {"A": ["asylum"]}, 2)

    assert [seat.appointment_id for seat in seats] == [day.id]


@given(
    bodies=st.lists(st.sampled_from("ABCD"), max_size=40),
    rooms=st.lists(st.integers(0, 6), min_size=6, max_size=6),
    each=st.integers(0, 3),
    order=st.permutations(["asylum", "housing", "schools"]),
)
def test_never_above_capacity_and_never_more_than_one_may_have(
    bodies: list[str], rooms: list[int], each: int, order: list[str]
) -> None:
    days = {"A": offer("d1", rooms[0], 10), "B": offer("d1", rooms[0], 10), "C": offer("d2", rooms[1], 2)}
    webinars = [
        offer(f"w{number}", rooms[2 + number], day, topic)
        for number, (day, topic) in enumerate([(1, "asylum"), (2, "housing"), (3, "schools"), (4, "asylum")])
    ]
    people = [applicant(f"p{number}", body, number) for number, body in enumerate(bodies)]

    seats = seated_all(people, days, webinars, dict.fromkeys("ABCD", order), each)

    free = {one.id: one.free for one in (*days.values(), *webinars)}
    taken = Counter(seat.appointment_id for seat in seats if seat.state == "assigned")
    assert all(taken[appointment] <= free[appointment] for appointment in taken)
    assert all(taken[s.appointment_id] == free[s.appointment_id] for s in seats if s.state == "waiting")
    held = Counter((seat.appointment_id, seat.applicant.delegate_id) for seat in seats)
    assert set(held.values()) <= {1}
    at_webinars = Counter(s.applicant.delegate_id for s in seats if s.appointment_id in {w.id for w in webinars})
    assert all(count <= each for count in at_webinars.values())
    assert {s.applicant.delegate_id for s in seats if s.appointment_id in {d.id for d in days.values()}} == {
        person.delegate_id for person in people if person.body_code in days
    }


NOON = datetime(2017, 9, 18, 12, tzinfo=UTC)


def test_attendance_is_recorded_from_the_start_until_closing() -> None:
    domain.may_record("scheduled", NOON, NOON)
    domain.may_record("scheduled", NOON, NOON + timedelta(days=30))

    assert refusal(domain.may_record, "scheduled", NOON, NOON - timedelta(seconds=1)) == (
        "not_started",
        {"starts_at": "2017-09-18T12:00:00+00:00"},
    )
    assert refusal(domain.may_record, "closed", NOON, NOON)[0] == "appointment_closed"
    assert refusal(domain.may_record, "cancelled", NOON, NOON)[0] == "appointment_cancelled"


def test_an_appointment_is_closed_after_its_end_and_corrected_after_closing() -> None:
    domain.may_close("scheduled", NOON, NOON)
    domain.may_close("closed", NOON, NOON)
    domain.may_correct("closed")

    assert refusal(domain.may_close, "scheduled", NOON, NOON - timedelta(seconds=1))[0] == "not_over_yet"
    assert refusal(domain.may_close, "cancelled", NOON, NOON)[0] == "appointment_cancelled"
    assert refusal(domain.may_correct, "scheduled")[0] == "not_closed"
    assert refusal(domain.may_correct, "cancelled")[0] == "appointment_cancelled"


@pytest.mark.parametrize("minutes", [-1, 481])
def test_minutes_out_of_range_name_who(minutes: int) -> None:
    domain.check_minutes({"a": 0, "b": 480}, 480)

    assert refusal(domain.check_minutes, {"a": 480, "b": minutes}, 480) == (
        "minutes_out_of_range",
        {"max": 480, "delegates": ["b"]},
    )
