"""Attendance: recorded, settled, corrected; and appointments moved and cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.database import Store
from chassis.refusal import Missing
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentClosed,
    AppointmentMoved,
    AttendanceCorrected,
    AttendanceRecorded,
    PlaceAssigned,
    PlaceReleased,
)
from services.scheduling.models import Change, Evidence
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    PROGRAMME,
    adhesion_confirmed,
    delegate_registered,
    delegate_withdrawn,
    named,
    planned,
)
from tests.scheduling.conftest import refusal

PEOPLE = ("A1", "A2", "B1")


@pytest.fixture
def day(scheduling: Any, store: Store) -> str:
    """A published training day with three seated and one waiting (B2), on 18 September 2017."""
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    scheduling.hear_enrollment(
        [delegate_registered(name, name[0], minute=n) for n, name in enumerate((*PEOPLE, "B2", "C1"))]
    )
    scheduling.publish(run_id=planned(store, "run", ["AB", "C"], capacity=3, webinars=("asylum",)), actor="staff")
    identity: str = scheduling.appointments(programme_id=str(PROGRAMME), kind="training_day")["items"][0]["id"]
    return identity


def at(clock: MovableClock, moment: str) -> None:
    from datetime import datetime

    clock.set(datetime.fromisoformat(moment))


def entries(**minutes: int) -> list[dict[str, Any]]:
    return [{"delegate_id": str(named(name)), "minutes": value} for name, value in minutes.items()]


def record(scheduling: Any, day: str, source: str = "desk", **minutes: int) -> Any:
    return scheduling.record_attendance(appointment_id=day, entries=entries(**minutes), source=source, actor="desk-1")


def places(scheduling: Any, day: str) -> dict[Any, tuple[str, Any, Any, int]]:
    items = scheduling.places(appointment_id=day)["items"]
    return {
        item["delegate_id"]: (item["state"], item["minutes"], item["source"], item["attendance_revision"])
        for item in items
    }


def test_minutes_are_recorded_and_the_last_word_counts(
    scheduling: Any, day: str, clock: MovableClock, told: Any, store: Store
) -> None:
    at(clock, "2017-09-18T07:00:00+00:00")

    assert record(scheduling, day, A1=480, A2=0) == {"recorded": 2, "unchanged": 0}
    assert record(scheduling, day, A1=480, A2=200) == {"recorded": 1, "unchanged": 1}
    assert record(scheduling, day, source="sheet", A2=200) == {"recorded": 1, "unchanged": 0}

    assert places(scheduling, day)[str(named("A2"))] == ("assigned", 200, "sheet", 0)
    recorded = [(event.delegate_id, event.minutes, event.source) for event in told(AttendanceRecorded)]
    assert sorted(recorded[:2]) == sorted([(named("A1"), 480, "desk"), (named("A2"), 0, "desk")])
    assert recorded[2:] == [(named("A2"), 200, "desk"), (named("A2"), 200, "sheet")]
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Evidence)) == 4
    assert scheduling.appointment(appointment_id=day)["recorded"] == 2


def test_refusals_record_nothing(scheduling: Any, day: str, clock: MovableClock, told: Any) -> None:
    at(clock, "2017-09-18T06:59:59+00:00")
    assert refusal(record, scheduling, day, A1=480)[0] == "not_started"

    at(clock, "2017-09-18T09:00:00+00:00")
    for stranger in ("B2", "C1", "nobody"):
        assert refusal(record, scheduling, day, A1=480, **{stranger: 10}) == (
            "not_seated",
            {"delegates": [str(named(stranger))]},
        )
    assert refusal(record, scheduling, day, A1=480, A2=481) == (
        "minutes_out_of_range",
        {"max": 480, "delegates": [str(named("A2"))]},
    )
    assert refusal(record, scheduling, day, A1=-1)[0] == "minutes_out_of_range"
    with pytest.raises(Missing):
        record(scheduling, str(named("nothing")), A1=1)
    with pytest.raises(Missing):
        record(scheduling, "nothing", A1=1)
    assert told(AttendanceRecorded) == []


@pytest.mark.parametrize(
    ("sheet", "source"),
    [
        ([], "desk"),
        ("A1", "desk"),
        (None, "desk"),
        ([{"delegate_id": "x", "minutes": 1}], "desk"),
        ([{"delegate_id": str(named("A1"))}], "desk"),
        ([{"delegate_id": str(named("A1")), "minutes": 1.5}], "desk"),
        ([{"delegate_id": str(named("A1")), "minutes": "many"}], "desk"),
        ([{"delegate_id": str(named("A1")), "minutes": 1, "name": "Ada"}], "desk"),
        ([{"delegate_id": str(named("A1")), "minutes": 1}] * 2, "desk"),
        ([{"delegate_id": str(named(n)), "minutes": 1} for n in range(1001)], "desk"),
        ([{"delegate_id": str(named("A1")), "minutes": 1}], "correction"),
        ([{"delegate_id": str(named("A1")), "minutes": 1}], ""),
    ],
)
def test_wrong_sheets_record_nothing(
    scheduling: Any, day: str, clock: MovableClock, told: Any, sheet: Any, source: str
) -> None:
    at(clock, "2017-09-18T09:00:00+00:00")

    with pytest.raises(ValidationError):
        scheduling.record_attendance(appointment_id=day, entries=sheet, source=source, actor="desk-1")
    assert told(AttendanceRecorded) == []


def test_closing_settles_everybody_who_had_a_seat(
    scheduling: Any, day: str, clock: MovableClock, told: Any, store: Store
) -> None:
    at(clock, "2017-09-18T09:00:00+00:00")
    record(scheduling, day, A1=480)
    assert refusal(scheduling.close_appointment, appointment_id=day, actor="staff") == (
        "not_over_yet",
        {"ends_at": "2017-09-18T15:00:00+00:00"},
    )
    at(clock, "2017-09-18T15:00:00+00:00")

    answers = [scheduling.close_appointment(appointment_id=day, actor="staff") for _ in range(2)]

    assert answers[0] == answers[1]
    assert (answers[0]["state"], answers[0]["recorded"], answers[0]["taken"]) == ("closed", 1, 3)
    [closed] = told(AppointmentClosed)
    assert (closed.kind, closed.held_on.isoformat(), closed.minutes, closed.host_name) == (
        "training_day",
        "2017-09-18",
        480,
        "Sede H1",
    )
    assert {(each["delegate_id"], each["minutes"]) for each in closed.settled} == {
        (named("A1"), 480),
        (named("A2"), 0),
        (named("B1"), 0),
    }
    assert refusal(record, scheduling, day, A1=1)[0] == "appointment_closed"
    with store.read() as session:
        assert [(row.what, row.actor) for row in session.scalars(sa.select(Change))] == [("closed", "staff")]


def test_an_appointment_without_anybody_closes(scheduling: Any, store: Store, clock: MovableClock, told: Any) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])
    scheduling.publish(run_id=planned(store, "run", ["A"]), actor="staff")
    [item] = scheduling.appointments(programme_id=str(PROGRAMME))["items"]
    at(clock, "2017-09-19T00:00:00+00:00")

    scheduling.close_appointment(appointment_id=item["id"], actor="staff")

    assert [event.settled for event in told(AppointmentClosed)] == [[]]


def test_a_correction_has_a_reason_and_a_revision(
    scheduling: Any, day: str, clock: MovableClock, told: Any, store: Store
) -> None:
    def correct(minutes: int, **changes: Any) -> Any:
        given = {"delegate_id": str(named("A1")), "reason": "Foglio firme riletto", "actor": "staff"}
        return scheduling.correct_attendance(appointment_id=day, minutes=minutes, **{**given, **changes})

    at(clock, "2017-09-18T16:00:00+00:00")
    record(scheduling, day, A1=480)
    assert refusal(correct, 100)[0] == "not_closed"
    scheduling.close_appointment(appointment_id=day, actor="staff")

    corrected = correct(240)
    assert (corrected["minutes"], corrected["source"], corrected["attendance_revision"]) == (240, "correction", 1)
    assert correct(240)["attendance_revision"] == 1
    assert correct(480, idempotency_key="k") == correct(480, idempotency_key="k")

    assert [(event.minutes, event.revision, event.reason) for event in told(AttendanceCorrected)] == [
        (240, 1, "Foglio firme riletto"),
        (480, 2, "Foglio firme riletto"),
    ]
    assert refusal(correct, 481)[0] == "minutes_out_of_range"
    assert refusal(correct, 10, delegate_id=str(named("B2")))[0] == "not_seated"
    for reason in ("", "   ", "x" * 501, None, 5, "a\x00b"):
        with pytest.raises(ValidationError):
            correct(10, reason=reason)
    with store.read() as session:
        trail = session.execute(sa.select(Evidence.minutes, Evidence.source, Evidence.reason).order_by(Evidence.id))
        assert [tuple(row) for row in trail] == [
            (480, "desk", None),
            (240, "correction", "Foglio firme riletto"),
            (480, "correction", "Foglio firme riletto"),
        ]


def test_who_left_after_the_day_keeps_what_was_evidenced(
    scheduling: Any, day: str, clock: MovableClock, told: Any
) -> None:
    at(clock, "2017-09-18T16:00:00+00:00")
    record(scheduling, day, A1=480)
    scheduling.hear_enrollment([delegate_withdrawn("A1", "A")])

    scheduling.close_appointment(appointment_id=day, actor="staff")

    [closed] = told(AppointmentClosed)
    assert {"delegate_id": named("A1"), "minutes": 480} in closed.settled


def test_moving_tells_the_new_time_with_a_higher_revision(scheduling: Any, day: str, told: Any, store: Store) -> None:
    def move(starts_at: Any, reason: str = "Sala allagata") -> Any:
        return scheduling.move_appointment(appointment_id=day, starts_at=starts_at, actor="staff", reason=reason)

    moved = move("2017-09-20T09:00:00+02:00")
    assert (moved["starts_at"], moved["ends_at"], moved["revision"], moved["minutes"]) == (
        "2017-09-20T07:00:00+00:00",
        "2017-09-20T15:00:00+00:00",
        1,
        480,
    )
    assert move("2017-09-20T07:00:00+00:00")["revision"] == 1
    [event] = told(AppointmentMoved)
    assert (event.revision, event.starts_at.isoformat(), event.sequence) == (1, "2017-09-20T07:00:00+00:00", 2)
    assert refusal(move, "2017-06-01T09:00:00+02:00")[0] == "in_the_past"
    for wrong in ("tomorrow", "2017-09-20T09:00:00", "0001-01-01T00:00:00+14:00", None, 5, ""):
        with pytest.raises(ValidationError):
            move(wrong)
    with store.read() as session:
        changes = session.execute(sa.select(Change.what, Change.actor, Change.reason))
        assert [tuple(row) for row in changes] == [("moved", "staff", "Sala allagata")]


def test_who_has_read_an_older_version_moves_and_cancels_nothing(scheduling: Any, day: str, told: Any) -> None:
    read = scheduling.appointment(appointment_id=day)["version"]
    chosen = {"appointment_id": day, "actor": "staff", "reason": "Sala allagata"}
    moved = scheduling.move_appointment(**chosen, starts_at="2017-09-20T09:00:00+02:00", version=read)

    refused = [
        refusal(scheduling.move_appointment, **chosen, starts_at="2017-09-21T09:00:00+02:00", version=read),
        refusal(scheduling.cancel_appointment, **chosen, version=read),
    ]

    assert refused == [("changed_meanwhile", {"version": moved["version"]})] * 2
    assert len(told(AppointmentMoved)) == 1
    assert scheduling.cancel_appointment(**chosen, version=moved["version"])["state"] == "cancelled"


def test_a_move_onto_a_day_when_the_trainer_is_elsewhere_is_refused(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A")])
    scheduling.publish(run_id=planned(store, "run", ["A"], webinars=("asylum", "housing")), actor="staff")
    first, second = scheduling.appointments(programme_id=str(PROGRAMME), kind="webinar")["items"]

    reason, facts = refusal(
        scheduling.move_appointment,
        appointment_id=first["id"],
        starts_at=second["starts_at"],
        actor="staff",
        reason="Prova",
    )

    assert (reason, facts) == ("trainer_busy", {"appointments": [second["id"]]})


def test_cancelling_releases_every_place_and_seats_nobody_new(scheduling: Any, day: str, told: Any, taken: Any) -> None:
    before = len(told(PlaceAssigned))

    answers = [scheduling.cancel_appointment(appointment_id=day, actor="staff", reason="Neve") for _ in range(2)]

    assert answers[0] == answers[1]
    assert (answers[0]["state"], answers[0]["taken"], answers[0]["waiting"], answers[0]["revision"]) == (
        "cancelled",
        0,
        0,
        1,
    )
    assert len(told(AppointmentCancelled)) == 1
    assert {(event.delegate_id, event.reason) for event in told(PlaceReleased)} == {
        (named(name), "appointment_cancelled") for name in (*PEOPLE, "B2")
    }
    assert len(told(PlaceAssigned)) == before
    assert scheduling.places(appointment_id=day)["items"] == []


def test_what_has_begun_or_is_settled_is_neither_moved_nor_cancelled(
    scheduling: Any, day: str, clock: MovableClock
) -> None:
    cancel = {"appointment_id": day, "actor": "staff", "reason": "Neve"}
    move = {**cancel, "starts_at": "2018-01-20T09:00:00+01:00"}
    at(clock, "2017-09-18T07:00:00+00:00")
    assert refusal(scheduling.cancel_appointment, **cancel)[0] == "already_started"
    assert refusal(scheduling.move_appointment, **move)[0] == "already_started"

    at(clock, "2017-09-19T07:00:00+00:00")
    scheduling.close_appointment(appointment_id=day, actor="staff")

    assert refusal(scheduling.cancel_appointment, **cancel)[0] == "appointment_closed"
    assert refusal(scheduling.move_appointment, **move)[0] == "appointment_closed"


def test_a_late_delegate_of_a_cancelled_day_gets_no_seat_there(scheduling: Any, day: str, seats: Any) -> None:
    scheduling.cancel_appointment(appointment_id=day, actor="staff", reason="Neve")

    scheduling.hear_enrollment([delegate_registered("A9", "A", minute=99)])

    assert [kind for kind, _, delegate, _ in seats() if delegate == named("A9")] == ["webinar"]


def test_a_webinar_in_winter_begins_at_three_in_rome(scheduling: Any, store: Store) -> None:
    from tests.scheduling.builders import FIRST_DAY

    scheduling.hear_enrollment([adhesion_confirmed("A")])
    run = planned(store, "run", ["A"], webinars=("asylum",), first=FIRST_DAY + timedelta(weeks=20))
    scheduling.publish(run_id=run, actor="staff")

    [webinar] = scheduling.appointments(programme_id=str(PROGRAMME), kind="webinar")["items"]
    assert (webinar["starts_at"][11:16], webinar["ends_at"][11:16]) == ("14:00", "15:30")
