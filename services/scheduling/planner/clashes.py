"""Rules that cannot hold together: which they are, and what would make room.

Seats are counted for the best choice of hosts that the rules allow. When they are too few, each rule is left out by
itself: ``without`` tells the seats that there would be then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from services.scheduling.planner.problem import Host, Infeasible, Problem
from services.scheduling.planner.rules import Rules

SHOWN = 20


def usable_hosts(problem: Problem) -> tuple[Host, ...]:
    """The hosts that are not excluded, with room for the smallest body at least."""
    smallest = min(body.demand for body in problem.bodies)
    excluded = problem.rules.excluded_hosts
    return tuple(host for host in problem.hosts if problem.seats(host) >= smallest and host.code not in excluded)


def number_of_days(problem: Problem) -> int:
    """How many training days to hold: as asked, unless there are fewer bodies to come or fewer hosts to go to."""
    return min(problem.training_days, len(problem.bodies), len(usable_hosts(problem)))


def check_rules(problem: Problem) -> None:
    """Raise ``Infeasible`` for the first contradiction among the rules, or between them and the seats."""
    rules, hosts = problem.rules, {host.code: host for host in usable_hosts(problem)}
    for name in ("fairness", "fair_km", "stay_km"):
        if not 0 <= getattr(rules, name) < 1e4:
            raise Infeasible("number_out_of_range", field=name, value=getattr(rules, name), least=0)
    _refuse("pinned_host_excluded", rules.open_hosts & rules.excluded_hosts)
    _refuse("pinned_host_unusable", rules.open_hosts - hosts.keys())
    _refuse("pinned_pair_forbidden", {body for body, host in rules.pinned.items() if (body, host) in rules.forbidden})
    _check_pinned_bodies(problem, hosts)
    _check_number_of_days(problem, hosts)
    barred = Counter(body for body, host in rules.forbidden if host in hosts)
    _refuse("body_without_host", {body.code for body in problem.bodies if barred[body.code] >= len(hosts)})
    _refuse("no_host_on_land", _stranded(problem, hosts))
    _check_seats(problem)


def seats_within(problem: Problem) -> int:
    """The most seats that any choice of hosts gives that the rules allow."""
    hosts, rules = usable_hosts(problem), problem.rules
    hosts = tuple(sorted(hosts, key=lambda host: -problem.seats(host)))
    taken = {host.code for host in hosts if host.code in rules.open_hosts}
    held = Counter(host.region for host in hosts if host.code in taken)
    for host in hosts:
        if host.code not in taken and held[host.region] < rules.least_in_region.get(host.region, 0):
            taken.add(host.code)
            held[host.region] += 1
    spare = [host.code for host in hosts if host.code not in taken]
    taken.update(spare[: max(0, number_of_days(problem) - len(taken))])
    return sum(problem.seats(host) for host in hosts if host.code in taken)


def _check_pinned_bodies(problem: Problem, hosts: dict[str, Host]) -> None:
    sent: Counter[str] = Counter(dict.fromkeys(problem.rules.pinned.values(), 0))
    for body in problem.bodies:
        if body.code in problem.rules.pinned:
            sent[problem.rules.pinned[body.code]] += body.demand
    for code, delegates in sorted(sent.items()):
        seats = problem.seats(hosts[code])
        if delegates > seats:
            raise Infeasible("pinned_bodies_exceed_seats", host=code, delegates=delegates, seats=seats)


def _stranded(problem: Problem, hosts: dict[str, Host]) -> set[str]:
    """The bodies without a host on their land, or beyond a crossing that is listed; who is pinned is meant to go."""
    seas = problem.seas
    served = {seas.land(host.region) for host in hosts.values()}
    served |= {end for one, other, _ in seas.crossings if served & {one, other} for end in (one, other)}
    pinned = problem.rules.pinned
    return {body.code for body in problem.bodies if seas.land(body.region) not in served and body.code not in pinned}


def _check_number_of_days(problem: Problem, hosts: dict[str, Host]) -> None:
    rules, days = problem.rules, number_of_days(problem)
    there, fixed = (Counter(hosts[code].region for code in codes) for codes in (hosts.keys(), rules.open_hosts))
    for region, least in sorted(rules.least_in_region.items()):
        if there[region] < least:
            raise Infeasible("too_few_hosts_in_region", region=region, hosts=there[region], least=least)
    owed = sum(max(0, least - fixed[region]) for region, least in rules.least_in_region.items())
    if len(rules.open_hosts) + owed > days:
        raise Infeasible("more_days_demanded", pinned=len(rules.open_hosts), in_regions=owed, days=days)


def _check_seats(problem: Problem) -> None:
    delegates, seats = sum(body.demand for body in problem.bodies), seats_within(problem)
    if delegates <= seats:
        return
    rules, free = problem.rules, Rules()
    left_out = {
        "pinned": replace(rules, pinned_hosts=free.pinned_hosts, pinned=free.pinned),
        "excluded_hosts": replace(rules, excluded_hosts=free.excluded_hosts),
        "least_in_region": replace(rules, least_in_region=free.least_in_region),
    }
    without = {name: seats_within(replace(problem, rules=fewer)) for name, fewer in left_out.items()}
    without = {name: found for name, found in without.items() if found > seats}
    if not without:
        raise Infeasible("more_delegates_than_seats", delegates=delegates, seats=seats)
    raise Infeasible("rules_leave_too_few_seats", delegates=delegates, seats=seats, without=without)


def _refuse(reason: str, codes: frozenset[str] | set[str]) -> None:
    if codes:
        raise Infeasible(reason, codes=sorted(codes)[:SHOWN], count=len(codes))
