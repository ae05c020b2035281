"""The auditor of the bound: whoever has the question and the offers can compute it again, in one pass over all pairs.

Offers of any size prove a bound. Suppose that each body pays its offer wherever it goes. A host then earns at most the
offers less the costs of those who together suit it best and have seats; and an open host takes somebody. No plan with
so many hosts can cost less than all the offers, less what the hosts that earn most can earn.

A crowd sharpens that. Let some bodies send ``full`` times the seats Q of the largest of some hosts, and a ``rest`` from
1 to Q more delegates. These hosts together never seat more of them than full * (Q - rest), and ``rest`` (or its seats,
if those are fewer) for each of the hosts that is open: when more than ``full`` of the large ones are open, that is
everybody; when n of them are, it is at least n * Q and all the seats of the small ones. So nobody loses who is charged
a price for each delegate of the crowd in these hosts, if each open host is given back the price times what it adds to
the limit, and everybody together the price times full * (Q - rest).

More can be proved by cases: either a host opens or it does not; either a body goes to a host or it does not. What
offers and crowds prove when the question demands the one is one thing, when it demands the other another, and whatever
the plan, one of them holds.

Slow, obvious, and sharing no code with the search. Hosts are taken one after the other, so that memory is no matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from services.scheduling.planner.plan import Case, Crowd, Plan, Proof
from services.scheduling.planner.problem import Body, Host, Problem
from services.scheduling.planner.rules import Rules
from services.scheduling.planner.seas import Island

EARTH_KM = 6371.0088
WHOLE_SEATS = 10_000
"""In a room with more seats the last body is taken in part, which changes next to nothing and takes no time."""
CHECKABLE_PAIRS = 10_000_000_000
"""More than that would take many minutes."""


def violations_of_bound(problem: Problem, plan: Plan) -> list[str]:
    """Whether the offers that came with the plan prove its bound."""
    if not plan.offers or len(problem.bodies) * len(problem.hosts) > CHECKABLE_PAIRS:
        return []
    proofs = [Proof(plan.offers, plan.crowds), *plan.further_proofs]
    if any(proof.offers.keys() != {body.code for body in problem.bodies} for proof in proofs):
        return ["offers_of_others"]
    if not all(_is_a_crowd(problem, proof, crowd) for proof in proofs for crowd in proof.crowds):
        return ["crowd_of_others"]
    hosts = {host.code for host in problem.hosts if problem.seats(host) > 0}
    if plan.case is not None and not _is_a_case(plan.case, hosts, plan.offers.keys(), len(proofs)):
        return ["case_of_others"]
    proved = proved_bound(problem, plan)
    tolerance = 0.01 + 0.001 * len(problem.bodies) * (1 + problem.rules.fairness)
    return [] if plan.bound_km <= max(proved, 0.0) + tolerance else [f"bound_not_proved: {plan.bound_km} {proved}"]


def _is_a_crowd(problem: Problem, proof: Proof, crowd: Crowd) -> bool:
    """Whether it is of bodies and hosts of this question, each once, and charges rather than gives."""
    bodies, hosts = set(crowd.body_codes), set(crowd.host_codes)
    each_once = 0 < len(bodies) == len(crowd.body_codes) and 0 < len(hosts) == len(crowd.host_codes)
    known = bodies <= proof.offers.keys() and hosts <= {host.code for host in problem.hosts if problem.seats(host) > 0}
    return each_once and known and 0 <= crowd.price < np.inf


def _is_a_case(case: Case, hosts: Set[str], bodies: Set[str], proofs: int) -> bool:
    """Whether it is of these hosts and bodies, with a proof, and divided in two by something if at all."""
    divided = len(case.parts) == 2 and case.host_code in hosts and (case.body_code is None or case.body_code in bodies)
    whole = not case.parts and case.host_code is None and case.body_code is None
    known = hosts >= {*case.hopeless, *case.certain} and 0 <= case.proof < proofs
    return known and (divided or whole) and all(_is_a_case(part, hosts, bodies, proofs) for part in case.parts)


def proved_bound(problem: Problem, plan: Plan) -> float:
    """What the proofs say about plans with as many days as this one."""
    proofs = [Proof(plan.offers, plan.crowds), *plan.further_proofs]
    return _Cases(problem, proofs, len(plan.days)).least(problem.rules, plan.case or Case())


class _Cases:
    """One case after the other: what it demands is put as rules of the question."""

    def __init__(self, problem: Problem, proofs: list[Proof], days: int) -> None:
        self.problem, self.proofs, self.days = problem, proofs, days
        self.known: dict[tuple[Any, ...], tuple[float, dict[str, float]]] = {}

    def least(self, rules: Rules, case: Case) -> float:
        """What no plan costs less than that keeps these rules; infinite when there is none."""
        given, worth = self._priced(rules, case.proof)
        chosen = self._cheapest(rules, worth)
        if chosen is None:
            return np.inf
        value, must = given + sum(worth[code] for code in chosen), rules.open_hosts
        found = [value] if not set(case.hopeless).isdisjoint(chosen) or not set(case.certain) <= chosen else []
        if case.hopeless and chosen > must:
            dearest = max(worth[code] for code in chosen - must)
            found += [value + worth[code] - dearest for code in case.hopeless if code in worth]
        others = [worth[code] for code in worth if code not in chosen]
        if case.certain and others:
            found += [value - worth[code] + min(others) for code in case.certain if code in chosen - must]
        rules = replace(
            rules,
            pinned_hosts=rules.pinned_hosts | set(case.certain),
            excluded_hosts=rules.excluded_hosts | set(case.hopeless),
        )
        if case.parts:
            found += [self.least(part, of) for part, of in zip(_parts(rules, case), case.parts, strict=True)]
        elif settled := self._cheapest(rules, worth):
            found.append(given + sum(worth[code] for code in settled))
        return min(found, default=np.inf)

    def _priced(self, rules: Rules, number: int) -> tuple[float, dict[str, float]]:
        """What the proof gives in any case, and the least that it leaves to each host that is not excluded.

        Only where bodies go is asked of the rules, so that this is worked out once for many cases."""
        key = number, *(tuple(sorted(pairs)) for pairs in (rules.pinned.items(), rules.forbidden))
        if key not in self.known:
            guests = _Guests(replace(self.problem, rules=rules), self.proofs[number])
            given = sum(crowd.price * full * (largest - rest) for crowd, (full, largest, rest) in guests.crowds)
            worth = {host.code: guests.least_worth(host) for host in self.problem.hosts if self.problem.seats(host) > 0}
            self.known[key] = float(guests.offers.sum()) - given, worth
        given, worth = self.known[key]
        return given, {code: least for code, least in worth.items() if code not in rules.excluded_hosts}

    def _cheapest(self, rules: Rules, worth: Mapping[str, float]) -> set[str] | None:
        """The choice of least worth with as many hosts as there are days; None if the rules allow none."""
        region = {host.code: host.region for host in self.problem.hosts}
        chosen = set(rules.open_hosts)
        held = Counter(region[code] for code in chosen)
        by_worth = [code for code in sorted(worth, key=lambda code: worth[code]) if code not in rules.excluded_hosts]
        for code in by_worth:
            if code not in chosen and held[region[code]] < rules.least_in_region.get(region[code], 0):
                chosen.add(code)
                held[region[code]] += 1
        for code in by_worth:
            if len(chosen) < self.days:
                chosen.add(code)
        missing = any(held[name] < least for name, least in rules.least_in_region.items())
        allowed = len(chosen) == self.days and chosen.isdisjoint(rules.excluded_hosts) and not missing
        return chosen if allowed else None


def _parts(rules: Rules, case: Case) -> tuple[Rules, Rules]:
    """What the two parts of a case demand."""
    host, body = str(case.host_code), case.body_code
    if body is None:
        return (
            replace(rules, pinned_hosts=rules.pinned_hosts | {host}),
            replace(rules, excluded_hosts=rules.excluded_hosts | {host}),
        )
    return (
        replace(rules, pinned={**rules.pinned, body: host}),
        replace(rules, forbidden=rules.forbidden | {(body, host)}),
    )


class _Guests:
    """All bodies as columns, so that one host after the other can be priced."""

    def __init__(self, problem: Problem, proof: Proof) -> None:
        seas, bodies = problem.seas, problem.bodies
        self.problem = problem
        self.offers = np.array([proof.offers[body.code] for body in bodies])
        self.demand = np.array([body.demand for body in bodies])
        self.south, self.east = (
            np.radians([getattr(body, axis) for body in bodies]) for axis in ("latitude", "longitude")
        )
        self.lands = _kinds([seas.lands.get(body.region, seas.mainland) for body in bodies])
        self.islands = _kinds([self._island(body) for body in bodies])
        self.previous, self.pinned = (
            np.array([there.get(body.code, "") for body in bodies])
            for there in (problem.rules.previous, problem.rules.pinned)
        )
        self.reach = np.maximum(self.offers, 0) / (EARTH_KM * problem.detour) + 1e-9
        self.place = place = {body.code: i for i, body in enumerate(bodies)}
        self.crowds = [(crowd, self._limit(crowd)) for crowd in proof.crowds]
        self.forbidden: dict[str, list[int]] = {}
        for code, host in problem.rules.forbidden:
            if code in place:
                self.forbidden.setdefault(host, []).append(place[code])
        self.crossing = {frozenset(pair): extra for *pair, extra in seas.crossings}

    def least_worth(self, host: Host) -> float:
        """The least that the costs of a host's guests can exceed their offers."""
        who = self._near(host)
        charges, given = self._crowding(host)
        excess = self._costs(host, who) + charges[who] - self.offers[who]
        wanted = excess < 0
        total = -most_gained(-excess[wanted], self.demand[who][wanted], self.problem.seats(host))
        if total >= 0:
            total = (self._costs(host, np.arange(len(self.offers))) + charges - self.offers).min()
        return float(total) - given

    def _crowding(self, host: Host) -> tuple[npt.NDArray[np.float64], float]:
        """What each body is charged at this host for its crowds, and what the host is given back."""
        charges, given = np.zeros(len(self.offers)), 0.0
        for crowd, (_, _, rest) in self.crowds:
            if host.code in crowd.host_codes:
                guests = [self.place[code] for code in crowd.body_codes]
                charges[guests] += crowd.price * self.demand[guests]
                given += crowd.price * min(rest, self.problem.seats(host))
        return charges, given

    def _near(self, host: Host) -> npt.NDArray[np.int64]:
        """Those who offer more than the way as the crow flies costs; nobody else can be worth having."""
        band = np.flatnonzero(np.abs(self.south - np.radians(host.latitude)) <= self.reach)
        near = self._halves(host, band) <= np.sin(np.minimum(self.reach[band], np.pi) / 2) ** 2
        return np.asarray(band[near])

    def _halves(self, host: Host, who: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """The haversines of the angles between a host and these bodies."""
        north, south = np.radians(host.latitude), self.south[who]
        across = self.east[who] - np.radians(host.longitude)
        half = np.sin((south - north) / 2) ** 2 + np.cos(south) * np.cos(north) * np.sin(across / 2) ** 2
        return np.asarray(half)

    def _limit(self, crowd: Crowd) -> tuple[int, int, int]:
        """How often the largest host could be filled, its seats, and the rest."""
        largest = max(self.problem.seats(host) for host in self.problem.hosts if host.code in crowd.host_codes)
        delegates = sum(int(self.demand[self.place[code]]) for code in crowd.body_codes)
        full = (delegates - 1) // largest
        return full, largest, delegates - full * largest

    def _costs(self, host: Host, who: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """What each of these bodies costs at this host: haversine, detour, seas, and the rules."""
        rules, seas = self.problem.rules, self.problem.seas
        half = self._halves(host, who)
        km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))) * self.problem.detour
        land, island = seas.lands.get(host.region, seas.mainland), self._island(host)
        km += _each(
            self.lands,
            who,
            lambda there: 0 if there == land else self.crossing.get(frozenset((land, there)), seas.other_crossing_km),
        )
        km += _each(
            self.islands, who, lambda there: 0 if there == island else sum(end.km for end in (there, island) if end)
        )
        cost = km + rules.fairness * np.maximum(0.0, km - rules.fair_km)
        previous, pinned = self.previous[who], self.pinned[who]
        cost[(previous != "") & (previous != host.code)] += rules.stay_km
        cost[(pinned != "") & (pinned != host.code)] = np.inf
        cost[np.isin(who, self.forbidden.get(host.code, []))] = np.inf
        return np.asarray(cost)

    def _island(self, place: Body | Host) -> Island | None:
        for island in self.problem.seas.islands:
            if place.island == island.name or (place.island is None and place.code in island.codes):
                return island
        return None


def most_gained(gains: npt.NDArray[np.float64], demand: npt.NDArray[np.int64], room: int) -> float:
    """The most that bodies with these gains can bring to a host, if none of them is split between it and another."""
    total, left = 0.0, room
    for i in np.argsort(-gains / demand):
        if demand[i] > left:
            break
        total += gains[i]
        left -= int(demand[i])
    else:
        return total
    if room > WHOLE_SEATS:
        return float(total + gains[i] * left / demand[i])
    best = np.zeros(room + 1)
    for gain, needed in zip(gains, demand, strict=True):
        best[needed:] = np.maximum(best[needed:], best[: max(room + 1 - needed, 0)] + gain)
    return float(best[room])


def _kinds(values: list[Any]) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """The different values, and which of them each one is."""
    kinds = list(dict.fromkeys(values))
    place = {kind: number for number, kind in enumerate(kinds)}
    return kinds, np.array([place[value] for value in values], dtype=np.int64)


def _each(
    column: tuple[list[Any], npt.NDArray[np.int64]], who: npt.NDArray[np.int64], price: Callable[[Any], float]
) -> npt.NDArray[np.float64]:
    """A price for each of these bodies, asked once for each kind."""
    kinds, which = column
    return np.array([price(kind) for kind in kinds], dtype=np.float64)[which[who]]
