"""The numbers of appointments. One that was in the previous plan keeps its number, since people know it by that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from services.scheduling.planner.calendar import Question, Timetable
from services.scheduling.planner.plan import Day, Webinar
from services.scheduling.planner.problem import Body

Item = TypeVar("Item")


def numbered(
    question: Question, table: Timetable, guests: Sequence[Sequence[Body]]
) -> tuple[tuple[Day, ...], tuple[Webinar, ...]]:
    """Training days and webinars with their numbers, without a gap; new ones are numbered in the order of time."""
    problem = question.problem
    ids = [trainer.id for trainer in problem.trainers]
    slots = sorted(range(len(question.hosts)), key=lambda e: (table.days[e], question.hosts[e].code))
    kept = {e: was.number for e, was in enumerate(question.before) if was is not None}
    days = []
    for number, e in enumerate(_in_order(slots, kept), start=1):
        bodies = guests[e]
        days.append(
            Day(
                number=number,
                host_code=question.hosts[e].code,
                date=question.dates[table.days[e]],
                trainer_ids=tuple(ids[t] for t in table.teams[e]),
                body_codes=tuple(body.code for body in bodies),
                seated=sum(body.demand for body in bodies),
            )
        )
    rows = sorted(range(len(question.topics)), key=lambda w: (table.webinars[w], question.topics[w]))
    known = {w: was.number for w, was in enumerate(question.webinars_before) if was is not None}
    webinars = [
        Webinar(
            number,
            question.topics[w],
            question.dates[table.webinars[w]],
            problem.webinar_starts,
            ids[table.speakers[w]],
        )
        for number, w in enumerate(_in_order(rows, known), start=1)
    ]
    return tuple(days), tuple(webinars)


def _in_order(items: Sequence[Item], kept: dict[Item, int]) -> list[Item]:
    """The items by number: those that keep theirs at their places, the others, and numbers too high, in the gaps."""
    places: list[Item | None] = [None] * len(items)
    loose = []
    for item in items:
        number = kept.get(item, 0)
        if 1 <= number <= len(items) and places[number - 1] is None:
            places[number - 1] = item
        else:
            loose.append(item)
    waiting = iter(loose)
    return [next(waiting) if item is None else item for item in places]
