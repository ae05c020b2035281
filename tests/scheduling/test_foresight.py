"""What publishing a large plan would change is worked out beforehand, and again when something has happened since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis import clock as clocks
from chassis.database import Store
from services.scheduling import foresight
from tests.conftest import MovableClock
from tests.scheduling.builders import (
    adhesion_confirmed,
    delegate_registered,
    named,
    planned,
    programme_changed,
)
from tests.scheduling.conftest import refusal
from tests.scheduling.solving import solved


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "AT_ONCE", 0)


@pytest.fixture
def run_id(scheduling: Any, store: Store) -> str:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("ada", "A")])
    return planned(store, "run", ["A"])


def told(scheduling: Any, run_id: str) -> tuple[int | None, bool, bool]:
    """How many people would be told, whether that was ever worked out, and whether it will be again."""
    found = scheduling.preview_publication(run_id=run_id)
    return found.get("people"), found["worked_out_at"] is not None, found["pending"]


def test_it_is_worked_out_beside_and_kept_until_something_happens(scheduling: Any, run_id: str) -> None:
    assert scheduling.foresee_publications() is False  # nobody has asked
    assert told(scheduling, run_id) == (None, False, True)
    assert [scheduling.foresee_publications() for _ in range(2)] == [True, False]
    assert told(scheduling, run_id) == (1, True, False)
    assert scheduling.foresee_publications() is False

    scheduling.hear_enrollment([delegate_registered("bea", "A")])
    assert told(scheduling, run_id) == (1, True, True)
    assert scheduling.foresee_publications() is True
    assert told(scheduling, run_id) == (2, True, False)


def test_it_says_what_a_small_plan_is_told_at_once(
    scheduling: Any, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduling.preview_publication(run_id=run_id)
    scheduling.foresee_publications()
    beside = scheduling.preview_publication(run_id=run_id)
    monkeypatch.setattr(foresight, "AT_ONCE", 5000)
    at_once = scheduling.preview_publication(run_id=run_id)
    assert {**beside, "worked_out_at": None} == {**at_once, "worked_out_at": None}
    assert at_once["scheduled"][0]["host_name"] == "Sede H1"


def test_a_refusal_is_told_as_long_as_it_holds(scheduling: Any, run_id: str) -> None:
    scheduling.hear_enrollment([programme_changed(training_until=clocks.now().date())])
    assert told(scheduling, run_id) == (None, False, True)
    assert scheduling.foresee_publications() is True
    assert refusal(scheduling.preview_publication, run_id=run_id) == ("plan_out_of_date", {})
    scheduling.hear_enrollment([programme_changed(sequence=3)])
    assert told(scheduling, run_id) == (None, False, True)
    assert scheduling.foresee_publications() is True
    assert told(scheduling, run_id) == (1, True, False)


def test_what_a_day_that_has_begun_or_another_room_changes_is_worked_out_again(
    taught: Any, store: Store, clock: MovableClock
) -> None:
    taught.publish(run_id=planned(store, "first", ["AB", "C"]), actor="staff")
    again = planned(store, "again", ["AB", "C"])
    told(taught, again)
    taught.foresee_publications()
    assert told(taught, again) == (0, True, False)
    taught.change_host(code="H1", changes={"venue": "Altra sala"})
    assert told(taught, again) == (0, True, True)
    taught.foresee_publications()
    assert told(taught, again) == (4, True, False)
    clock.advance(days=79)
    assert told(taught, again)[2] is True


def test_one_that_a_dead_process_took_is_taken_up_when_its_lease_is_over(
    scheduling: Any, store: Store, run_id: str
) -> None:
    scheduling.preview_publication(run_id=run_id)
    with store.transaction() as session:
        assert foresight.take(session, clocks.machine_now() - timedelta(seconds=130), 120.0) == named("run")
        assert foresight.take(session, clocks.machine_now() - timedelta(seconds=130), 120.0) is None
    assert [scheduling.foresee_publications() for _ in range(2)] == [True, False]


def test_of_a_plan_that_was_published_there_is_nothing_to_foresee(scheduling: Any, store: Store, run_id: str) -> None:
    scheduling.preview_publication(run_id=run_id)
    with store.transaction() as session:
        foresight.take(session, clocks.machine_now(), 120.0)
    with store.read() as session:
        found = foresight.work_out(session, named("run"), scheduling.settings, clocks.now())
    scheduling.publish(run_id=run_id)
    with store.transaction() as session:
        foresight.keep(session, named("run"), found)
    assert refusal(scheduling.preview_publication, run_id=run_id) == ("already_published", {})
    assert scheduling.foresee_publications() is False


def test_a_plan_that_is_kept_is_worked_out_though_nobody_has_asked(taught: Any, store: Store) -> None:
    run_id, _ = solved(taught, store)
    assert taught.foresee_publications() is True
    assert told(taught, run_id) == (6, True, False)
