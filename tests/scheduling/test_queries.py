"""What the gateway reads: pages, plans, places, and what it is answered when it asks for nonsense."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import ValidationError

from chassis.database import Store
from chassis.refusal import Invalid, Missing, Unavailable
from services.scheduling.models import Host, PlanDigest, PlannedBody, Trainer
from services.scheduling.service import SchedulingService
from tests.scheduling.builders import PROGRAMME, adhesion_confirmed, delegate_registered, named, planned, trainer_id


@pytest.fixture
def published(scheduling: Any, store: Store) -> Any:
    scheduling.hear_enrollment([adhesion_confirmed(code) for code in "ABC"])
    scheduling.hear_enrollment([delegate_registered(f"A{n}", "A", minute=n // 2) for n in range(7)])
    run = planned(store, "run", ["AB", "C"], capacity=5, webinars=("asylum", "housing"))
    scheduling.publish(run_id=run, actor="staff")
    return scheduling


def walk(call: Any, limit: int, **arguments: Any) -> list[dict[str, Any]]:
    """All pages, one after the other."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = call(limit=limit, cursor=cursor, **arguments)
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_pages_show_everything_once_in_the_order_of_time(published: Any, limit: int) -> None:
    items = walk(published.appointments, limit, programme_id=str(PROGRAMME))

    assert [(item["kind"], item["number"]) for item in items] == [
        ("webinar", 1),
        ("webinar", 2),
        ("training_day", 1),
        ("training_day", 2),
    ]


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_places_come_in_the_order_of_registration(published: Any, limit: int) -> None:
    [day, _] = published.appointments(programme_id=str(PROGRAMME), kind="training_day")["items"]

    items = walk(published.places, limit, appointment_id=day["id"])

    assert sorted(item["delegate_id"] for item in items) == sorted(str(named(f"A{n}")) for n in range(7))
    assert [item["state"] for item in items] == ["assigned"] * 5 + ["waiting"] * 2
    assert (day["taken"], day["waiting"], day["capacity"], day["recorded"]) == (5, 2, 5, 0)


def test_runs_come_newest_first(scheduling: Any, store: Store, clock: Any) -> None:
    for number in range(5):
        planned(store, f"run {number}", ["A"])
        clock.advance(minutes=1)

    items = walk(scheduling.runs, 2, programme_id=str(PROGRAMME))

    assert [item["id"] for item in items] == [str(named(f"run {number}")) for number in (4, 3, 2, 1, 0)]


def test_hosts_and_trainers(scheduling: Any, store: Store) -> None:
    with store.transaction() as session:
        for code in ("2", "1", "3"):
            session.add(
                Host(
                    code=code,
                    name=f"Host {code}",
                    province="VT",
                    region="Lazio",
                    population=20_000,
                    latitude=42.0,
                    longitude=12.0,
                    venue="Sala",
                )
            )
        session.add(Trainer(id=named("t"), name="T", home="Roma", latitude=1, longitude=2, unavailable=["2017-09-18"]))

    assert [host["code"] for host in walk(scheduling.hosts, 2)] == ["1", "2", "3"]
    assert scheduling.trainers() == {
        "items": [
            {
                "id": str(named("t")),
                "name": "T",
                "home": "Roma",
                "latitude": 1.0,
                "longitude": 2.0,
                "unavailable": ["2017-09-18"],
                "skills": None,
                "most_days": None,
                "most_a_week": None,
                "usable": True,
                "version": 1,
            }
        ]
    }


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
    assert scheduling.plan_guests(run_id=spread) == {"days": {"1": ["A", "B", "D"], "2": ["C", "E"]}}


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


def test_a_plan_that_an_older_version_kept_is_laid_out_by_whoever_is_idle(
    scheduling: Any, store: Store, spread: str
) -> None:
    before = scheduling.plan(run_id=spread), scheduling.planned_bodies(run_id=spread)
    with store.transaction() as session:
        session.execute(sa.delete(PlannedBody))
        session.execute(sa.delete(PlanDigest))
    for call in (scheduling.plan, scheduling.planned_bodies, scheduling.plan_guests):
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


def test_the_places_of_delegates_say_what_and_when(published: Any) -> None:
    items = published.places_of(delegate_ids=[str(named("A6")), str(named("nobody"))])["items"]

    assert [(item["appointment"]["kind"], item["state"]) for item in items] == [
        ("webinar", "assigned"),
        ("webinar", "assigned"),
        ("training_day", "waiting"),
    ]
    assert items[0]["appointment"]["title_it"] == "Tema asylum"
    assert published.places_of(delegate_ids=[]) == {"items": []}
    for wrong in ([str(named(n)) for n in range(501)], ["x"], "x", None):
        with pytest.raises(ValidationError):
            published.places_of(delegate_ids=wrong)


def test_another_programme_has_an_empty_calendar(published: Any) -> None:
    assert published.appointments(programme_id=str(named("other"))) == {"items": [], "next_cursor": None}
    assert published.runs(programme_id=str(named("other"))) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("identity", ["", "x", None, 5, "0" * 10_000, str(named("unknown"))])
def test_what_is_not_there_is_missing(published: Any, identity: Any) -> None:
    for call in (published.appointment, published.places):
        with pytest.raises(Missing):
            call(appointment_id=identity)
    for call in (published.run, published.plan, published.planned_bodies, published.plan_guests):
        with pytest.raises(Missing):
            call(run_id=identity)


@pytest.mark.parametrize("limit", [0, 501, -1, "5", None, 1.5, True])
def test_a_wrong_limit_is_told(published: Any, limit: Any) -> None:
    with pytest.raises(Invalid) as caught:
        published.hosts(limit=limit)
    assert caught.value.errors == {"limit": ["out_of_range"]}


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        5,
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(b'["a", "b"]').decode(),
        base64.urlsafe_b64encode(b'["2017-09-18", "00000000-0000-0000-0000-000000000000"]').decode(),
        base64.urlsafe_b64encode(b"[1, 2]").decode(),
        base64.urlsafe_b64encode(b"7").decode(),
        "A" * 100_000,
    ],
)
def test_a_wrong_cursor_is_told(published: Any, cursor: Any) -> None:
    with pytest.raises(Invalid) as caught:
        published.appointments(programme_id=str(PROGRAMME), cursor=cursor)
    assert caught.value.errors == {"cursor": ["invalid"]}


def test_a_wrong_filter_is_told(published: Any) -> None:
    with pytest.raises(Invalid) as caught:
        published.appointments(programme_id=str(PROGRAMME), kind="party", state=["open"])
    assert caught.value.errors == {"kind": ["invalid"], "state": ["invalid"]}


def test_filters(published: Any) -> None:
    [day, _] = published.appointments(programme_id=str(PROGRAMME), kind="training_day", state="scheduled")["items"]
    published.cancel_appointment(appointment_id=day["id"], actor="staff", reason="Neve")

    items = published.appointments(programme_id=str(PROGRAMME), state="cancelled")["items"]
    assert [item["id"] for item in items] == [day["id"]]
