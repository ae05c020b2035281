"""Who goes where when there are very many rooms: each body knows the few that cost it least.

The same transportation problem as ``assignment.transport`` solves, on lists. A crowded room hands delegates on along
the cheapest way through other rooms to one that has space. Ways are found by Dijkstra's method on reduced costs and
stop at the first space, so that each looks at few rooms. The answer is the best that the lists allow when bodies may
be split.

Arrays: ``room_of[i, s]`` is the room in slot s of body i, ``near[i, s]`` what one of its delegates costs there;
``split[i, s]`` how many of them go.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.assignment import HUGE, settle
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.search import State
from services.scheduling.planner.wide import WideTerrain

LISTED = 24
REPAIRS = (6, 12, 24)
"""How many rooms around a crowded one are filled anew until everybody has a seat."""


@compiled
def _join(head: Ints, after: Ints, before: Ints, k: int, entry: int) -> None:
    after[entry], before[entry] = head[k], -1
    if head[k] >= 0:
        before[head[k]] = entry
    head[k] = entry


@compiled
def _leave(head: Ints, after: Ints, before: Ints, k: int, entry: int) -> None:
    if before[entry] >= 0:
        after[before[entry]] = after[entry]
    else:
        head[k] = after[entry]
    if after[entry] >= 0:
        before[after[entry]] = before[entry]


@compiled
def spread(room_of: Ints, near: Floats, room: Ints, split: Ints, price: Floats) -> Ints:
    """Hand on from crowded rooms until none is left, beginning at ``split``; returns no rooms when all is done.

    Otherwise the rooms, all full, from which the lists lead to no space; ``split`` is then as far as it came. ``price``
    is the potential of each room, zeros at first, and kept for going on.
    """
    bodies, slots = room_of.shape
    rooms = len(room)
    load = np.zeros(rooms, np.int64)
    head = np.full(rooms, -1)
    after, before = np.empty(bodies * slots, np.int64), np.empty(bodies * slots, np.int64)
    for i in range(bodies):
        for s in range(slots):
            if split[i, s] > 0:
                load[room_of[i, s]] += split[i, s]
                _join(head, after, before, room_of[i, s], i * slots + s)
    distance = np.full(rooms, HUGE)
    done = np.zeros(rooms, np.bool_)
    entry_from, entry_to = np.empty(rooms, np.int64), np.empty(rooms, np.int64)
    for crowded in range(rooms):
        while load[crowded] > room[crowded]:
            seen = [crowded]
            distance[crowded] = 0.0
            goal = -1
            while goal < 0:
                a = -1
                for k in seen:
                    if not done[k] and (a < 0 or distance[k] < distance[a]):
                        a = k
                if a < 0:
                    break
                done[a] = True
                if load[a] < room[a]:
                    goal = a
                    break
                entry = head[a]
                while entry >= 0:
                    i = entry // slots
                    base = distance[a] + price[a] - near[i, entry % slots]
                    for s in range(slots):
                        b = room_of[i, s]
                        if done[b]:
                            continue
                        there = max(base + near[i, s] - price[b], distance[a])
                        if there < distance[b] - 1e-12:
                            if distance[b] == HUGE:
                                seen.append(b)
                            distance[b] = there
                            entry_from[b], entry_to[b] = entry, i * slots + s
                    entry = after[entry]
            if goal < 0:
                return np.array([k for k in seen if done[k]])
            amount = min(load[crowded] - room[crowded], room[goal] - load[goal])
            k = goal
            while k != crowded:
                entry = entry_from[k]
                amount = min(amount, split[entry // slots, entry % slots])
                k = room_of[entry // slots, entry % slots]
            load[crowded] -= amount
            load[goal] += amount
            k = goal
            while k != crowded:
                entry, joined = entry_from[k], entry_to[k]
                i = entry // slots
                if split[i, joined % slots] == 0:
                    _join(head, after, before, k, joined)
                split[i, joined % slots] += amount
                split[i, entry % slots] -= amount
                k = room_of[i, entry % slots]
                if split[i, entry % slots] == 0:
                    _leave(head, after, before, k, entry)
            length = distance[goal]
            for k in seen:
                if done[k]:
                    price[k] += distance[k] - length
                distance[k], done[k] = HUGE, False
    return np.empty(0, np.int64)


@compiled
def gather_listed(room_of: Ints, room: Ints, demand: Ints, split: Ints, place: Ints, load: Ints) -> None:
    """Make split bodies whole: the larger first, each to its cheapest room with space, else where most of it was."""
    bodies, slots = room_of.shape
    load[:] = 0
    waiting = np.empty(bodies, np.int64)
    many = 0
    for i in range(bodies):
        s = int(np.argmax(split[i]))
        place[i] = room_of[i, s]
        if split[i, s] == demand[i]:
            load[place[i]] += demand[i]
        else:
            waiting[many] = i
            many += 1
    order = np.argsort(-demand[waiting[:many]], kind="mergesort")
    for t in range(many):
        i = waiting[order[t]]
        for s in range(slots):
            k = room_of[i, s]
            if load[k] + demand[i] <= room[k]:
                place[i] = k
                break
        load[place[i]] += demand[i]


def assign_wide(terrain: WideTerrain, chosen: Ints) -> State | None:
    """The whole assignment on these hosts; None when no way was found to seat everybody."""
    demand, seats = terrain.demand, terrain.sites.seats[chosen]
    if seats.sum() < demand.sum():
        return None
    room_of, trip = terrain.nearest(chosen, LISTED)
    near = trip / demand[:, None]
    split = np.zeros(room_of.shape, dtype=np.int64)
    split[:, 0] = demand
    price = np.zeros(len(chosen))
    while len(stuck := spread(room_of, near, seats, split, price)):
        _lead_out(terrain, chosen, room_of, near, split, stuck)
    place, load = np.zeros(len(demand), dtype=np.int64), np.zeros(len(chosen), dtype=np.int64)
    gather_listed(room_of, seats, demand, split, place, load)
    for crowded in np.flatnonzero(load > seats):
        if load[crowded] > seats[crowded] and not _repair(terrain, chosen, place, load, int(crowded)):
            return None
    return State(chosen.copy(), place, float(terrain.pairs(chosen[place], np.arange(len(place))).sum()))


def seat_newcomers(terrain: WideTerrain, chosen: Ints, place: Ints) -> State | None:
    """Those without a place (-1), the larger first, where they cost least among rooms with space; nobody else moves."""
    demand, seats, place = terrain.demand, terrain.sites.seats[chosen], place.copy()
    known = place >= 0
    load = np.bincount(place[known], weights=demand[known], minlength=len(chosen)).astype(np.int64)
    newcomers = np.flatnonzero(~known)
    newcomers = newcomers[np.argsort(-demand[newcomers], kind="stable")]
    room_of, _ = terrain.nearest(chosen, LISTED, newcomers)
    for i, rooms in zip(newcomers.tolist(), room_of, strict=True):
        spacious = rooms[load[rooms] + demand[i] <= seats[rooms]][:1]
        if len(spacious) == 0:
            open_rooms = np.flatnonzero(load + demand[i] <= seats)
            if len(open_rooms) == 0:
                return None
            nearest, _ = terrain.nearest(chosen[open_rooms], 1, np.array([i]))
            spacious = open_rooms[nearest[0]]
        place[i] = spacious[0]
        load[place[i]] += demand[i]
    if (load > seats).any():
        return None
    return State(chosen, place, float(terrain.pairs(chosen[place], np.arange(len(place))).sum()))


def _lead_out(terrain: WideTerrain, chosen: Ints, room_of: Ints, near: Floats, split: Ints, stuck: Ints) -> None:
    """Let those who are in full rooms know, in the last slot that they do not use, the best room with space left."""
    load = np.bincount(room_of[split > 0], weights=split[split > 0], minlength=len(chosen))
    spacious = np.flatnonzero(load < terrain.sites.seats[chosen])
    caught = np.flatnonzero((np.isin(room_of, stuck) & (split > 0)).any(axis=1))
    out, costs = terrain.nearest(chosen[spacious], 1, caught)
    last = room_of.shape[1] - 1 - np.argmin(split[caught][:, ::-1], axis=1)
    room_of[caught, last] = spacious[out[:, 0]]
    near[caught, last] = costs[:, 0] / terrain.demand[caught]


def _repair(terrain: WideTerrain, chosen: Ints, place: Ints, load: Ints, crowded: int) -> bool:
    """Fill the rooms around a crowded one anew, more of them until everybody has a seat."""
    seats, around = terrain.sites.seats[chosen], terrain.around(int(chosen[crowded]), chosen)
    for many in REPAIRS:
        slots = around[:many]
        bodies = np.flatnonzero(np.isin(place, slots))
        near = np.ascontiguousarray(terrain.block(chosen[slots], bodies).T) / terrain.demand[bodies][:, None]
        demand = terrain.demand[bodies]
        split = np.zeros(near.shape, dtype=np.int64)
        local, local_load = np.zeros(len(bodies), dtype=np.int64), np.zeros(len(slots), dtype=np.int64)
        penalty = float((near * demand[:, None]).max()) + 1.0
        cost = settle(near, seats[slots], demand, np.zeros(len(slots)), split, local, local_load, penalty)
        if cost < HUGE:
            place[bodies], load[slots] = slots[local], local_load
            return True
    return False
