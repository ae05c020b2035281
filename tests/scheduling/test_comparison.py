"""Plans side by side, who moves from the one to the other, and why a body goes where it goes."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.database import Store
from chassis.refusal import Invalid, Missing
from tests.scheduling.builders import (
    PROGRAMME,
    adhesion_confirmed,
    named,
    planned,
)
from tests.scheduling.solving import solved


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
