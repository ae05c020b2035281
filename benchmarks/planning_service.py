"""A planning question of many bodies through the service itself: asked, planned, checked, kept, published, looked at.

``python -m benchmarks.planning_service [--bodies 10000] [--seconds 10] [--databases sqlite postgresql]``. The store is
filled with invented towns (``planner.towns``), a delegate each; then the entrypoints do the rest, as in the service's
process, with its planner and its auditor as processes beside it. Of each part: seconds, the longest time for which the
event loop was stopped (no heartbeat, no call is answered meanwhile), by the clock and in processor seconds of this
process, which other work on the machine does not lengthen; and what is peculiar to it. The last line is JSON.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import argparse
import gc
import json
import math
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from nameko.testing.services import worker_factory

from benchmarks.planner.towns import continent
from benchmarks.stores import database
from chassis import clock
from chassis.database import OUTBOX, Store
from chassis.outbox import Emitter
from chassis.runner import GARBAGE
from services.scheduling.models import (
    Admission,
    Base,
    CalendarRules,
    Closure,
    Delegate,
    Host,
    Place,
    Programme,
    Trainer,
)
from services.scheduling.service import SchedulingService
from services.scheduling.settings import SchedulingSettings
from services.scheduling.workshop import Workshop

BODIES_A_DAY = 50
WEBINARS = 20
BATCH = 5_000
TICK = 0.005
TOPICS = [{"code": f"t{n}", "title_it": f"Tema {n}", "title_en": f"Topic {n}"} for n in range(WEBINARS)]


class Watch:
    """How long the event loop was stopped at most, by the clock and in processor seconds."""

    def __init__(self) -> None:
        self.stopped = self.worked = 0.0
        eventlet.spawn(self._tick)

    def _tick(self) -> None:
        while True:
            began, worked = time.perf_counter(), time.process_time()
            eventlet.sleep(TICK)
            self.stopped = max(self.stopped, time.perf_counter() - began - TICK)
            self.worked = max(self.worked, time.process_time() - worked)

    @contextmanager
    def part(self, name: str, into: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Measure the block, and print it with what it notes of itself."""
        eventlet.sleep(2 * TICK)
        self.stopped = self.worked = 0.0
        noted: dict[str, Any] = {}
        began, worked = time.perf_counter(), time.process_time()
        yield noted
        seconds, own = time.perf_counter() - began, time.process_time() - worked
        eventlet.sleep(2 * TICK)
        into[name] = {
            "seconds": round(seconds, 2),
            "processor": round(own, 2),
            "stopped": round(self.stopped, 3),
            "stopped_processor": round(self.worked, 3),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            **noted,
        }
        told = ", ".join(f"{key} {value}" for key, value in into[name].items())
        print(f"  {name:24} {told}", flush=True)


def fill(store: Store, bodies: int, programme: UUID | None = None) -> UUID:
    """A programme with so many confirmed bodies, a delegate each, and no other towns and people than those that may
    hold its days: a new one, or this one made so."""
    days = max(bodies // BODIES_A_DAY, 2)
    asked = continent(bodies, days, 1.0, 0)
    programme, today = programme or uuid4(), clock.now().date()
    codes = [topic["code"] for topic in TOPICS]
    admissions = [
        {
            "adhesion_id": uuid4(),
            "sequence": 1,
            "programme_id": programme,
            "body_code": body.code,
            "body_name": body.name,
            "province": body.region,
            "region": body.region,
            "population": 10_000,
            "latitude": body.latitude,
            "longitude": body.longitude,
            "places_requested": 1,
            "topics": [codes[number % WEBINARS], codes[(number + 1) % WEBINARS]],
            "state": "confirmed",
        }
        for number, body in enumerate(asked.bodies)
    ]
    delegates = [
        {
            "id": uuid4(),
            "sequence": 1,
            "programme_id": programme,
            "adhesion_id": row["adhesion_id"],
            "body_code": row["body_code"],
            "role": "official",
            "state": "active",
            "since": datetime(2017, 5, 2, tzinfo=UTC) + timedelta(seconds=number),
        }
        for number, row in enumerate(admissions)
    ]
    with store.transaction() as session:
        for kind in (Closure, Host, Trainer):
            session.execute(sa.delete(kind))
        session.merge(
            Programme(
                id=programme,
                sequence=1,
                code="continent",
                training_from=today + timedelta(days=30),
                training_until=today + timedelta(days=395),
                training_days=days,
                webinars=WEBINARS,
                day_capacity=asked.day_capacity,
                webinar_capacity=math.ceil(bodies / WEBINARS),
                webinars_per_delegate=1,
                trainers_per_day=asked.trainers_per_day,
                day_minutes=480,
                webinar_minutes=90,
                topics=TOPICS,
            )
        )
        session.merge(
            CalendarRules(
                programme_id=programme,
                days_per_date=asked.days_per_date,
                days_per_week=None,
                reachable_km=300.0,
                pauses=[],
                closed_dates=[],
            )
        )
        session.flush()
        hosts = [
            {"code": h.code, "name": h.name, "province": h.province, "region": h.region, "population": 20_000}
            | {"latitude": h.latitude, "longitude": h.longitude, "venue": "Sala", "address": "", "capacity": None}
            | {"usable": True, "version": 1}
            for h in asked.hosts
        ]
        trainers = [
            {"id": uuid4(), "name": t.name, "home": t.name, "latitude": t.latitude, "longitude": t.longitude}
            | {"unavailable": [], "skills": None, "most_days": None, "most_a_week": None, "usable": True, "version": 1}
            for t in asked.trainers
        ]
        for table, rows in ((Host, hosts), (Trainer, trainers), (Admission, admissions), (Delegate, delegates)):
            for start in range(0, len(rows), BATCH):
                session.execute(sa.insert(table.__table__), rows[start : start + BATCH])
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
    return programme


def planned(service: Any, programme: UUID, parameters: dict[str, Any], watch: Watch, into: dict[str, Any]) -> str:
    """Ask for a run and work on it to its end; its id."""
    name = "repair" if "repair" in parameters else "plan"
    with watch.part(f"{name}: asked", into):
        run_id = service.start_run(programme_id=str(programme), parameters=parameters)["id"]
    with watch.part(f"{name}: question", into):
        service.plan_runs()
    with watch.part(f"{name}: search", into) as noted:
        found = service.run(run_id=run_id)
        while found["state"] == "running" and found["phase"] != "auditing":
            service.plan_runs()
            found = service.run(run_id=run_id)
    with watch.part(f"{name}: check and keep", into) as noted:
        while found["state"] not in ("completed", "failed", "stopped"):
            service.plan_runs()
            found = service.run(run_id=run_id)
        noted["gap"] = found["gap"]
        noted["reason"] = found["reason"]
    if found["state"] != "completed":
        raise SystemExit(f"{name}: {found['reason']} {found['facts']}")
    return run_id


def asked_of(service: Any, run_id: str, other: str) -> dict[str, Callable[[], Any]]:
    """What the pages of a plan ask."""
    body = service.planned_bodies(run_id=run_id, limit=1)["items"][0]
    found = {"query": body["name"][:4], "region": body["region"]}
    return {
        "ask: plan": lambda: service.plan(run_id=run_id),
        "ask: its page": lambda: service.plan_page(run_id=run_id),
        "ask: days": lambda: service.planned_days(run_id=run_id),
        "ask: trainers": lambda: service.planned_trainers(run_id=run_id),
        "ask: map": lambda: service.plan_map(run_id=run_id),
        "ask: bodies": lambda: service.planned_bodies(run_id=run_id, **found),
        "ask: bodies, all": lambda: service.planned_bodies(run_id=run_id, limit=5000),
        "ask: why": lambda: service.why(run_id=run_id, body_code=body["code"]),
        "ask: compare": lambda: service.compare_runs(run_id=run_id, other_id=other),
        "foresee": lambda: [service.foresee_publications() for _ in (run_id, other)],
        "ask: preview": lambda: service.preview_publication(run_id=other),
    }


def measured(kind: str, bodies: int, seconds: float) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with database("services.scheduling", Base.metadata, kind) as store:
        watch = Watch()
        began = time.perf_counter()
        programme = fill(store, bodies)
        print(f"{kind}: {bodies:,} bodies written in {time.perf_counter() - began:.1f} s", flush=True)
        settings = SchedulingSettings(database_url=store.url, link_secret="x" * 40, run_overtime=600.0)
        outbox = Emitter("scheduling")
        workshop = Workshop(store, outbox, settings)
        service = worker_factory(SchedulingService, database=store, outbox=outbox, settings=settings, workshop=workshop)
        try:
            first = planned(service, programme, {"seconds": seconds, "detour": 1.3}, watch, figures)
            with watch.part("publish", figures) as noted:
                noted.update(published(service, store, first))
            host = service.appointments(str(programme), kind="training_day", limit=1)["items"][0]["host_code"]
            repair = {"repair": {"kind": "host_cancels", "host_code": host}, "seconds": max(2.0, seconds / 4)}
            second = planned(service, programme, repair, watch, figures)
            for name, work in asked_of(service, first, second).items():
                with watch.part(name, figures) as noted:
                    noted["answer_kb"] = len(json.dumps(work())) // 1024
            with watch.part("publish again", figures) as noted:
                noted.update(published(service, store, second))
        finally:
            workshop.close()
    return figures


def published(service: Any, store: Store, run_id: str) -> dict[str, Any]:
    def events() -> int:
        with store.read() as session:
            return session.scalar(sa.select(sa.func.max(OUTBOX.c.id))) or 0

    before = events()
    answer = service.publish(run_id=run_id, idempotency_key=run_id)
    with store.read() as session:
        places = session.scalar(sa.select(sa.func.count()).select_from(Place).where(Place.state == "assigned"))
    if places != answer["places"]:
        raise SystemExit(f"{places} places instead of {answer['places']}")
    return {"events": events() - before, "places": answer["places"], "waiting": answer["waiting"]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planning_service", description=__doc__)
    parser.add_argument("--bodies", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, help="of the search; without it, what the number of bodies needs")
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    gc.set_threshold(*GARBAGE)  # as the service's process does
    seconds = chosen.seconds or max(2.0, chosen.bodies / 800)
    result = {kind: measured(kind, chosen.bodies, seconds) for kind in chosen.databases}
    print(json.dumps({"bodies": chosen.bodies, "seconds": seconds, **result}))


if __name__ == "__main__":
    main()
