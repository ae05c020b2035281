"""What became of a published plan: its appointments as they stand, after somebody has moved some or called some off.

The plan itself stays what the planner made; who reads it must see the dates that hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.scheduling.domain import CANCELLED, PUBLISHED, TRAINING_DAY, WEBINAR, local_date
from services.scheduling.models import Appointment, Change, Run

Key = tuple[str, int]
"""Kind and number: what makes an appointment the one that a plan speaks of."""


def appointments(session: Session, run: Run) -> dict[Key, Appointment]:
    """Those of a run's plan that are to be held or have been, where it is the published one."""
    if run.state != PUBLISHED:
        return {}
    chosen = sa.select(Appointment).where(Appointment.programme_id == run.programme_id, Appointment.state != CANCELLED)
    return {(row.kind, row.number): row for row in session.scalars(chosen)}


def bring_up_to_date(
    session: Session, run: Run, plan: dict[str, Any], zone: ZoneInfo, shown: Callable[[Appointment], Any]
) -> None:
    """Give everything dated in the answer the date that holds now, ``planned_date`` and ``change`` (moved, called_off).

    Days and webinars get their ``appointment`` besides, as ``shown``; a plan that is not published has none, and no
    change.
    """
    rows = {**_called_off(session, run), **appointments(session, run)} if run.state == PUBLISHED else {}
    known = {}
    for kind, planned in ((TRAINING_DAY, plan["days"]), (WEBINAR, plan["webinars"])):
        for one in planned:
            row = rows.get((kind, one["number"]))
            one.update(_now(one, row, zone), appointment=None if row is None else shown(row))
            known[kind, one["number"]] = {name: one[name] for name in ("date", "planned_date", "change")}
    for trainer in plan["trainers"]:
        for each in trainer["engagements"]:
            each.update(known[each["kind"], each["number"]])
        trainer["engagements"].sort(key=lambda each: (each["date"], each["kind"], each["number"]))


def _called_off(session: Session, run: Run) -> dict[Key, Appointment]:
    """Those that staff have called off; of one number the last, since an earlier plan may have had the same."""
    chosen = (
        sa.select(Appointment)
        .join(Change, Change.appointment_id == Appointment.id)
        .where(Appointment.programme_id == run.programme_id, Change.what == CANCELLED)
        .order_by(Change.at, Change.id)
    )
    return {(row.kind, row.number): row for row in session.scalars(chosen)}


def _now(planned: dict[str, Any], row: Appointment | None, zone: ZoneInfo) -> dict[str, Any]:
    found = {"planned_date": planned["date"], "change": None}
    if row is None:
        return found
    holds = {"date": local_date(row.starts_at, zone).isoformat()}
    if "starts" in planned:
        holds["starts"] = f"{row.starts_at.astimezone(zone):%H:%M}"
    if row.state == CANCELLED:
        found["change"] = "called_off"
    elif any(planned[name] != value for name, value in holds.items()):
        found["change"] = "moved"
    return {**found, **holds}
