"""How staff steer a run: rules beside the data, a plan that it is to stay near, repairs of the published calendar.

What has been held stays: such a day keeps its host, date, team and guests, and its room is as large as they are many,
so that nobody else is sent into the past. A repair changes nothing but what it must: all other hosts are pinned, and
moves are dear. What staff have called off stays called off in a repair of something else; another plan plans it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid, Missing, Refused
from services.scheduling import digests, models, outcomes, standing
from services.scheduling.covering import Cover
from services.scheduling.domain import (
    CONFIRMED,
    HOST_CANCELS,
    PUBLISHED,
    SCHEDULED,
    TRAINER_ILL,
    TRAINING_DAY,
    WEBINAR,
    local_date,
)
from services.scheduling.models import Admission, Appointment, PlannedBody, Run
from services.scheduling.planner.calendar import working_days
from services.scheduling.planner.parts import in_parts, whole
from services.scheduling.planner.plan import Plan
from services.scheduling.planner.problem import Host, PreviousDay, PreviousWebinar, Problem, Trainer
from services.scheduling.planner.rules import Rules
from services.scheduling.strides import fetched, strides, turn

REPAIR_STAY_KM = 1000.0
"""So dear is it in a repair to send a body elsewhere that it happens only where there is no other way."""
REPAIR_PRICES = {"moved_date_km": 100_000.0, "changed_trainer_km": 10_000.0}
"""A date that moves touches everybody who goes there, another trainer fewer; neither pays for shorter journeys."""
NO_TOPIC = frozenset({""})
"""The planner refuses a trainer who knows nothing at all, as a mistake; no topic has this code."""
NOBODY: tuple[str, ...] = ()
"""Who teaches a day that is called off: its trainers are free for others."""
RULES = tuple(field.name for field in fields(Rules) if field.name != "previous")
PLAIN = ("seconds", "seed", "detour", "moved_date_km", "changed_trainer_km")
"""What a parameter says is said to the planner under the same name."""


@dataclass(frozen=True)
class Base:
    """The plan that a run is to stay near, with the appointments as they stand where it is published."""

    run_id: UUID
    problem: Problem
    plan: Plan
    days: tuple[PreviousDay, ...]
    webinars: tuple[PreviousWebinar, ...]

    repaired: bool
    """Whether it is itself a repair, whose cancelled hosts and illnesses go on."""

    moved: frozenset[standing.Key]
    """Those to come that stay because somebody moved them, and for nothing else."""

    @cached_property
    def places(self) -> dict[str, str]:
        """The host of each body, and of each part of a body that is in parts."""
        return {code: day.host_code for day in strides(self.plan.days) for code in day.body_codes}

    @cached_property
    def guests(self) -> set[str]:
        """Those whose day is fixed."""
        return {code for day in self.plan.days if day.host_code in self.held for code in day.body_codes}

    @cached_property
    def seated(self) -> dict[str, int]:
        """How many sit at each host."""
        return {day.host_code: day.seated for day in self.plan.days}

    @cached_property
    def parted(self) -> set[str]:
        """The bodies that are in parts, and stay so."""
        return {whole(body.code) for body in strides(self.problem.bodies) if whole(body.code) != body.code}

    @cached_property
    def held(self) -> set[str]:
        """The hosts whose day is fixed."""
        return {day.host_code for day in self.days if day.fixed}

    @cached_property
    def over(self) -> set[str]:
        """Those of them whose day has been held: nobody else can be sent there."""
        return {day.host_code for day in self.days if day.fixed and (TRAINING_DAY, day.number) not in self.moved}


def checked(session: Session, programme_id: UUID, parameters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The parameters, with the plan that is repaired named; refuse what cannot be a base or a repair.

    Refused: no_plan, not_published, already_started.
    """
    repair = parameters.get("repair")
    if repair is None and parameters.get("based_on") is None:
        _check_codes(session, programme_id, parameters, None)
        return dict(parameters)
    run = _base_run(session, programme_id, parameters)
    digest = digests.find(session, run.id, run.state)
    plan, named = digest.plan, {**parameters, "based_on": str(run.id)}
    _check_codes(session, programme_id, parameters, run.id)
    if repair is None:
        return named
    if repair["kind"] == HOST_CANCELS and all(day.host_code != repair.get("host_code") for day in plan.days):
        raise Invalid({"parameters.repair.host_code": ["not_in_the_plan"]})
    if repair["kind"] == HOST_CANCELS:
        number = next(day.number for day in plan.days if day.host_code == repair["host_code"])
        row = standing.appointments(session, run).get((TRAINING_DAY, number))
        if row is not None and (row.state != SCHEDULED or row.starts_at <= now):
            raise Refused("already_started", starts_at=row.starts_at.isoformat())
    if repair["kind"] == TRAINER_ILL:
        taught = {who for day in plan.days for who in day.trainer_ids} | {w.speaker_id for w in plan.webinars}
        if repair.get("trainer_id") not in taught:
            raise Invalid({"parameters.repair.trainer_id": ["not_in_the_plan"]})
        if not repair.get("first") or not repair.get("last") or repair["first"] > repair["last"]:
            raise Invalid({"parameters.repair.last": ["before_start"]})
    return named


def _check_codes(session: Session, programme_id: UUID, parameters: Mapping[str, Any], base: UUID | None) -> None:
    """A rule about a place or a body that is none would be silently without effect."""
    said: list[tuple[str, str, str]] = [("body", "split", code) for code in parameters.get("split") or ()]
    for name in ("pinned_hosts", "excluded_hosts", "capacities", "pinned_dates"):
        said += [("host", name, code) for code in parameters.get(name) or ()]
    for name, pairs in (
        ("pinned", (parameters.get("pinned") or {}).items()),
        ("forbidden", parameters.get("forbidden") or ()),
    ):
        for body, host in pairs:
            said += [("body", name, body), ("host", name, host)]
    if not said:
        return
    confirmed = sa.select(Admission.body_code).where(
        Admission.programme_id == programme_id, Admission.state == CONFIRMED
    )
    known = {"host": set(session.scalars(sa.select(models.Host.code))), "body": set(session.scalars(confirmed))}
    if base is not None:
        for row in fetched(session, sa.select(PlannedBody).where(PlannedBody.run_id == base)):
            known["body"].add(row.PlannedBody.body_code)
            known["host"].add(row.PlannedBody.host_code)
    wrong = {f"parameters.{name}": [f"unknown_{kind}"] for kind, name, code in said if code not in known[kind]}
    if wrong:
        raise Invalid(wrong)


def steered(session: Session, run: Run, problem: Problem, zone: ZoneInfo, now: datetime) -> Problem:
    """The problem with everything that the run's parameters say."""
    said = {name: value for name, value in run.parameters.items() if value is not None}
    plain = {name: said[name] for name in PLAIN if name in said}
    if "repair" in said:
        return _repaired(_base(session, run, zone, now, said["repair"]), said["repair"], problem, plain)
    rules = Rules.from_json({name: said[name] for name in RULES if name in said})
    capacities: Mapping[str, int] = said.get("capacities", {})
    steered = replace(
        problem,
        **plain,
        rules=rules,
        hosts=tuple(replace(host, capacity=capacities.get(host.code, host.capacity)) for host in problem.hosts),
        pinned_dates={code: date.fromisoformat(day) for code, day in said.get("pinned_dates", {}).items()},
    )
    split = set(said.get("split", ()))
    if "based_on" not in said:
        return in_parts(steered, split)
    base = _base(session, run, zone, now)
    return _near(base, in_parts(steered, (split | base.parted) - {code for code in base.guests if code == whole(code)}))


def published(session: Session, programme_id: UUID) -> Run | None:
    """The run whose plan is the calendar."""
    return session.scalar(sa.select(Run).where(Run.programme_id == programme_id, Run.state == PUBLISHED))


def _base_run(session: Session, programme_id: UUID, parameters: Mapping[str, Any]) -> Run:
    if parameters.get("based_on") is not None:
        run = session.get(Run, UUID(parameters["based_on"]))
        if run is None or run.programme_id != programme_id:
            raise Missing("run")
        return run
    run = published(session, programme_id)
    if run is None:
        raise Refused("not_published")
    return run


def _base(session: Session, run: Run, zone: ZoneInfo, now: datetime, repair: Mapping[str, Any] | None = None) -> Base:
    base = _base_run(session, run.programme_id, run.parameters)
    outcome = outcomes.find(session, base.id)
    if outcome is None:
        raise Refused("no_plan", state=base.state)
    problem, plan = outcome
    rows = standing.appointments(session, base)
    usual = set(working_days(problem))
    kept = {(TRAINING_DAY, day.number, day.date) for day in problem.previous_days if day.fixed}
    kept |= {(WEBINAR, webinar.number, webinar.date) for webinar in problem.previous_webinars if webinar.fixed}
    days, webinars, moved, off = [], [], set[standing.Key](), list[PreviousWebinar]()
    for day in plan.days:
        row = rows.get((TRAINING_DAY, day.number))
        if base.state == PUBLISHED and row is None:  # called off by hand
            if repair is not None and repair.get("host_code") != day.host_code:
                days.append(PreviousDay(day.number, day.host_code, day.date, NOBODY, fixed=True))
            continue
        stayed = (TRAINING_DAY, day.number, day.date) in kept
        on, fixed, by_hand = _stands(row, day.date, stayed, usual, zone, now)
        if by_hand:
            moved.add((TRAINING_DAY, day.number))
        days.append(PreviousDay(day.number, day.host_code, on, day.trainer_ids, fixed))
    for webinar in plan.webinars:
        row = rows.get((WEBINAR, webinar.number))
        if base.state == PUBLISHED and row is None:
            off.append(PreviousWebinar(webinar.number, webinar.topic, webinar.date, webinar.speaker_id, fixed=True))
            continue
        stayed = (WEBINAR, webinar.number, webinar.date) in kept
        on, fixed, by_hand = _stands(row, webinar.date, stayed, usual, zone, now)
        if by_hand:
            moved.add((WEBINAR, webinar.number))
        webinars.append(PreviousWebinar(webinar.number, webinar.topic, on, webinar.speaker_id, fixed))
    if repair is not None:
        taught = {(who, day.date) for day in days for who in day.trainer_ids}
        taught |= {(webinar.speaker_id, webinar.date) for webinar in webinars}
        webinars += [webinar for webinar in off if (webinar.speaker_id, webinar.date) not in taught]
    return Base(base.id, problem, plan, tuple(days), tuple(webinars), "repair" in base.parameters, frozenset(moved))


def _stands(
    row: Appointment | None, planned: date, stayed: bool, usual: set[date], zone: ZoneInfo, now: datetime
) -> tuple[date, bool, bool]:
    """When an appointment is, whether it must stay, and whether for this alone that it was moved by hand to a date
    where no rule would put it; else it has been held. It was moved since the plan, or had been and ``stayed`` in it."""
    on, held = planned, False
    if row is not None:
        on, held = local_date(row.starts_at, zone), row.state != SCHEDULED or row.starts_at <= now
    by_hand = not held and on not in usual and (on != planned or stayed)
    return on, held or by_hand, by_hand


def _covered(base: Base, problem: Problem) -> Base:
    """The base with somebody who can come wherever it was moved by hand."""
    cover = Cover(problem.trainers, base.days, base.webinars)
    hosts = {host.code: host for host in (*base.problem.hosts, *problem.hosts)}
    return replace(
        base,
        days=tuple(
            cover.of_day(day, hosts[day.host_code], problem.detour) if (TRAINING_DAY, day.number) in base.moved else day
            for day in base.days
        ),
        webinars=tuple(cover.of_webinar(one) if (WEBINAR, one.number) in base.moved else one for one in base.webinars),
    )


def _near(base: Base, problem: Problem) -> Problem:
    """The problem, to be solved near the base: its places are the previous ones, and what has been held stays."""
    base = _covered(base, problem)
    held, guests = base.held, base.guests
    old = {body.code: body for body in strides(base.problem.bodies) if body.code in guests}
    bodies = [old.get(body.code, body) for body in strides(problem.bodies)]
    known = {body.code for body in strides(problem.bodies)}
    bodies += [body for code, body in sorted(old.items()) if code not in known]
    hosts = {host.code: host for host in problem.hosts}
    gone = held - hosts.keys() | base.over
    hosts.update({host.code: host for host in base.problem.hosts if host.code in gone})
    places = dict(base.places)
    places.update({code: places[whole(code)] for code in known - places.keys() if whole(code) in places})
    turn()
    here, out = known | guests, problem.rules.excluded_hosts - held
    rules = replace(
        problem.rules,
        pinned_hosts=problem.rules.pinned_hosts | held,
        excluded_hosts=out,
        pinned={**problem.rules.pinned, **{code: places[code] for code in guests}},
        previous={code: host for code, host in strides(places.items()) if code in here and host not in out},
    )
    return replace(
        problem,
        bodies=tuple(bodies),
        hosts=tuple(
            replace(host, capacity=base.seated[code])
            if code in base.over
            else _room_for_guests(base, host)
            if code in held
            else host
            for code, host in sorted(hosts.items())
        ),
        trainers=_with_those_of_the_past(base, problem.trainers, problem),
        rules=rules,
        previous_days=base.days,
        previous_webinars=base.webinars,
    )


def _with_those_of_the_past(base: Base, trainers: tuple[Trainer, ...], problem: Problem) -> tuple[Trainer, ...]:
    """The trainers, and those who have taught and do so no more: they are away on every date to come.

    Nor do they know a topic: it counts as known when somebody can still teach it. A webinar on what only they knew
    would want a speaker whom nobody could be, and a day's team somebody who is no more.
    """
    needed = {who for day in base.days if day.fixed for who in day.trainer_ids}
    needed |= {webinar.speaker_id for webinar in base.webinars if webinar.fixed}
    gone = needed - {trainer.id for trainer in trainers}
    length = (problem.window_until - problem.window_from).days
    window = frozenset(problem.window_from + timedelta(days=offset) for offset in range(length + 1))
    return (
        *trainers,
        *(replace(t, unavailable=window, skills=NO_TOPIC) for t in base.problem.trainers if t.id in gone),
    )


def _repaired(base: Base, repair: Mapping[str, Any], current: Problem, plain: Mapping[str, Any]) -> Problem:
    """The base's own question with the one thing changed, hosts and trainers as they are now."""
    used = frozenset(day.host_code for day in base.days)
    hosts = {host.code: host for host in base.problem.hosts if host.code in used}
    hosts.update({host.code: host for host in current.hosts})
    trainers = current.trainers
    if base.repaired:
        away = {t.id: t.unavailable for t in base.problem.trainers}
        trainers = tuple(replace(t, unavailable=t.unavailable | away.get(t.id, frozenset())) for t in trainers)
    problem = replace(
        base.problem,
        **{**REPAIR_PRICES, **plain},
        hosts=tuple(_room_for_guests(base, host) for _, host in sorted(hosts.items())),
        trainers=trainers,
        window_from=max(base.problem.window_from, current.window_from),
        pinned_dates={},
    )
    if repair["kind"] == HOST_CANCELS:
        gone = repair["host_code"]
        out = (problem.rules.excluded_hosts - used) | {gone}
        rules = replace(problem.rules, pinned_hosts=used - {gone}, excluded_hosts=out, pinned={})
    else:
        rules = replace(problem.rules, pinned_hosts=used, excluded_hosts=frozenset(), pinned=base.places)
        first, last = (date.fromisoformat(repair[name]) for name in ("first", "last"))
        ill = frozenset(first + timedelta(days=offset) for offset in range((last - first).days + 1))
        problem = replace(
            problem,
            trainers=tuple(
                replace(t, unavailable=t.unavailable | ill) if t.id == repair["trainer_id"] else t for t in trainers
            ),
        )
    return _near(base, replace(problem, rules=replace(rules, stay_km=REPAIR_STAY_KM)))


def _room_for_guests(base: Base, host: Host) -> Host:
    """A room that was made smaller since keeps those who have their places there: a repair turns nobody out."""
    seated = base.seated.get(host.code, 0)
    return host if host.capacity is None or host.capacity >= seated else replace(host, capacity=seated)
