"""Plans as the gateway reads them: as they were made, who goes where, and what became of their dates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from chassis.database import Store
from chassis.refusal import Invalid, Unavailable
from services.scheduling.layout import lay_out
from services.scheduling.models import PlanDigest, PlannedBody
from services.scheduling.planner.plan import Case, Plan, Proof
from services.scheduling.service import SchedulingService
from tests.scheduling.builders import PROGRAMME, named, planned, trainer_id
from tests.scheduling.conftest import walk
from tests.scheduling.solving import asked, solved


def test_a_plan_is_told_with_names_and_kilometres(published: Any) -> None:
    plan = published.plan(run_id=str(named("run")))

    assert plan["run"]["state"] == "published"
    appointment = plan["days"][1].pop("appointment")
    assert (appointment["state"], appointment["starts_at"]) == ("scheduled", "2017-09-25T07:00:00+00:00")
    assert plan["days"][1] == {
        "number": 2,
        "host_code": "H2",
        "host_name": "Sede H2",
        "province": "VT",
        "region": "Lazio",
        "latitude": 42.4,
        "longitude": 12.1,
        "capacity": 5,
        "seated": 2,
        "date": "2017-09-25",
        "planned_date": "2017-09-25",
        "starts": "09:00",
        "planned_starts": "09:00",
        "change": None,
        "trainers": [{"id": trainer_id(2), "name": "Trainer 2"}],
        "guests": 1,
    }
    del plan["webinars"][0]["appointment"]
    assert plan["webinars"][0] == {
        "number": 1,
        "topic": "asylum",
        "title_it": "Tema asylum",
        "title_en": "Topic asylum",
        "date": "2017-09-11",
        "planned_date": "2017-09-11",
        "change": None,
        "starts": "15:00",
        "planned_starts": "15:00",
        "speaker": "Trainer 0",
        "interested": 1,
    }


@pytest.fixture
def spread(scheduling: Any, store: Store) -> str:
    """A plan of five bodies, two of them a boat away from their training day."""
    return planned(store, "spread", ["DBA", "CE"], hosts={2: "Altrove"}, regions={"A": "Sardegna", "C": "Sardegna"})


@pytest.mark.parametrize("limit", [1, 2, 5000])
def test_bodies_come_by_day_and_name(scheduling: Any, spread: str, limit: int) -> None:
    items = walk(scheduling.planned_bodies, limit, run_id=spread)

    assert [(one["code"], one["day"], one["host_name"]) for one in items] == [
        *((code, 1, "Sede H1") for code in "ABD"),
        *((code, 2, "Sede Altrove") for code in "CE"),
    ]
    assert items[1] == {
        "code": "B",
        "planned_as": "B",
        "name": "Comune B",
        "region": "Lazio",
        "delegates": 2,
        "day": 1,
        "host_code": "H1",
        "host_name": "Sede H1",
        "km": 0.0,
        "by_boat": False,
    }
    assert {one["number"]: sorted(one["bodies"]) for one in scheduling.plan_map(run_id=spread)["days"]} == {
        1: ["A", "B", "D"],
        2: ["C", "E"],
    }


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"query": "comune b"}, "B"),
        ({"query": " D "}, "D"),
        ({"query": "comune"}, "ABDCE"),
        ({"query": "%"}, ""),
        ({"host": "ALTROVE"}, "CE"),
        ({"region": "Sardegna"}, "AC"),
        ({"region": "sardegna"}, ""),
        ({"day": 2}, "CE"),
        ({"day": 3}, ""),
        ({"by_boat": True}, "AC"),
        ({"query": "comune", "host": "sede h1", "region": "Lazio"}, "BD"),
    ],
)
def test_bodies_are_looked_for(scheduling: Any, spread: str, asked: dict[str, Any], codes: str) -> None:
    found = scheduling.planned_bodies(run_id=spread, **asked, limit=2)

    assert found["total"] == len(codes)
    assert [one["code"] for one in walk(scheduling.planned_bodies, 2, run_id=spread, **asked)] == list(codes)


@pytest.mark.parametrize("wrong", [{"day": "1"}, {"day": -1}, {"day": 2**31}, {"day": True}, {"limit": 5001}])
def test_bodies_are_not_looked_for_in_nonsense(scheduling: Any, spread: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        scheduling.planned_bodies(run_id=spread, **wrong)
    assert caught.value.errors == {next(iter(wrong)): ["out_of_range"]}


def test_the_longest_trips_by_boat_are_told_with_the_plan(scheduling: Any, spread: str) -> None:
    plan = scheduling.plan(run_id=spread)

    assert plan["by_boat"] == 2
    assert [(one["code"], one["host_name"]) for one in plan["across_water"]] == [
        ("A", "Sede H1"),
        ("C", "Sede Altrove"),
    ]
    assert {region["region"]: (region["bodies"], region["days_held"]) for region in plan["regions"]} == {
        "Lazio": (3, 2),
        "Sardegna": (2, 0),
    }
    assert (plan["mainland_longest_km"], plan["islands_longest_km"]) == (0.0, plan["across_water"][0]["km"])


def test_whoever_reads_a_plan_need_not_read_its_proof(taught: Any, store: Store) -> None:
    (run_id, plan), (_, problem) = solved(taught, store), asked(taught, store)
    proved = replace(plan, case=Case(), further_proofs=(Proof(plan.offers, plan.crowds),))
    with store.transaction() as session:
        session.execute(sa.delete(PlannedBody))
        session.execute(sa.delete(PlanDigest))
        lay_out(session, UUID(run_id), problem, proved)
        digest = session.scalars(sa.select(PlanDigest.digest)).one()

    kept = Plan.from_json(digest["plan"])
    assert plan.offers
    assert (kept.offers, kept.crowds, kept.further_proofs, kept.case) == ({}, (), (), None)
    assert (kept.cost_km, len(kept.days)) == (plan.cost_km, len(plan.days))


def test_a_plan_that_an_older_version_kept_is_laid_out_by_whoever_is_idle(
    scheduling: Any, store: Store, spread: str
) -> None:
    before = scheduling.plan(run_id=spread), scheduling.planned_bodies(run_id=spread)
    with store.transaction() as session:
        session.execute(sa.delete(PlannedBody))
        session.execute(sa.delete(PlanDigest))
    for call in (scheduling.plan, scheduling.planned_bodies, scheduling.plan_map):
        with pytest.raises(Unavailable):
            call(run_id=spread)

    assert (scheduling.plan_runs(), scheduling.plan_runs()) == (True, False)
    assert (scheduling.plan(run_id=spread), scheduling.planned_bodies(run_id=spread)) == before


def test_a_published_plan_is_told_with_the_dates_that_hold_now(published: Any, store: Store) -> None:
    found = published.appointments(programme_id=str(PROGRAMME))["items"]
    rows = {(one["kind"], one["number"]): one["id"] for one in found}
    said = {"actor": "staff", "reason": "closed"}
    published.move_appointment(appointment_id=rows["training_day", 1], starts_at="2017-10-12T08:00:00+00:00", **said)
    published.move_appointment(appointment_id=rows["webinar", 1], starts_at="2017-09-11T14:30:00+00:00", **said)
    published.cancel_appointment(appointment_id=rows["training_day", 2], **said)

    plan = published.plan(run_id=str(named("run")))
    assert [
        (one["date"], one["planned_date"], one["change"], one["appointment"]["state"], one["appointment"]["revision"])
        for one in (*plan["days"], *plan["webinars"])
    ] == [
        ("2017-10-12", "2017-09-18", "moved", "scheduled", 1),
        ("2017-09-25", "2017-09-25", "called_off", "cancelled", 1),
        ("2017-09-11", "2017-09-11", "moved", "scheduled", 1),
        ("2017-09-12", "2017-09-12", None, "scheduled", 0),
    ]
    assert [one["starts"] for one in plan["webinars"]] == ["16:30", "15:00"]
    assert {
        one["name"]: [(each["date"], each["kind"], each["change"]) for each in one["engagements"]]
        for one in plan["trainers"]
    } == {
        "Trainer 0": [("2017-09-11", "webinar", "moved"), ("2017-09-12", "webinar", None)],
        "Trainer 1": [("2017-10-12", "training_day", "moved")],
        "Trainer 2": [("2017-09-25", "training_day", "called_off")],
    }

    published.publish(run_id=planned(store, "next", ["AB", "C"], capacity=5), actor="staff")
    former = published.plan(run_id=str(named("run")))
    assert {(one["date"], one["change"]) for one in former["days"]} == {("2017-09-18", None), ("2017-09-25", None)}
    assert {one["change"] for one in published.plan(run_id=str(named("next")))["days"]} == {None}


def test_a_day_that_was_moved_in_its_hour_alone_is_moved(published: Any, store: Store, worker: Any) -> None:
    run_id = str(named("run"))
    found = published.appointments(programme_id=str(PROGRAMME))["items"]
    first = next(one["id"] for one in found if (one["kind"], one["number"]) == ("training_day", 1))

    def days(service: Any) -> list[tuple[str, str, str, str | None]]:
        plan = service.plan(run_id=run_id)
        engaged = {one["name"]: one["engagements"][0] for one in plan["trainers"]}
        rows = [
            (day["date"], day["starts"], day["planned_starts"], day["change"])
            for day in (*plan["days"], engaged["Trainer 1"], engaged["Trainer 2"])
        ]
        assert rows[:2] == rows[2:]
        return rows[:2]

    def move(to: str) -> None:
        published.move_appointment(appointment_id=first, starts_at=to, actor="staff", reason="later")

    move("2017-09-18T08:00:00+00:00")
    assert days(published) == [("2017-09-18", "10:00", "09:00", "moved"), ("2017-09-25", "09:00", "09:00", None)]
    move("2017-09-18T07:00:00+00:00")
    assert days(published) == [("2017-09-18", "09:00", "09:00", None), ("2017-09-25", "09:00", "09:00", None)]
    later = worker(SchedulingService, store, workshop=None, day_starts="09:30")
    assert [change for _, _, _, change in days(later)][1] is None, "nobody moved it: another hour is for later plans"


def test_who_was_replaced_is_told_what_is_no_longer_theirs_until_it_is_theirs_again(
    published: Any, store: Store
) -> None:
    def publish(name: str, days: list[str], team: dict[int, int] | None = None) -> dict[str, Any]:
        run_id = planned(store, name, days, capacity=5, webinars=("asylum", "housing"), team=team)
        published.publish(run_id=run_id, actor="staff")
        plan = published.plan(run_id=run_id)
        assert {day["appointment"]["revision"] for day in plan["days"]} == {0}, "the guests' invitations are the same"
        changes = {day["number"]: day["appointment"]["team_changes"] for day in plan["days"]}
        return {
            "changes": changes,
            **{
                one["name"]: (
                    [(each["kind"], each["number"]) for each in one["engagements"]],
                    [(each["number"], each["state"], each["team_changes"]) for each in one["relieved"]],
                )
                for one in plan["trainers"]
            },
        }

    speaker = ([("webinar", 1), ("webinar", 2)], [])
    assert publish("same", ["AB", "C"]) == {
        "changes": {1: 0, 2: 0},
        "Trainer 0": speaker,
        "Trainer 1": ([("training_day", 1)], []),
        "Trainer 2": ([("training_day", 2)], []),
    }
    assert publish("replaced", ["AB", "C"], {1: 2, 2: 2}) == {
        "changes": {1: 1, 2: 0},
        "Trainer 0": speaker,
        "Trainer 1": ([], [(1, "cancelled", 1)]),
        "Trainer 2": ([("training_day", 1), ("training_day", 2)], []),
    }
    assert publish("back", ["AB", "C"]) == {
        "changes": {1: 2, 2: 0},
        "Trainer 0": speaker,
        "Trainer 1": ([("training_day", 1)], []),
        "Trainer 2": ([("training_day", 2)], [(1, "cancelled", 2)]),
    }
    assert publish("fewer", ["ABC"]) == {
        "changes": {1: 2},
        "Trainer 0": speaker,
        "Trainer 1": ([("training_day", 1)], []),
        "Trainer 2": ([], [(1, "cancelled", 2), (2, "cancelled", 0)]),
    }
    first = published.plan(run_id=str(named("run")))
    assert [one["relieved"] for one in first["trainers"]] == [[], [], []]
