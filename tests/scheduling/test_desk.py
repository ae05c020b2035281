"""The desks of appointments: who is put at which, what an account sees by it, and how long it lasts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from chassis.database import Store
from chassis.refusal import Invalid, Missing
from contracts.scheduling import DeskAssigned, DeskRelieved
from services.scheduling.models import Change, DeskAssignment
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    FIRST_DAY,
    JULY,
    PROGRAMME,
    adhesion_confirmed,
    delegate_registered,
    named,
    planned,
)
from tests.scheduling.conftest import refusal

ADA, BEA = str(named("ada")), str(named("bea"))


@pytest.fixture
def days(scheduling: Any, store: Store) -> list[str]:
    """Three published days, of A and of C at H1, of B at H2 in between; A1 and B1 have a seat at theirs."""
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    scheduling.hear_enrollment([delegate_registered(f"{code}1", code) for code in "AB"])
    run = planned(store, "run", ["A", "B", "C"], webinars=("asylum",), hosts={1: "H1", 2: "H2", 3: "H1"})
    scheduling.publish(run_id=run, actor="staff")
    return [one["id"] for one in scheduling.appointments(programme_id=str(PROGRAMME), kind="training_day")["items"]]


def assign(scheduling: Any, accounts: list[str], key: str | None = None, **where: Any) -> Any:
    chosen = {"account_ids": accounts, **where}
    return scheduling.assign_desk(assignment=chosen, actor="staff", idempotency_key=key)


def own(scheduling: Any, account: str, **asked: Any) -> list[str]:
    return [one["id"] for one in scheduling.desk_appointments(account_id=account, **asked)["items"]]


def test_who_is_assigned_sees_these_appointments_and_no_others(scheduling: Any, days: list[str]) -> None:
    answer = assign(scheduling, [ADA, BEA], appointment_ids=[days[1]])
    assert answer == {"appointment_ids": [days[1]], "assigned": 2, "unchanged": 0}
    assign(scheduling, [ADA], appointment_ids=[days[0]])

    assert own(scheduling, ADA) == days[:2]
    assert own(scheduling, BEA) == [days[1]]
    assert own(scheduling, str(uuid4())) == []
    assert scheduling.check_desk(account_id=BEA, appointment_id=days[1]) == {}
    for other in (days[0], str(uuid4()), "x"):
        with pytest.raises(Missing):
            scheduling.check_desk(account_id=BEA, appointment_id=other)
    people = [str(named(name)) for name in ("A1", "B1", "nobody")]
    assert scheduling.desk_guests(account_id=BEA, delegate_ids=people) == {"items": [people[1]]}
    assert scheduling.desk_guests(account_id=ADA, delegate_ids=people) == {"items": sorted(people[:2])}


def test_all_coming_days_of_one_host_at_once(scheduling: Any, days: list[str], clock: MovableClock) -> None:
    at_h1 = {"programme_id": str(PROGRAMME), "host_code": "H1"}
    assert assign(scheduling, [ADA], **at_h1)["appointment_ids"] == sorted([days[0], days[2]])
    clock.set(datetime.fromisoformat(f"{FIRST_DAY}T20:00:00+02:00"))
    assert assign(scheduling, [BEA], **at_h1)["appointment_ids"] == [days[2]]
    with pytest.raises(Missing):
        assign(scheduling, [ADA], programme_id=str(PROGRAMME), host_code="H9")


def test_assigning_twice_is_once_and_the_first_word_stays(scheduling: Any, days: list[str]) -> None:
    first = [assign(scheduling, [ADA], "key", appointment_ids=[days[0]]) for _ in range(2)]
    (before,) = scheduling.desk_of(appointment_id=days[0])["items"]
    again = assign(scheduling, [ADA, BEA, BEA], appointment_ids=[days[0], days[0]])

    assert first[0] == first[1]
    assert (again["assigned"], again["unchanged"]) == (1, 1)
    there = scheduling.desk_of(appointment_id=days[0])["items"]
    assert (there[0], there[1]["account_id"], before["assigned_by"]) == (before, BEA, "staff")


def test_one_that_may_not_be_staffed_leaves_all_as_they_were(
    scheduling: Any, days: list[str], clock: MovableClock
) -> None:
    scheduling.cancel_appointment(appointment_id=days[1], actor="staff", reason="Neve")
    assert refusal(assign, scheduling, [ADA], appointment_ids=[days[0], days[1]]) == ("appointment_cancelled", {})
    with pytest.raises(Missing):
        assign(scheduling, [ADA], appointment_ids=[days[0], str(uuid4())])
    clock.set(datetime.fromisoformat(f"{FIRST_DAY}T20:00:00+02:00"))
    scheduling.close_appointment(appointment_id=days[0], actor="staff")
    assert refusal(assign, scheduling, [ADA], appointment_ids=[days[2], days[0]]) == ("appointment_closed", {})
    assert own(scheduling, ADA) == []


def test_a_moved_appointment_keeps_its_desk_and_a_cancelled_one_has_none(
    scheduling: Any, days: list[str], store: Store
) -> None:
    assign(scheduling, [ADA], appointment_ids=days)
    chosen = {"actor": "staff", "reason": "Neve"}
    scheduling.move_appointment(appointment_id=days[0], starts_at="2017-12-20T09:00:00+01:00", **chosen)
    scheduling.cancel_appointment(appointment_id=days[1], **chosen)

    assert own(scheduling, ADA) == [days[2], days[0]]
    with store.read() as session:
        trail = session.execute(sa.select(Change.what, Change.whom).where(Change.appointment_id == UUID(days[1])))
        assert [tuple(row) for row in trail.all()] == [("desk_assigned", ADA), ("cancelled", None)]


def test_what_another_plan_moves_keeps_its_desk_and_what_it_drops_has_none(
    scheduling: Any, days: list[str], store: Store
) -> None:
    assign(scheduling, [ADA], appointment_ids=days)
    another = planned(store, "another", ["BA", "C"], hosts={1: "H2", 2: "H1"}, first=FIRST_DAY.replace(month=10))
    scheduling.publish(run_id=another, actor="staff")

    assert own(scheduling, ADA) == days[:2]
    assert scheduling.appointment(appointment_id=days[2])["state"] == "cancelled"


def test_today_stays_on_the_list_until_midnight_in_rome(scheduling: Any, days: list[str], clock: MovableClock) -> None:
    assign(scheduling, [ADA], appointment_ids=days)
    clock.set(datetime.fromisoformat(f"{FIRST_DAY}T23:59:00+02:00"))
    assert (own(scheduling, ADA), own(scheduling, ADA, past=True)) == (days, [])
    clock.set(datetime.fromisoformat("2017-09-19T00:00:00+02:00"))
    assert (own(scheduling, ADA), own(scheduling, ADA, past=True)) == (days[1:], days[:1])
    first = scheduling.desk_appointments(account_id=ADA, limit=1)
    assert own(scheduling, ADA, limit=1, cursor=first["next_cursor"]) == [days[2]]
    with pytest.raises(Invalid):
        own(scheduling, ADA, limit=0)


def test_who_is_relieved_sees_it_no_more_and_is_missing_the_second_time(scheduling: Any, days: list[str]) -> None:
    assign(scheduling, [ADA, BEA], appointment_ids=[days[0]])
    scheduling.relieve_desk(appointment_id=days[0], account_id=ADA, actor="staff")

    assert (own(scheduling, ADA), own(scheduling, BEA)) == ([], [days[0]])
    for appointment, account in ((days[0], ADA), (days[1], BEA), ("x", BEA), (days[0], "x")):
        with pytest.raises(Missing):
            scheduling.relieve_desk(appointment_id=appointment, account_id=account, actor="staff")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"account_ids": [], "appointment_ids": [ADA]},
        {"account_ids": ["x"], "appointment_ids": [ADA]},
        {"account_ids": [ADA]},
        {"account_ids": [ADA], "appointment_ids": []},
        {"account_ids": [ADA], "host_code": "H1"},
        {"account_ids": [ADA], "programme_id": str(PROGRAMME)},
        {"account_ids": [ADA], "appointment_ids": [ADA], "host_code": "H1", "programme_id": str(PROGRAMME)},
        {"account_ids": [ADA] * 21, "appointment_ids": [ADA]},
        {"account_ids": [ADA], "appointment_ids": [ADA] * 201},
    ],
)
def test_what_is_no_assignment_is_refused(scheduling: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        scheduling.assign_desk(assignment=wrong, actor="staff")


def test_the_database_holds_an_account_once_and_at_a_real_appointment(
    scheduling: Any, days: list[str], store: Store
) -> None:
    assign(scheduling, [ADA], appointment_ids=[days[0]])
    for appointment_id in (UUID(days[0]), uuid4()):
        with pytest.raises(IntegrityError), store.transaction() as session:
            session.execute(
                sa.insert(DeskAssignment),
                [
                    {
                        "appointment_id": appointment_id,
                        "account_id": named("ada"),
                        "assigned_by": "x",
                        "assigned_at": JULY,
                    }
                ],
            )


def test_each_assignment_and_its_end_are_told_once_and_the_next_one_is_another(
    scheduling: Any, store: Store, days: list[str], told: Any, clock: MovableClock
) -> None:
    def seen() -> list[tuple[str, str, str]]:
        named_ = {ADA: "ada", BEA: "bea"}
        return [
            (type(event).__name__, str(event.appointment_id), named_[str(event.account_id)])
            for event in told(DeskAssigned, DeskRelieved)
        ]

    for _ in range(2):
        assign(scheduling, [ADA], appointment_ids=days[:2], key="k")
    assign(scheduling, [ADA, BEA], appointment_ids=[days[0]])
    scheduling.relieve_desk(appointment_id=days[0], account_id=ADA, actor="staff")
    clock.advance(minutes=1)
    assign(scheduling, [ADA], appointment_ids=[days[0]])
    first, second = sorted(days[:2])
    assert seen() == [
        *(("DeskAssigned", first, "ada"), ("DeskAssigned", second, "ada"), ("DeskAssigned", days[0], "bea")),
        *(("DeskRelieved", days[0], "ada"), ("DeskAssigned", days[0], "ada")),
    ]
    of_ada = [
        one
        for one in told(DeskAssigned, DeskRelieved)
        if (str(one.account_id), str(one.appointment_id)) == (ADA, days[0])
    ]
    assert [one.sequence for one in of_ada] == [1, 2, 1]
    assert of_ada[0].assignment_id == of_ada[1].assignment_id != of_ada[2].assignment_id

    before = len(seen())
    scheduling.cancel_appointment(appointment_id=days[0], actor="staff", reason="snow")
    assert sorted(seen()[before:]) == [("DeskRelieved", days[0], "ada"), ("DeskRelieved", days[0], "bea")]
    scheduling.publish(run_id=planned(store, "smaller", ["C"]), actor="staff")
    assert ("DeskRelieved", days[1], "ada") in seen()[before + 2 :]
