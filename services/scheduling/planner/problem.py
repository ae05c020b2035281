"""What the planner is asked, as plain frozen values with a JSON form; ``plan`` is what it answers.

Units: kilometres of travel (one trip a body, there), delegates for demands and capacities, seconds for budgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from services.scheduling.planner.rules import Rules
from services.scheduling.planner.rules import text as _text
from services.scheduling.planner.rules import whole as _whole
from services.scheduling.planner.seas import Seas, italian_seas

Item = TypeVar("Item")


class Infeasible(Exception):
    """There is no plan, for a named reason; ``facts`` are the numbers and codes that show it."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


@dataclass(frozen=True)
class Body:
    """An organisation that sends ``demand`` delegates, all to the same training day, and wishes for some topics."""

    code: str
    name: str
    latitude: float
    longitude: float
    region: str
    demand: int = 1
    island: str | None = None
    topics: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**vars(self), "topics": sorted(self.topics)}


@dataclass(frozen=True)
class Host:
    """A place that can hold one training day of at most ``capacity`` delegates; None leaves it to the programme.

    On ``closed_dates`` it holds none: the patron's day, a council meeting.
    """

    code: str
    name: str
    latitude: float
    longitude: float
    province: str
    region: str
    capacity: int | None = None
    island: str | None = None
    closed_dates: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Trainer:
    """Someone who teaches training days and speaks at webinars, from home, except on the unavailable dates.

    ``skills`` are the topics that they know, None all of them. ``most_days`` limits their appointments in all,
    ``most_a_week`` those of one week.
    """

    id: str
    name: str
    latitude: float
    longitude: float
    unavailable: frozenset[date] = frozenset()
    skills: frozenset[str] | None = None
    most_days: int | None = None
    most_a_week: int | None = None

    def knows(self, topic: str) -> bool:
        """Whether they can speak about it."""
        return self.skills is None or topic in self.skills


@dataclass(frozen=True)
class PreviousDay:
    """A training day of the plan that this one follows. One that is ``fixed`` has been held, or may not be touched.

    When its host is used no more, the nearest host that is new takes its number, and if possible its date and team.
    """

    number: int
    host_code: str
    date: date
    trainer_ids: tuple[str, ...]
    fixed: bool = False


@dataclass(frozen=True)
class PreviousWebinar:
    """A webinar of the plan that this one follows."""

    number: int
    topic: str
    date: date
    speaker_id: str
    fixed: bool = False


@dataclass(frozen=True)
class Problem:
    """One planning question, complete: with the same question, seed and ``effort`` comes the same plan.

    ``days_per_date`` and ``days_per_week`` are how many training days may be held at once. ``pauses`` are yearly, first
    and last day as (month, day), and may run over New Year's Eve. ``seconds`` limits the time, ``effort`` (optional)
    the number of improvements tried, which unlike time does not depend on the machine.

    The calendar: somebody of each team knows one of the ``leading_topics`` topics most wanted by those who come; no
    trainer is on two consecutive dates at hosts more than ``reachable_km`` apart; ``pinned_dates`` are by host. What
    is paid for, in kilometres: ``imbalance_km`` an appointment between the busiest and the idlest trainer,
    ``spread_km`` an appointment beyond the even share of its stretch of the window, ``clash_km`` a webinar on the date
    of a training day whose guests wish for it, and against the previous plan ``moved_date_km`` and
    ``changed_trainer_km``.
    """

    bodies: tuple[Body, ...]
    hosts: tuple[Host, ...]
    trainers: tuple[Trainer, ...]
    training_days: int
    trainers_per_day: int
    window_from: date
    window_until: date
    closed_dates: frozenset[date] = frozenset()
    webinars: int = 0
    topics: Mapping[str, int] = field(default_factory=dict)
    day_capacity: int = 60
    days_per_date: int = 2
    webinar_starts: str = "15:00"
    pauses: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (((8, 1), (8, 31)), ((12, 24), (1, 6)))
    country: str = "IT"
    detour: float = 1.3
    seas: Seas = field(default_factory=italian_seas)
    imbalance_km: float = 100.0
    days_per_week: int | None = None
    leading_topics: int = 3
    reachable_km: float = 300.0
    spread_km: float = 50.0
    clash_km: float = 200.0
    pinned_dates: Mapping[str, date] = field(default_factory=dict)
    previous_days: tuple[PreviousDay, ...] = ()
    previous_webinars: tuple[PreviousWebinar, ...] = ()
    moved_date_km: float = 300.0
    changed_trainer_km: float = 150.0
    seconds: float = 10.0
    seed: int = 0
    effort: int | None = None
    rules: Rules = field(default_factory=Rules)

    def seats(self, host: Host) -> int:
        """How many delegates the host can take on a day: its room, but never more than the programme allows."""
        return self.day_capacity if host.capacity is None else min(host.capacity, self.day_capacity)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Problem:
        """Read a question; a missing or mistyped field is ``Infeasible("malformed_problem")`` naming it."""
        given: dict[str, Any] = {}
        for name, value in data.items():
            if name not in READERS:
                continue
            try:
                given[name] = READERS[name](value)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Infeasible("malformed_problem", field=name) from error
        required = {"bodies", "hosts", "trainers", "training_days", "trainers_per_day", "window_from", "window_until"}
        if missing := sorted(required - given.keys()):
            raise Infeasible("malformed_problem", field=missing[0])
        return cls(**given)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers, ready for ``json.dumps``."""
        trainers = [
            {**vars(t), "unavailable": iso(t.unavailable), "skills": None if t.skills is None else sorted(t.skills)}
            for t in self.trainers
        ]
        return {
            **vars(self),
            "bodies": [body.to_json() for body in self.bodies],
            "hosts": [{**vars(host), "closed_dates": iso(host.closed_dates)} for host in self.hosts],
            "trainers": trainers,
            "pinned_dates": {code: day.isoformat() for code, day in self.pinned_dates.items()},
            "previous_days": [
                {**vars(day), "date": day.date.isoformat(), "trainer_ids": list(day.trainer_ids)}
                for day in self.previous_days
            ],
            "previous_webinars": [
                {**vars(webinar), "date": webinar.date.isoformat()} for webinar in self.previous_webinars
            ],
            "window_from": self.window_from.isoformat(),
            "window_until": self.window_until.isoformat(),
            "closed_dates": iso(self.closed_dates),
            "topics": dict(self.topics),
            "pauses": [[list(first), list(last)] for first, last in self.pauses],
            "seas": self.seas.to_json(),
            "rules": self.rules.to_json(),
        }


def iso(dates: frozenset[date]) -> list[str]:
    """Dates as sorted ISO texts."""
    return sorted(day.isoformat() for day in dates)


def _dates(values: list[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(value) for value in values)


def _coordinate(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _read(data: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: readers[name](value) if name in readers else value for name, value in data.items()}


_PLACE: dict[str, Callable[[Any], Any]] = {
    "code": _text,
    "id": _text,
    "region": _text,
    "latitude": _coordinate,
    "longitude": _coordinate,
    "demand": _whole,
    "capacity": lambda value: None if value is None else _whole(value),
    "unavailable": _dates,
    "closed_dates": _dates,
    "topics": frozenset,
    "skills": lambda value: None if value is None else frozenset(value),
    "most_days": lambda value: None if value is None else _whole(value),
    "most_a_week": lambda value: None if value is None else _whole(value),
    "number": _whole,
    "date": date.fromisoformat,
    "trainer_ids": tuple,
}


def _many(kind: Callable[..., Item]) -> Callable[[list[dict[str, Any]]], tuple[Item, ...]]:
    return lambda rows: tuple(kind(**_read(row, _PLACE)) for row in rows)


READERS: dict[str, Callable[[Any], Any]] = {
    "bodies": _many(Body),
    "hosts": _many(Host),
    "trainers": _many(Trainer),
    "training_days": _whole,
    "trainers_per_day": _whole,
    "window_from": date.fromisoformat,
    "window_until": date.fromisoformat,
    "closed_dates": _dates,
    "webinars": _whole,
    "topics": lambda value: {_text(topic): _whole(count) for topic, count in value.items()},
    "day_capacity": _whole,
    "days_per_date": _whole,
    "webinar_starts": _text,
    "pauses": lambda value: tuple(((int(a), int(b)), (int(c), int(d))) for (a, b), (c, d) in value),
    "country": _text,
    "detour": float,
    "seas": Seas.from_json,
    "imbalance_km": float,
    "days_per_week": lambda value: None if value is None else _whole(value),
    "leading_topics": _whole,
    "reachable_km": float,
    "spread_km": float,
    "clash_km": float,
    "pinned_dates": lambda value: {_text(code): date.fromisoformat(day) for code, day in value.items()},
    "previous_days": _many(PreviousDay),
    "previous_webinars": _many(PreviousWebinar),
    "moved_date_km": float,
    "changed_trainer_km": float,
    "seconds": float,
    "seed": _whole,
    "effort": lambda value: None if value is None else _whole(value),
    "rules": Rules.from_json,
}
