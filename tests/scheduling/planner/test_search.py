"""What the search remembers is bounded, and what it forgets changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.scheduling.planner import search
from services.scheduling.planner.planning import solve
from tests.scheduling.planner.builders import a_scattered_problem


def test_forgetting_what_is_past_changes_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = replace(a_scattered_problem(300, 120, 30, day_capacity=11, seconds=3600.0), effort=1200)
    kept = solve(problem)

    forgotten: list[int] = []
    forget = search.Search._forget

    def noted(self: search.Search) -> None:
        before = len(self._known)
        forget(self)
        forgotten.append(before - len(self._known))

    monkeypatch.setattr(search, "MEMORY", 0)
    monkeypatch.setattr(search.Search, "_forget", noted)
    assert solve(problem) == kept
    assert sum(forgotten) > 0
