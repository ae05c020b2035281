"""Rules, plans to stay near and repairs: what the planner is asked, and what comes of it when it is published."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.database import Store
from chassis.refusal import Invalid, Missing
from contracts.scheduling import AppointmentMoved, PlaceAssigned, PlaceReleased, PlanPublished
from services.scheduling.models import Run
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    FIRST_DAY,
    PROGRAMME,
    named,
    planned,
    trainer_id,
)
from tests.scheduling.conftest import refusal
from tests.scheduling.solving import asked, solved


def test_rules_reach_the_planner(taught: Any, store: Store) -> None:
    _, problem = asked(
        taught,
        store,
        pinned_hosts=["H3"],
        excluded_hosts=["H1"],
        pinned={"A": "H3"},
        forbidden=[["B", "H2"]],
        least_in_region={"Lazio": 1},
        capacities={"H2": 4},
        pinned_dates={"H3": "2017-10-12"},
        fair_km=50,
        fairness=3,
    )
    rules = problem.rules
    assert (rules.pinned_hosts, rules.excluded_hosts, rules.pinned) == ({"H3"}, {"H1"}, {"A": "H3"})
    assert (rules.forbidden, rules.least_in_region) == ({("B", "H2")}, {"Lazio": 1})
    assert (rules.fair_km, rules.fairness) == (50.0, 3.0)
    assert {host.code: host.capacity for host in problem.hosts} == {"H1": None, "H2": 4, "H3": None}
    assert problem.pinned_dates == {"H3": date(2017, 10, 12)}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"capacities": {"H2": 0}}, "capacities.H2.value"),
        ({"pinned_dates": {"H2": "soon"}}, "pinned_dates.H2.value"),
        ({"fairness": -1}, "fairness"),
        ({"based_on": "yesterday"}, "based_on"),
        ({"repair": {"kind": "rain"}}, "repair.kind"),
        ({"forbidden": [["A"]]}, "forbidden.0"),
        ({"pinned_hosts": ["H"] * 5001}, "pinned_hosts"),
    ],
)
def test_bad_rules_start_nothing(taught: Any, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        taught.start_run(programme_id=str(PROGRAMME), parameters=wrong, actor="staff")
    assert list(Invalid.from_messages(caught.value.messages).errors) == [field]
    assert taught.runs(programme_id=str(PROGRAMME))["items"] == []


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"pinned_hosts": ["H1", "H9"]}, "pinned_hosts", "unknown_host"),
        ({"excluded_hosts": ["H9"]}, "excluded_hosts", "unknown_host"),
        ({"capacities": {"H9": 4}}, "capacities", "unknown_host"),
        ({"pinned_dates": {"H9": "2017-10-12"}}, "pinned_dates", "unknown_host"),
        ({"pinned": {"A": "H9"}}, "pinned", "unknown_host"),
        ({"pinned": {"nobody": "H1"}}, "pinned", "unknown_body"),
        ({"forbidden": [["nobody", "H1"]]}, "forbidden", "unknown_body"),
        ({"split": ["nobody"]}, "split", "unknown_body"),
    ],
)
def test_a_rule_about_nothing_starts_nothing(taught: Any, wrong: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        taught.start_run(programme_id=str(PROGRAMME), parameters=wrong, actor="staff")
    assert caught.value.errors == {f"parameters.{field}": [code]}
    assert taught.runs(programme_id=str(PROGRAMME))["items"] == []


def test_a_base_must_have_a_plan_and_a_repair_a_published_one(taught: Any, store: Store) -> None:
    def start(**parameters: Any) -> Any:
        return taught.start_run(programme_id=str(PROGRAMME), parameters=parameters, actor="staff")

    with pytest.raises(Missing):
        start(based_on=str(named("nothing")))
    assert refusal(start, repair={"kind": "host_cancels", "host_code": "H1"}) == ("not_published", {})
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    for repair, field in (
        ({"kind": "host_cancels", "host_code": "H9"}, "parameters.repair.host_code"),
        ({"kind": "trainer_ill", "trainer_id": trainer_id(9)}, "parameters.repair.trainer_id"),
        ({"kind": "trainer_ill", "trainer_id": trainer_id(1)}, "parameters.repair.last"),
    ):
        with pytest.raises(Invalid) as caught:
            start(repair=repair)
        assert list(caught.value.errors) == [field]


def test_planning_near_a_plan_keeps_what_it_can(taught: Any, store: Store) -> None:
    base = planned(store, "base", ["AB", "C"])
    _, plan = solved(taught, store, based_on=base, stay_km=500)
    first, second = plan.days
    assert (first.host_code, first.body_codes, first.date) == ("H1", ("A", "B"), FIRST_DAY)
    assert (second.host_code, second.body_codes) == ("H2", ("C",))
    assert [day.trainer_ids for day in plan.days] == [(trainer_id(1),), (trainer_id(2),)]


def test_a_host_cancels_and_only_its_guests_are_told(taught: Any, store: Store, told: Any, seats: Any) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"], webinars=("asylum",)), actor="staff")
    before, count = seats(), len(told())

    run_id, plan = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H1"})
    assert [(day.number, day.host_code, day.body_codes) for day in plan.days] == [
        (1, "H3", ("A", "B")),
        (2, "H2", ("C",)),
    ]
    assert plan.days[0].date == FIRST_DAY
    preview = taught.preview_publication(run_id=run_id)
    assert [(each["kind"], each["host_name"]) for each in preview["moved"]] == [("training_day", "Sede H3")]
    assert (preview["people"], preview["scheduled"], preview["cancelled"]) == (4, [], 0)
    assert (len(told()), seats()) == (count + 1, before)  # what was foreseen did not happen; a run was asked for

    taught.publish(run_id=run_id, actor="staff")
    news = [event for event in told()[count:] if type(event) in (AppointmentMoved, PlaceAssigned, PlaceReleased)]
    assert [(event.kind, event.host_code) for event in news] == [("training_day", "H3")]
    assert seats() == before


def test_a_trainer_is_ill_and_nobody_is_told_when_the_date_stays(taught: Any, store: Store, told: Any) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    count = len(told())
    ill = {"kind": "trainer_ill", "trainer_id": trainer_id(1), "first": "2017-09-01", "last": "2017-12-31"}

    run_id, plan = solved(taught, store, repair=ill)
    assert [(day.host_code, day.date, day.body_codes) for day in plan.days] == [
        ("H1", FIRST_DAY, ("A", "B")),
        ("H2", date(2017, 9, 25), ("C",)),
    ]
    assert trainer_id(1) not in plan.days[0].trainer_ids
    assert taught.preview_publication(run_id=run_id)["people"] == 0
    taught.publish(run_id=run_id, actor="staff")
    assert [type(event) for event in told()[count:] if type(event) in (AppointmentMoved, PlanPublished)] == [
        PlanPublished
    ]


def test_in_the_middle_of_the_programme_what_was_held_stays(
    taught: Any, store: Store, told: Any, seats: Any, clock: MovableClock
) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    clock.advance(days=79)  # the first day is over, the second is to come
    assert (
        refusal(
            taught.start_run,
            programme_id=str(PROGRAMME),
            parameters={"repair": {"kind": "host_cancels", "host_code": "H1"}},
            actor="staff",
        )[0]
        == "already_started"
    )

    count = len(told())
    run_id, plan = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H2"})
    assert (plan.days[0].date, plan.days[0].host_code, plan.days[0].body_codes) == (FIRST_DAY, "H1", ("A", "B"))
    assert plan.days[1].host_code == "H3"
    taught.publish(run_id=run_id, actor="staff")
    news = [event for event in told()[count:] if type(event) in (AppointmentMoved, PlaceAssigned, PlaceReleased)]
    assert [(event.kind, event.host_code) for event in news] == [("training_day", "H3")]
    assert {(number, delegate) for _, number, delegate, _ in seats()} == {
        (1, named("A1")),
        (1, named("A2")),
        (1, named("B1")),
        (1, named("B2")),
        (2, named("C1")),
        (2, named("C2")),
    }


def test_a_plan_that_changes_the_past_is_refused(taught: Any, store: Store, clock: MovableClock) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    clock.advance(days=79)
    other = planned(store, "other", ["AB", "C"], hosts={1: "H9"})
    assert refusal(taught.publish, run_id=other, actor="staff") == ("already_published", {})
    assert refusal(taught.preview_publication, run_id=other) == ("already_published", {})


def test_the_database_has_no_second_run_while_one_is_asked_for(taught: Any, store: Store) -> None:
    asked(taught, store)
    assert refusal(taught.start_run, programme_id=str(PROGRAMME), actor="staff") == ("run_already_active", {})
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Run)) == 1


def test_a_place_that_cancelled_is_no_substitute_for_the_next_that_cancels(taught: Any, store: Store) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    first, _ = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H1"})
    taught.publish(run_id=first, actor="staff")
    _, problem = asked(taught, store, repair={"kind": "host_cancels", "host_code": "H3"})
    assert problem.rules.excluded_hosts == {"H1", "H3"}


def test_who_was_ill_stays_ill_in_the_next_repair(taught: Any, store: Store) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    ill = {"kind": "trainer_ill", "trainer_id": trainer_id(1), "first": "2017-09-18", "last": "2017-09-20"}
    first, _ = solved(taught, store, repair=ill)
    taught.publish(run_id=first, actor="staff")
    _, problem = asked(taught, store, repair={"kind": "host_cancels", "host_code": "H2"})
    (trainer,) = [each for each in problem.trainers if each.id == trainer_id(1)]
    assert trainer.unavailable == {date(2017, 9, day) for day in (18, 19, 20)}


@pytest.mark.parametrize(
    "repair",
    [
        {"kind": "host_cancels", "host_code": "H2"},
        {"kind": "trainer_ill", "trainer_id": trainer_id(2), "first": "2017-12-01", "last": "2017-12-01"},
    ],
)
def test_who_is_no_trainer_any_more_teaches_nothing_after_a_repair(
    taught: Any, store: Store, repair: dict[str, Any]
) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    taught.change_trainer(trainer_id=trainer_id(1), changes={"usable": False})
    _, plan = solved(taught, store, repair=repair)
    assert [trainer_id(1) in day.trainer_ids for day in plan.days] == [False, False]


def test_who_is_no_trainer_any_more_has_taught_what_was_held(taught: Any, store: Store, clock: MovableClock) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    clock.advance(days=79)
    taught.change_trainer(trainer_id=trainer_id(1), changes={"usable": False})
    _, plan = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H2"})
    assert [trainer_id(1) in day.trainer_ids for day in plan.days] == [True, False]


@pytest.mark.parametrize(("number", "repair"), [(1, "trainer_ill"), (1, "host_cancels"), (2, "trainer_ill")])
def test_who_cannot_come_where_it_was_moved_by_hand_is_replaced_and_the_date_stays(
    taught: Any, store: Store, number: int, repair: str
) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    items = taught.appointments(programme_id=str(PROGRAMME))["items"]
    moved = next(one["id"] for one in items if one["number"] == number)
    to = "2017-10-14T08:00:00+00:00"  # a Saturday
    taught.move_appointment(appointment_id=moved, starts_at=to, actor="staff", reason="asked for")
    asks: dict[str, Any] = {"kind": "host_cancels", "host_code": "H2"}
    if repair == "trainer_ill":
        asks = {"kind": repair, "trainer_id": trainer_id(number), "first": "2017-10-01", "last": "2017-12-31"}
    else:
        taught.change_trainer(trainer_id=trainer_id(number), changes={"unavailable": ["2017-10-14"]})
    run_id, plan = solved(taught, store, repair=asks)
    day = next(day for day in plan.days if day.number == number)
    assert day.date == date(2017, 10, 14)
    assert (len(day.trainer_ids), trainer_id(number) in day.trainer_ids) == (1, False)
    taught.publish(run_id=run_id, actor="staff")
    assert taught.appointment(appointment_id=moved)["starts_at"] == to


def test_what_was_moved_by_hand_stays_with_all_its_seats_in_one_repair_after_the_other(
    taught: Any, store: Store
) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    moved = taught.appointments(programme_id=str(PROGRAMME))["items"][0]["id"]
    to = "2017-10-14T08:00:00+00:00"
    taught.move_appointment(appointment_id=moved, starts_at=to, actor="staff", reason="asked for")
    ill = {"kind": "trainer_ill", "trainer_id": trainer_id(2), "first": "2017-09-25", "last": "2017-09-25"}
    for repair in ({"kind": "host_cancels", "host_code": "H2"}, ill):
        run_id, plan = solved(taught, store, repair=repair)
        assert plan.days[0].date == date(2017, 10, 14)
        taught.publish(run_id=run_id, actor="staff")
        found = taught.appointment(appointment_id=moved)
        assert (found["starts_at"], found["revision"], found["taken"], found["capacity"]) == (to, 1, 4, 10_000)
    run_id, plan = solved(taught, store, based_on=run_id)
    assert plan.days[0].date == date(2017, 10, 14)


def test_where_nobody_else_can_come_what_was_moved_by_hand_moves_again(taught: Any, store: Store) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    moved = taught.appointments(programme_id=str(PROGRAMME))["items"][0]["id"]
    to = "2017-10-14T08:00:00+00:00"
    taught.move_appointment(appointment_id=moved, starts_at=to, actor="staff", reason="asked for")
    for number in (0, 2, 3):
        taught.change_trainer(trainer_id=trainer_id(number), changes={"unavailable": ["2017-10-14"]})
    ill = {"kind": "trainer_ill", "trainer_id": trainer_id(1), "first": "2017-10-14", "last": "2017-10-14"}
    _, plan = solved(taught, store, repair=ill)
    assert plan.days[0].date != date(2017, 10, 14)


@pytest.mark.parametrize(
    ("again", "topics"),
    [
        ({"repair": {"kind": "host_cancels", "host_code": "H2"}}, ["asylum", "asylum"]),
        ({"based_on": str(named("run"))}, ["asylum", "schools"]),
    ],
)
def test_what_only_somebody_knew_who_is_no_trainer_any_more_is_known_to_nobody(
    taught: Any, store: Store, clock: MovableClock, again: dict[str, Any], topics: list[str]
) -> None:
    for number in (1, 2, 3):
        taught.change_trainer(trainer_id=trainer_id(number), changes={"skills": ["asylum", "schools"]})
    taught.publish(run_id=planned(store, "run", ["AB", "C"], webinars=("asylum", "housing")), actor="staff")
    clock.advance(days=70, hours=12)  # the first webinar is over, the second is to come
    taught.change_trainer(trainer_id=trainer_id(0), changes={"usable": False})
    _, plan = solved(taught, store, **again)
    assert plan.webinars[0].speaker_id == trainer_id(0)
    assert sorted(webinar.topic for webinar in plan.webinars) == topics


@pytest.mark.parametrize("called_off", ["before", "after"])
def test_what_was_called_off_stays_so_in_a_repair_of_something_else(
    taught: Any, store: Store, told: Any, seats: Any, called_off: str
) -> None:
    base = planned(store, "run", ["AB", "C"], webinars=("asylum",))
    taught.publish(run_id=base, actor="staff")
    rows = {
        (one["kind"], one["number"]): one["id"] for one in taught.appointments(programme_id=str(PROGRAMME))["items"]
    }

    def call_off() -> None:
        for key in (("training_day", 2), ("webinar", 1)):
            taught.cancel_appointment(appointment_id=rows[key], actor="staff", reason="snow")

    if called_off == "before":
        call_off()
    ill = {"kind": "trainer_ill", "trainer_id": trainer_id(1), "first": "2017-09-18", "last": "2017-09-18"}
    run_id, plan = solved(taught, store, repair=ill)
    assert [(day.number, day.host_code, day.date) for day in plan.days] == [
        (1, "H1", FIRST_DAY),
        (2, "H2", date(2017, 9, 25)),
    ]
    if called_off == "after":
        call_off()
    before, count = seats(), len(told())
    preview = taught.preview_publication(run_id=run_id)
    assert (preview["people"], preview["scheduled"], preview["moved"], preview["cancelled"]) == (0, [], [], 0)
    if called_off == "before":
        assert [each["number"] for each in taught.compare_runs(run_id=base, other_id=run_id)["days"]] == [1]
    taught.publish(run_id=run_id, actor="staff")
    assert ([type(event) for event in told()[count:]], seats()) == ([PlanPublished], before)
    assert {taught.appointment(appointment_id=rows[key])["state"] for key in rows if key[1] != 1} == {"cancelled"}
    assert [(day["change"], day["date"]) for day in taught.plan(run_id=run_id)["days"]] == [
        (None, "2017-09-18"),
        ("called_off", "2017-09-25"),
    ]

    again, plan = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H1"})
    assert [(day.number, day.host_code) for day in plan.days] == [(1, "H3"), (2, "H2")]
    taught.publish(run_id=again, actor="staff")
    assert taught.appointment(appointment_id=rows["training_day", 2])["state"] == "cancelled"
    _, plan = solved(taught, store, based_on=again)
    assert all(day.trainer_ids for day in plan.days), "planned anew it is held"


def test_the_trainers_of_what_was_called_off_are_free_for_a_repair_and_told_that_it_is_off(
    taught: Any, store: Store
) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    rows = taught.appointments(programme_id=str(PROGRAMME))["items"]
    off = next(one["id"] for one in rows if one["number"] == 2)
    taught.cancel_appointment(appointment_id=off, actor="staff", reason="snow")
    first = next(one["id"] for one in rows if one["number"] == 1)
    taught.move_appointment(
        appointment_id=first, starts_at="2017-09-25T07:00:00+00:00", actor="staff", reason="asked for"
    )
    for number in (0, 3):
        taught.change_trainer(trainer_id=trainer_id(number), changes={"unavailable": ["2017-09-25"]})
    ill = {"kind": "trainer_ill", "trainer_id": trainer_id(1), "first": "2017-09-25", "last": "2017-09-25"}
    run_id, plan = solved(taught, store, repair=ill)
    assert [(day.date, day.trainer_ids) for day in plan.days] == [
        (date(2017, 9, 25), (trainer_id(2),)),
        (date(2017, 9, 25), ()),
    ]
    taught.publish(run_id=run_id, actor="staff")
    trainers = {one["name"]: one for one in taught.plan(run_id=run_id)["trainers"]}
    assert [one["id"] for one in trainers["Trainer 2"]["relieved"]] == [off]
    assert [(each["number"], each["date"]) for each in trainers["Trainer 2"]["engagements"]] == [(1, "2017-09-25")]


def test_a_place_of_which_the_day_was_called_off_may_still_be_replaced(taught: Any, store: Store) -> None:
    taught.publish(run_id=planned(store, "run", ["AB", "C"]), actor="staff")
    rows = taught.appointments(programme_id=str(PROGRAMME))["items"]
    off = next(one["id"] for one in rows if one["number"] == 2)
    taught.cancel_appointment(appointment_id=off, actor="staff", reason="snow")
    run_id, plan = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H2"})
    assert [(day.number, day.host_code, day.body_codes) for day in plan.days] == [
        (1, "H1", ("A", "B")),
        (2, "H3", ("C",)),
    ]
    assert [one["host_name"] for one in taught.preview_publication(run_id=run_id)["scheduled"]] == ["Sede H3"]
