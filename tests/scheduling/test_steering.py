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
    adhesion_confirmed,
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


def test_two_plans_side_by_side(taught: Any, store: Store) -> None:
    one, other = planned(store, "one", ["AB", "C"]), planned(store, "two", ["A", "BC"], hosts={2: "H3"})
    found = taught.compare_runs(run_id=one, other_id=other)
    assert [run["id"] for run in found["runs"]] == [one, other]
    assert [move["code"] for move in found["moves"]] == ["B", "C"]
    assert [(move["from"], move["to"]) for move in found["moves"]] == [("Sede H1", "Sede H3"), ("Sede H2", "Sede H3")]
    assert [(day["number"], day["sides"][0]["host_code"], day["sides"][1]["host_code"]) for day in found["days"]] == [
        (2, "H2", "H3")
    ]
    assert [side["bodies"] for side in found["regions"][0]["sides"]] == [3, 3]
    assert taught.compare_runs(run_id=one, other_id=one)["moves"] == []
    spoken = planned(store, "three", ["AB", "C"], webinars=("asylum",))
    (webinar,) = taught.compare_runs(run_id=one, other_id=spoken)["webinars"]
    assert (webinar["number"], webinar["sides"][0], webinar["sides"][1]["speaker"]) == (1, None, "Trainer 0")
    with pytest.raises(Missing):
        taught.compare_runs(run_id=one, other_id=str(named("nothing")))


def test_a_published_plan_is_compared_as_it_stands_now(taught: Any, store: Store) -> None:
    one = planned(store, "one", ["AB", "C"], webinars=("asylum",))
    taught.publish(run_id=one, actor="staff")
    rows = {
        (row["kind"], row["number"]): row["id"] for row in taught.appointments(programme_id=str(PROGRAMME))["items"]
    }
    said = {"actor": "staff", "reason": "asked for"}
    taught.move_appointment(appointment_id=rows["training_day", 1], starts_at="2017-10-14T08:00:00+00:00", **said)
    taught.move_appointment(appointment_id=rows["webinar", 1], starts_at="2017-09-11T14:00:00+00:00", **said)
    taught.cancel_appointment(appointment_id=rows["training_day", 2], **said)

    def dates(other: str) -> list[list[str | None]]:
        found = taught.compare_runs(run_id=one, other_id=other)
        rows = [*found["days"], *found["webinars"]]
        return [[side and f"{side['date']} {side.get('starts', '')}".strip() for side in row["sides"]] for row in rows]

    same = planned(store, "same", ["AB", "C"], webinars=("asylum",))
    assert dates(same) == [
        ["2017-10-14", "2017-09-18"],
        [None, "2017-09-25"],
        ["2017-09-11 16:00", "2017-09-11 15:00"],
    ]
    assert dates(one) == []


def test_a_published_repair_is_compared_with_its_base_as_it_was_made(taught: Any, store: Store) -> None:
    base = planned(store, "one", ["AB", "C"])
    taught.publish(run_id=base, actor="staff")
    run_id, _ = solved(taught, store, repair={"kind": "host_cancels", "host_code": "H1"})
    taught.publish(run_id=run_id, actor="staff")
    made = taught.compare_runs(run_id=base, other_id=run_id)["days"]
    moved = taught.appointments(programme_id=str(PROGRAMME))["items"][1]["id"]
    to = "2017-10-14T08:00:00+00:00"
    taught.move_appointment(appointment_id=moved, starts_at=to, actor="staff", reason="asked for")
    assert [[side["host_code"] for side in day["sides"]] for day in made] == [["H1", "H3"]]
    assert taught.compare_runs(run_id=base, other_id=run_id)["days"] == made
    other = planned(store, "two", ["AB", "C"])
    found = taught.compare_runs(run_id=run_id, other_id=other)["days"]
    assert [[side["date"] for side in day["sides"]] for day in found][1] == ["2017-10-14", "2017-09-25"]


def test_who_moves_is_told_by_pages_and_looked_for(taught: Any, store: Store) -> None:
    one = planned(store, "one", ["ABCD", "E"], regions={"B": "Umbria"})
    other = planned(store, "two", ["AF", "BCE"], hosts={2: "H3"}, regions={"B": "Umbria"})
    everybody = [("B", "Sede H1", "Sede H3"), ("C", "Sede H1", "Sede H3"), ("D", "Sede H1", None)]
    everybody += [("E", "Sede H2", "Sede H3"), ("F", None, "Sede H1")]

    def asked_for(**asked: Any) -> tuple[int, list[tuple[str, str | None, str | None]]]:
        moves, cursor, counts = [], None, set()
        while cursor is not None or not counts:
            found = taught.compare_runs(run_id=one, other_id=other, limit=2, cursor=cursor, **asked)
            moves += [(move["code"], move["from"], move["to"]) for move in found["moves"]]
            cursor = found["next_cursor"]
            counts.add(found["moved"])
            assert len(found["moves"]) <= 2
        return counts.pop(), moves

    assert asked_for() == (5, everybody)
    assert asked_for(query="comune c") == (1, everybody[1:2])
    assert asked_for(region="Umbria") == (1, everybody[:1])
    assert asked_for(host="h2") == (1, everybody[3:4])
    assert asked_for(host="H1", region="Lazio") == (3, [everybody[1], everybody[2], everybody[4]])
    assert asked_for(query="nobody") == (0, [])
    for wrong, field in (({"limit": 0}, "limit"), ({"limit": 5001}, "limit"), ({"cursor": "x"}, "cursor")):
        with pytest.raises(Invalid) as caught:
            taught.compare_runs(run_id=one, other_id=other, **wrong)
        assert list(caught.value.errors) == [field]


def test_why_a_body_goes_where_it_goes(taught: Any, store: Store) -> None:
    taught.hear_enrollment([adhesion_confirmed("D", latitude=42.6), adhesion_confirmed("E", latitude=42.6)])
    run_id, plan = solved(
        taught, store, capacities={"H1": 6, "H2": 10, "H3": 6}, excluded_hosts=["H2"], forbidden=[["A", "H1"]]
    )
    goes = {code: day.host_code for day in plan.days for code in day.body_codes}
    found = taught.why(run_id=run_id, body_code="A")
    reasons = {option["host_code"]: option["reason"] for option in found["options"]}
    assert reasons == {"H1": "forbidden", "H2": "excluded", "H3": "goes_here"}
    assert goes["A"] == "H3"
    extra = {option["host_code"]: option["extra_km"] for option in found["options"]}
    assert extra["H3"] == 0
    assert {option["instead_km"] for option in found["options"]} == {None}
    assert extra["H1"] < 0
    with pytest.raises(Missing):
        taught.why(run_id=run_id, body_code="nobody")


def test_a_place_without_a_day_tells_what_holding_it_there_would_cost(taught: Any, store: Store) -> None:
    run_id, plan = solved(taught, store)
    day = next(day for day in plan.days if "A" in day.body_codes)
    options = taught.why(run_id=run_id, body_code="A")["options"]
    (other,) = [option for option in options if option["reason"] == "not_chosen"]
    assert other["host_code"] not in {each.host_code for each in plan.days}
    assert other["instead_km"] == pytest.approx(len(day.body_codes) * other["extra_km"], abs=0.2)


def test_a_room_that_is_full_tells_what_a_seat_there_would_cost(taught: Any, store: Store) -> None:
    run_id = planned(store, "run", ["AB", "C"], capacity=4)
    found = taught.why(run_id=run_id, body_code="C")
    (full,) = [option for option in found["options"] if option["host_code"] == "H1"]
    assert (full["reason"], full["free"], full["swap_km"]) == ("full", 0, 0.0)


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
