"""The auditor of dates, trainers and webinars: slow, obvious, and sharing no code with what makes calendars.

It reads the rules from the question, takes each appointment by itself and each pair of them, and believes no figure
that the plan gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

from holidays import country_holidays

from services.scheduling.planner.plan import Day, Plan, Webinar
from services.scheduling.planner.problem import Body, Host, Problem, Trainer

Place = Body | Host | Trainer


def verify_calendar(problem: Problem, plan: Plan) -> list[str]:
    """The rules that the calendar violates, each as ``rule: what breaks it``; empty when it is good."""
    return [
        *_of_what_stands(problem, plan),
        *_of_dates(problem, plan),
        *_of_trainers(problem, plan),
        *_of_journeys(problem, plan),
        *_of_knowledge(problem, plan),
        *_of_webinars(problem, plan),
        *_of_prices(problem, plan),
    ]


def _loose_days(problem: Problem, plan: Plan) -> list[Day]:
    """Those that were not fixed by the plan before."""
    fixed = {was.host_code for was in problem.previous_days if was.fixed}
    return [day for day in plan.days if day.host_code not in fixed]


def _loose_webinars(problem: Problem, plan: Plan) -> list[Webinar]:
    fixed = {(was.topic, was.date, was.speaker_id) for was in problem.previous_webinars if was.fixed}
    return [webinar for webinar in plan.webinars if (webinar.topic, webinar.date, webinar.speaker_id) not in fixed]


def _of_what_stands(problem: Problem, plan: Plan) -> Iterator[str]:
    days = {day.host_code: day for day in plan.days}
    for was in problem.previous_days:
        now = days.get(was.host_code)
        if was.fixed and (now is None or (now.date, set(now.trainer_ids)) != (was.date, set(was.trainer_ids))):
            yield f"fixed_day_changed: {was.number}"
        if was.fixed and now is not None and now.number != was.number:
            yield f"fixed_day_renumbered: {was.number}"
    webinars = {(webinar.topic, webinar.date, webinar.speaker_id) for webinar in plan.webinars}
    for known in problem.previous_webinars:
        if known.fixed and (known.topic, known.date, known.speaker_id) not in webinars:
            yield f"fixed_webinar_changed: {known.number}"


def _of_dates(problem: Problem, plan: Plan) -> Iterator[str]:
    loose: list[Day | Webinar] = [*_loose_days(problem, plan), *_loose_webinars(problem, plan)]
    for appointment in loose:
        held_on, label = appointment.date, f"{type(appointment).__name__.lower()} {appointment.number}"
        if not problem.window_from <= held_on <= problem.window_until:
            yield f"outside_window: {label}"
        if held_on.weekday() in (5, 6):
            yield f"weekend: {label}"
        if held_on in country_holidays(problem.country, years=held_on.year):
            yield f"holiday: {label}"
        if held_on in problem.closed_dates:
            yield f"closed_date: {label}"
        if any(_in_pause(held_on, first, last) for first, last in problem.pauses):
            yield f"pause: {label}"
    hosts = {host.code: host for host in problem.hosts}
    for day in _loose_days(problem, plan):
        if day.host_code in hosts and day.date in hosts[day.host_code].closed_dates:
            yield f"host_closed: day {day.number}"
        if problem.pinned_dates.get(day.host_code, day.date) != day.date:
            yield f"pinned_date_ignored: day {day.number}"
    held = Counter(day.date for day in _loose_days(problem, plan))
    yield from (f"too_many_days_on_a_date: {day}" for day, times in held.items() if times > problem.days_per_date)
    weeks = Counter(_monday(day.date) for day in _loose_days(problem, plan))
    if problem.days_per_week is not None:
        yield from (f"too_many_days_in_a_week: {day}" for day, times in weeks.items() if times > problem.days_per_week)


def _of_trainers(problem: Problem, plan: Plan) -> Iterator[str]:
    trainers = {trainer.id: trainer for trainer in problem.trainers}
    for day in _loose_days(problem, plan):
        if len(set(day.trainer_ids)) != problem.trainers_per_day or len(day.trainer_ids) != problem.trainers_per_day:
            yield f"wrong_number_of_trainers: day {day.number}"
    loose = [(who, day.date) for day in _loose_days(problem, plan) for who in day.trainer_ids]
    loose += [(webinar.speaker_id, webinar.date) for webinar in _loose_webinars(problem, plan)]
    everything = [(who, day.date) for day in plan.days for who in day.trainer_ids]
    everything += [(webinar.speaker_id, webinar.date) for webinar in plan.webinars]
    yield from (f"unknown_trainer: {who}" for who in sorted({who for who, _ in everything} - trainers.keys()))
    for who, held_on in loose:
        if who in trainers and held_on in trainers[who].unavailable:
            yield f"trainer_unavailable: {who} {held_on}"
    for (who, held_on), times in Counter(everything).items():
        if times > 1:
            yield f"trainer_engaged_twice: {who} {held_on}"
    settled = Counter(who for who, _ in everything)
    settled.subtract(who for who, _ in loose)
    for trainer in problem.trainers:
        total = sum(who == trainer.id for who, _ in everything)
        if trainer.most_days is not None and total > max(trainer.most_days, settled[trainer.id]):
            yield f"trainer_over_limit: {trainer.id}"
        weekly = Counter(_monday(held_on) for who, held_on in loose if who == trainer.id)
        if trainer.most_a_week is not None and any(times > trainer.most_a_week for times in weekly.values()):
            yield f"trainer_over_weekly_limit: {trainer.id}"


def _of_journeys(problem: Problem, plan: Plan) -> Iterator[str]:
    hosts = {host.code: host for host in problem.hosts}
    loose = {day.host_code for day in _loose_days(problem, plan)}
    for one, other in combinations([day for day in plan.days if day.host_code in hosts], 2):
        if not {one.host_code, other.host_code} & loose or abs((one.date - other.date).days) > 1:
            continue
        both = sorted(set(one.trainer_ids) & set(other.trainer_ids))
        if both and _km(hosts[one.host_code], hosts[other.host_code], problem.detour) > problem.reachable_km + 0.01:
            yield f"too_far_on_consecutive_days: {both[0]} days {one.number}, {other.number}"


def _of_knowledge(problem: Problem, plan: Plan) -> Iterator[str]:
    trainers = {trainer.id: trainer for trainer in problem.trainers}
    bodies = {body.code: body for body in problem.bodies}
    for day in _loose_days(problem, plan):
        wishes: dict[str, int] = {}
        for code in day.body_codes:
            for topic in bodies[code].topics if code in bodies else ():
                if any(trainer.skills is None or topic in trainer.skills for trainer in problem.trainers):
                    wishes[topic] = wishes.get(topic, 0) + bodies[code].demand
        wanted = sorted(wishes, key=lambda topic: (-wishes[topic], topic))[: problem.leading_topics]
        team = [trainers[who] for who in day.trainer_ids if who in trainers]
        if wanted and not any(who.skills is None or set(wanted) & who.skills for who in team):
            yield f"nobody_knows_the_topics: day {day.number}"
    for webinar in _loose_webinars(problem, plan):
        speaker = trainers.get(webinar.speaker_id)
        if speaker is not None and speaker.skills is not None and webinar.topic not in speaker.skills:
            yield f"speaker_without_the_topic: webinar {webinar.number}"


def _of_webinars(problem: Problem, plan: Plan) -> Iterator[str]:
    at_once = Counter((webinar.date, webinar.starts) for webinar in _loose_webinars(problem, plan))
    yield from (f"webinars_at_once: {day} {starts}" for (day, starts), times in at_once.items() if times > 1)
    wanted = {
        topic
        for topic, count in problem.topics.items()
        if count > 0 and any(trainer.skills is None or topic in trainer.skills for trainer in problem.trainers)
    }
    given = Counter(webinar.topic for webinar in plan.webinars)
    chosen = Counter(webinar.topic for webinar in _loose_webinars(problem, plan))
    yield from (f"unwanted_topic: {topic}" for topic in chosen if topic not in wanted)
    settled = sum(given.values()) - sum(chosen.values())
    expected = problem.webinars if wanted else settled
    if len(plan.webinars) != max(expected, settled):
        yield f"wrong_number_of_webinars: {len(plan.webinars)} instead of {expected}"
    left_out = [problem.topics[topic] for topic in wanted if given[topic] == 0]
    if chosen and left_out and max(left_out) > min(problem.topics.get(topic, 0) for topic in chosen):
        yield "less_wanted_topic_preferred"
    if left_out and any(given[topic] > 1 for topic in chosen):
        yield "topic_repeated_before_another_had_its_turn"
    if [webinar.number for webinar in plan.webinars] != list(range(1, len(plan.webinars) + 1)):
        yield "webinars_not_numbered"


def _of_prices(problem: Problem, plan: Plan) -> Iterator[str]:
    """What the calendar costs, counted again from the plan: it must be what the plan says, and its bound no more."""
    if plan.calendar_km is None or plan.calendar_bound_km is None:
        return
    hosts = {host.code: host for host in problem.hosts}
    homes = {trainer.id: trainer for trainer in problem.trainers}
    if any(day.host_code not in hosts for day in plan.days):
        return
    work = Counter(dict.fromkeys(homes, 0))
    total = 0
    for day in plan.days:
        for who in day.trainer_ids:
            work[who] += 1
            if who in homes:
                total += round(_km(homes[who], hosts[day.host_code], problem.detour))
    work.update(webinar.speaker_id for webinar in plan.webinars)
    total += round(problem.imbalance_km) * (max(work.values()) - min(work.values()))
    total += round(problem.spread_km) * sum(_crowding(problem, plan))
    total += round(problem.clash_km) * _clashes(problem, plan)
    moved, replaced = _changes(problem, plan)
    total += round(problem.moved_date_km) * moved + round(problem.changed_trainer_km) * replaced
    if abs(total - plan.calendar_km) > 2 + len(plan.days) * problem.trainers_per_day * 0.01:
        yield f"wrong_calendar_cost: {plan.calendar_km} instead of {total}"
    if not 0 <= plan.calendar_bound_km <= plan.calendar_km:
        yield f"calendar_bound_above_cost: {plan.calendar_bound_km} {plan.calendar_km}"


def _crowding(problem: Problem, plan: Plan) -> Iterator[int]:
    """By how many appointments each stretch of the window exceeds its even share."""
    usual = []
    festive = country_holidays(problem.country, years=range(problem.window_from.year, problem.window_until.year + 1))
    day = problem.window_from
    while day <= problem.window_until:
        closed = day in festive or day in problem.closed_dates
        if day.weekday() < 5 and not closed and not any(_in_pause(day, *pause) for pause in problem.pauses):
            usual.append(day)
        day += timedelta(days=1)
    parts = max(1, min(len(plan.days), len(usual)))
    for dates in ([day.date for day in plan.days], [webinar.date for webinar in plan.webinars]):
        share = -(-len(dates) // parts)
        for part in range(parts):
            stretch = [day for position, day in enumerate(usual) if position * parts // len(usual) == part]
            yield max(0, sum(held_on in stretch for held_on in dates) - share)


def _clashes(problem: Problem, plan: Plan) -> int:
    """How many webinars are on the date of a training day whose guests wish for them."""
    bodies = {body.code: body for body in problem.bodies}
    return sum(
        any(
            day.date == webinar.date and any(webinar.topic in bodies[code].topics for code in day.body_codes)
            for day in plan.days
        )
        for webinar in _loose_webinars(problem, plan)
    )


def _changes(problem: Problem, plan: Plan) -> tuple[int, int]:
    """Dates moved and people replaced against the previous plan."""
    moved = replaced = 0
    days = {day.host_code: day for day in plan.days}
    newcomers = {
        day.number: day for day in plan.days if day.host_code not in {w.host_code for w in problem.previous_days}
    }
    for was in problem.previous_days:
        now = days.get(was.host_code) or newcomers.get(was.number)
        if now is not None and not was.fixed:
            moved += now.date != was.date
            replaced += len(set(was.trainer_ids) - set(now.trainer_ids))
    nows = {webinar.number: webinar for webinar in plan.webinars}
    for known in sorted(problem.previous_webinars, key=lambda each: (not each.fixed, each.number)):
        same = [number for number, webinar in sorted(nows.items()) if webinar.topic == known.topic]
        if same:
            webinar = nows.pop(known.number if known.number in same else same[0])
            moved += not known.fixed and webinar.date != known.date
            replaced += not known.fixed and webinar.speaker_id != known.speaker_id
    return moved, replaced


def _km(one: Place, other: Place, detour: float) -> float:
    """Haversine, times the detour."""
    south, north = radians(one.latitude), radians(other.latitude)
    across = radians(one.longitude - other.longitude)
    half = sin((south - north) / 2) ** 2 + cos(south) * cos(north) * sin(across / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(min(1.0, half))) * detour


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _in_pause(day: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    begins = date(day.year, *first)
    ends = date(day.year, *last)
    if begins <= ends:
        return begins <= day <= ends
    return day >= begins or day <= ends
