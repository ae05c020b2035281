"""Which hosts: a greedy start, exchanges without capacities, then exchanges that know the rooms.

``cost[j, i]`` is the trip of body i to host j; ``unit[j, i]`` the same for one of its delegates; ``chosen`` the hosts.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.assignment import HUGE, settle, transport
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.knapsack import fill
from services.scheduling.planner.sites import may_replace

TRIES_AFTER_SUCCESS = 4
FAR = 1e6  # farther than any trip, and small enough to add up without losing metres


@compiled
def greedy(cost: Floats, count: int, must: Marks, region: Ints, least: Ints) -> Ints:
    """Open hosts one by one, each time the one that shortens the trips most, and those that must be first."""
    hosts, bodies = cost.shape
    chosen = np.empty(count, np.int64)
    opened = np.zeros(hosts, np.bool_)
    nearest = np.full(bodies, HUGE)
    owed = least.copy()
    missing = must.sum()
    for k in range(count):
        best, best_total = -1, HUGE * bodies
        urgent = np.maximum(owed, 0).sum() >= count - k
        for j in range(hosts):
            if opened[j] or (missing > 0 and not must[j]) or (missing == 0 and urgent and owed[region[j]] <= 0):
                continue
            total = 0.0
            for i in range(bodies):
                total += min(nearest[i], cost[j, i])
            if best < 0 or total < best_total:
                best, best_total = j, total
        chosen[k] = best
        opened[best] = True
        missing -= must[best]
        owed[region[best]] -= 1
        for i in range(bodies):
            nearest[i] = min(nearest[i], cost[best, i])
    return chosen


@compiled
def two_nearest(cost: Floats, chosen: Ints) -> tuple[Ints, Floats, Floats]:
    """For each body the place in ``chosen`` of its nearest host, and the costs of the nearest and the second."""
    bodies = cost.shape[1]
    nearest = np.zeros(bodies, np.int64)
    first = np.full(bodies, HUGE)
    second = np.full(bodies, HUGE)
    for k in range(len(chosen)):
        for i in range(bodies):
            here = cost[chosen[k], i]
            if here < first[i]:
                second[i] = first[i]
                first[i] = here
                nearest[i] = k
            elif here < second[i]:
                second[i] = here
    return nearest, first, second


@compiled
def interchange(cost: Floats, chosen: Ints, must: Marks, region: Ints, to_spare: Ints) -> None:
    """Exchange an open host for a closed one while that shortens the trips, as if rooms were endless."""
    hosts, bodies = cost.shape
    count = len(chosen)
    opened = np.zeros(hosts, np.bool_)
    opened[chosen] = True
    nearest, first, second = two_nearest(cost, chosen)
    loss = np.empty(count)
    since, j = 0, 0
    while since < hosts:
        if not opened[j]:
            loss[:] = 0.0
            gain = 0.0
            for i in range(bodies):
                here = cost[j, i]
                if here < first[i]:
                    gain += first[i] - here
                else:
                    loss[nearest[i]] += min(here, second[i]) - first[i]
            for k in range(count):
                if not may_replace(region, must, to_spare, chosen[k], j):
                    loss[k] = HUGE
            k = int(np.argmin(loss))
            if loss[k] - gain < -1e-7:
                to_spare[region[chosen[k]]] -= 1
                to_spare[region[j]] += 1
                opened[chosen[k]] = False
                opened[j] = True
                chosen[k] = j
                nearest, first, second = two_nearest(cost, chosen)
                since = -1
        since += 1
        j = (j + 1) % hosts


@compiled
def swap_floors(
    unit: Floats, seats: Ints, demand: Ints, near: Floats, room: Ints, price: Floats, closed: Ints, ceiling: float
) -> Floats:
    """``floors[c, k]``: the transport cost after host ``closed[c]`` replaces room k is at least this (by duality).

    A floor that is above ``ceiling`` already when the new host's seats are not counted is left at that.
    """
    bodies, rooms = near.shape
    first = np.full(bodies, HUGE)
    second = np.full(bodies, HUGE)
    nearest = np.zeros(bodies, np.int64)
    paid = 0.0
    for k in range(rooms):
        paid += room[k] * price[k]
    base = 0.0
    loss = np.zeros(rooms)
    for i in range(bodies):
        for k in range(rooms):
            here = near[i, k] + price[k]
            if here < first[i]:
                second[i] = first[i]
                first[i] = here
                nearest[i] = k
            elif here < second[i]:
                second[i] = here
        base += demand[i] * first[i]
        loss[nearest[i]] += demand[i] * (min(second[i], FAR) - first[i])
    floors = np.empty((len(closed), rooms))
    nearby = np.empty(bodies, np.int64)
    value = np.empty(bodies)
    weight = np.empty(bodies, np.int64)
    saved_by_leaving = np.empty(rooms)
    wanted_by_leaving = np.empty(rooms, np.int64)
    for c in range(len(closed)):
        j = closed[c]
        many, wanted, saved = 0, 0, 0.0
        saved_by_leaving[:] = 0.0
        wanted_by_leaving[:] = 0
        for i in range(bodies):
            here = unit[j, i]
            if here < second[i]:
                nearby[many] = i
                many += 1
                if here < first[i]:
                    wanted += demand[i]
                    saved += demand[i] * (first[i] - here)
                    saved_by_leaving[nearest[i]] += demand[i] * (min(second[i], FAR) - first[i])
                else:
                    wanted_by_leaving[nearest[i]] += demand[i]
                    saved_by_leaving[nearest[i]] += demand[i] * (min(second[i], FAR) - here)
        for k in range(rooms):
            without = base + loss[k] - (paid - room[k] * price[k])
            floors[c, k] = without - saved - saved_by_leaving[k]
            if floors[c, k] < ceiling and wanted + wanted_by_leaving[k] > seats[j]:
                taken = 0
                for t in range(many):
                    i = nearby[t]
                    saving = (min(second[i], FAR) if nearest[i] == k else first[i]) - unit[j, i]
                    if saving > 0.0:
                        value[taken] = saving
                        weight[taken] = demand[i]
                        taken += 1
                limited, _ = fill(value, weight, taken, seats[j])
                floors[c, k] = without - limited
    return floors


@compiled
def _entry_price(unit: Floats, seats: int, demand: Ints, near: Floats, price: Floats, j: int, k: int) -> float:
    """The price at which host j in place of room k would be just full."""
    bodies, rooms = near.shape
    value = np.empty(bodies)
    weight = np.empty(bodies, np.int64)
    taken = 0
    for i in range(bodies):
        best = HUGE
        for b in range(rooms):
            if b != k:
                best = min(best, near[i, b] + price[b])
        if best > unit[j, i]:
            value[taken] = best - unit[j, i]
            weight[taken] = demand[i]
            taken += 1
    _, margin = fill(value, weight, taken, seats)
    return margin if margin < HUGE / 2 else 0.0


@compiled
def exchange(
    unit: Floats,
    seats: Ints,
    demand: Ints,
    chosen: Ints,
    price: Floats,
    tries: int,
    must: Marks,
    region: Ints,
    to_spare: Ints,
) -> float:
    """Exchange open hosts for closed ones while the transport cost falls; the floors say which pairs can be skipped."""
    hosts, bodies = unit.shape
    rooms = len(chosen)
    near = unit[chosen].T.copy()
    room = seats[chosen]
    split = np.zeros((bodies, rooms), np.int64)
    cost = transport(near, room, demand, price, split)
    while cost < HUGE:
        opened = np.zeros(hosts, np.bool_)
        opened[chosen] = True
        closed = np.nonzero(~opened)[0]
        floors = swap_floors(unit, seats, demand, near, room, price, closed, cost).ravel()
        hopeful = np.nonzero(floors < cost - 1e-6)[0]
        hopeful = hopeful[np.argsort(floors[hopeful])]
        best, best_pair, since = cost, -1, 0
        best_price = price.copy()
        for z in hopeful[:tries]:
            if floors[z] >= best - 1e-6:
                break
            j, k = closed[z // rooms], z % rooms
            if not may_replace(region, must, to_spare, chosen[k], j):
                continue
            trial = price.copy()
            trial[k] = _entry_price(unit, seats[j], demand, near, price, j, k)
            old_seats = room[k]
            near[:, k] = unit[j]
            room[k] = seats[j]
            value = transport(near, room, demand, trial, split)
            near[:, k] = unit[chosen[k]]
            room[k] = old_seats
            if value < best - 1e-6:
                best, best_pair, best_price = value, z, trial
            if best_pair >= 0:
                since += 1
                if since >= TRIES_AFTER_SUCCESS:
                    break
        if best_pair < 0:
            break
        j, k = closed[best_pair // rooms], best_pair % rooms
        to_spare[region[chosen[k]]] -= 1
        to_spare[region[j]] += 1
        chosen[k] = j
        near[:, k] = unit[j]
        room[k] = seats[j]
        cost, price[:] = best, best_price
    return cost


@compiled
def without_one(unit: Floats, seats: Ints, demand: Ints, chosen: Ints, given_up: Marks) -> Ints:
    """The hosts less the one that is missed least of those that may be; all of them when none can be missed."""
    bodies = unit.shape[1]
    best, kept = HUGE, chosen.copy()
    for k in np.nonzero(given_up[chosen])[0]:
        rest = np.concatenate((chosen[:k], chosen[k + 1 :]))
        split = np.zeros((bodies, len(rest)), np.int64)
        value = transport(unit[rest].T.copy(), seats[rest], demand, np.zeros(len(rest)), split)
        if value < best:
            best, kept = value, rest
    return kept


@compiled
def with_one(unit: Floats, seats: Ints, demand: Ints, chosen: Ints, current: Floats, tries: int) -> Ints:
    """The hosts and the closed one that helps most; ``current`` is what each body's delegate travels now."""
    hosts, bodies = unit.shape
    gains = np.zeros(hosts)
    value = np.empty(bodies)
    weight = np.empty(bodies, np.int64)
    for j in range(hosts):
        taken = 0
        for i in range(bodies):
            if current[i] > unit[j, i]:
                value[taken] = current[i] - unit[j, i]
                weight[taken] = demand[i]
                taken += 1
        gains[j], _ = fill(value, weight, taken, seats[j])
    gains[chosen] = -1.0
    best, extended = HUGE, chosen.copy()
    for j in np.argsort(-gains)[:tries]:
        if gains[j] < 0.0:
            break
        more = np.append(chosen, j)
        split = np.zeros((bodies, len(more)), np.int64)
        cost = transport(unit[more].T.copy(), seats[more], demand, np.zeros(len(more)), split)
        if cost < best:
            best, extended = cost, more
    return extended


@compiled
def reoptimise(
    unit: Floats,
    seats: Ints,
    demand: Ints,
    chosen: Ints,
    place: Ints,
    tries: int,
    must: Marks,
    region: Ints,
    to_spare: Ints,
) -> float:
    """Exchange from ``chosen`` on, then assign whole bodies into ``place``; the cost, or HUGE when that fails."""
    price = np.zeros(len(chosen))
    if exchange(unit, seats, demand, chosen, price, tries, must, region, to_spare) >= HUGE:
        return HUGE
    near = unit[chosen].T.copy()
    split = np.zeros((len(demand), len(chosen)), np.int64)
    load = np.zeros(len(chosen), np.int64)
    return settle(near, seats[chosen], demand, price, split, place, load, near.max() + 1.0)
