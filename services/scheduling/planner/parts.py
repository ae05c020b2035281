"""A body whose delegates may go to two days: to the planner it is two bodies at one place, with half of them each.

The halves may still end up on the same day. Whoever names them by code names them by the body's code and a mark.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from services.scheduling.planner.problem import Body, Problem

MARK = "~"
PARTS = (1, 2)


def whole(code: str) -> str:
    """The body that a part belongs to; a body that is not in parts is its own."""
    return code.partition(MARK)[0]


def codes_of(code: str) -> tuple[str, ...]:
    """The codes under which a body may be in a plan."""
    return code, *(f"{code}{MARK}{part}" for part in PARTS)


def in_parts(problem: Problem, codes: Collection[str]) -> Problem:
    """The problem with these bodies in parts, and with what the rules say of them said of both parts."""
    if not codes:
        return problem
    bodies = {body.code: _halves(body) if body.code in codes else (body,) for body in problem.bodies}
    parts = {code: [part.code for part in found] for code, found in bodies.items()}
    rules = problem.rules
    return replace(
        problem,
        bodies=tuple(part for found in bodies.values() for part in found),
        rules=replace(
            rules,
            pinned={part: host for code, host in rules.pinned.items() for part in parts.get(code, [code])},
            forbidden=frozenset((part, host) for code, host in rules.forbidden for part in parts.get(code, [code])),
        ),
    )


def _halves(body: Body) -> tuple[Body, ...]:
    if body.demand < len(PARTS):
        return (body,)
    sizes = (body.demand - body.demand // 2, body.demand // 2)
    return tuple(
        replace(body, code=f"{body.code}{MARK}{part}", name=f"{body.name} ({part}/{len(PARTS)})", demand=size)
        for part, size in zip(PARTS, sizes, strict=True)
    )
