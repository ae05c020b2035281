"""Seats under real parallel transactions, in threads. On SQLite the writers queue up; on PostgreSQL they collide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import clock as house_clock
from chassis.database import Store
from contracts.scheduling import AttendanceRecorded, PlaceAssigned
from services.scheduling import runs, seating
from services.scheduling.models import Appointment
from tests.scheduling.builders import (
    PROGRAMME,
    adhesion_confirmed,
    delegate_registered,
    delegate_withdrawn,
    named,
    planned,
)
from tests.scheduling.conftest import refusal

CROWD = 8


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all of it in threads that start together, and return what each came to, or what it raised."""
    gate = Barrier(len(work))

    def begin(one: Callable[[], Any]) -> Any:
        gate.wait(timeout=30)
        try:
            return one()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(begin, one) for one in work]]


@pytest.fixture
def day(scheduling: Any, store: Store) -> str:
    """A published day with five seats, nobody seated."""
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    scheduling.publish(run_id=planned(store, "run", ["AB", "C"], capacity=5, webinars=("asylum",)), actor="staff")
    identity: str = scheduling.appointments(programme_id=str(PROGRAMME), kind="training_day")["items"][0]["id"]
    return identity


def test_many_late_delegates_at_once_never_overfill_the_room(scheduling: Any, day: str, taken: Any, seats: Any) -> None:
    results = at_once(
        [
            lambda n=n: scheduling.hear_enrollment(
                [delegate_registered(f"p{n}-{k}", "AB"[n % 2], minute=n) for k in range(3)]
            )
            for n in range(CROWD)
        ]
    )

    assert results == [None] * CROWD
    assert taken()["training_day", 1] == 5
    assert sum(number == 1 and kind == "training_day" for kind, number, *_ in seats()) == 3 * CROWD


def test_registrations_and_withdrawals_at_once_leave_no_seat_empty_while_somebody_waits(
    scheduling: Any, day: str, taken: Any, seats: Any
) -> None:
    scheduling.hear_enrollment([delegate_registered(f"old{n}", "A", minute=n) for n in range(10)])

    results = at_once(
        [lambda n=n: scheduling.hear_enrollment([delegate_withdrawn(f"old{n}", "A")]) for n in range(4)]
        + [lambda n=n: scheduling.hear_enrollment([delegate_registered(f"new{n}", "B", minute=99)]) for n in range(4)]
    )

    assert results == [None] * 8
    assert taken()["training_day", 1] == 5
    states = {delegate: state for kind, number, delegate, state in seats() if (kind, number) == ("training_day", 1)}
    assert [states[named(f"old{n}")] for n in range(4, 10)] == ["assigned"] * 5 + ["waiting"]
    assert {states[named(f"new{n}")] for n in range(4)} == {"waiting"}


def test_one_event_in_two_processes_at_once_seats_once(scheduling: Any, day: str, told: Any, taken: Any) -> None:
    late = delegate_registered("ada", "A")

    assert at_once([lambda: scheduling.hear_enrollment([late])] * 4) == [None] * 4
    assert [event.delegate_id for event in told(PlaceAssigned)].count(named("ada")) == 2
    assert taken() == {("training_day", 1): 1, ("training_day", 2): 0, ("webinar", 1): 1}


def test_who_registers_during_publication_is_seated_all_the_same(
    scheduling: Any, store: Store, seats: Any, taken: Any
) -> None:
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    run = planned(store, "run", ["AB", "C"], capacity=100)

    results = at_once(
        [lambda: scheduling.publish(run_id=run, actor="staff")]
        + [lambda n=n: scheduling.hear_enrollment([delegate_registered(f"p{n}", "A")]) for n in range(6)]
    )

    assert results[1:] == [None] * 6
    assert {delegate for *_, delegate, _ in seats()} == {named(f"p{n}") for n in range(6)}
    assert taken()["training_day", 1] == 6


def test_the_counter_itself_refuses_the_seat_too_many(store: Store, scheduling: Any, day: str) -> None:
    """Without the locks, too: the conditional UPDATE alone keeps the capacity."""
    with store.read() as session:
        appointment = session.scalar(
            sa.select(Appointment.id).where(Appointment.number == 1, Appointment.capacity == 5)
        )
    assert appointment is not None

    def take_one() -> str:
        with store.transaction() as session:
            seating.take(session, {appointment: 1})
        return "taken"

    results = at_once([take_one] * CROWD)

    assert [result for result in results if result == "taken"] == ["taken"] * 5
    assert {type(result) for result in results if result != "taken"} == {seating.Overbooked}


def test_the_same_run_published_twice_at_once_is_published_once(scheduling: Any, store: Store, taken: Any) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("ada", "A")])
    run = planned(store, "run", ["A"])

    results = at_once([lambda: scheduling.publish(run_id=run, actor="staff")] * 3)

    assert sum(isinstance(result, dict) for result in results) == 1
    assert {getattr(result, "reason", None) for result in results if not isinstance(result, dict)} <= {
        "already_published",
        "publication_under_way",
    }
    assert taken() == {("training_day", 1): 1}


def test_one_active_run_a_programme_also_when_all_ask_at_once(scheduling: Any) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])

    results = at_once([lambda: scheduling.start_run(programme_id=str(PROGRAMME), actor="staff")] * CROWD)

    assert sum(isinstance(result, dict) for result in results) == 1
    assert refusal(scheduling.start_run, programme_id=str(PROGRAMME), actor="s")[0] == "run_already_active"


def test_one_process_claims_a_run(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])
    scheduling.start_run(programme_id=str(PROGRAMME), actor="staff")

    def claim(name: str) -> bool:
        with store.transaction() as session:
            return runs.claim(session, name, 20, house_clock.machine_now()) is not None

    assert sorted(at_once([lambda n=n: claim(f"holder {n}") for n in range(CROWD)])) == [False] * (CROWD - 1) + [True]


def test_two_desks_record_at_once_and_both_count(scheduling: Any, day: str, clock: Any, told: Any) -> None:
    from datetime import UTC, datetime

    scheduling.hear_enrollment([delegate_registered(f"p{n}", "A", minute=n) for n in range(5)])
    clock.set(datetime(2017, 9, 18, 9, tzinfo=UTC))

    results = at_once(
        [
            lambda n=n: scheduling.record_attendance(
                appointment_id=day,
                entries=[{"delegate_id": str(named(f"p{n}")), "minutes": 480}],
                source="desk",
                actor="desk",
            )
            for n in range(5)
        ]
    )

    assert results == [{"recorded": 1, "unchanged": 0}] * 5
    assert len(told(AttendanceRecorded)) == 5
    assert scheduling.appointment(appointment_id=day)["recorded"] == 5


def test_a_desk_is_put_at_days_whose_delegates_withdraw(scheduling: Any, store: Store) -> None:
    """Both lock several appointments: the desk in the order of their ids, a batch of events as its people come."""
    codes = "ABCDEF"
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in codes])
    scheduling.publish(run_id=planned(store, "run", list(codes), capacity=50), actor="staff")
    scheduling.hear_enrollment([delegate_registered(f"{code}{n}", code) for code in codes for n in range(CROWD)])
    days = scheduling.appointments(programme_id=str(PROGRAMME), kind="training_day")["items"]
    by_id = {one["id"]: codes[one["number"] - 1] for one in days}
    backwards = [by_id[one] for one in sorted(by_id, reverse=True)]
    assert len(backwards) == len(codes)

    for n in range(CROWD):
        desk = {"account_ids": [str(named(f"desk {n}"))], "appointment_ids": list(by_id)}
        gone = [delegate_withdrawn(f"{code}{n}", code) for code in backwards]
        results = at_once(
            [
                lambda desk=desk: scheduling.assign_desk(assignment=desk, actor="staff")["assigned"],
                lambda gone=gone: scheduling.hear_enrollment(gone),
            ]
        )
        assert results == [len(codes), None]
