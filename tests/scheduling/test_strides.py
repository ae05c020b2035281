"""Many values in one question, more than a statement of either database takes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from chassis.database import Store
from services.scheduling import desk, filling
from services.scheduling.models import Appointment, Delegate, Place, PlannedBody, RunSketch
from services.scheduling.strides import among
from tests.scheduling.builders import PROGRAMME, adhesion_confirmed, delegate_registered, named, planned

MANY = 70_000
"""SQLite takes 32,766 values, PostgreSQL 65,535."""
HOST = {"province": "VT", "region": "Lazio", "latitude": 42.4, "longitude": 12.1, "venue": "Sala"}


def test_rows_are_found_among_very_many_values(scheduling: Any, store: Store) -> None:
    codes = [f"H{number}" for number in range(MANY)]
    for code in (codes[0], codes[-1]):
        scheduling.add_host(host={**HOST, "code": code, "name": code})
    run_id = planned(store, "run", ["A"])
    with store.transaction() as session:
        session.add(RunSketch(run_id=named("run"), number=1, places={code: [] for code in codes}))

    hosts = scheduling.run_sketch(run_id=run_id)["hosts"]
    assert sorted(host["code"] for host in hosts) == [codes[0], codes[-1]]


def test_desks_of_very_many_appointments_are_cleared(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("A1", "A")])
    scheduling.publish(run_id=planned(store, "run", ["A"]), actor="staff")
    (day,) = scheduling.appointments(programme_id=str(PROGRAMME))["items"]
    desks = {"account_ids": [str(named("desk"))], "appointment_ids": [day["id"]]}
    scheduling.assign_desk(assignment=desks, actor="staff")
    with store.transaction() as session:
        ids = [*session.scalars(sa.select(Appointment.id)), *(uuid4() for _ in range(MANY))]
        assert [event.account_id for event in desk.clear(session, PROGRAMME, ids)] == [named("desk")]


def test_delegates_of_very_many_bodies_in_parts_have_their_days(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment(
        [adhesion_confirmed("A"), delegate_registered("A1", "A"), delegate_registered("A2", "A", minute=1)]
    )
    planned(store, "run", [["A~1"], ["A~2"]], demand=1)
    days = {"A~1": uuid4(), "A~2": uuid4()}
    others = [f"B{number:05}" for number in range(MANY // 2)]
    with store.transaction() as session:
        row = dict(session.execute(sa.select(PlannedBody.__table__)).mappings().first() or {})
        rows = [
            {**row, "position": 10 + 2 * n + part, "code": f"{code}~{part}", "body_code": code, "day": part}
            for n, code in enumerate(others)
            for part in (1, 2)
        ]
        session.execute(sa.insert(PlannedBody), rows)
        days |= {one["code"]: uuid4() for one in rows}
        own = filling.days_of_parts(session, PROGRAMME, named("run"), days)
    assert own == {named("A1"): days["A~1"], named("A2"): days["A~2"]}


def test_among_gives_no_row_twice(scheduling: Any, store: Store) -> None:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("A1", "A")])
    with store.read() as session:
        ids = [named("A1")] * MANY
        assert list(among(session, sa.select(Delegate.id), Delegate.id, ids)) == [(named("A1"),)]
        assert list(among(session, sa.select(Place.id), Place.id, [])) == []
