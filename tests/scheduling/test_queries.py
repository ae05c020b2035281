"""What the gateway reads: pages, plans, places, and what it is answered when it asks for nonsense."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.database import Store
from chassis.refusal import Invalid, Missing
from services.scheduling.models import Host, Trainer
from tests.scheduling.builders import PROGRAMME, named, planned
from tests.scheduling.conftest import walk


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
    for call in (published.run, published.plan, published.planned_bodies, published.plan_map):
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
