"""The planner as a process: one line in, lines of JSON out, status 0."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from services.scheduling.planner.plan import Plan
from services.scheduling.planner.verify import verify
from services.scheduling.planner.worker import Reporter
from tests.scheduling.planner.builders import a_problem, a_scattered_problem

COMMAND = [sys.executable, "-m", "services.scheduling.planner.worker"]
ENDLESS = replace(a_scattered_problem(200, 80, 12, day_capacity=25, seconds=3600.0), effort=10**9)


def answers(text):
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(set(line["progress"]) == {"phase", "share", "cost", "bound", "sketch"} for line in lines[:-1])
    return [line["progress"] for line in lines[:-1]], lines[-1]


def run(line):
    done = subprocess.run(COMMAND, input=line, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return answers(done.stdout)


@pytest.fixture
def searching():
    """A worker that would search for an hour, met when it has a first plan."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(json.dumps(ENDLESS.to_json()) + "\n")
        worker.stdin.flush()
        phases = iter(lambda: json.loads(worker.stdout.readline())["progress"]["phase"], "hosts")
        assert list(phases) == ["starting", "checking"]
        yield worker
        worker.kill()


def test_a_question_without_an_answer_gets_its_reason():
    _, answer = run(json.dumps(replace(a_problem(), bodies=()).to_json()))
    assert answer == {"infeasible": {"reason": "no_bodies", "facts": {}}}


def test_it_says_that_it_tries_what_would_make_room_before_it_says_that_there_is_no_plan():
    bodies = tuple(replace(a_problem().bodies[0], code=f"b{n}", demand=3) for n in range(3))
    told, answer = run(json.dumps(a_problem(bodies=bodies, day_capacity=5, training_days=2).to_json()))
    assert told[-1]["phase"] == "room"
    assert answer["infeasible"]["reason"] == "bodies_do_not_fit_whole"
    assert set(answer["infeasible"]["facts"]["room"]["numbers"]) == {"training_days", "day_capacity"}


def test_it_says_so_too_when_the_first_look_tells_that_there_is_no_plan():
    told, answer = run(json.dumps(a_problem(day_capacity=1, training_days=1).to_json()))
    assert [progress["phase"] for progress in told] == ["room"]
    assert answer["infeasible"]["reason"] == "more_delegates_than_seats"
    assert answer["infeasible"]["facts"]["room"]["numbers"]


@pytest.mark.parametrize("line", ["", "no json\n", "[1, 2]\n", '{"bodies": 7}\n'])
def test_nonsense_gets_a_reason_too(line):
    told, answer = run(line)
    assert told == []
    assert answer["infeasible"]["reason"] == "malformed_problem"


def test_sigterm_ends_the_search_with_the_best_plan(searching):
    os.kill(searching.pid, signal.SIGTERM)
    rest, _ = searching.communicate(timeout=60)
    assert searching.returncode == 0
    told, answer = answers(rest)
    assert [progress["phase"] for progress in told[-2:]] == ["calendar", "done"]
    assert verify(ENDLESS, Plan.from_json(answer["plan"])) == []


def test_a_line_stop_ends_the_search_with_the_best_plan(searching):
    rest, _ = searching.communicate("stop\n", timeout=60)
    assert searching.returncode == 0
    assert verify(ENDLESS, Plan.from_json(answers(rest)[1]["plan"])) == []


def test_progress_is_told_seldom_but_each_phase_at_once(capsys):
    reporter = Reporter()
    for share in range(1000):
        reporter("hosts", share / 1000, 1.0, 0.5)
    reporter("calendar", 1.0, 1.0, 0.5)
    told = [json.loads(line)["progress"] for line in capsys.readouterr().out.splitlines()]
    assert [progress["phase"] for progress in (told[0], told[-1])] == ["hosts", "calendar"]
    assert len(told) < 10


def test_a_sketch_is_told_when_it_is_a_better_one(capsys, monkeypatch):
    seconds = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))
    reporter = Reporter()
    for cost in (9.0, 9.0, 8.0):
        reporter("hosts", 0.5, cost, 7.0, lambda: {"H1": ["A"]})
    told = [json.loads(line)["progress"]["sketch"] for line in capsys.readouterr().out.splitlines()]
    assert told == [{"H1": ["A"]}, None, {"H1": ["A"]}]


NEW_SIGNATURES = """
import importlib, pkgutil
from numba.core.dispatcher import Dispatcher
from services.scheduling import planner
from services.scheduling.planner.warming import warm
from services.scheduling.planner import survey
from services.scheduling.planner.planning import solve
from tests.scheduling.planner.builders import a_scattered_problem

def compiled():
    modules = [importlib.import_module(f"{planner.__name__}.{m.name}") for m in pkgutil.iter_modules(planner.__path__)]
    functions = {(m.__name__, name): f for m in modules for name, f in vars(m).items() if isinstance(f, Dispatcher)}
    return {(*name, signature) for name, f in functions.items() for signature in f.signatures}

warm()
before = compiled()
for pairs in (survey.MATRIX_PAIRS, 0):
    survey.MATRIX_PAIRS = pairs
    for largest in (1, 4):
        solve(a_scattered_problem(90, 30, 6, largest_demand=largest, day_capacity=20 * largest, effort=60))
print(len(before) > 20, sorted(compiled() - before))
"""


def test_after_warming_no_plan_waits_for_a_compiler():
    done = subprocess.run(
        [sys.executable, "-c", NEW_SIGNATURES], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("True []\n", "", 0)
