"""Planning runs: asked for, carried out in a process of their own, stopped, lost and taken up again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from chassis import clock as house_clock
from chassis.database import Store
from chassis.outbox import Emitter
from chassis.refusal import KeyReused, Missing
from contracts.scheduling import (
    SchedulingRunCompleted,
    SchedulingRunFailed,
    SchedulingRunProgressed,
    SchedulingRunRequested,
)
from services.scheduling import runs
from services.scheduling.models import Host, Run, Trainer
from services.scheduling.planner_process import PlannerProcess
from services.scheduling.settings import SchedulingSettings
from services.scheduling.workshop import Workshop
from tests.scheduling.builders import PROGRAMME, adhesion_confirmed, adhesion_withdrawn, named, programme_opened
from tests.scheduling.conftest import refusal

DIES = "import sys; sys.stdin.readline(); sys.exit(3)"
BABBLES = "import sys; sys.stdin.readline(); print('no json', flush=True)"
LIES = """
import sys, json; sys.stdin.readline()
print(json.dumps({"plan": {"days": [], "webinars": [], "cost_km": 1.0, "bound_km": 1.0, "gap": 0.0,
    "longest_km": 0.0, "mean_km": 0.0}}), flush=True)
"""
HANGS_AS_AUDITOR = "import sys; sys.stdin.readline(); sys.stdin.readline(); sys.stdin.readline()"
HANGS = """
import sys, json; sys.stdin.readline()
print(json.dumps({"progress": {"phase": "hosts", "share": 0.25, "cost": 1200.5, "bound": None}}), flush=True)
sys.stdin.readline(); sys.stdin.readline()
"""
GIVES_UP_WHEN_ASKED = """
import sys, json; sys.stdin.readline()
print(json.dumps({"progress": {"phase": "hosts", "share": 0.5, "cost": None, "bound": None}}), flush=True)
assert sys.stdin.readline() == "stop\\n"
print(json.dumps({"infeasible": {"reason": "no_time", "facts": {"seconds": 1}}}), flush=True)
"""


@pytest.fixture
def ready(scheduling: Any, store: Store) -> Any:
    """Twelve bodies in three provinces, hosts and trainers."""
    scheduling.hear_enrollment([programme_opened(sequence=2, day_capacity=20)])
    scheduling.hear_enrollment(
        [adhesion_confirmed(f"B{n}", latitude=41.0 + n / 10, longitude=12.0 + n / 20) for n in range(12)]
    )
    with store.transaction() as session:
        for n in range(4):
            session.add(
                Host(
                    code=f"H{n}",
                    name=f"Host {n}",
                    province="VT",
                    region="Lazio",
                    population=20_000,
                    latitude=41.1 + n / 4,
                    longitude=12.2,
                    venue="Sala consiliare",
                )
            )
            session.add(
                Trainer(id=named(n), name=f"Trainer {n}", home="Roma", latitude=41.9, longitude=12.5, unavailable=[])
            )
    return scheduling


@pytest.fixture
def shop(store: Store, settings: SchedulingSettings) -> Any:
    """``shop(program)`` is a workshop whose planner is this Python program, and its auditor the other, if there is."""
    opened: list[Workshop] = []

    def build(program: str, auditor: str | None = None) -> Workshop:
        commands = {"planner": program} | ({} if auditor is None else {"auditor": auditor})
        started = {name: (sys.executable, "-c", text) for name, text in commands.items()}
        opened.append(Workshop(store, Emitter("scheduling"), settings, **started))
        return opened[-1]

    yield build
    for workshop in opened:
        workshop.close()


def until(service: Any, run_id: str, *states: str) -> dict[str, Any]:
    """Let the service work until the run is in one of these states."""
    for _ in range(2000):
        found = service.run(run_id=run_id)
        if found["state"] in states:
            return found
        service.plan_runs()
    raise AssertionError(found)


def state(store: Store, run_id: str) -> tuple[str, int, str | None]:
    with store.read() as session:
        row = session.get_one(Run, runs.UUID(run_id))
        return row.state, row.attempts, row.reason


def lose(store: Store) -> None:
    """The holder of every running run has shown no sign of life for long."""
    with store.transaction() as session:
        session.execute(
            sa.update(Run)
            .where(Run.state == "running")
            .values(lease_until=house_clock.machine_now() - runs.timedelta(seconds=1))
        )


def test_what_the_planner_says_is_heard_at_once() -> None:
    program = """
import sys, json
for share in (0.25, 0.5):
    sys.stdin.readline()
    print(json.dumps({"progress": {"phase": "hosts", "share": share}}), flush=True)
sys.stdin.readline()
"""
    process = PlannerProcess((sys.executable, "-c", program), "a question")
    with eventlet.Timeout(30):
        first = process.listen(600.0)
        process.ask_to_stop()
        second = process.listen(600.0)
    process.end()
    assert [(report.phase, report.share) for report in (first, second)] == [("hosts", 0.25), ("hosts", 0.5)]


def test_a_run_is_asked_for(ready: Any, told: Callable[..., Any]) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), parameters={"seconds": 2, "seed": 7}, actor="staff")

    assert (run["state"], run["bodies"], run["requested_by"], run["share"]) == ("requested", 12, "staff", 0.0)
    assert run["parameters"] == {"seconds": 2.0, "seed": 7, "detour": 1.3}
    assert [str(event.run_id) for event in told(SchedulingRunRequested)] == [run["id"]]


def test_refusals(ready: Any) -> None:
    ready.hear_enrollment([programme_opened(programme=named("empty"), code="empty")])
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")

    assert refusal(ready.start_run, programme_id=str(named("none")), actor="s") == ("unknown_programme", {})
    assert refusal(ready.start_run, programme_id=str(named("empty")), actor="s") == ("no_confirmed_bodies", {})
    assert refusal(ready.start_run, programme_id=str(PROGRAMME), actor="s") == ("run_already_active", {})
    assert refusal(ready.plan, run_id=run["id"]) == ("no_plan", {"state": "requested"})
    for call in (ready.run, ready.plan, ready.stop_run):
        with pytest.raises(Missing):
            call(run_id=str(named("none")))


def test_a_programme_whose_bodies_all_went_has_none_to_plan(ready: Any) -> None:
    ready.hear_enrollment([adhesion_withdrawn(f"B{n}") for n in range(12)])

    assert refusal(ready.start_run, programme_id=str(PROGRAMME), actor="s") == ("no_confirmed_bodies", {})


def test_the_same_key_starts_one_run(ready: Any, told: Any) -> None:
    first = ready.start_run(programme_id=str(PROGRAMME), actor="staff", idempotency_key="k")

    assert ready.start_run(programme_id=str(PROGRAMME), actor="staff", idempotency_key="k") == first
    assert len(told(SchedulingRunRequested)) == 1
    with pytest.raises(KeyReused):
        ready.start_run(programme_id=str(PROGRAMME), parameters={"seed": 5}, actor="staff", idempotency_key="k")


def test_the_planner_makes_a_plan_that_can_be_published(ready: Any, told: Any, taken: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), parameters={"seconds": 1}, actor="staff")

    done = until(ready, run["id"], "completed", "failed")

    assert (done["state"], done["reason"], done["share"]) == ("completed", None, 1.0)
    assert 0 <= done["bound_km"] <= done["cost_km"]
    [completed] = told(SchedulingRunCompleted)
    assert (completed.cost, completed.bound, completed.gap) == (done["cost_km"], done["bound_km"], done["gap"])
    plan = ready.plan(run_id=run["id"])
    bodies = ready.planned_bodies(run_id=run["id"])["items"]
    assert sorted(body["code"] for body in bodies) == sorted(f"B{n}" for n in range(12))
    assert sum(body["km"] for body in bodies) == pytest.approx(done["cost_km"], abs=1)
    assert [webinar["interested"] for webinar in plan["webinars"]] == [24, 24]
    assert ready.publish(run_id=run["id"], actor="staff")["training_days"] == len(plan["days"])
    taken()


def test_progress_is_told_while_it_runs(ready: Any, store: Store, shop: Any, told: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    workshop = shop(HANGS)
    while not told(SchedulingRunProgressed):
        workshop.turn()

    [progress] = told(SchedulingRunProgressed)
    assert (progress.phase, progress.share, progress.cost, progress.bound) == ("hosts", 0.25, 1200.5, None)
    found = ready.run(run_id=run["id"])
    assert (found["state"], found["phase"], found["share"], found["cost_km"]) == ("running", "hosts", 0.25, 1200.5)


def test_a_planner_that_dies_is_started_three_times_and_then_the_run_has_failed(
    ready: Any, store: Store, shop: Any, told: Any
) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    workshop = shop(DIES)
    while workshop.turn():
        pass

    assert state(store, run["id"]) == ("failed", 3, "worker_lost")
    assert [event.reason for event in told(SchedulingRunFailed)] == ["worker_lost"]
    assert ready.start_run(programme_id=str(PROGRAMME), actor="staff")["state"] == "requested"


@pytest.mark.parametrize(("program", "reason"), [(BABBLES, "worker_lost"), (LIES, "plan_wrong")])
def test_a_planner_that_talks_nonsense_fails_the_run(
    ready: Any, store: Store, shop: Any, told: Any, program: str, reason: str
) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    workshop = shop(program)
    while workshop.turn():
        pass

    assert (state(store, run["id"])[0], state(store, run["id"])[2]) == ("failed", reason)
    assert told(SchedulingRunCompleted) == []


@pytest.mark.parametrize("auditor", [DIES, BABBLES])
def test_a_plan_that_nobody_could_audit_is_not_kept(
    ready: Any, store: Store, shop: Any, told: Any, auditor: str
) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    workshop = shop(LIES, auditor)
    while workshop.turn():
        pass

    assert state(store, run["id"]) == ("failed", 3, "worker_lost")
    assert told(SchedulingRunCompleted) == []


def test_a_run_whose_plan_is_being_audited_can_be_given_back_and_cancelled(
    ready: Any, store: Store, shop: Any, told: Any
) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")

    def auditing() -> tuple[Workshop, int]:
        workshop = shop(LIES, HANGS_AS_AUDITOR)
        while workshop._job is None or workshop._job.plan is None:
            workshop.turn()
        assert ready.run(run_id=run["id"])["phase"] == "auditing"
        return workshop, workshop._job.process._process.pid

    workshop, auditor = auditing()
    workshop.close()
    assert state(store, run["id"]) == ("requested", 0, None)
    with pytest.raises(ProcessLookupError):
        os.kill(auditor, 0)

    workshop, auditor = auditing()
    ready.cancel_run(run_id=run["id"], actor="staff")
    while workshop.turn():
        pass
    assert state(store, run["id"]) == ("stopped", 1, "cancelled")
    with pytest.raises(ProcessLookupError):
        os.kill(auditor, 0)


def test_what_has_no_solution_says_why(ready: Any, store: Store, workshop: Workshop) -> None:
    ready.hear_enrollment([programme_opened(sequence=3, day_capacity=1)])
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")

    done = until(ready, run["id"], "completed", "failed")

    assert (done["state"], done["cost_km"], done["bound_km"]) == ("failed", None, None)
    assert done["reason"] not in (None, "worker_lost", "plan_wrong")
    assert done["facts"]


def test_a_run_that_is_held_is_taken_by_nobody_else(ready: Any, shop: Any) -> None:
    ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    one, other = shop(HANGS), shop(HANGS)

    assert one.turn()
    assert not other.turn()


def test_a_run_whose_process_vanished_is_taken_up_again_and_the_ghost_lets_go(
    ready: Any, store: Store, shop: Any
) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    ghost, heir = shop(HANGS), shop(HANGS)
    ghost.turn()
    lose(store)

    assert heir.turn()
    assert state(store, run["id"]) == ("running", 2, None)
    ghost.turn()
    ghost.turn()
    heir.turn()
    assert state(store, run["id"]) == ("running", 2, None)


def test_a_run_is_lost_three_times_at_most(ready: Any, store: Store, shop: Any, told: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    for _ in range(3):
        shop(HANGS).turn()
        lose(store)

    assert shop(HANGS).turn()
    assert state(store, run["id"]) == ("failed", 3, "worker_lost")
    assert len(told(SchedulingRunFailed)) == 1


def test_a_stop_is_heard_by_the_process_that_holds_the_run(ready: Any, store: Store, shop: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    workshop = shop(GIVES_UP_WHEN_ASKED)
    workshop.turn()

    assert ready.stop_run(run_id=run["id"], actor="staff")["stop_requested"]
    while workshop.turn():
        pass

    assert state(store, run["id"]) == ("failed", 1, "no_time")


def test_a_stopped_run_keeps_its_best_plan(ready: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), parameters={"seconds": 600}, actor="staff")
    while ready.run(run_id=run["id"])["cost_km"] is None:
        ready.plan_runs()

    ready.stop_run(run_id=run["id"], actor="staff")
    done = until(ready, run["id"], "completed", "failed")

    assert (done["state"], done["stop_requested"]) == ("completed", True)
    assert len(ready.plan(run_id=run["id"])["days"]) == 2


def test_a_run_that_is_stopped_before_it_begins_never_does(ready: Any, store: Store, told: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")

    assert ready.stop_run(run_id=run["id"], actor="staff")["state"] == "stopped"
    assert ready.stop_run(run_id=run["id"], actor="staff")["state"] == "stopped"
    assert not ready.plan_runs()
    assert [event.reason for event in told(SchedulingRunFailed)] == ["stopped"]


def test_a_clean_stop_of_the_process_gives_the_run_back(ready: Any, store: Store, shop: Any) -> None:
    run = ready.start_run(programme_id=str(PROGRAMME), actor="staff")
    workshop = shop(HANGS)
    workshop.turn()
    child = workshop._job.process._process.pid

    workshop.close()

    assert state(store, run["id"]) == ("requested", 0, None)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_the_planner_gets_all_the_time_it_was_promised_and_no_more(
    ready: Any, store: Store, settings: SchedulingSettings
) -> None:
    from dataclasses import replace

    run = ready.start_run(programme_id=str(PROGRAMME), parameters={"seconds": 0.5}, actor="staff")
    hangs = HANGS.replace("sys.stdin.readline(); sys.stdin.readline()", "import time; time.sleep(600)")
    short = replace(settings, run_overtime=0.2)
    workshop = Workshop(store, Emitter("scheduling"), short, planner=(sys.executable, "-c", hangs))
    while workshop.turn():
        pass

    assert state(store, run["id"]) == ("failed", 3, "worker_lost")


@pytest.mark.parametrize(
    "parameters",
    [
        {"seconds": 0},
        {"seconds": "x"},
        {"seconds": float("nan")},
        {"seconds": 1e9},
        {"seed": -1},
        {"seed": 1.5},
        {"detour": 0.5},
        {"wrong": 1},
        [],
        "x" * 100_000,
    ],
)
def test_wrong_parameters_start_nothing(ready: Any, told: Any, parameters: Any) -> None:
    from marshmallow import ValidationError

    if parameters == []:
        parameters = [1]
    with pytest.raises(ValidationError):
        ready.start_run(programme_id=str(PROGRAMME), parameters=parameters, actor="staff")
    assert told() == []


def test_a_run_is_cancelled_at_once_and_its_planner_ends(
    ready: Any, shop: Callable[[str], Workshop], told: Any
) -> None:
    run_id = ready.start_run(programme_id=str(PROGRAMME), actor="staff")["id"]
    workshop = shop(HANGS)
    while ready.run(run_id=run_id)["cost_km"] is None:
        workshop.turn()

    cancelled = ready.cancel_run(run_id=run_id, actor="staff")
    assert (cancelled["state"], cancelled["reason"], cancelled["cost_km"]) == ("stopped", "cancelled", None)
    while workshop.turn():
        pass  # it misses its run, and ends the planner
    assert ready.cancel_run(run_id=run_id, actor="staff") == cancelled
    assert [event.reason for event in told(SchedulingRunFailed)] == ["cancelled"]
    assert ready.start_run(programme_id=str(PROGRAMME), actor="staff")["state"] == "requested"


def test_a_run_that_has_not_begun_is_cancelled_too(ready: Any) -> None:
    run_id = ready.start_run(programme_id=str(PROGRAMME), actor="staff")["id"]
    assert ready.cancel_run(run_id=run_id, actor="staff")["state"] == "stopped"
    with pytest.raises(Missing):
        ready.cancel_run(run_id=str(named("nothing")), actor="staff")
