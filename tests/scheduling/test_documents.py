"""Long questions and plans as text: the same values as in one go, and everybody has their turn meanwhile."""

from __future__ import annotations

import json
from typing import Any

import eventlet
import pytest

from chassis import aside
from services.scheduling import documents
from services.scheduling.planner.planning import solve
from tests.scheduling.planner.builders import a_problem


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"bodies": []},
        {"bodies": [{"name": 'Città, [di] "{Castello}"', "topics": []}] * 450, "seed": 0},
        {"rules": {"forbidden": [["A", "H"]] * 450, "previous": {"A": "H"}, "none": {}}, "seas": {"lands": {"x": [1]}}},
        {"days": [[1, [2, {}]], None], "offers": {"A": 1.5}, "reason": None, "title": "è ]}"},
    ],
)
def test_it_reads_and_writes_what_json_does(data: dict[str, Any]) -> None:
    assert json.loads(documents.dump(data)) == data
    for text in (documents.dump(data), json.dumps(data), json.dumps(data, indent=2, ensure_ascii=False)):
        assert documents.load(text) == data


def test_a_question_and_its_plan_survive() -> None:
    problem = a_problem()
    plan = solve(problem)

    assert documents.problem_of(documents.written(problem)) == problem
    assert documents.plan_of(json.dumps(plan.to_json())) == plan


def test_others_have_their_turn_after_each_stride(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "STRIDE", 0.0)
    turns: list[int] = []

    def other() -> None:
        while len(turns) < 3:
            turns.append(len(turns))
            eventlet.sleep(0)

    eventlet.spawn(other)
    seen = [(item, len(turns)) for item in aside.strides(range(4))]

    assert seen == [(0, 0), (1, 1), (2, 2), (3, 3)]
