"""Thousands of small disturbances a second: the neighbourhood of a room gets other hosts and is assigned anew.

Each round takes a room and a few near ones, puts one or two closed hosts in the place of theirs, assigns their bodies,
and moves each room to the host that suits its guests best, until nothing improves. What comes of it is kept when it
does not cost more than by luck may be at the heat of the round (simulated annealing).

``trip[j, i]`` is the cost of body i at host j, ``chosen`` the open hosts, ``place`` the room of each body.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.assignment import HUGE, gather, polish, transport
from services.scheduling.planner.branching import seat_whole
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.sites import may_replace

LARGEST_GROUP = 9
NODES = 30
ONE_IN = 12
"""The best of one in so many hosts is drawn: about that many are near a body and have the same chance."""
BLUR = 0.5
"""By what share of its distance a room may be thought farther than it is: groups shall not always be the same."""


@compiled
def _group(
    trip: Floats, chosen: Ints, members: Ints, count: Ints, a: int, size: int, random: np.random.Generator
) -> Ints:
    """Room a, and about the nearest others by the trips of its guests."""
    distance = np.zeros(len(chosen))
    for k in range(len(chosen)):
        for t in range(count[a]):
            distance[k] += trip[chosen[k], members[a, t]]
        distance[k] *= 1.0 + BLUR * random.random()
    distance[a] = -1.0
    return np.argsort(distance)[:size]


@compiled
def _newcomer(trip: Floats, opened: Marks, i: int, random: np.random.Generator) -> int:
    """Some closed host near body i, or -1."""
    hosts, best = len(opened), -1
    for _ in range(max(1, hosts // ONE_IN)):
        j = int(random.random() * hosts)
        if not opened[j] and (best < 0 or trip[j, i] < trip[best, i]):
            best = j
    return best


@compiled
def _centre(trip: Floats, seats: Ints, opened: Marks, barred: Marks, guests: Ints, load: int, here: int) -> int:
    """The host to which these guests together travel least: where they are, or a closed one with the seats."""
    best, least = here, 0.0
    for i in guests:
        least += trip[here, i]
    for j in range(len(seats)):
        if opened[j] or barred[j] or seats[j] < load:
            continue
        total = 0.0
        for i in guests:
            total += trip[j, i]
            if total >= least - 1e-9:
                break
        if total < least - 1e-9:
            best, least = j, total
    return best


@compiled
def _give_way(hosts: Ints, s: int, j: int, opened: Marks, region: Ints, to_spare: Ints) -> None:
    to_spare[region[hosts[s]]] -= 1
    to_spare[region[j]] += 1
    opened[hosts[s]], opened[j] = False, True
    hosts[s] = j


@compiled
def _assigned(
    trip: Floats,
    seats: Ints,
    demand: Ints,
    bodies: Ints,
    hosts: Ints,
    place: Ints,
    price: Floats,
    opened: Marks,
    barred: Marks,
    must: Marks,
    region: Ints,
    to_spare: Ints,
    limit: float,
) -> float:
    """Assign ``bodies`` to ``hosts`` and move these to where their guests want them, in turn; the cost, or HUGE.

    Branches are worth their time only where they decide: when a split assignment would be kept and this one not.
    """
    size = len(hosts)
    needs = demand[bodies]
    whole, near = np.empty((len(bodies), size)), np.empty((len(bodies), size))
    split = np.zeros((len(bodies), size), np.int64)
    trial, load = np.zeros(len(bodies), np.int64), np.zeros(size, np.int64)
    cost = HUGE
    while True:
        for s in range(size):
            for t in range(len(bodies)):
                whole[t, s] = trip[hosts[s], bodies[t]]
                near[t, s] = whole[t, s] / needs[t]
        room = seats[hosts]
        floor = transport(near, room, needs, price, split)
        if floor >= HUGE:
            return HUGE
        gather(whole, room, needs, split, trial, load)
        value = 0.0 if polish(whole, room, needs, trial, load, whole.max() + 1.0) else HUGE
        for t in range(len(bodies)):
            value += whole[t, trial[t]]
        if value >= cost - 1e-9 or value >= HUGE:
            break
        cost = value
        place[:] = trial
        moved = False
        for s in range(size):
            guests = bodies[place == s]
            if must[hosts[s]] or len(guests) == 0:
                continue
            j = _centre(trip, seats, opened, barred, guests, load[s], hosts[s])
            if j != hosts[s] and may_replace(region, must, to_spare, hosts[s], j):
                for i in guests:
                    cost += trip[j, i] - trip[hosts[s], i]
                _give_way(hosts, s, j, opened, region, to_spare)
                moved = True
        if not moved:
            break
    if floor < min(limit, cost) - 1e-7:
        value, _ = seat_whole(near, room, needs, price, place, min(limit, cost), NODES)
        cost = min(cost, value)
    return cost


@compiled
def anneal(
    trip: Floats,
    seats: Ints,
    demand: Ints,
    chosen: Ints,
    place: Ints,
    must: Marks,
    region: Ints,
    to_spare: Ints,
    hot: float,
    cold: float,
    rounds: int,
    random: np.random.Generator,
) -> tuple[Ints, Ints]:
    """So many rounds while the heat, in cost, falls from ``hot`` to ``cold``; ``chosen`` and ``place`` go along.

    Returns the best hosts and places on the way.
    """
    hosts, bodies = trip.shape
    rooms = len(chosen)
    opened, barred = np.zeros(hosts, np.bool_), np.zeros(hosts, np.bool_)
    opened[chosen] = True
    members, count = np.empty((rooms, bodies), np.int64), np.zeros(rooms, np.int64)
    for i in range(bodies):
        members[place[i], count[place[i]]] = i
        count[place[i]] += 1
    prices = np.zeros(rooms)
    cost, best = 0.0, 0.0
    best_chosen, best_place = chosen.copy(), place.copy()
    for step in range(rounds):
        heat = hot * (cold / hot) ** (step / rounds)
        size = min(rooms, 2 + int(random.random() * (LARGEST_GROUP - 1)))
        slots = _group(trip, chosen, members, count, int(random.random() * rooms), size, random)
        many, before = 0, 0.0
        guests = np.empty(count[slots].sum(), np.int64)
        for k in slots:
            for t in range(count[k]):
                guests[many] = members[k, t]
                before += trip[chosen[k], guests[many]]
                many += 1
        if many == 0:
            continue
        local, price, bar = chosen[slots], prices[slots], random.random() < 0.5
        for _ in range(1 + int(random.random() * 2)):
            s = int(random.random() * size)
            j = _newcomer(trip, opened, guests[int(random.random() * many)], random)
            if j >= 0 and may_replace(region, must, to_spare, local[s], j):
                barred[local[s]] = bar
                _give_way(local, s, j, opened, region, to_spare)
        limit = before - heat * np.log(1.0 - random.random())
        where = np.zeros(many, np.int64)
        after = _assigned(
            trip, seats, demand, guests, local, where, price, opened, barred, must, region, to_spare, limit
        )
        barred[:] = False
        if after >= limit:
            for s in range(size):
                opened[local[s]] = False
                to_spare[region[local[s]]] -= 1
            for k in slots:
                opened[chosen[k]] = True
                to_spare[region[chosen[k]]] += 1
            continue
        chosen[slots], prices[slots], count[slots] = local, price, 0
        for t in range(many):
            k, i = slots[where[t]], guests[t]
            place[i] = k
            members[k, count[k]] = i
            count[k] += 1
        cost += after - before
        if cost < best - 1e-7:
            best = cost
            best_chosen[:] = chosen
            best_place[:] = place
    return best_chosen, best_place
