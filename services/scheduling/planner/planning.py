"""From the question to the plan: check, measure, choose hosts and prove, make the calendar."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import numpy as np

from services.scheduling.planner import calendar, checks, travel
from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.assignment import polish
from services.scheduling.planner.bound import Bound
from services.scheduling.planner.hosts import greedy, interchange, two_nearest
from services.scheduling.planner.numbering import numbered
from services.scheduling.planner.occupancy import occupy, occupy_all
from services.scheduling.planner.packing import pack
from services.scheduling.planner.problem import Host, Infeasible, Plan, Problem
from services.scheduling.planner.search import Search, State, assign

FIRST_BOUND_STEPS = 200
BOUND_STEPS_A_CHANGE = 3
LAST_BOUND_STEPS = 500
CALENDAR_SHARE = 0.2
CALENDAR_SECONDS = 10.0
CALENDAR_WORK = 2.0

Progress = Callable[[str, float, float | None, float | None], None]


def solve(problem: Problem, progress: Progress | None = None, stop: Event | None = None) -> Plan:
    """The best plan that the budget allows; raises ``Infeasible`` with a named reason.

    The budget begins to run when there is a first assignment, so that loading code on a busy machine does not eat it.
    ``progress(phase, share, cost, bound)`` is called often; phases are "checking", "hosts", "calendar" and "done".
    When ``stop`` is set the search ends early, and what is still missing of the plan is made in the quickest way.
    """
    say = progress or (lambda phase, share, cost, bound: None)
    stop = stop or Event()
    say("checking", 0.0, None, None)
    checks.check(problem)
    calendar.load_solver()
    hosts = checks.usable_hosts(problem)
    cost = travel.between(hosts, problem.bodies, problem.detour, problem.seas)
    apart = travel.between(hosts, hosts, problem.detour, problem.seas)
    demand = np.array([body.demand for body in problem.bodies], dtype=np.int64)
    seats = np.array([problem.seats(host) for host in hosts], dtype=np.int64)
    first = _first_state(cost, demand, seats, apart, checks.number_of_days(problem))
    started = time.monotonic()
    reserve = min(CALENDAR_SHARE * problem.seconds, CALENDAR_SECONDS)
    ends = started + problem.seconds - reserve
    state, bound = _improve(problem, cost, apart, demand, seats, first, (started, ends), say, stop)
    say("calendar", 1 - CALENDAR_SHARE, state.cost, bound)
    left = min(started + problem.seconds - time.monotonic(), CALENDAR_SECONDS)
    plan = _calendar(problem, hosts, cost, state, bound, left, stop)
    say("done", 1.0, plan.cost_km, plan.bound_km)
    return plan


def _improve(
    problem: Problem,
    cost: Floats,
    apart: Floats,
    demand: Ints,
    seats: Ints,
    state: State,
    span: tuple[float, float],
    say: Progress,
    stop: Event,
) -> tuple[State, float]:
    """Better hosts and places of all bodies until the end of the span, every host used, and the proved bound."""
    started, ends = span
    days = len(state.chosen)
    _, first, second = two_nearest(cost, state.chosen)
    offer = first + 0.5 * np.minimum(second - first, first + 1.0)
    bound = Bound(cost, demand, seats, days, offer)
    for _ in range(FIRST_BOUND_STEPS):
        if not bound.finished:
            bound.improve(state.cost)
    state = min(state, _state_from(bound.opened, cost, demand, seats, apart) or state, key=lambda known: known.cost)
    patience = len(problem.bodies) + 10 * days
    seen = np.inf

    def spent() -> bool:
        nonlocal seen
        for _ in range(BOUND_STEPS_A_CHANGE):
            if not bound.finished:
                bound.improve(search.state.cost)
        if search.state.cost < seen * 0.999 or (bound.finished and search.state.cost < seen):
            seen = search.state.cost
            search.worthwhile = bound.hopeless(seen) <= 0
        elapsed = (time.monotonic() - started) / (ends - started)
        share = min(max(elapsed, search.effort / problem.effort if problem.effort else 0.0), 1.0)
        proved = min(max(bound.best, 0.0), search.state.cost)
        say("hosts", share * (1 - CALENDAR_SHARE), search.state.cost, proved)
        return (
            stop.is_set()
            or elapsed >= 1
            or (problem.effort is not None and search.effort >= problem.effort)
            or search.fruitless > patience
            or search.state.cost - bound.best <= 1e-6 * abs(search.state.cost)
        )

    search = Search(cost, demand, seats, apart, state, problem.seed, spent)
    search.run()
    state = occupy(search.state, cost, demand, seats)
    idle = state is not search.state
    if idle:
        bound.resume()
    steps = 0
    while not bound.finished and not stop.is_set() and time.monotonic() < ends and steps < LAST_BOUND_STEPS:
        bound.improve(state.cost)
        steps += 1
    if idle and len(state.chosen) == days:
        state = min(state, occupy_all(bound.opened, cost, demand, seats) or state, key=lambda known: known.cost)
    proved = bound.best if len(state.chosen) == days else bound.proved_for(len(state.chosen))
    return state, float(min(max(proved, 0.0), state.cost))


def _state_from(chosen: Ints, cost: Floats, demand: Ints, seats: Ints, apart: Floats) -> State | None:
    """From these hosts to a local optimum as if rooms were endless, then to enough seats, then who goes where."""
    chosen = chosen.copy()
    interchange(cost, chosen)
    _make_room(chosen, seats, apart, int(demand.sum()))
    return assign(cost / demand, demand, seats, chosen)


def _first_state(cost: Floats, demand: Ints, seats: Ints, apart: Floats, days: int) -> State:
    """Any whole assignment, a decent one if possible."""
    chosen = greedy(cost, days)
    state = _state_from(chosen, cost, demand, seats, apart)
    if state is not None:
        return state
    largest = np.argsort(-seats, kind="stable")[:days]
    proved = False
    for candidates in (chosen, largest):
        place, proved = pack(demand, seats[candidates])
        if place is not None:
            load = np.bincount(place, weights=demand, minlength=days).astype(np.int64)
            trip = np.ascontiguousarray(cost[candidates].T)
            polish(trip, seats[candidates], demand, place, load, float(trip.max()) + 1.0)
            return State(candidates.copy(), place, float(trip[np.arange(len(demand)), place].sum()))
    reason = "bodies_do_not_fit_whole" if proved else "no_packing_found"
    raise Infeasible(reason, delegates=int(demand.sum()), seats=int(seats[largest].sum()), days=days)


def _make_room(chosen: Ints, seats: Ints, apart: Floats, delegates: int) -> None:
    """Exchange small hosts for the nearest larger ones until there are seats for all."""
    while seats[chosen].sum() < delegates:
        extra = seats[None, :] - seats[chosen][:, None]
        extra[:, chosen] = 0
        price = np.where(extra > 0, (apart[chosen] + 1.0) / np.maximum(extra, 1), np.inf)
        k, j = np.unravel_index(int(price.argmin()), price.shape)
        chosen[k] = j


def _calendar(
    problem: Problem, hosts: tuple[Host, ...], cost: Floats, state: State, bound: float, seconds: float, stop: Event
) -> Plan:
    """Dates, trainers and webinars for the chosen hosts; the plan complete."""
    chosen = [hosts[j] for j in state.chosen]
    guests = [[problem.bodies[i] for i in np.flatnonzero(state.place == slot)] for slot in range(len(chosen))]
    question = calendar.ask(problem, chosen, guests)
    work = None if problem.effort is None else CALENDAR_WORK
    table = calendar.make(question, seconds, stop, work)
    days, webinars = numbered(question, table, guests)
    trips = cost[state.chosen[state.place], np.arange(len(state.place))]
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
    )
