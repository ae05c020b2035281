"""A plan becomes the calendar; a second one replaces it by difference."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis.database import Store
from chassis.refusal import KeyReused, Missing
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentMoved,
    AppointmentScheduled,
    PlaceAssigned,
    PlaceReleased,
    PlaceWaiting,
    PlanPublished,
)
from services.scheduling.models import Appointment, Place, Programme, Run
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    FIRST_DAY,
    PROGRAMME,
    adhesion_withdrawn,
    named,
    planned,
    programme_changed,
    programme_opened,
)
from tests.scheduling.conftest import refusal


def test_everybody_gets_a_seat_at_their_bodys_day_and_the_bodys_webinars(
    joined: Any, store: Store, seats: Any, taken: Any
) -> None:
    answer = joined.publish(run_id=planned(store, "run", ["AB", "C"], webinars=("asylum",)), actor="staff")

    assert answer == {"run_id": str(named("run")), "training_days": 2, "webinars": 1, "places": 12, "waiting": 0}
    days = {"A": 1, "B": 1, "C": 2}
    people = [f"{code}{n}" for code in "ABC" for n in (1, 2)]
    assert seats() == {("training_day", days[p[0]], named(p), "assigned") for p in people} | {
        ("webinar", 1, named(p), "assigned") for p in people
    }
    assert taken() == {("training_day", 1): 4, ("training_day", 2): 2, ("webinar", 1): 6}


def test_the_events_tell_the_whole_calendar(joined: Any, store: Store, told: Any) -> None:
    joined.publish(run_id=planned(store, "run", ["AB", "C"], webinars=("asylum",)), actor="staff")

    day, other, webinar = told(AppointmentScheduled)
    assert (day.kind, day.title_it, day.title_en, day.host_name, day.minutes, day.revision) == (
        "training_day",
        "Giornata formativa n. 1 – Sede H1",
        "Training day no. 1 – Sede H1",
        "Sede H1",
        480,
        0,
    )
    assert (day.starts_at.isoformat(), day.ends_at.isoformat()) == (
        "2017-09-18T07:00:00+00:00",
        "2017-09-18T15:00:00+00:00",
    )
    assert other.starts_at - day.starts_at == timedelta(days=7)
    assert (webinar.kind, webinar.title_it, webinar.title_en, webinar.topic, webinar.host_code) == (
        "webinar",
        "Tema asylum",
        "Topic asylum",
        "asylum",
        None,
    )
    assert (webinar.starts_at.isoformat(), webinar.minutes) == ("2017-09-11T13:00:00+00:00", 90)
    assert len(told(PlaceAssigned)) == 12
    assert told(PlanPublished) == told()[-1:]
    assert {event.sequence for event in told(AppointmentScheduled)} == {1}


def test_who_does_not_fit_waits_in_the_order_of_registration(joined: Any, store: Store, told: Any, taken: Any) -> None:
    answer = joined.publish(run_id=planned(store, "run", ["ABC"], capacity=4), actor="staff")

    assert (answer["places"], answer["waiting"]) == (4, 2)
    assert [event.delegate_id for event in told(PlaceWaiting)] == [named("C1"), named("C2")]
    assert taken() == {("training_day", 1): 4}


def test_the_webinars_room_is_the_programmes(joined: Any, store: Store, taken: Any) -> None:
    joined.hear_enrollment([programme_opened(sequence=2, webinar_capacity=3)])

    joined.publish(run_id=planned(store, "run", ["ABC"], webinars=("asylum",)), actor="staff")

    assert taken() == {("training_day", 1): 6, ("webinar", 1): 3}


def test_who_withdrew_since_the_plan_was_made_gets_nothing(joined: Any, store: Store, seats: Any) -> None:
    run = planned(store, "run", ["AB", "C"])
    joined.hear_enrollment([adhesion_withdrawn("C")])

    joined.publish(run_id=run, actor="staff")

    assert {delegate for _, _, delegate, _ in seats()} == {named(name) for name in ("A1", "A2", "B1", "B2")}


def test_a_body_that_is_not_in_the_plan_gets_no_day(joined: Any, store: Store, seats: Any) -> None:
    joined.publish(run_id=planned(store, "run", ["AB"]), actor="staff")

    assert named("C1") not in {delegate for _, _, delegate, _ in seats()}


def test_the_same_key_publishes_once_and_gets_the_same_answer(joined: Any, store: Store, told: Any) -> None:
    run = planned(store, "run", ["AB", "C"])

    answers = [joined.publish(run_id=run, actor="staff", idempotency_key="k") for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(told(PlanPublished)) == 1
    with pytest.raises(KeyReused):
        joined.publish(run_id=planned(store, "other", ["AB"]), actor="staff", idempotency_key="k")


def test_refusals(joined: Any, store: Store, clock: MovableClock) -> None:
    run = planned(store, "run", ["AB", "C"])
    with pytest.raises(Missing):
        joined.publish(run_id=str(named("nothing")), actor="staff")
    with pytest.raises(Missing):
        joined.publish(run_id="'; drop table run", actor="staff")
    joined.publish(run_id=run, actor="staff")

    assert refusal(joined.publish, run_id=run, actor="staff") == ("already_published", {})

    clock.advance(days=90)
    later = planned(store, "later", ["AB", "C"], hosts={2: "H9"})
    assert refusal(joined.publish, run_id=later, actor="staff") == ("already_published", {})


def test_a_plan_with_a_past_date_is_refused_whole(joined: Any, store: Store, clock: MovableClock, told: Any) -> None:
    run = planned(store, "run", ["AB", "C"])
    clock.advance(days=85)

    assert refusal(joined.publish, run_id=run, actor="staff") == ("plan_out_of_date", {})
    assert told() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"training_from": FIRST_DAY + timedelta(days=1)},
        {"training_until": FIRST_DAY},
        {"topics": [{"code": "schools", "title_it": "Scuole", "title_en": "Schools"}]},
    ],
)
def test_a_plan_that_the_programme_has_outgrown_is_refused_whole(
    joined: Any, store: Store, told: Any, changes: dict[str, Any]
) -> None:
    run = planned(store, "run", ["AB", "C"], webinars=("asylum",))
    joined.hear_enrollment([programme_changed(sequence=2, **changes)])

    assert refusal(joined.publish, run_id=run, actor="staff") == ("plan_out_of_date", {})
    assert told() == []


def test_a_programme_that_changes_leaves_the_calendar_as_it_is(
    joined: Any, store: Store, told: Any, seats: Any
) -> None:
    joined.publish(run_id=planned(store, "run", ["AB", "C"], webinars=("asylum",)), actor="staff")
    seated, known = seats(), told()
    joined.hear_enrollment([programme_changed(sequence=3, day_minutes=240, training_days=1, webinar_capacity=1)])
    joined.hear_enrollment([programme_changed(sequence=2, training_days=9)])

    assert (seats(), told()) == (seated, known)
    with store.read() as session:
        assert session.scalars(sa.select(Programme.training_days)).all() == [1]


def test_a_run_without_a_plan_is_refused(joined: Any) -> None:
    run = joined.start_run(programme_id=str(PROGRAMME), actor="staff")

    assert refusal(joined.publish, run_id=run["id"], actor="staff") == ("no_plan", {"state": "requested"})


def test_a_second_plan_changes_only_what_differs(joined: Any, store: Store, told: Any, seats: Any, taken: Any) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"], webinars=("asylum", "housing")), actor="staff")
    before = {(event.appointment_id, event.delegate_id): event.place_id for event in told(PlaceAssigned)}
    count = len(told())

    run = planned(store, "two", ["A", "BC"], webinars=("asylum",), hosts={2: "H9"})
    answer = joined.publish(run_id=run, actor="staff")

    news = told()[count:]
    assert answer == {"run_id": run, "training_days": 2, "webinars": 1, "places": 12, "waiting": 0}
    moved = [event for event in news if isinstance(event, AppointmentMoved)]
    assert [(event.kind, event.host_code, event.revision) for event in moved] == [("training_day", "H9", 1)]
    assert [event.revision for event in news if isinstance(event, AppointmentCancelled)] == [1]
    released = {(event.delegate_id, event.reason) for event in news if isinstance(event, PlaceReleased)}
    assert released == {(named(name), "plan_changed") for name in ("A1", "A2", "B1", "B2", "C1", "C2")}
    assigned = [event for event in news if isinstance(event, PlaceAssigned)]
    assert {event.delegate_id for event in assigned} == {named("B1"), named("B2")}
    assert {event.place_id for event in assigned}.isdisjoint(before.values())
    assert taken() == {("training_day", 1): 2, ("training_day", 2): 4, ("webinar", 1): 6}
    with store.read() as session:
        states = dict(session.execute(sa.select(Run.id, Run.state)).all())
    assert states == {named("one"): "completed", named("two"): "published"}


def test_the_same_plan_again_tells_nobody_anything(joined: Any, store: Store, told: Any) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"], webinars=("asylum",)), actor="staff")
    count = len(told())

    joined.publish(run_id=planned(store, "two", ["AB", "C"], webinars=("asylum",)), actor="staff")

    assert [type(event) for event in told()[count:]] == [PlanPublished]


def test_a_smaller_room_sends_the_last_to_the_waiting_list_and_a_larger_one_takes_them_back(
    joined: Any, store: Store, seats: Any, taken: Any
) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"], capacity=4), actor="staff")
    joined.publish(run_id=planned(store, "two", ["AB", "C"], capacity=3), actor="staff")

    assert {(delegate, state) for _, number, delegate, state in seats() if number == 1 and state == "waiting"} == {
        (named("B2"), "waiting")
    }
    assert taken()["training_day", 1] == 3

    joined.publish(run_id=planned(store, "three", ["AB", "C"], capacity=5), actor="staff")

    assert {state for *_, state in seats()} == {"assigned"}
    assert taken()["training_day", 1] == 4


def test_a_number_that_was_cancelled_may_come_back(joined: Any, store: Store, told: Any) -> None:
    for name, days in (("one", ["AB", "C"]), ("two", ["ABC"]), ("three", ["AB", "C"])):
        joined.publish(run_id=planned(store, name, days), actor="staff")

    assert len(told(AppointmentScheduled)) == 3
    assert len({event.appointment_id for event in told(AppointmentScheduled)}) == 3


def test_the_database_itself_forbids_an_overfull_room(joined: Any, store: Store) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"], capacity=4), actor="staff")

    with pytest.raises(IntegrityError), store.transaction() as session:
        session.execute(sa.update(Appointment).values(taken=Appointment.capacity + 1))


def test_the_database_itself_forbids_two_seats_for_one(joined: Any, store: Store) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"]), actor="staff")

    with pytest.raises(IntegrityError), store.transaction() as session:
        place = session.scalars(sa.select(Place).limit(1)).one()
        session.execute(
            sa.insert(Place).values(
                appointment_id=place.appointment_id,
                programme_id=place.programme_id,
                delegate_id=place.delegate_id,
                body_code="A",
                state="waiting",
                since=place.since,
            )
        )


def test_the_calendar_starts_on_the_planned_days(joined: Any, store: Store) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"]), actor="staff")

    items = joined.appointments(programme_id=str(PROGRAMME), kind="training_day")["items"]
    assert [item["starts_at"][:10] for item in items] == [
        FIRST_DAY.isoformat(),
        (FIRST_DAY + timedelta(days=7)).isoformat(),
    ]
    assert [item["trainers"] for item in items] == [["Trainer 1"], ["Trainer 2"]]


def versions(store: Store) -> dict[tuple[str, int], tuple[int, int, int]]:
    """Version, revision and seats taken of each appointment."""
    with store.read() as session:
        rows = session.scalars(sa.select(Appointment).where(Appointment.state != "cancelled"))
        return {(row.kind, row.number): (row.version, row.revision, row.taken) for row in rows}


def test_what_does_not_differ_is_neither_written_nor_told(joined: Any, store: Store, told: Any, seats: Any) -> None:
    joined.publish(run_id=planned(store, "one", ["AB", "C"], webinars=("asylum",)), actor="staff")
    before, sitting, count = versions(store), seats(), len(told())
    written: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        written.extend(table for table in ("appointment", "place", "body_day") if statement.startswith(writing(table)))

    def writing(table: str) -> tuple[str, ...]:
        return f"UPDATE {table} ", f"INSERT INTO {table} ", f"DELETE FROM {table} "

    sa.event.listen(store.engine, "before_cursor_execute", note)
    joined.publish(run_id=planned(store, "same", ["AB", "C"], webinars=("asylum",)), actor="staff")
    sa.event.remove(store.engine, "before_cursor_execute", note)
    assert (versions(store), seats(), written) == (before, sitting, [])
    assert [type(event) for event in told()[count:]] == [PlanPublished]

    joined.publish(run_id=planned(store, "other", ["AC", "B"], webinars=("asylum",)), actor="staff")
    assert versions(store) == before  # as many seats are taken at each as before
    news = Counter(type(event) for event in told()[count + 1 :])
    assert news == {PlaceReleased: 4, PlaceAssigned: 4, PlanPublished: 1}

    count = len(told())
    joined.publish(run_id=planned(store, "last", ["A", "BC"], webinars=("asylum",)), actor="staff")
    after = versions(store)
    assert {key for key, row in after.items() if row != before[key]} == {("training_day", 1), ("training_day", 2)}
    assert [after["training_day", number] for number in (1, 2)] == [(2, 0, 2), (2, 0, 4)]
    news = Counter(type(event) for event in told()[count:])
    assert news == {PlaceReleased: 2, PlaceAssigned: 2, PlanPublished: 1}
