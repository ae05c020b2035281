"""A plan as its readers are told of it: with names, and once it is published with the dates and hours that hold.

Days and trainers come whole, for whoever takes the plan away, or by pages; ``plans.bodies`` tells of its bodies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.database import ASIDE
from services.scheduling import digests, queries
from services.scheduling.domain import TRAINING_DAY, WEBINAR
from services.scheduling.models import PlannedBody, Programme
from services.scheduling.planner.plan import Day
from services.scheduling.schemas import AppointmentSummary, RunOut
from services.scheduling.standing import Key, Standing
from services.scheduling.strides import strides

Answer = dict[str, Any]

_BETWEEN = "\n"
MOST = 500
"""So many days or trainers are told at once."""
_NUMBER = (sa.column("number", sa.Integer),)
_NAME = (sa.column("name", sa.String), sa.column("id", sa.String))


class Overview:
    """The plan of a run. Refused: no_plan. ``day_starts`` is the hour of a day of which the calendar says none."""

    def __init__(self, session: Session, run_id: Any, zone: ZoneInfo, day_starts: str) -> None:
        self._session, self._zone, self._day_starts = session, zone, day_starts
        self._run = queries.run_row(session, run_id)
        digest = digests.find(session, self._run.id, self._run.state)
        self._problem, self._plan, self._told = digest.used, digest.plan, digest.told

    def whole(self) -> Answer:
        """All that it proposes, with the figures that a reader needs to judge it."""
        return {
            **self._figures(),
            "days": list(self._days(self._plan.days)),
            "webinars": self._webinars(),
            "trainers": self._engaged(self._people),
        }

    def page(self, limit: Any) -> Answer:
        """The same, of days and trainers the first page only; with how much of it there is, and from when to when."""
        queries.check_limit(limit, MOST)
        webinars = self._webinars()
        dated = [self._dated(day) for day in strides(self._plan.days)]
        dates = [one["date"] for one in dated]
        return {
            **self._figures(),
            "days": self.days(limit=limit),
            "webinars": webinars,
            "trainers": self.trainers(limit=limit),
            "seated": sum(day.seated for day in self._plan.days),
            "first_day": min(dates, default=None),
            "last_day": max(dates, default=None),
            "changes": sum(one["change"] is not None for one in (*dated, *webinars)),
        }

    def days(
        self,
        host: Any = None,
        region: Any = None,
        numbers: Collection[int] | None = None,
        limit: Any = 50,
        cursor: Any = None,
    ) -> Answer:
        """The training days by number, a page at a time: all, or those whose host's name has these words in it, or that
        are in this region, or have one of these numbers; with the number of them."""
        queries.check_limit(limit, MOST)
        words = str(host or "").strip().lower()
        found = [
            day
            for day in self._plan.days
            if (numbers is None or day.number in numbers)
            and words in self._hosts[day.host_code].name.lower()
            and region in (None, "", self._hosts[day.host_code].region)
        ]
        after = 0 if cursor is None else queries.read_cursor(cursor, _NUMBER)[0]
        rest = [day for day in found if day.number > after]
        return {
            "items": list(self._days(rest[:limit])),
            "next_cursor": queries.cursor_of([rest[limit - 1].number]) if len(rest) > limit else None,
            "total": len(found),
        }

    def trainers(self, query: Any = None, limit: Any = 50, cursor: Any = None) -> Answer:
        """The trainers by name, a page at a time: all, or those whose name has these words in it, or the one of this
        id."""
        queries.check_limit(limit, MOST)
        words = str(query or "").strip().lower()
        found = [one for one in self._people if words in one["name"].lower() or words == one["id"]]
        after = ["", ""] if cursor is None else queries.read_cursor(cursor, _NAME)
        rest = [one for one in found if [one["name"], one["id"]] > after]
        last = rest[limit - 1] if len(rest) > limit else None
        return {
            "items": self._engaged(rest[:limit]),
            "next_cursor": None if last is None else queries.cursor_of([last["name"], last["id"]]),
            "total": len(found),
        }

    def around(self) -> Answer:
        """The run, and the regions of the plan, to look for days in."""
        return {"run": RunOut().dump(self._run), "regions": [row["region"] for row in self._told["regions"]]}

    def drawn(self) -> Answer:
        """Of each day where it is, and the codes of the bodies that go there: for the map."""
        together = sa.func.aggregate_strings(PlannedBody.body_code, _BETWEEN)
        chosen = sa.select(PlannedBody.day, together).where(PlannedBody.run_id == self._run.id)
        rows = self._session.execute(chosen.group_by(PlannedBody.day), execution_options=ASIDE)
        found = {day: codes.split(_BETWEEN) for day, codes in rows}
        return {
            "days": [
                {
                    "number": day.number,
                    **{f"host_{name}": getattr(self._hosts[day.host_code], name) for name in ("code", "name")},
                    **{name: getattr(self._hosts[day.host_code], name) for name in ("latitude", "longitude")},
                    "bodies": found.get(day.number, []),
                }
                for day in strides(self._plan.days)
            ]
        }

    @cached_property
    def _hosts(self) -> dict[str, Any]:
        return {host.code: host for host in self._problem.hosts}

    @cached_property
    def _names(self) -> dict[str, str]:
        return {trainer.id: trainer.name for trainer in self._problem.trainers}

    @cached_property
    def _moments(self) -> dict[Key, tuple[str, str]]:
        """Planned date and hour of each appointment."""
        found = {(TRAINING_DAY, day.number): (day.date.isoformat(), self._day_starts) for day in self._plan.days}
        return found | {(WEBINAR, one.number): (one.date.isoformat(), one.starts) for one in self._plan.webinars}

    @cached_property
    def _standing(self) -> Standing:
        off = {(TRAINING_DAY, day.number) for day in self._plan.days if not day.trainer_ids}
        return Standing(self._session, self._run, self._zone, AppointmentSummary().dump, self._moments.keys() - off)

    @cached_property
    def _people(self) -> list[Answer]:
        return self._standing.everybody(self._told["trainers"])

    def _dated(self, day: Day) -> Answer:
        one: Answer = {"number": day.number, "date": day.date.isoformat(), "starts": self._day_starts}
        self._standing.date(TRAINING_DAY, one)
        return one

    def _figures(self) -> Answer:
        return {
            "run": RunOut().dump(self._run),
            **{name: self._told[name] for name in ("regions", "by_boat", "across_water")},
            **{name: self._told[name] for name in ("mainland_longest_km", "islands_longest_km")},
            "calendar_km": self._plan.calendar_km,
            "calendar_bound_km": self._plan.calendar_bound_km,
        }

    def _days(self, days: Iterable[Day]) -> Iterable[Answer]:
        for day in strides(days):
            host = self._hosts[day.host_code]
            told = {
                "number": day.number,
                "host_code": host.code,
                "host_name": host.name,
                "province": host.province,
                "region": host.region,
                "latitude": host.latitude,
                "longitude": host.longitude,
                "capacity": self._problem.seats(host),
                "seated": day.seated,
                "date": day.date.isoformat(),
                "starts": self._day_starts,
                "trainers": [{"id": trainer, "name": self._names[trainer]} for trainer in day.trainer_ids],
                "guests": self._told["guests"][str(day.number)],
            }
            self._standing.show(TRAINING_DAY, told)
            yield told

    def _webinars(self) -> list[Answer]:
        programme = self._session.get_one(Programme, self._run.programme_id)
        topics = {topic["code"]: topic for topic in programme.topics}
        found = []
        for webinar in self._plan.webinars:
            told = {
                "number": webinar.number,
                "topic": webinar.topic,
                "title_it": topics.get(webinar.topic, {}).get("title_it", webinar.topic),
                "title_en": topics.get(webinar.topic, {}).get("title_en", webinar.topic),
                "date": webinar.date.isoformat(),
                "starts": webinar.starts,
                "speaker": self._names[webinar.speaker_id],
                "interested": self._problem.topics.get(webinar.topic, 0),
            }
            self._standing.show(WEBINAR, told)
            found.append(told)
        return found

    def _engaged(self, trainers: Sequence[Answer]) -> list[Answer]:
        for trainer in strides(trainers):
            self._standing.engage(trainer, self._moments)
        return list(trainers)
