"""A plan with all its bodies as JSON that is sent while it is made: there may be a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import current_app

from chassis.aside import strides
from gateway.api import output as out
from gateway.backend import call
from gateway.plans import bodies, by_day

__all__ = ["told"]

Json = dict[str, Any]


def told(run_id: str) -> Iterator[str]:
    """What ``output.Plan`` says, in pieces. What is wrong is raised before the first one."""
    plan = call("scheduling", "plan", run_id=run_id)
    return _pieces(plan, bodies(run_id))


def _pieces(plan: Json, guests: Iterator[Json]) -> Iterator[str]:
    written = partial(current_app.json.dumps, separators=(",", ":"))
    rest = out.Plan(exclude=("days", "across_water")).dump(plan)
    yield written(rest)[:-1]
    day_of, across, mark = out.PlannedDay(), list[Json](), ',"days":['
    for day, own in strides(by_day(plan["days"], guests)):
        across += [body for body in own if body["by_boat"]]
        yield mark + written(day_of.dump({**day, "bodies": own}))
        mark = ","
    across.sort(key=lambda body: (-body["km"], body["code"]))
    ends = out.Plan(only=("across_water",)).dump({"across_water": across})
    yield ("" if plan["days"] else mark) + "]," + written(ends)[1:]
