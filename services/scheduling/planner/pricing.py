"""What each host would gain at given offers and prices, and what those that open take: the steps of the bound.

Where a body would be split, ``whole`` says what the host gains when it must not be. That takes longer, and is asked
only of hosts that would open: what the others gain by split bodies is more than they could.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.planner.arrays import Floats, Ints, Marks
from services.scheduling.planner.compiled import compiled
from services.scheduling.planner.crowds import Links, charged, clear, levy
from services.scheduling.planner.knapsack import fill, fill_whole
from services.scheduling.planner.sites import cheapest


@compiled
def price_hosts(
    start: Ints,
    listed: Ints,
    listed_cost: Floats,
    offer: Floats,
    demand: Ints,
    seats: Ints,
    unlisted: Floats,
    links: Links,
    price: Floats,
) -> tuple[Floats, Floats]:
    """The least (cost - offers) of what each host may take, at least one body; and the margin of its seats.

    A body that host j does not list costs at least ``unlisted[j]`` more than its offer. Crowds charge their prices.
    """
    hosts = len(seats)
    worth, margin = np.empty(hosts), np.zeros(hosts)
    value = np.empty(len(offer))
    weight = np.empty(len(offer), np.int64)
    levied = np.zeros(len(price))
    for j in range(hosts):
        given = levy(j, links, seats[j], price, levied)
        taken, eager = 0, 0
        least, total = unlisted[j], 0.0
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            reduced = listed_cost[t] - offer[i]
            if given > 0.0:
                reduced += charged(i, links, levied) * demand[i]
            least = min(least, reduced)
            if reduced < 0.0:
                value[taken] = -reduced / demand[i]
                weight[taken] = demand[i]
                taken += 1
                eager += demand[i]
                total -= reduced
        if eager > seats[j]:
            total, margin[j] = fill(value, weight, taken, seats[j])
        worth[j] = (-total if taken > 0 else least) - given
        clear(j, links, levied)
    return worth, margin


@compiled
def whole(
    j: int,
    start: Ints,
    listed: Ints,
    listed_cost: Floats,
    offer: Floats,
    demand: Ints,
    room: int,
    margin: float,
    links: Links,
    price: Floats,
    levied: Floats,
) -> tuple[float, Ints]:
    """What host j gains when it takes whole bodies only, less what it is given for its crowds; and which ones."""
    given = levy(j, links, room, price, levied)
    most = start[j + 1] - start[j]
    value, weight, bodies, many = np.empty(most), np.empty(most, np.int64), np.empty(most, np.int64), 0
    for t in range(start[j], start[j + 1]):
        i = listed[t]
        gain = (offer[i] - listed_cost[t]) / demand[i] - charged(i, links, levied)
        if gain > 0.0:
            value[many], weight[many], bodies[many] = gain, demand[i], i
            many += 1
    clear(j, links, levied)
    taken = np.zeros(many, np.bool_)
    total = fill_whole(value[:many], weight[:many], room, margin, taken)
    return -total - given, bodies[:many][taken]


@compiled
def cheapest_whole(
    worth: Floats,
    start: Ints,
    listed: Ints,
    listed_cost: Floats,
    offer: Floats,
    demand: Ints,
    seats: Ints,
    margin: Floats,
    links: Links,
    price: Floats,
    count: int,
    must: Marks,
    region: Ints,
    least: Ints,
) -> Ints:
    """The hosts to open when each takes whole bodies only; corrects the ``worth`` of as many as decide that."""
    levied, exact = np.zeros(len(price)), margin == 0.0
    while True:
        opened = cheapest(worth, count, must, region, least)
        settled = True
        for j in opened:
            if not exact[j]:
                worth[j], _ = whole(
                    j, start, listed, listed_cost, offer, demand, seats[j], margin[j], links, price, levied
                )
                exact[j], settled = True, False
        if settled:
            return opened


@compiled
def took(
    start: Ints,
    listed: Ints,
    listed_cost: Floats,
    offer: Floats,
    demand: Ints,
    seats: Ints,
    opened: Ints,
    margin: Floats,
    links: Links,
    price: Floats,
    whole_ones: bool,
) -> tuple[Ints, Ints, Floats]:
    """What the opened hosts take: hosts, bodies, and the part of the body, one beside the other.

    If they take ``whole_ones`` only, all parts are 1.
    """
    most = 0
    for j in opened:
        most += start[j + 1] - start[j]
    hosts, bodies, parts = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    levied, many = np.zeros(len(price)), 0
    for j in opened:
        if margin[j] > 0.0 and whole_ones:
            _, guests = whole(j, start, listed, listed_cost, offer, demand, seats[j], margin[j], links, price, levied)
            for i in guests:
                hosts[many], bodies[many], parts[many] = j, i, 1.0
                many += 1
            continue
        levy(j, links, seats[j], price, levied)
        left, first = seats[j], many
        only, most_gain = -1, 0.0
        for t in range(start[j], start[j + 1]):
            i = listed[t]
            gain = offer[i] - listed_cost[t] - charged(i, links, levied) * demand[i]
            if gain / demand[i] > margin[j]:
                hosts[many], bodies[many], parts[many] = j, i, 1.0
                many += 1
                left -= demand[i]
            if only < 0 or gain > most_gain:
                only, most_gain = i, gain
        if margin[j] > 0.0:
            for t in range(start[j], start[j + 1]):
                i = listed[t]
                gain = offer[i] - listed_cost[t] - charged(i, links, levied) * demand[i]
                if left > 0 and gain / demand[i] == margin[j]:
                    hosts[many], bodies[many], parts[many] = j, i, min(left, demand[i]) / demand[i]
                    many += 1
                    left -= min(left, demand[i])
        elif many == first and only >= 0:
            hosts[many], bodies[many], parts[many] = j, only, 1.0
            many += 1
        clear(j, links, levied)
    return hosts[:many].copy(), bodies[:many].copy(), parts[:many].copy()
