"""Which hosts and who goes where: a first assignment, then the search and its bound side by side until time is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.scheduling.planner.arrays import Ints
from services.scheduling.planner.assignment import polish
from services.scheduling.planner.bound import Bound
from services.scheduling.planner.cases import Case, Cases
from services.scheduling.planner.course import run
from services.scheduling.planner.hosts import greedy, interchange
from services.scheduling.planner.occupancy import occupy, occupy_all
from services.scheduling.planner.opening import open_wide
from services.scheduling.planner.packing import pack
from services.scheduling.planner.problem import Infeasible
from services.scheduling.planner.search import LARGEST_AT_ONCE, Search, State, assign
from services.scheduling.planner.terrain import Terrain
from services.scheduling.planner.wide import WideTerrain

FIRST_BOUND_SHARE = 0.25
BOUND_STEPS_A_CHANGE = 3
BOUND_BODIES_A_CHANGE, BOUND_PAIRS_A_CHANGE = 8_000, 240_000
"""When a step would look at more bodies, or at more pairs of a host and a body, the bound takes fewer steps: it shall
not eat the time of the search."""
FASTEST = 5.0
"""The bound takes up to so many times more steps a change the longer the search finds nothing better."""
LAST_BOUND_STEPS = 2000
PATIENCE = 20

Tell = Callable[[float, float, float, State], None]


@dataclass(frozen=True)
class Budget:
    """How long to go on: ``elapsed()`` is the share of the time used, ``stopped()`` whether somebody asked to end."""

    elapsed: Callable[[], float]
    stopped: Callable[[], bool]
    seed: int = 0
    effort: int | None = None


@dataclass(frozen=True)
class Siting:
    """Hosts and places, and ``bound``, which no choice can undercut; ``case``, that of all plans, proves it."""

    state: State
    bound: float
    case: Case


def site(terrain: Terrain, budget: Budget, tell: Tell, first: State | None = None) -> Siting:
    """The best hosts and places within the budget. ``tell(share, cost, bound, state)`` is called often."""
    state, bound = _begin(terrain, budget, first)
    days = len(state.chosen)
    patience = PATIENCE * (len(terrain.demand) + 10 * days)

    cases = Cases(bound, divided=not isinstance(terrain, WideTerrain))
    pace_of_bodies = BOUND_BODIES_A_CHANGE / len(terrain.demand)
    owed = 0.0

    def climb(steps: float) -> None:
        nonlocal owed
        owed += steps
        while owed >= 1.0:
            owed -= 1.0
            cases.improve(search.best.cost)

    def share_spent() -> float:
        return max(budget.elapsed(), search.effort / budget.effort if budget.effort else 0.0)

    def say(share: float, best: State) -> None:
        tell(min(share, 1.0), best.cost, _proved(cases.best, best), best)

    def spent() -> bool:
        pace = min(BOUND_STEPS_A_CHANGE, pace_of_bodies, BOUND_PAIRS_A_CHANGE / bound.pairs)
        climb(pace / bound.toil * min(1.0 + search.fruitless / days, FASTEST))
        search.heed(bound)
        share = share_spent()
        say(share, search.best)
        return (
            budget.stopped()
            or share >= 1
            or search.fruitless > patience
            or search.best.cost - cases.best <= 1e-6 * abs(search.best.cost)
        )

    search = Search(terrain, state, budget.seed, spent)
    climb(1)
    while not bound.finished and budget.elapsed() < FIRST_BOUND_SHARE and not budget.stopped():
        climb(1)
        say(share_spent(), search.best)
    search.heed(bound)
    run(search)
    state = occupy(search.best, terrain)
    idle = state is not search.best
    if idle:
        bound.resume()
    steps = 0
    while not cases.finished and not budget.stopped() and budget.elapsed() < 1 and steps < LAST_BOUND_STEPS:
        cases.improve(state.cost)
        say(share_spent(), state)
        steps += 1
    if idle and len(state.chosen) == days:
        state = min(state, occupy_all(bound.opened, terrain) or state, key=lambda known: known.cost)
    if len(state.chosen) == days:
        return Siting(state, _proved(cases.best, state), cases.proved())
    fewer = bound.proved_for(len(state.chosen))
    return Siting(state, _proved(fewer, state), Case(bound.scope, bound.proof(), fewer))


def _begin(terrain: Terrain, budget: Budget, first: State | None) -> tuple[State, Bound]:
    if first is None and isinstance(terrain, WideTerrain):
        return open_wide(terrain, lambda: budget.stopped() or budget.elapsed() > FIRST_BOUND_SHARE)
    state = first or first_state(terrain)
    _, costs = terrain.nearest(state.chosen, 2)
    near, second = costs[:, 0], costs[:, 1] if len(state.chosen) > 1 else np.inf
    return state, Bound(terrain, near + 0.5 * np.minimum(second - near, near + 1.0))


def first_state(terrain: Terrain) -> State:
    """Any whole assignment, a decent one if possible."""
    sites, demand = terrain.sites, terrain.demand
    everyone = terrain.block(np.arange(len(sites.seats)))
    chosen = greedy(everyone, sites.count, sites.must, sites.region, sites.least)
    eager = chosen.copy()
    if len(demand) * sites.count <= LARGEST_AT_ONCE:
        interchange(everyone, eager, sites.must, sites.region, sites.to_spare(eager))
    _make_room(eager, terrain)
    state = assign(terrain, eager)
    if state is not None:
        return state
    largest = sites.cheapest(-sites.seats.astype(np.float64))
    proved = False
    for candidates in (chosen, largest):
        place, proved = pack(demand, sites.seats[candidates])
        if place is not None:
            load = np.bincount(place, weights=demand, minlength=len(candidates)).astype(np.int64)
            trip = np.ascontiguousarray(terrain.block(candidates).T)
            polish(trip, sites.seats[candidates], demand, place, load, float(trip.max()) + 1.0)
            return State(candidates.copy(), place, float(trip[np.arange(len(demand)), place].sum()))
    reason = "bodies_do_not_fit_whole" if proved else "no_packing_found"
    seats = int(sites.seats[largest].sum())
    raise Infeasible(reason, delegates=int(demand.sum()), seats=seats, days=sites.count)


def _make_room(chosen: Ints, terrain: Terrain) -> None:
    """Exchange small hosts for the nearest larger ones until there are seats for all, or no more can be had."""
    sites = terrain.sites
    while sites.seats[chosen].sum() < terrain.demand.sum():
        extra = sites.seats[None, :] - sites.seats[chosen][:, None]
        extra[:, chosen] = 0
        to_spare = sites.to_spare(chosen)
        home = sites.region[chosen]
        extra[sites.must[chosen]] = 0
        extra[(to_spare[home] <= 0)[:, None] & (home[:, None] != sites.region[None, :])] = 0
        if not (extra > 0).any():
            return
        price = np.where(extra > 0, (terrain.distances(chosen) + 1.0) / np.maximum(extra, 1), np.inf)
        k, j = np.unravel_index(int(price.argmin()), price.shape)
        chosen[k] = j


def _proved(bound: float, state: State) -> float:
    return float(min(max(bound, 0.0), state.cost))
