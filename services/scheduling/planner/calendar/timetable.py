"""A timetable and its price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from services.scheduling.planner.calendar.question import Question


@dataclass(frozen=True)
class Timetable:
    """For each training day its date and team, for each webinar its date and speaker; all by position.

    ``price`` is what it costs, and no timetable costs less than ``bound``.
    """

    days: tuple[int, ...]
    teams: tuple[tuple[int, ...], ...]
    webinars: tuple[int, ...]
    speakers: tuple[int, ...]
    price: int = 0
    bound: int = 0


def price(question: Question, table: Timetable) -> int:
    """What is minimised, in kilometres: people first, then dates."""
    return people_price(question, table) + dates_price(question, table)


def people_price(question: Question, table: Timetable) -> int:
    """Trainers' kilometres, uneven work, and who teaches instead of somebody else."""
    problem = question.problem
    load = Counter(t for team in table.teams for t in team) + Counter(table.speakers)
    loads = [load[t] for t in range(len(problem.trainers))]
    total = sum(question.km[e][t] for e, team in enumerate(table.teams) for t in team)
    total += round(problem.imbalance_km) * (max(loads) - min(loads))
    return total + round(problem.changed_trainer_km) * changed_trainers(question, table)


def changed_trainers(question: Question, table: Timetable) -> int:
    """How many teachers and speakers of the previous plan are replaced."""
    ids = [trainer.id for trainer in question.problem.trainers]
    gone = 0
    for was, team in zip(question.before, table.teams, strict=True):
        if was is not None and not was.fixed:
            gone += len(set(was.trainer_ids) - {ids[t] for t in team})
    for kept, speaker in zip(question.webinars_before, table.speakers, strict=True):
        if kept is not None and not kept.fixed:
            gone += kept.speaker_id != ids[speaker]
    return gone


def dates_price(question: Question, table: Timetable) -> int:
    """Crowded stretches, clashes of webinars with training days, and moves against the previous plan."""
    problem = question.problem
    crowded = 0
    for held in (table.days, table.webinars):
        per_stretch = Counter(question.stretch[n] for n in held if question.stretch[n] is not None)
        crowded += sum(max(0, count - question.share(len(held))) for count in per_stretch.values())
    clashes = sum(
        any(table.days[e] == n for e in question.clashing[w])
        for w, n in enumerate(table.webinars)
        if not question.webinar_fixed(w)
    )
    moved = sum(
        was is not None and was.date != question.dates[n]
        for was, n in (
            *zip(question.before, table.days, strict=True),
            *zip(question.webinars_before, table.webinars, strict=True),
        )
    )
    return round(problem.spread_km) * crowded + round(problem.clash_km) * clashes + round(problem.moved_date_km) * moved
