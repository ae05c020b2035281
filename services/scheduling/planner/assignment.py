"""Who goes where, when the hosts are fixed and their rooms are limited.

The model splits a body into its delegates: that is a transportation problem, solved exactly by ``transport``. When
every body sends one delegate its answer is the best assignment. Otherwise at most a few bodies end up split; ``gather``
makes them whole again and ``polish`` repairs and improves by moving and exchanging bodies.

Arrays: ``near[i, k]`` is the cost of one delegate of body i at room k; ``room[k]`` seats; ``demand[i]`` delegates;
``trip[i, k]`` the cost of the whole body.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.compiled import compiled

HUGE = 1e18
EPSILON = 1e-9


@compiled
def _cheapest_steps(
    near: Floats, split: Ints, members: Ints, count: Ints, listed: Marks, a: int, step: Floats, carrier: Ints
) -> None:
    """For room a: the least extra cost of moving one of its delegates to each other room, and the body that does it."""
    rooms = near.shape[1]
    for b in range(rooms):
        step[a, b] = HUGE
    t = 0
    while t < count[a]:
        i = members[a, t]
        if split[i, a] == 0:
            listed[a, i] = False
            count[a] -= 1
            members[a, t] = members[a, count[a]]
            continue
        here = near[i, a]
        for b in range(rooms):
            extra = near[i, b] - here
            if extra < step[a, b]:
                step[a, b] = extra
                carrier[a, b] = i
        t += 1


@compiled
def _shortest(step: Floats, distance: Floats, parent: Ints) -> None:
    """Bellman and Ford from the distances given; there is no negative cycle to fall into."""
    rooms = len(distance)
    for _ in range(rooms):
        changed = False
        for a in range(rooms):
            if distance[a] < HUGE / 2:
                for b in range(rooms):
                    if step[a, b] < HUGE / 2 and distance[a] + step[a, b] < distance[b] - EPSILON:
                        distance[b] = distance[a] + step[a, b]
                        parent[b] = a
                        changed = True
        if not changed:
            return


@compiled
def transport(near: Floats, room: Ints, demand: Ints, price: Floats, split: Ints) -> float:
    """Fill ``split[i, k]``, the delegates of body i in room k, at least cost; return it, or HUGE if they cannot fit.

    ``price`` is a price a seat to start from (zeros will do), and on return the price at which nobody would rather
    be elsewhere. Any start is right; one near the end is fast. Successive shortest paths between rooms: every body
    begins in the room cheapest for it at these prices, so moving delegates around a cycle never pays, and each path
    keeps that so.
    """
    bodies, rooms = near.shape
    members = np.empty((rooms, bodies), np.int64)
    count = np.zeros(rooms, np.int64)
    listed = np.zeros((rooms, bodies), np.bool_)
    load = np.zeros(rooms, np.int64)
    split[:] = 0
    for i in range(bodies):
        best = 0
        for k in range(1, rooms):
            if near[i, k] + price[k] < near[i, best] + price[best]:
                best = k
        split[i, best] = demand[i]
        load[best] += demand[i]
        members[best, count[best]] = i
        count[best] += 1
        listed[best, i] = True
    if load.sum() > room.sum():
        return HUGE
    step = np.empty((rooms, rooms))
    carrier = np.zeros((rooms, rooms), np.int64)
    for k in range(rooms):
        _cheapest_steps(near, split, members, count, listed, k, step, carrier)
    distance = np.empty(rooms)
    parent = np.empty(rooms, np.int64)
    path = np.empty(rooms + 1, np.int64)
    while True:
        crowded = False
        for k in range(rooms):
            crowded = crowded or load[k] > room[k]
        for k in range(rooms):
            parent[k] = -1
            distance[k] = 0.0 if load[k] > (room[k] if crowded else 0) else HUGE
        _shortest(step, distance, parent)
        end = -1
        for k in range(rooms):
            if load[k] < room[k] and parent[k] >= 0 and (end < 0 or distance[k] < distance[end]):
                end = k
        if end < 0 or (not crowded and distance[end] > -1e-7):
            break
        length = 0
        k = end
        while k >= 0 and length <= rooms:
            path[length] = k
            length += 1
            k = parent[k]
        start = path[length - 1]
        amount = room[end] - load[end]
        if crowded:
            amount = min(amount, load[start] - room[start])
        for t in range(length - 1):
            a = path[t + 1]
            amount = min(amount, split[carrier[a, path[t]], a])
        for t in range(length - 1):
            a, b = path[t + 1], path[t]
            i = carrier[a, b]
            split[i, a] -= amount
            split[i, b] += amount
            if not listed[b, i]:
                listed[b, i] = True
                members[b, count[b]] = i
                count[b] += 1
        load[start] -= amount
        load[end] += amount
        for t in range(length):
            _cheapest_steps(near, split, members, count, listed, path[t], step, carrier)
    distance[:] = 0.0
    for k in range(rooms):
        if load[k] == 0:
            distance[k] = HUGE
    _shortest(step, distance, parent)
    for k in range(rooms):
        price[k] = -distance[k] if distance[k] < 0.0 and load[k] >= room[k] else 0.0
    cost = 0.0
    for i in range(bodies):
        for k in range(rooms):
            if split[i, k] > 0:
                cost += split[i, k] * near[i, k]
    return cost


@compiled
def gather(trip: Floats, room: Ints, demand: Ints, split: Ints, place: Ints, load: Ints) -> None:
    """Make split bodies whole: the larger first, each to the cheapest room with space, else to the emptiest."""
    bodies, rooms = trip.shape
    load[:] = 0
    waiting = np.empty(bodies, np.int64)
    many = 0
    for i in range(bodies):
        place[i] = -1
        for k in range(rooms):
            if split[i, k] == demand[i]:
                place[i] = k
                load[k] += demand[i]
        if place[i] < 0:
            waiting[many] = i
            many += 1
    order = np.argsort(-demand[waiting[:many]], kind="mergesort")
    for t in range(many):
        i = waiting[order[t]]
        best = -1
        emptiest = 0
        for k in range(rooms):
            if load[k] + demand[i] <= room[k] and (best < 0 or trip[i, k] < trip[i, best]):
                best = k
            if room[k] - load[k] > room[emptiest] - load[emptiest]:
                emptiest = k
        place[i] = best if best >= 0 else emptiest
        load[place[i]] += demand[i]


@compiled
def _excess(load: int, room: int) -> float:
    return float(load - room) if load > room else 0.0


@compiled
def polish(trip: Floats, room: Ints, demand: Ints, place: Ints, load: Ints, penalty: float) -> bool:
    """Move bodies, and exchange pairs of them, while it pays; a delegate beyond the seats costs ``penalty``.

    Returns whether everybody has a seat in the end.
    """
    bodies, rooms = trip.shape
    members = np.empty((rooms, bodies), np.int64)
    count = np.zeros(rooms, np.int64)
    slot = np.empty(bodies, np.int64)
    for i in range(bodies):
        k = place[i]
        slot[i] = count[k]
        members[k, count[k]] = i
        count[k] += 1
    improved = True
    rounds = 0
    while improved and rounds < 100:
        improved = False
        rounds += 1
        for i in range(bodies):
            for b in range(rooms):
                a = place[i]
                if b == a:
                    continue
                extra = trip[i, b] - trip[i, a]
                before = _excess(load[a], room[a]) + _excess(load[b], room[b])
                if extra > penalty * before + EPSILON and extra > 0.0 and before > 0.0:
                    continue
                after = _excess(load[a] - demand[i], room[a]) + _excess(load[b] + demand[i], room[b])
                if extra + penalty * (after - before) < -1e-7:
                    load[a] -= demand[i]
                    load[b] += demand[i]
                    count[a] -= 1
                    last = members[a, count[a]]
                    members[a, slot[i]] = last
                    slot[last] = slot[i]
                    slot[i] = count[b]
                    members[b, count[b]] = i
                    count[b] += 1
                    place[i] = b
                    improved = True
                    continue
                if extra > 0.0 and before == 0.0:
                    continue
                for t in range(count[b]):
                    j = members[b, t]
                    change = extra + trip[j, a] - trip[j, b]
                    if change > penalty * before - 1e-7:
                        continue
                    shift = demand[j] - demand[i]
                    after = _excess(load[a] + shift, room[a]) + _excess(load[b] - shift, room[b])
                    if change + penalty * (after - before) < -1e-7:
                        load[a] += shift
                        load[b] -= shift
                        members[a, slot[i]] = j
                        members[b, t] = i
                        slot[j] = slot[i]
                        slot[i] = t
                        place[i] = b
                        place[j] = a
                        improved = True
                        break
    return bool((load <= room).all())


@compiled
def seat(trip: Floats, room: Ints, demand: Ints, place: Ints, load: Ints) -> None:
    """Quickly: who would lose most by the second best room chooses first; to the emptiest room when all are full."""
    bodies, rooms = trip.shape
    regret = np.empty(bodies)
    for i in range(bodies):
        first, second = HUGE, HUGE
        for k in range(rooms):
            if trip[i, k] < first:
                first, second = trip[i, k], first
            elif trip[i, k] < second:
                second = trip[i, k]
        regret[i] = second - first
    load[:] = 0
    for i in np.argsort(-regret, kind="mergesort"):
        best, emptiest = -1, 0
        for k in range(rooms):
            if load[k] + demand[i] <= room[k] and (best < 0 or trip[i, k] < trip[i, best]):
                best = k
            if room[k] - load[k] > room[emptiest] - load[emptiest]:
                emptiest = k
        place[i] = best if best >= 0 else emptiest
        load[place[i]] += demand[i]


@compiled
def settle(
    near: Floats, room: Ints, demand: Ints, price: Floats, split: Ints, place: Ints, load: Ints, penalty: float
) -> float:
    """The whole assignment on fixed rooms: split, gather, polish. Returns the cost, or HUGE when somebody stands."""
    if transport(near, room, demand, price, split) >= HUGE:
        return HUGE
    trip = near * demand.reshape(-1, 1)
    gather(trip, room, demand, split, place, load)
    if demand.max() > 1 and not polish(trip, room, demand, place, load, penalty):
        return HUGE
    cost = 0.0
    for i in range(len(demand)):
        cost += trip[i, place[i]]
    return cost
