"""A body in parts: its delegates go to more than one day."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.database import Store
from contracts.scheduling import AppointmentMoved, PlaceAssigned, PlaceReleased
from services.scheduling.planner.plan import Plan
from tests.scheduling.builders import delegate_registered, delegate_withdrawn, named, planned
from tests.scheduling.solving import solved


@pytest.fixture
def parted(taught: Any, store: Store) -> tuple[Any, str, Plan]:
    """A sends four and may go to two days; there are three seats at each of the two places that are left."""
    taught.hear_enrollment([delegate_registered(f"A{n}", "A", minute=50 + n) for n in (3, 4)])
    run_id, plan = solved(taught, store, split=["A"], capacities={"H1": 4, "H2": 4}, excluded_hosts=["H3"])
    return taught, run_id, plan


def test_a_body_in_parts_goes_to_two_days_each_delegate_to_one(
    parted: tuple[Any, str, Plan], store: Store, told: Any, seats: Any
) -> None:
    service, run_id, plan = parted
    codes = [set(day.body_codes) for day in plan.days]
    assert sorted(map(len, codes)) == [2, 2]
    assert all(len({"A~1", "A~2"} & each) == 1 for each in codes)
    service.publish(run_id=run_id, actor="staff")
    ours = {named(f"A{n}") for n in range(1, 5)}
    own = {delegate: number for kind, number, delegate, _ in seats() if kind == "training_day" and delegate in ours}
    first, second = (next(day.number for day in plan.days if part in day.body_codes) for part in ("A~1", "A~2"))
    assert own == {named("A1"): first, named("A2"): first, named("A3"): second, named("A4"): second}

    shown = service.plan(run_id=run_id)
    bodies = service.planned_bodies(run_id=run_id, query="A")["items"]
    assert sorted((body["name"], body["delegates"]) for body in bodies) == [
        ("Comune A (1/2)", 2),
        ("Comune A (2/2)", 2),
    ]
    assert shown["run"]["bodies"] == 3
    assert service.why(run_id=run_id, body_code="A")["day"] == first
    assert service.why(run_id=run_id, body_code="A~2")["day"] == second

    before, count = seats(), len(told())
    again, _ = solved(
        service, store, based_on=run_id, stay_km=200, excluded_hosts=["H3"], capacities={"H1": 4, "H2": 4}
    )
    assert service.preview_publication(run_id=again)["people"] == 0
    service.publish(run_id=again, actor="staff")
    assert seats() == before
    assert [event for event in told()[count:] if type(event) in (AppointmentMoved, PlaceAssigned, PlaceReleased)] == []


def test_who_comes_late_to_a_body_in_parts_goes_where_there_is_room(parted: tuple[Any, str, Plan], seats: Any) -> None:
    service, run_id, plan = parted
    service.publish(run_id=run_id, actor="staff")
    service.hear_enrollment([delegate_withdrawn("B1", "B")])
    service.hear_enrollment([delegate_registered("A5", "A", minute=90)])
    day = next(day.number for day in plan.days if "B" in day.body_codes)
    late = [seat for seat in seats() if seat[0] == "training_day" and seat[2] == named("A5")]
    assert [(number, state) for _, number, _, state in late] == [(day, "assigned")]


def test_a_plan_in_parts_beside_one_that_is_whole_moves_only_the_part_that_moves(
    parted: tuple[Any, str, Plan], store: Store
) -> None:
    service, run_id, plan = parted
    one = planned(store, "whole", ["AB", "C"])
    moves = service.compare_runs(run_id=one, other_id=run_id)["moves"]
    gone = {code for day in plan.days if day.host_code != "H1" for code in day.body_codes if code.startswith("A")}
    assert [move["code"] for move in moves if move["code"] == "A"] == ["A"] * len(gone)
    figures = service.compare_runs(run_id=one, other_id=run_id)["figures"]
    assert [side["bodies"] for side in figures] == [3, 3]
