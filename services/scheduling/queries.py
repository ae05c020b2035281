"""What scheduling reads. Lists are paged by keyset: a page costs the same at the end as at the beginning."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from chassis.database import Moment
from chassis.refusal import Invalid, Missing
from contracts.scheduling import APPOINTMENT_KINDS
from services.scheduling import publications
from services.scheduling.domain import APPOINTMENT_STATES, ASSIGNED, CANCELLED, RELEASED, SCHEDULED, WAITING, WEBINAR
from services.scheduling.models import Appointment, Host, Place, Programme, Run, RunSketch, Trainer
from services.scheduling.planner.parts import whole
from services.scheduling.schemas import AppointmentOut, AppointmentSummary, HostOut, PlaceOut, RunOut, TrainerOut
from services.scheduling.strides import among

LARGEST_PAGE = 500

Answer = dict[str, Any]


def identifier(value: Any, what: str) -> UUID:
    """The id; a text that is none is a missing thing like any other unknown id."""
    try:
        return UUID(str(value))
    except ValueError as error:
        raise Missing(what) from error


# runs


def run(session: Session, run_id: Any) -> Answer:
    """A run, and its publication while that goes on, or when it did not go through."""
    row = run_row(session, run_id)
    return {**_dump(RunOut, row), "publication": publications.told(session, row.id)}


def runs(session: Session, programme_id: Any, limit: Any, cursor: Any) -> Answer:
    """A programme's runs, the newest first."""
    chosen = sa.select(Run).where(Run.programme_id == identifier(programme_id, "programme"))
    return page(session, chosen, (Run.requested_at, Run.id), limit, cursor, RunOut, newest_first=True)


def progress(session: Session, run_id: Any) -> Answer:
    """How far a run is, in a few numbers: it is asked for again and again."""
    row = run_row(session, run_id)
    drawn = session.scalar(sa.select(RunSketch.number).where(RunSketch.run_id == row.id))
    return {
        **{name: getattr(row, name) for name in ("state", "phase", "share", "reason")},
        "cost": row.cost_km,
        "bound": row.bound_km,
        "sketch": drawn or 0,
    }


def sketch(session: Session, run_id: Any) -> Answer:
    """The best choice so far of a run that goes on: its hosts, and the codes of the bodies that would go there."""
    row = run_row(session, run_id)
    drawn = session.get(RunSketch, row.id)
    if drawn is None:
        return {"number": 0, "hosts": []}
    named = sa.select(Host.code, Host.name, Host.latitude, Host.longitude).order_by(Host.code)
    known = among(session, named, Host.code, drawn.places)
    hosts = [{**one._mapping, "bodies": [whole(code) for code in drawn.places[one.code]]} for one in known]
    return {"number": drawn.number, "hosts": hosts}


def run_row(session: Session, run_id: Any) -> Run:
    """``Missing`` where there is none."""
    row = session.get(Run, identifier(run_id, "run"))
    if row is None:
        raise Missing("run")
    return row


# appointments and places


def appointment(session: Session, appointment_id: Any) -> Answer:
    row = session.get(Appointment, identifier(appointment_id, "appointment"))
    if row is None:
        raise Missing("appointment")
    return counted(session, row)


def counted(session: Session, row: Appointment) -> Answer:
    """The appointment with its waiting list and its recorded attendance counted."""
    session.refresh(row)
    return {**_dump(AppointmentOut, row), **_counts(session, [row.id])[row.id]}


def appointments(session: Session, programme_id: Any, kind: Any, state: Any, limit: Any, cursor: Any) -> Answer:
    """A programme's calendar, in the order of time."""
    wrong = {
        name: ["invalid"]
        for name, value, known in (("kind", kind, APPOINTMENT_KINDS), ("state", state, APPOINTMENT_STATES))
        if value is not None and value not in known
    }
    if wrong:
        raise Invalid(wrong)
    chosen = sa.select(Appointment).where(Appointment.programme_id == identifier(programme_id, "programme"))
    if kind is not None:
        chosen = chosen.where(Appointment.kind == kind)
    if state is not None:
        chosen = chosen.where(Appointment.state == state)
    return counted_page(session, chosen, limit, cursor)


def counted_page(
    session: Session, chosen: sa.Select[Any], limit: Any, cursor: Any, *, newest_first: bool = False
) -> Answer:
    """One page of these appointments, in the order of time, each with its counts."""
    order = (Appointment.starts_at, Appointment.id)
    found = page(session, chosen, order, limit, cursor, AppointmentOut, newest_first=newest_first)
    counts = _counts(session, [UUID(item["id"]) for item in found["items"]])
    found["items"] = [{**item, **counts[UUID(item["id"])]} for item in found["items"]]
    return found


def upcoming(session: Session, programme_id: Any, now: datetime, limit: Any) -> Answer:
    """The programme's next appointments, the nearest first."""
    ahead = sa.select(Appointment).where(
        Appointment.programme_id == identifier(programme_id, "programme"),
        Appointment.state == SCHEDULED,
        Appointment.starts_at > now,
    )
    found = page(session, ahead, (Appointment.starts_at, Appointment.id), limit, None, AppointmentOut)
    counts = _counts(session, [UUID(item["id"]) for item in found["items"]])
    return {"items": [{**item, **counts[UUID(item["id"])]} for item in found["items"]]}


def places(session: Session, appointment_id: Any, limit: Any, cursor: Any) -> Answer:
    """Who holds a seat and who waits, in the order in which they came; released places are not listed."""
    row = session.get(Appointment, identifier(appointment_id, "appointment"))
    if row is None:
        raise Missing("appointment")
    chosen = sa.select(Place).where(Place.appointment_id == row.id, Place.state != RELEASED)
    return page(session, chosen, (Place.since, Place.delegate_id), limit, cursor, PlaceOut)


def places_of(session: Session, delegate_ids: Sequence[UUID], *, released: bool = False) -> Answer:
    """What these delegates hold, with the appointment, until when its list may change, and the position of who waits.

    With ``released`` also what they held once, with the reason why they do no more.
    """
    ahead = aliased(Place)
    position = (
        sa.select(sa.func.count())
        .where(
            ahead.appointment_id == Place.appointment_id,
            ahead.state == WAITING,
            sa.tuple_(ahead.since, ahead.delegate_id) <= sa.tuple_(Place.since, Place.delegate_id),
        )
        .correlate(Place)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            Place, Appointment, Programme.changes_close_days, sa.case((Place.state == WAITING, position), else_=None)
        )
        .join(Appointment, Appointment.id == Place.appointment_id)
        .join(Programme, Programme.id == Place.programme_id)
        .where(Place.delegate_id.in_(delegate_ids))
        .order_by(Appointment.starts_at, Place.id)
    )
    if not released:
        statement = statement.where(Place.state != RELEASED)
    held, about = PlaceOut(), AppointmentSummary()
    return {
        "items": [
            {
                **held.dump(place),
                "position": position,
                "changes_close_at": (row.starts_at - timedelta(days=days)).isoformat(),
                "appointment": about.dump(row),
            }
            for place, row, days, position in session.execute(statement)
        ]
    }


def seats_to_come(session: Session, delegate_id: UUID) -> tuple[list[tuple[datetime, str, str]], timedelta]:
    """Starts and titles of the appointments at which the delegate has a seat, and how long before them lists close."""
    rows = session.execute(
        sa.select(Appointment.starts_at, Appointment.title_it, Appointment.title_en, Programme.changes_close_days)
        .join(Place, Place.appointment_id == Appointment.id)
        .join(Programme, Programme.id == Appointment.programme_id)
        .where(Place.delegate_id == delegate_id, Place.state == ASSIGNED, Appointment.state == SCHEDULED)
    ).all()
    closing = timedelta(days=rows[0].changes_close_days if rows else 0)
    return [(row.starts_at, row.title_it, row.title_en) for row in rows], closing


def webinars_published(session: Session, programme_id: UUID) -> tuple[list[datetime], timedelta]:
    """Starts of the webinars that are to be or were held, and how long before them lists close."""
    of_programme = sa.and_(Appointment.programme_id == programme_id, Appointment.kind == WEBINAR)
    starts = session.scalars(sa.select(Appointment.starts_at).where(of_programme, Appointment.state != CANCELLED))
    programme = session.get(Programme, programme_id)
    return list(starts), timedelta(days=programme.changes_close_days if programme else 0)


def place(row: Place) -> Answer:
    return _dump(PlaceOut, row)


def _counts(session: Session, appointment_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    counts = {each: {"waiting": 0, "recorded": 0} for each in appointment_ids}
    for appointment_id, waiting, recorded in session.execute(
        sa.select(
            Place.appointment_id,
            sa.func.sum(sa.case((Place.state == WAITING, 1), else_=0)),
            sa.func.sum(sa.case((Place.source.is_not(None), 1), else_=0)),
        )
        .where(Place.appointment_id.in_(appointment_ids), Place.state != RELEASED)
        .group_by(Place.appointment_id)
    ):
        counts[appointment_id] = {"waiting": int(waiting), "recorded": int(recorded)}
    return counts


# where and who


def hosts(session: Session, limit: Any, cursor: Any, query: Any = None, usable: Any = None) -> Answer:
    """The hosts by name, those whose name, province or region has the words in it."""
    chosen = sa.select(Host)
    if query:
        words = str(query).strip().lower()
        columns = (Host.name, Host.province, Host.region)
        chosen = chosen.where(sa.or_(*(sa.func.lower(column).contains(words, autoescape=True) for column in columns)))
    if usable is not None:
        chosen = chosen.where(Host.usable.is_(bool(usable)))
    return page(session, chosen, (Host.name, Host.code), limit, cursor, HostOut)


def trainers(session: Session) -> Answer:
    rows = session.scalars(sa.select(Trainer).order_by(Trainer.name, Trainer.id))
    return {"items": TrainerOut(many=True).dump(rows)}


# pages


def page(
    session: Session,
    chosen: sa.Select[Any],
    order: tuple[InstrumentedAttribute[Any], ...],
    limit: Any,
    cursor: Any,
    schema: type,
    *,
    newest_first: bool = False,
    most: int = LARGEST_PAGE,
) -> Answer:
    """One page in the order of these columns, which together are unique, and the cursor of the next one."""
    check_limit(limit, most)
    if cursor is not None:
        here = sa.tuple_(*order)
        there = sa.tuple_(
            *(sa.literal(value, column.type) for value, column in zip(read_cursor(cursor, order), order, strict=True))
        )
        chosen = chosen.where(here < there if newest_first else here > there)
    ordered = chosen.order_by(*(column.desc() if newest_first else column for column in order)).limit(limit + 1)
    rows = session.scalars(ordered).all()
    more = len(rows) > limit
    return {
        "items": schema(many=True).dump(rows[:limit]),
        "next_cursor": cursor_of([getattr(rows[limit - 1], column.key) for column in order]) if more else None,
    }


def check_limit(limit: Any, most: int) -> None:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= most:
        raise Invalid({"limit": ["out_of_range"]})


def cursor_of(values: list[Any]) -> str:
    """Where a page ended, to be given back as it is."""
    return base64.urlsafe_b64encode(json.dumps(values, default=_text).encode()).decode()


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def read_cursor(cursor: Any, order: Sequence[Any]) -> list[Any]:
    """The values of the columns where the last page ended."""
    try:
        values = json.loads(base64.b64decode(str(cursor), altchars=b"-_", validate=True))
        return [_value(column, value) for value, column in zip(values, order, strict=True)]
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid({"cursor": ["invalid"]}) from error


def _value(column: Any, text: Any) -> Any:
    if isinstance(column.type, sa.Integer | sa.Float):
        if isinstance(text, bool) or not isinstance(text, int | float) or abs(text) >= 2**31:
            raise TypeError(text)
        return text
    if not isinstance(text, str):
        raise TypeError(text)
    if isinstance(column.type, Moment):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment
    return UUID(text) if isinstance(column.type, sa.Uuid) else text


def _dump(schema: type, row: Any) -> Answer:
    answer: Answer = schema().dump(row)
    return answer
