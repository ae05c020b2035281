"""A publication while it goes on: it is seen, asked for once, and finished by another process when its own dies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import clock as clocks
from chassis.database import Store
from chassis.refusal import KeyReused, Missing
from contracts.scheduling import PlanPublished
from services.scheduling import publications
from services.scheduling.models import Publication
from tests.scheduling.builders import (
    PROGRAMME,
    adhesion_confirmed,
    delegate_registered,
    named,
    planned,
    programme_changed,
)
from tests.scheduling.conftest import refusal

LEASE = 20.0


@pytest.fixture
def run_id(scheduling: Any, store: Store) -> str:
    scheduling.hear_enrollment([adhesion_confirmed("A"), delegate_registered("ada", "A")])
    return planned(store, "run", ["A"])


def begun(store: Store, run_id: str, key: str | None = "first", ago: float = 0.0) -> None:
    """As a process leaves it that has begun so many seconds ago, and not finished."""
    then = clocks.machine_now() - timedelta(seconds=ago)
    with store.transaction() as session:
        publications.begin(session, named("run"), key, "staff", clocks.now(), then, LEASE)


def test_it_is_told_with_its_run_as_long_as_it_goes_on(scheduling: Any, store: Store, run_id: str) -> None:
    assert scheduling.run(run_id=run_id)["publication"] is None
    begun(store, run_id)
    told = scheduling.run(run_id=run_id)["publication"]
    since = datetime.fromisoformat(told.pop("since"))
    assert (told, abs(since - clocks.now()) < timedelta(minutes=5)) == ({"reason": None, "facts": None}, True)
    scheduling.publish(run_id=run_id, idempotency_key="first")
    assert scheduling.run(run_id=run_id)["publication"] is None


def test_whoever_asks_for_it_again_meanwhile_is_told_so(scheduling: Any, store: Store, run_id: str) -> None:
    begun(store, run_id)
    for key in (None, "second"):
        assert refusal(scheduling.publish, run_id=run_id, idempotency_key=key)[0] == "publication_under_way"
    assert scheduling.run(run_id=run_id)["state"] == "completed"
    answers = [scheduling.publish(run_id=run_id, idempotency_key="first") for _ in range(2)]
    assert answers[0] == answers[1]


def test_one_that_a_dead_process_left_is_taken_up_once(scheduling: Any, store: Store, run_id: str, told: Any) -> None:
    begun(store, run_id)
    assert scheduling.go_on_publishing() is False  # it has only just begun
    with store.transaction() as session:
        session.execute(sa.delete(Publication))
    begun(store, run_id, ago=LEASE + 1)

    assert [scheduling.go_on_publishing(), scheduling.go_on_publishing()] == [True, False]
    assert scheduling.run(run_id=run_id)["state"] == "published"
    assert len(told(PlanPublished)) == 1
    assert scheduling.publish(run_id=run_id, idempotency_key="first")["places"] == 1  # who asked asks again
    assert len(told(PlanPublished)) == 1


def test_one_that_was_left_three_times_is_given_up_and_may_be_asked_for_again(
    scheduling: Any, store: Store, run_id: str
) -> None:
    begun(store, run_id, ago=LEASE + 1)
    with store.transaction() as session:
        session.execute(sa.update(Publication).values(attempts=3))

    assert scheduling.go_on_publishing() is False
    assert scheduling.run(run_id=run_id)["publication"]["reason"] == "publication_lost"
    assert scheduling.go_on_publishing() is False
    assert scheduling.publish(run_id=run_id, idempotency_key="second")["places"] == 1


def test_why_it_did_not_go_through_is_kept_until_it_does(scheduling: Any, store: Store, run_id: str) -> None:
    scheduling.hear_enrollment([programme_changed(training_until=clocks.now().date())])
    assert refusal(scheduling.publish, run_id=run_id) == ("plan_out_of_date", {})
    assert scheduling.run(run_id=run_id)["publication"]["reason"] == "plan_out_of_date"
    begun(store, run_id, ago=LEASE + 1)
    assert scheduling.go_on_publishing() is True
    assert scheduling.run(run_id=run_id)["publication"]["reason"] == "plan_out_of_date"

    scheduling.hear_enrollment([programme_changed(sequence=3)])
    assert scheduling.publish(run_id=run_id)["places"] == 1
    assert scheduling.run(run_id=run_id)["publication"] is None


def test_what_is_no_publication_leaves_nothing_to_take_up(scheduling: Any, store: Store, run_id: str) -> None:
    scheduling.publish(run_id=run_id, idempotency_key="first")
    other = planned(store, "other", ["A"])
    with pytest.raises(KeyReused):
        scheduling.publish(run_id=other, idempotency_key="first")
    with pytest.raises(Missing):
        scheduling.publish(run_id=str(named("nothing")))
    assert refusal(scheduling.publish, run_id=run_id) == ("already_published", {})
    with store.read() as session:
        assert session.scalars(sa.select(Publication)).all() == []
    assert scheduling.runs(programme_id=str(PROGRAMME))["items"][0]["state"] in ("completed", "published")


def test_one_that_another_process_is_at_is_left_alone(scheduling: Any, store: Store, run_id: str) -> None:
    if store.is_sqlite:
        pytest.skip("there is no other process")
    begun(store, run_id, ago=LEASE + 1)
    with store.transaction() as at_work:
        publications.hold(at_work, named("run"))
        assert scheduling.go_on_publishing() is False
        assert refusal(scheduling.publish, run_id=run_id, idempotency_key="second")[0] == "publication_under_way"
    assert scheduling.go_on_publishing() is True
