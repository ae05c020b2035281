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
    """Open hosts one by one, each time the one that shortens the trips most, and those that must be first.

    What a host saves only falls while others open, so that few have to be looked at again each time.
    """
    hosts, bodies = cost.shape
    chosen = np.empty(count, np.int64)
    saves = np.full(hosts, HUGE)
    nearest = np.empty(bodies)
    for i in range(bodies):
        nearest[i] = cost[:, i].max() + 1.0
    owed = least.copy()
    missing = must.sum()
    for k in range(count):
        urgent = np.maximum(owed, 0).sum() >= count - k
        fresh = np.zeros(hosts, np.bool_)
        while True:
            best = -1
            for j in range(hosts):
                if saves[j] < 0.0 or (missing > 0 and not must[j]):
                    continue
                if missing == 0 and urgent and owed[region[j]] <= 0:
                    continue
                if best < 0 or saves[j] > saves[best]:
                    best = j
            if fresh[best]:
                break
            total = 0.0
            for i in range(bodies):
                total += max(0.0, nearest[i] - cost[best, i])
            saves[best] = total
            fresh[best] = True
        chosen[k] = best
        saves[best] = -1.0
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
    place: Ints,
    price: Floats,
    tries: int,
    quota: int,
    skip: int,
    must: Marks,
    region: Ints,
    to_spare: Ints,
    whole: bool,
) -> tuple[float, int]:
    """Exchange open hosts for closed ones while the assignment gets cheaper; fills ``place``, returns its cost.

    If ``whole`` each exchange is judged by the assignment of whole bodies, else, and sooner, by that of split ones. The
    floors say which pairs can be skipped. HUGE when no hosts were found that can seat everybody.

    After ``quota`` assignments it pauses, so that others may look at the clock: the second value is then what to pass
    as ``skip``, with the same ``price``, in order to go on; -1 when there is nothing left to try. Of the pairs that
    promise most ``tries`` are tried.
    """
    hosts, bodies = unit.shape
    rooms = len(chosen)
    near = unit[chosen].T.copy()
    room = seats[chosen]
    split = np.zeros((bodies, rooms), np.int64)
    load = np.zeros(rooms, np.int64)
    penalty = near.max() + 1.0
    if whole:
        cost = settle(near, room, demand, price, split, place, load, penalty)
    else:
        cost = transport(near, room, demand, price, split)
    trial_place = place.copy()
    best_place = place.copy()
    while quota > 0:
        opened = np.zeros(hosts, np.bool_)
        opened[chosen] = True
        closed = np.nonzero(~opened)[0]
        floors = swap_floors(unit, seats, demand, near, room, price, closed, cost).ravel()
        hopeful = np.nonzero(floors < cost - 1e-6)[0]
        hopeful = hopeful[np.argsort(floors[hopeful])][:tries]
        best, best_pair, since = cost, -1, 0
        best_price = price.copy()
        while skip < len(hopeful) and quota > 0 and since < TRIES_AFTER_SUCCESS:
            z = hopeful[skip]
            if floors[z] >= best - 1e-6:
                skip = len(hopeful)
                break
            skip += 1
            j, k = closed[z // rooms], z % rooms
            if not may_replace(region, must, to_spare, chosen[k], j):
                continue
            trial = price.copy()
            trial[k] = _entry_price(unit, seats[j], demand, near, price, j, k)
            old_seats = room[k]
            near[:, k] = unit[j]
            room[k] = seats[j]
            quota -= 1
            if whole:
                value = settle(near, room, demand, trial, split, trial_place, load, penalty)
            else:
                value = transport(near, room, demand, trial, split)
            near[:, k] = unit[chosen[k]]
            room[k] = old_seats
            if value < best - 1e-6:
                best, best_pair, best_price = value, z, trial
                best_place[:] = trial_place
            if best_pair >= 0:
                since += 1
        if best_pair < 0:
            if skip >= len(hopeful):
                skip = -1
                break
            continue
        skip = 0
        j, k = closed[best_pair // rooms], best_pair % rooms
        to_spare[region[chosen[k]]] -= 1
        to_spare[region[j]] += 1
        chosen[k] = j
        near[:, k] = unit[j]
        room[k] = seats[j]
        cost, price[:] = best, best_price
        place[:] = best_place
    if not whole:
        cost = settle(near, room, demand, price, split, place, load, penalty)
    return cost, skip


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
