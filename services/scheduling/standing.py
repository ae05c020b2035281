"""What became of a published plan: its appointments as they stand, after somebody has moved some or called some off.

The plan itself stays what the planner made; who reads it must see the dates that hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling.domain import CANCELLED, MOVED, PUBLISHED, TRAINING_DAY, local_date
from services.scheduling.models import Appointment, Change, FormerTrainer, Run
from services.scheduling.strides import fetched

Key = tuple[str, int]
"""Kind and number: what makes an appointment the one that a plan speaks of."""


def appointments(session: Session, run: Run) -> dict[Key, Appointment]:
    """Those of a run's plan that are to be held or have been, where it is the published one."""
    if run.state != PUBLISHED:
        return {}
    chosen = sa.select(Appointment).where(Appointment.programme_id == run.programme_id, Appointment.state != CANCELLED)
    return {(row.kind, row.number): row for (row,) in fetched(session, chosen)}


class Standing:
    """The calendar beside a plan: whatever the plan dates gets the date and hour that hold now, the planned ones, and
    ``change`` (moved, called_off). A plan that is not published has no calendar, and no change.

    A plan says no hour of a day: one that nobody moved by hand begins as planned.
    """

    def __init__(
        self, session: Session, run: Run, zone: ZoneInfo, shown: Callable[[Appointment], Any], planned: Collection[Key]
    ) -> None:
        """``planned`` are the appointments of the plan; ``shown`` is how one is told."""
        self._zone, self._shown = zone, shown
        self._rows, self._by_hand = dict[Key, Appointment](), set[UUID]()
        self._names, self._relieved = dict[str, str](), dict[str, list[Appointment]]()
        if run.state == PUBLISHED:
            self._rows = {**changed(session, run, CANCELLED), **appointments(session, run)}
            self._by_hand = {row.id for row in changed(session, run, MOVED).values()}
            own = {row.id for key, row in self._rows.items() if key in planned}
            self._names, self._relieved = _relieved(session, run, own)

    def date(self, kind: str, one: dict[str, Any]) -> None:
        """Bring a day or a webinar up to date."""
        row = self._rows.get((kind, one["number"]))
        if kind == TRAINING_DAY and row is not None and row.id not in self._by_hand:
            one["starts"] = _hour(row, self._zone)
        one.update(_now(one, row, self._zone))

    def show(self, kind: str, one: dict[str, Any]) -> None:
        """The same, and give it its ``appointment``, as ``shown``."""
        self.date(kind, one)
        row = self._rows.get((kind, one["number"]))
        one["appointment"] = None if row is None else self._shown(row)

    def everybody(self, trainers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The trainers of the plan, and those who were to teach and do not any more, by name."""
        gone = self._names.keys() - {trainer["id"] for trainer in trainers}
        found = [*trainers, *({"id": who, "name": self._names[who], "km": 0, "engagements": []} for who in gone)]
        return sorted(found, key=lambda trainer: (trainer["name"], trainer["id"]))

    def engage(self, trainer: dict[str, Any], planned: Mapping[Key, tuple[str, str]]) -> None:
        """Bring what a trainer does up to date, and tell what is no longer theirs (``relieved``), as cancelled: what
        they took along before must not keep them. ``planned`` are dates and hours by appointment."""
        trainer["relieved"] = [
            {**self._shown(row), "state": CANCELLED} for row in self._relieved.get(trainer["id"], ())
        ]
        for each in trainer["engagements"]:
            each["date"], each["starts"] = planned[each["kind"], each["number"]]
            self.date(each["kind"], each)
        trainer["engagements"].sort(key=lambda each: (each["date"], each["kind"], each["number"]))


def changed(session: Session, run: Run, what: str) -> dict[Key, Appointment]:
    """What staff have moved, or called off; of one number the last, since an earlier plan may have had the same."""
    chosen = (
        sa.select(Appointment)
        .join(Change, Change.appointment_id == Appointment.id)
        .where(Appointment.programme_id == run.programme_id, Change.what == what)
        .order_by(Change.at, Change.id)
    )
    return {(row.kind, row.number): row for row in session.scalars(chosen)}


def _relieved(session: Session, run: Run, own: set[UUID]) -> tuple[dict[str, str], dict[str, list[Appointment]]]:
    """Names, and what they were to teach, of trainers whom a later plan replaced, or whose day it did without.

    ``own`` are the appointments of the plan.
    """
    names, found = dict[str, str](), dict[str, list[Appointment]]()
    chosen = (
        sa.select(Appointment, FormerTrainer.trainer_id, FormerTrainer.name)
        .outerjoin(FormerTrainer, FormerTrainer.appointment_id == Appointment.id)
        .where(
            Appointment.programme_id == run.programme_id,
            sa.or_(FormerTrainer.trainer_id.is_not(None), Appointment.state == CANCELLED),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    for row, former, name in session.execute(chosen):
        team = {trainer["id"]: trainer["name"] for trainer in row.trainers}
        gone = {} if former is None or str(former) in team else {str(former): name}
        if row.state == CANCELLED and row.id not in own:
            gone |= team
        names |= gone
        for who in gone:
            if row not in found.setdefault(who, []):
                found[who].append(row)
    return names, found


def _now(planned: dict[str, Any], row: Appointment | None, zone: ZoneInfo) -> dict[str, Any]:
    found = {"planned_date": planned["date"], "planned_starts": planned["starts"], "change": None}
    if row is None:
        return found
    holds = {"date": local_date(row.starts_at, zone).isoformat(), "starts": _hour(row, zone)}
    if row.state == CANCELLED:
        found["change"] = "called_off"
    elif any(planned[name] != value for name, value in holds.items()):
        found["change"] = MOVED
    return {**found, **holds}


def _hour(row: Appointment, zone: ZoneInfo) -> str:
    return f"{row.starts_at.astimezone(zone):%H:%M}"
