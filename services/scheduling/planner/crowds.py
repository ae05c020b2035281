"""Crowds: bodies that live so close together that half-open hosts would seat them, which whole hosts cannot.

A crowd is a set of bodies and a set of hosts. Let Q be the seats of the largest of these hosts, and let the bodies send
``full`` times Q delegates and a ``rest`` from 1 to Q. Then the hosts together take of the crowd at most

    free + the sum of min(rest, seats) over those of them that are open,  where free = full * (Q - rest).

If more than ``full`` of those with at least ``rest`` seats are open, that is no less than the whole crowd; if n of them
are open, n * Q and the seats of the smaller ones are no more than that. The relaxation behind the bound breaks such
limits, since it may open a host by a part of it; so the bound charges a price a delegate for breaking them. (They are
the flow cover inequalities of capacitated location.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints
from services.scheduling.planner.compiled import compiled

HALF_OPEN = 0.03
"""A host that is open by less, or but for less, is taken for closed, or open."""
LARGEST_CROWD = 24
"""Hosts that are looked at together."""
NEAR = 36
"""Hosts around a half-open one that a crowd may be of."""
ROUNDS = 3
LEAST_BREACH = 0.03
"""In hosts: a crowd that is missed by less is not worth its time."""
NEW_CROWDS = 100
ALIKE = 0.8
"""Of two crowds that share so much of their bodies the less breached is left out."""


Links = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]


@dataclass(frozen=True)
class Crowd:
    """The bodies and hosts of a crowd, with the two numbers of its limit."""

    bodies: Ints
    hosts: Ints
    rest: int
    free: int

    @classmethod
    def of(cls, bodies: Ints, hosts: Ints, demand: Ints, seats: Ints) -> Crowd:
        """The limit of these bodies and hosts."""
        largest, delegates = int(seats[hosts].max()), int(demand[bodies].sum())
        full = (delegates - 1) // largest
        rest = delegates - full * largest
        return cls(bodies, hosts, rest, full * (largest - rest))


@dataclass(frozen=True)
class Limits:
    """Crowds as flat arrays: ``links`` are the start and crowds of each host, the start and crowds of each body, the
    start and bodies of each crowd, and each crowd's ``rest``."""

    crowds: tuple[Crowd, ...]
    links: Links
    free: Floats
    scale: Floats

    @classmethod
    def of(cls, crowds: tuple[Crowd, ...], hosts: int, bodies: int) -> Limits:
        """Lay the crowds out."""
        members = [crowd.bodies for crowd in crowds]
        rest = np.array([crowd.rest for crowd in crowds], dtype=np.int64)
        return cls(
            crowds,
            (
                *_by_member([crowd.hosts for crowd in crowds], hosts),
                *_by_member(members, bodies),
                np.cumsum([0, *map(len, members)]).astype(np.int64),
                np.concatenate([np.empty(0, dtype=np.int64), *members]),
                rest,
            ),
            np.array([crowd.free for crowd in crowds], dtype=np.float64),
            1.0 / np.sqrt(rest),
        )


def _by_member(groups: list[Ints], members: int) -> tuple[Ints, Ints]:
    """For each member where its groups start, and the groups."""
    member = np.concatenate([np.empty(0, dtype=np.int64), *groups])
    number = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    start = np.concatenate(([0], np.cumsum(np.bincount(member, minlength=members))))
    return start.astype(np.int64), number[np.argsort(member, kind="stable")].astype(np.int64)


@compiled
def levy(host: int, links: Links, seats: int, price: Floats, levied: Floats) -> float:
    """Note in ``levied`` what each crowd of this host charges a delegate; return what the host is given for them."""
    start, crowds, rest = links[0], links[1], links[6]
    given = 0.0
    for q in range(start[host], start[host + 1]):
        c = crowds[q]
        levied[c] = price[c]
        given += price[c] * min(rest[c], seats)
    return given


@compiled
def charged(body: int, links: Links, levied: Floats) -> float:
    """What a delegate of this body is charged by the crowds whose prices are ``levied``."""
    start, crowds = links[2], links[3]
    total = 0.0
    for q in range(start[body], start[body + 1]):
        total += levied[crowds[q]]
    return total


@compiled
def clear(host: int, links: Links, levied: Floats) -> None:
    """Undo ``levy``."""
    start, crowds = links[0], links[1]
    for q in range(start[host], start[host + 1]):
        levied[crowds[q]] = 0.0


@compiled
def broken(
    opened: Ints, hosts: Ints, bodies: Ints, parts: Floats, demand: Ints, seats: Ints, links: Links, free: Floats
) -> Floats:
    """By how many delegates each crowd's limit is broken, when the opened hosts take these parts of these bodies."""
    start_of_host, crowds_of_host, start_of_body, crowds_of_body, _, _, rest = links
    excess, counts = -free, np.zeros(len(free), np.bool_)
    for j in opened:
        for q in range(start_of_host[j], start_of_host[j + 1]):
            excess[crowds_of_host[q]] -= min(rest[crowds_of_host[q]], seats[j])
    before = -1
    for t in range(len(hosts)):
        j, i = hosts[t], bodies[t]
        if j != before:
            if before >= 0:
                for q in range(start_of_host[before], start_of_host[before + 1]):
                    counts[crowds_of_host[q]] = False
            for q in range(start_of_host[j], start_of_host[j + 1]):
                counts[crowds_of_host[q]] = True
            before = j
        for q in range(start_of_body[i], start_of_body[i + 1]):
            if counts[crowds_of_body[q]]:
                excess[crowds_of_body[q]] += parts[t] * demand[i]
    return excess


@compiled
def favourites(
    start: Ints, listed: Ints, listed_cost: Floats, offer: Floats, demand: Ints, seats: Ints
) -> tuple[Ints, Ints]:
    """The bodies that each host would take, were it open, as long as it has seats: hosts, bodies."""
    hosts, bodies = np.empty(len(listed), np.int64), np.empty(len(listed), np.int64)
    many = 0
    for j in range(len(seats)):
        near = listed[start[j] : start[j + 1]]
        value = (listed_cost[start[j] : start[j + 1]] - offer[near]) / demand[near]
        left = seats[j]
        for t in np.argsort(value):
            if value[t] >= 0.0 or demand[near[t]] > left:
                break
            hosts[many], bodies[many] = j, near[t]
            many += 1
            left -= demand[near[t]]
    return hosts[:many].copy(), bodies[:many].copy()


@dataclass(frozen=True)
class Average:
    """Of many steps: ``share[a]``, how much ``hosts[a]`` was open, and ``taken[a, i]``, how much it took of body i;
    ``apart[a, b]`` is between two of these hosts."""

    hosts: Ints
    share: Floats
    taken: Floats
    apart: Floats


def breached(
    average: Average, favoured: tuple[Ints, Ints], demand: Ints, seats: Ints, known: tuple[Crowd, ...]
) -> list[Crowd]:
    """Crowds whose limits the average breaks, with the hosts that would take more of them than the limit gives.

    Looked for around each half-open host: those that are open near it, and of the bodies that mostly go to them as many
    as break the limit by most; then again with the hosts that suit these.
    """
    found: list[tuple[float, Ints, int]] = []
    for f in np.flatnonzero(average.share < 1 - HALF_OPEN):
        around = np.argsort(average.apart[f], kind="stable")[:NEAR]
        reached = np.flatnonzero(average.taken[around].any(axis=0))
        share, room, needs = average.share[around], seats[average.hosts[around]], demand[reached]
        taken = np.ascontiguousarray(average.taken[np.ix_(around, reached)])
        for size in range(2, min(LARGEST_CROWD, len(around)) + 1):
            hosts, breach, bodies = np.arange(size), 0.0, np.empty(0, dtype=np.int64)
            for _ in range(ROUNDS):
                breach, bodies, rest = _most_breached(hosts, share, taken, needs, room)
                if breach <= 0:
                    break
                better = np.flatnonzero(taken[:, bodies] @ needs[bodies] > rest * share)
                if len(better) == 0 or np.array_equal(better, hosts):
                    break
                hosts = better
            if breach > LEAST_BREACH:
                found.append((breach, reached[bodies], int(room[hosts].max())))
    fresh: list[Crowd] = []
    old = {crowd.bodies.tobytes() for crowd in known}
    for _, bodies, largest in sorted(found, key=lambda one: -one[0]):
        if len(fresh) == NEW_CROWDS:
            break
        if bodies.tobytes() in old or any(_alike(bodies, crowd.bodies) for crowd in fresh):
            continue
        rest = (int(demand[bodies].sum()) - 1) % largest + 1
        there, whom = favoured
        inside = np.where(np.isin(whom, bodies), demand[whom], 0)
        delegates = np.bincount(there, weights=inside, minlength=len(seats))
        hosts = np.flatnonzero((delegates > np.minimum(rest, seats)) & (seats <= largest))
        if len(hosts):
            fresh.append(Crowd.of(bodies, hosts, demand, seats))
    return fresh


@compiled
def _most_breached(hosts: Ints, share: Floats, taken: Floats, demand: Ints, seats: Ints) -> tuple[float, Ints, int]:
    """Of the bodies that go to these hosts most the first so many that the limit is broken most, in hosts."""
    opened, largest = 0.0, 0
    for a in hosts:
        opened += share[a]
        largest = max(largest, seats[a])
    full = int(opened + 1e-6)
    best, last, rest_then = -np.inf, 0, 1
    order = np.empty(0, np.int64)
    if full >= 1 and HALF_OPEN < opened - full < 1 - HALF_OPEN:
        here = np.zeros(len(demand))
        for a in hosts:
            here += taken[a]
        order = np.argsort(-here)
        delegates, inside = 0, 0.0
        for t in range(len(order)):
            i = order[t]
            delegates += demand[i]
            inside += demand[i] * min(here[i], 1.0)
            rest = delegates - full * largest
            if here[i] <= 0.0 or rest >= largest:
                break
            if rest > 0:
                breach = (inside - full * (largest - rest)) / rest - opened
                if breach > best:
                    best, last, rest_then = breach, t + 1, rest
    return max(best, 0.0), np.sort(order[:last]), rest_then


def _alike(one: Ints, other: Ints) -> bool:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared > ALIKE * max(len(one), len(other))
