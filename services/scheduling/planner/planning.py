"""From the question to the plan: check, measure, choose hosts and prove, make the calendar."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import numpy as np

from services.scheduling.planner import calendar, checks, proving
from services.scheduling.planner.carrying import carried_over
from services.scheduling.planner.clashes import number_of_days, usable_hosts
from services.scheduling.planner.numbering import numbered
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Body, Host, Infeasible, Problem
from services.scheduling.planner.room import OF_THE_CALENDAR, SECONDS, Judge, making_room, may_be_made, room_for
from services.scheduling.planner.search import State
from services.scheduling.planner.siting import Budget, Siting, site
from services.scheduling.planner.survey import paid, refuse_what_rules_forbid, survey

CALENDAR_SHARE = 0.2
CALENDAR_SECONDS = 10.0
CALENDAR_WORK = 2.0
LEAST_SHARE = 0.25
"""What the search gets of the budget in any case, even when a busy machine took all of it to load code."""

SECONDS_BETWEEN_TICKS = 0.1
SKETCHED = 10_000
"""Bodies beyond which a sketch tells hosts only: it is told again and again."""

Sketch = Callable[[], dict[str, list[str]]]
"""The best choice so far, when it is asked for: the bodies that each host would receive, by their codes."""
Progress = Callable[[str, float, float | None, float | None, Sketch | None], None]


def solve(
    problem: Problem,
    progress: Progress | None = None,
    stop: Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Plan:
    """The best plan that the budget allows; raises ``Infeasible`` with a named reason.

    The budget runs from now on: checking, the search, the calendar and loading code are all within it. With ``effort``
    time is a last resort only, so that the plan does not depend on the machine.
    ``progress(phase, share, cost, bound, sketch)`` is called often; phases are "checking", "hosts", "calendar", "done",
    and "room" while it is tried what would make room for a plan.
    When ``stop`` is set the search ends early, and what is still missing of the plan is made in the quickest way.
    ``clock`` tells the seconds that the budget limits; benchmarks on a busy machine count those of the processor.
    """
    say = progress or (lambda phase, share, cost, bound, sketch: None)
    try:
        return _solved(problem, say, stop or Event(), clock)
    except Infeasible as refusal:
        if not may_be_made(refusal):
            raise
        with _looking_for_room(say):
            room = room_for(problem, refusal)
        raise Infeasible(refusal.reason, **{**refusal.facts, **room}) from refusal


def _solved(problem: Problem, say: Progress, stop: Event, clock: Callable[[], float]) -> Plan:
    ends = clock() + problem.seconds
    say("checking", 0.0, None, None, None)
    checks.check(problem)
    hosts = usable_hosts(problem)
    terrain = survey(problem, hosts, number_of_days(problem))
    say("hosts", 0.0, None, None, None)
    first = carried_over(problem, hosts, terrain)
    started = clock()
    reserved = min(CALENDAR_SHARE * problem.seconds, CALENDAR_SECONDS)
    if reserved < calendar.LEAST_SECONDS:
        reserved /= 4
    seconds = max(ends - reserved - started, LEAST_SHARE * problem.seconds)
    budget = Budget(lambda: (clock() - started) / seconds, stop.is_set, problem.seed, problem.effort)

    def tell(share: float, cost: float, bound: float, state: State) -> None:
        say("hosts", share * (1 - CALENDAR_SHARE), cost, bound, lambda: _sketch(problem, hosts, state))

    siting = site(terrain, budget, tell, first)
    refuse_what_rules_forbid(problem, hosts, terrain, siting.state)
    begun = clock()
    left = min(ends - begun, CALENDAR_SECONDS) if problem.effort is None else problem.seconds

    def tick() -> None:
        share = min(1.0, (clock() - begun) / max(left, 0.01))
        sketch = lambda: _sketch(problem, hosts, siting.state)  # noqa: E731
        say("calendar", 1 - CALENDAR_SHARE * (1 - share), siting.state.cost, siting.bound, sketch)

    chosen = [hosts[j] for j in siting.state.chosen]
    guests = [[problem.bodies[i] for i in np.flatnonzero(siting.state.place == slot)] for slot in range(len(chosen))]
    try:
        with _told_of(tick):
            plan = _calendar(problem, hosts, siting, chosen, guests, left, stop)
    except Infeasible as refusal:
        judge: Judge = lambda changed: calendar.check(calendar.ask(changed, chosen, guests))  # noqa: E731
        with _looking_for_room(say):
            room = making_room(problem, judge, refusal.reason, OF_THE_CALENDAR)
        raise Infeasible(refusal.reason, **refusal.facts, room=room) from refusal
    say("done", 1.0, plan.cost_km, plan.bound_km, None)
    return plan


@contextmanager
def _looking_for_room(say: Progress) -> Iterator[None]:
    """Say how much is over of the time that it may take."""
    begun = time.monotonic()
    with _told_of(lambda: say("room", min(1.0, (time.monotonic() - begun) / SECONDS), None, None, None)):
        yield


@contextmanager
def _told_of(tick: Callable[[], None]) -> Iterator[None]:
    """Call ``tick`` now and several times a second, from a thread of its own: a solver does not say how far it is."""
    over = Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_TICKS):
            tick()

    tick()
    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _sketch(problem: Problem, hosts: tuple[Host, ...], state: State) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {hosts[j].code: [] for j in state.chosen}
    if len(problem.bodies) <= SKETCHED:
        for body, j in zip(problem.bodies, state.chosen[state.place], strict=True):
            found[hosts[j].code].append(body.code)
    return found


def _calendar(
    problem: Problem,
    hosts: tuple[Host, ...],
    siting: Siting,
    chosen: list[Host],
    guests: list[list[Body]],
    seconds: float,
    stop: Event,
) -> Plan:
    """Dates, trainers and webinars for the chosen hosts; the plan complete."""
    state, bound = siting.state, siting.bound
    work = None if problem.effort is None else CALENDAR_WORK
    question = calendar.ask(problem, chosen, guests)
    table = calendar.make(question, seconds, stop, work)
    days, webinars = numbered(question, table, guests)
    trips, unfair, moved = paid(problem, hosts, state)
    fewer = None
    if len(days) < problem.training_days:
        fewer = "bodies" if len(days) == len(problem.bodies) else "hosts"
    return Plan(
        days=days,
        webinars=webinars,
        cost_km=round(state.cost, 3),
        bound_km=round(bound, 3),
        gap=(state.cost - bound) / state.cost if state.cost > 0 else 0.0,
        longest_km=float(trips.max()),
        mean_km=float(trips.mean()),
        fewer_days=fewer,
        calendar_km=float(table.price),
        calendar_bound_km=float(table.bound),
        unfair_km=round(unfair, 3),
        moved_km=round(moved, 3),
        **proving.told(problem, hosts, siting.case),
    )
