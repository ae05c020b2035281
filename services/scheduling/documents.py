"""Questions and plans as JSON text, read and written in short strides.

Those of a hundred thousand bodies are some ten million characters, and ``json`` takes them in one go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Problem
from services.scheduling.strides import strides

_CHUNK = 200
_MANY = ("bodies", "hosts", "trainers")
_BETWEEN = re.compile(r"[\s,:]*")
_SCAN = json.JSONDecoder().raw_decode


def written(problem: Problem) -> str:
    """The question as one line."""
    question = replace(problem, bodies=()).to_json()
    return dump({**question, "bodies": [body.to_json() for body in strides(problem.bodies)]})


def problem_of(text: str) -> Problem:
    """The question that was written."""
    return problem_from(load(text))


def problem_from(data: Mapping[str, Any]) -> Problem:
    """The question that the JSON says."""
    return Problem.from_json({**data, **{name: strides(data[name]) for name in _MANY}})


def plan_of(text: str) -> Plan:
    """The plan that the planner wrote."""
    return Plan.from_json(load(text))


def dump(data: Mapping[str, Any]) -> str:
    """``json.dumps`` of an object, its lists, and those of the objects in it, a part at a time."""
    return _members(data, lambda value: _members(value, _dumped) if isinstance(value, dict) else _dumped(value))


def _members(data: Mapping[str, Any], written: Callable[[Any], str]) -> str:
    return "{" + ",".join(f"{_short(name)}:{written(value)}" for name, value in strides(data.items())) + "}"


def _dumped(value: Any) -> str:
    if not isinstance(value, list):
        return _short(value)
    starts = range(0, len(value), _CHUNK)
    return "[" + ",".join(_short(value[start : start + _CHUNK])[1:-1] for start in strides(starts)) + "]"


def _short(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def load(text: str) -> dict[str, Any]:
    """``json.loads`` of an object, its lists an item at a time."""
    found: dict[str, Any] = {}
    at = _after(text, 1)
    while text[at] != "}":
        name, at = _SCAN(text, at)
        at = _after(text, at)
        if text[at] == "[":
            items = _Items(text, at)
            found[name] = list(strides(items))
            at = items.end
        else:
            found[name], at = _SCAN(text, at)
        at = _after(text, at)
    return found


class _Items:
    """The items of the list that opens here; ``end`` is behind it, when they have all been taken."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.end = text, start + 1

    def __iter__(self) -> Iterator[Any]:
        self.end = _after(self.text, self.end)
        while self.text[self.end] != "]":
            item, self.end = _SCAN(self.text, self.end)
            yield item
            self.end = _after(self.text, self.end)
        self.end += 1


def _after(text: str, at: int) -> int:
    """Where the next value begins, or a bracket closes."""
    found = _BETWEEN.match(text, at)
    assert found is not None
    return found.end()
