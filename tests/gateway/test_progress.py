from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from chassis.database import Store
from chassis.refusal import Unavailable
from contracts.scheduling import (
    SchedulingRunCompleted,
    SchedulingRunFailed,
    SchedulingRunProgressed,
    SchedulingRunRequested,
)
from gateway import progress
from gateway.models import Base
from gateway.progress import Watch, has_plan, hear, streamed

RUN = UUID(int=1)
PROGRAMME = UUID(int=2)


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


class Scheduling:
    """What scheduling answers one time after the other, then no more; it is away when there is nothing."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.sketch = {"number": 0, "hosts": []}
        self.sketched = lambda: self.sketch
        self.asked = 0

    def __call__(self, service: str, method: str, run_id: str) -> dict[str, Any]:
        self.asked += 1
        if method == "run_sketch":
            return self.sketched()
        if not self.answers:
            raise Unavailable(service)
        return self.answers.pop(0)


@pytest.fixture
def scheduling() -> Scheduling:
    return Scheduling()


@pytest.fixture
def app(store: Store, scheduling: Scheduling) -> Flask:
    app = Flask("test")
    progress.register(app, store, most=2, ask=scheduling)
    return app


def now(share: float, state: str = "running", sketch: int = 0) -> dict[str, Any]:
    figures = {"phase": "hosts", "share": share, "cost": 12.5, "bound": 11.0, "reason": None}
    return {"state": state, **figures, "sketch": sketch}


def requested() -> SchedulingRunRequested:
    return SchedulingRunRequested(run_id=RUN, programme_id=PROGRAMME, sequence=1)


def progressed(sequence: int, share: float = 0.5) -> SchedulingRunProgressed:
    return SchedulingRunProgressed(run_id=RUN, phase="assignment", share=share, cost=12.5, sequence=sequence)


def completed(sequence: int) -> SchedulingRunCompleted:
    return SchedulingRunCompleted(run_id=RUN, programme_id=PROGRAMME, cost=10, bound=9, gap=0.1, sequence=sequence)


def failed(sequence: int) -> SchedulingRunFailed:
    return SchedulingRunFailed(run_id=RUN, programme_id=PROGRAMME, reason="no_rooms", sequence=sequence)


def watch(app: Flask, state: str = "running", last_seen: str | None = None) -> list[str]:
    """The messages of a stream that ends by itself."""
    with app.test_request_context():
        response = streamed({"id": str(RUN), "state": state}, last_seen)
        text = "".join(str(chunk) for chunk in response.response)
        response.close()
    return [message for message in text.split("\n\n") if message]


def ids(messages: list[str]) -> list[str]:
    return [line[4:] for message in messages for line in message.split("\n") if line.startswith("id: ")]


def test_a_run_is_told_in_its_order_and_ends(store: Store, app: Flask) -> None:
    hear(store, [requested(), progressed(2), completed(3)])
    messages = watch(app)
    assert ids(messages) == ["1", "2", "3"]
    assert messages[0] == "retry: 2000"
    assert messages[2] == (
        'id: 2\nevent: progress\ndata: {"state": "running", "phase": "assignment", '
        '"share": 0.5, "cost": 12.5, "bound": null, "reason": null}'
    )
    assert messages[3].startswith("id: 3\nevent: ended\n")


def test_events_that_come_twice_late_and_out_of_order_are_told_once_in_order(store: Store, app: Flask) -> None:
    twice = progressed(3)
    hear(store, [twice, twice])
    hear(store, [requested(), twice])
    hear(store, [failed(4), progressed(2)])
    assert ids(watch(app)) == ["1", "2", "3", "4"]


def test_no_events_are_no_work(store: Store) -> None:
    hear(store, [])


@pytest.mark.parametrize(
    ("last_seen", "told"),
    [("1", ["2", "3"]), ("2", ["3"]), ("", ["1", "2", "3"]), ("-1", ["1", "2", "3"]), ("x", ["1", "2", "3"])],
)
def test_a_lost_connection_goes_on_where_it_was(store: Store, app: Flask, last_seen: str, told: list[str]) -> None:
    hear(store, [requested(), progressed(2), completed(3)])
    assert ids(watch(app, last_seen=last_seen)) == told


@pytest.mark.parametrize("last_seen", [str(10**30), "²", None])
def test_a_run_that_has_ended_says_so_whatever_was_seen(app: Flask, last_seen: str | None) -> None:
    assert watch(app, "stopped", last_seen)[-1] == 'event: ended\ndata: {"state": "stopped", "reason": null}'


def test_what_is_heard_while_somebody_watches_is_told(store: Store, app: Flask) -> None:
    hear(store, [requested()])
    with app.test_request_context():
        response = streamed({"id": str(RUN), "state": "requested"}, None)
        chunks = iter(response.response)
        assert [next(chunks), str(next(chunks))[:5]] == ["retry: 2000\n\n", "id: 1"]
        hear(store, [failed(2)])
        assert '"reason": "no_rooms"' in str(next(chunks))
        assert list(chunks) == []
        response.close()


def test_figures_between_two_phases_pass_without_a_number_of_their_own(
    store: Store, app: Flask, scheduling: Scheduling
) -> None:
    hear(store, [requested(), progressed(2)])
    scheduling.answers = [now(0.25), now(0.5), now(0.5), now(1.0, "completed")]
    messages = watch(app)
    assert ids(messages) == ["2", "2"]
    assert ['"share": 0.25' in messages[1], '"share": 0.5' in messages[2]] == [True, True]
    assert messages[3:] == ['event: ended\ndata: {"state": "completed", "reason": null}']


def test_the_map_is_told_when_it_has_changed(store: Store, app: Flask, scheduling: Scheduling) -> None:
    host = {"code": "058091", "name": "Roma", "latitude": 41.9, "longitude": 12.5, "bodies": ["056059", "nowhere"]}
    scheduling.sketch = {"number": 3, "hosts": [host]}
    scheduling.answers = [now(0.25, sketch=3), now(0.5, sketch=3), now(1.0, "completed")]
    messages = watch(app)
    assert [message.split("\n")[1] for message in messages[1:4]] == ["event: progress", "event: map", "event: progress"]
    (dot,) = json.loads(messages[2].split("data: ")[1])["dots"]
    assert (dot["title"], dot["lines"].count("l")) == ("Roma", 1)


def test_a_map_that_was_not_answered_with_its_figures_is_told_with_the_next_answer(
    store: Store, app: Flask, scheduling: Scheduling
) -> None:
    scheduling.answers = [now(0.25, sketch=1), now(0.25, sketch=1), now(1.0, "completed")]
    host = {"code": "058091", "name": "Roma", "latitude": 41.9, "longitude": 12.5, "bodies": []}
    sketches = [{"number": 0, "hosts": []}, {"number": 1, "hosts": [host]}]
    scheduling.sketched = lambda: sketches.pop(0)
    figures, drawn = watch(app)[1:-1]
    assert figures.split("\n")[1] == "event: progress"
    assert [dot["title"] for dot in json.loads(drawn.split("data: ")[1])["dots"]] == ["Roma"]


def test_all_who_watch_a_run_are_answered_by_one_question(store: Store, scheduling: Scheduling) -> None:
    watching = Watch(store, 5, scheduling)
    scheduling.answers = [now(0.25), now(0.5)]
    assert [watching.asked("run_progress", str(RUN)) for _watcher in range(3)] == [now(0.25)] * 3
    assert scheduling.asked == 1


def test_another_run_is_not_told(store: Store, app: Flask) -> None:
    other = SchedulingRunFailed(run_id=uuid4(), programme_id=PROGRAMME, reason="no_rooms", sequence=1)
    hear(store, [other])
    assert ids(watch(app, "failed")) == []


def test_there_are_only_so_many_streams_and_closing_one_frees_it(app: Flask) -> None:
    run: dict[str, Any] = {"id": str(RUN), "state": "failed"}
    with app.test_request_context():
        first, second = streamed(run, None), streamed(run, None)
        with pytest.raises(Unavailable):
            streamed(run, None)
        first.close()
        third = streamed(run, None)
        second.close()
        third.close()


def test_streams_end_when_the_process_stops(store: Store, app: Flask) -> None:
    hear(store, [requested()])
    with app.test_request_context():
        response = streamed({"id": str(RUN), "state": "running"}, None)
        chunks = iter(response.response)
        assert next(chunks) == "retry: 2000\n\n"
        next(chunks)
        made: Watch = app.extensions["watch"]
        made.end()
        assert list(chunks) == []
        response.close()


@pytest.mark.parametrize(
    ("state", "cost", "expected"),
    [
        ("requested", None, False),
        ("running", 5.0, False),
        ("completed", 5.0, True),
        ("published", 0.0, True),
        ("stopped", None, False),
        ("failed", 5.0, False),
    ],
)
def test_only_a_run_that_ended_well_has_a_plan(state: str, cost: float | None, expected: bool) -> None:
    assert has_plan({"state": state, "cost_km": cost}) == expected
