"""The tables of scheduling. What must never be wrong is a constraint here, whatever the code does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Moment, metadata
from contracts.scheduling import APPOINTMENT_KINDS
from services.scheduling.domain import (
    ACTIVE,
    ACTIVE_RUN,
    APPOINTMENT_STATES,
    CONFIRMED,
    EVIDENCE_SOURCES,
    PLACE_STATES,
    RELEASED,
    RUN_STATES,
    WITHDRAWN,
)


class Document(sa.types.TypeDecorator[str]):
    """A JSON column of which the text is written and read: what it says may be too large to be made in one go."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> None:
        return None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> None:
        return None

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
        """As text, else the driver would read it."""
        return sa.cast(column, sa.Text)


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = {datetime: Moment, UUID: sa.Uuid, dict[str, Any]: JSON, list[Any]: JSON}


def _one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=name)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# --- what enrollment told: projections -------------------------------------------------------------------------------


class Programme(Base):
    """The numbers that planning works by. Its row is the lock under which places are given."""

    __tablename__ = "programme"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))
    training_from: Mapped[date]
    training_until: Mapped[date]
    training_days: Mapped[int]
    webinars: Mapped[int]
    day_capacity: Mapped[int]
    webinar_capacity: Mapped[int]
    webinars_per_delegate: Mapped[int]
    trainers_per_day: Mapped[int]
    day_minutes: Mapped[int]
    webinar_minutes: Mapped[int]
    changes_close_days: Mapped[int] = mapped_column(default=0)
    topics: Mapped[list[Any]]
    """``[{code, title_it, title_en}]``"""


class Admission(Base):
    """A body whose adhesion stands, or stood."""

    __tablename__ = "admission"
    __table_args__ = (
        _one_of("state", (CONFIRMED, WITHDRAWN), "state"),
        Index(None, "programme_id", "state", "body_code"),
    )

    adhesion_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    programme_id: Mapped[UUID]
    body_code: Mapped[str] = mapped_column(String(40))
    body_name: Mapped[str] = mapped_column(String(200))
    province: Mapped[str] = mapped_column(String(80))
    region: Mapped[str] = mapped_column(String(80))
    population: Mapped[int]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    places_requested: Mapped[int]
    topics: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(20))


class Delegate(Base):
    """Whom a body sends: an identifier, a role and a body. Names and addresses are not kept here."""

    __tablename__ = "delegate"
    __table_args__ = (
        _one_of("state", (ACTIVE, WITHDRAWN), "state"),
        Index(None, "programme_id", "state"),
        Index(None, "adhesion_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    programme_id: Mapped[UUID]
    adhesion_id: Mapped[UUID]
    body_code: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]


class Forgotten(Base):
    """A person who was erased: whatever is told of them later is not kept."""

    __tablename__ = "forgotten"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)


# --- where and who ---------------------------------------------------------------------------------------------------


class Host(Base):
    """A municipality with a room that may hold a training day; ``capacity`` of ``None`` is the programme's default.

    One that is not ``usable`` is left out of new plans.
    """

    __tablename__ = "host"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
        CheckConstraint("latitude <> 0 OR longitude <> 0", name="somewhere"),
    )

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    province: Mapped[str] = mapped_column(String(80))
    region: Mapped[str] = mapped_column(String(80))
    population: Mapped[int]
    latitude: Mapped[float]
    longitude: Mapped[float]
    venue: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int | None]
    usable: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Closure(Base):
    """A date on which a host holds no training day: each year (``year`` is 0), as on its patron's day, or once."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("year = 0 OR year BETWEEN 2000 AND 2099", name="year"),
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("day BETWEEN 1 AND 31", name="day"),
    )

    host_code: Mapped[str] = mapped_column(ForeignKey("host.code"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))


class CalendarRules(Base):
    """What a programme's calendar must respect beside national holidays; a programme without a row has the usual."""

    __tablename__ = "calendar_rules"
    __table_args__ = (
        CheckConstraint("days_per_date > 0", name="days_per_date"),
        CheckConstraint("days_per_week > 0", name="days_per_week"),
        CheckConstraint("reachable_km > 0", name="reachable_km"),
    )

    programme_id: Mapped[UUID] = mapped_column(primary_key=True)
    days_per_date: Mapped[int]
    days_per_week: Mapped[int | None]
    reachable_km: Mapped[float]
    pauses: Mapped[list[Any]]
    """``[{first, last}]`` as MM-DD, each year; a pause may run over New Year's Eve."""
    closed_dates: Mapped[list[Any]]
    """ISO dates on which nothing is held anywhere."""
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Trainer(Base):
    """Somebody who teaches; ``unavailable`` are ISO dates. ``skills`` are codes of topics, ``None`` all of them."""

    __tablename__ = "trainer"
    __table_args__ = (
        CheckConstraint("most_days > 0", name="most_days"),
        CheckConstraint("most_a_week > 0", name="most_a_week"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
        CheckConstraint("latitude <> 0 OR longitude <> 0", name="somewhere"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    home: Mapped[str] = mapped_column(String(200))
    latitude: Mapped[float]
    longitude: Mapped[float]
    unavailable: Mapped[list[Any]]
    skills: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    most_days: Mapped[int | None]
    most_a_week: Mapped[int | None]
    usable: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


# --- runs ------------------------------------------------------------------------------------------------------------


class Run(Base):
    """One run of the planner. ``holder`` works on it until ``lease_until``, by the machine's clock."""

    __tablename__ = "run"
    __table_args__ = (
        _one_of("state", RUN_STATES, "state"),
        CheckConstraint("share >= 0 AND share <= 1", name="share"),
        CheckConstraint("(state = 'running') = (holder IS NOT NULL)", name="held_while_running"),
        Index("uq_run_active", "programme_id", unique=True, **_where(f"state IN ({', '.join(map(repr, ACTIVE_RUN))})")),
        Index("uq_run_published", "programme_id", unique=True, **_where("state = 'published'")),
        Index(None, "programme_id", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    programme_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    parameters: Mapped[dict[str, Any]]
    phase: Mapped[str | None] = mapped_column(String(60))
    share: Mapped[float] = mapped_column(default=0.0)
    cost_km: Mapped[float | None]
    bound_km: Mapped[float | None]
    gap: Mapped[float | None]
    longest_km: Mapped[float | None]
    mean_km: Mapped[float | None]
    bodies: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(60))
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(80))
    finished_at: Mapped[datetime | None]
    correlation_id: Mapped[str | None] = mapped_column(String(80))
    attempts: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    stop_requested: Mapped[bool] = mapped_column(default=False)


class Outcome(Base):
    """What a run came to: the problem as it was put, and its plan, verified. Kept apart, since it is large.

    ``outcomes`` reads and writes it.
    """

    __tablename__ = "outcome"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    problem: Mapped[str] = mapped_column(Document)
    plan: Mapped[str] = mapped_column(Document)


class RunSketch(Base):
    """The best choice so far of a run that goes on, one row overwritten: it is to be looked at, and goes with the run's
    end. ``places`` are the bodies of each host; ``number`` rises when they change."""

    __tablename__ = "run_sketch"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    number: Mapped[int]
    places: Mapped[dict[str, Any]]


# --- the calendar ----------------------------------------------------------------------------------------------------


class Appointment(Base):
    """A training day or a webinar. ``revision`` is told to calendars; ``version`` guards every change of the row."""

    __tablename__ = "appointment"
    __table_args__ = (
        _one_of("kind", APPOINTMENT_KINDS, "kind"),
        _one_of("state", APPOINTMENT_STATES, "state"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        Index("uq_appointment_number", "programme_id", "kind", "number", unique=True, **_where("state <> 'cancelled'")),
        Index(None, "programme_id", "starts_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    programme_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    title_it: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    minutes: Mapped[int]
    topic: Mapped[str | None] = mapped_column(String(60))
    host_code: Mapped[str | None] = mapped_column(String(40))
    host_name: Mapped[str | None] = mapped_column(String(200))
    host_province: Mapped[str | None] = mapped_column(String(80))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    venue: Mapped[str | None] = mapped_column(String(200))
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    trainers: Mapped[list[Any]]
    """``[{id, name}]``, as they were when the plan was published."""
    revision: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class BodyDay(Base):
    """Which training day a body goes to, or a part of it, by the planner's code. Late delegates follow their body."""

    __tablename__ = "body_day"

    programme_id: Mapped[UUID] = mapped_column(primary_key=True)
    body_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), index=True)


class Place(Base):
    """A delegate's seat at an appointment, or their turn in its waiting list (by ``since``, then ``delegate_id``).

    ``reason`` says why it was released, why it was handed over, or why the seat that a waiting one got had become free.
    ``released_at`` is unknown of what was released before it was kept.
    """

    __tablename__ = "place"
    __table_args__ = (
        _one_of("state", PLACE_STATES, "state"),
        _one_of("source", (*EVIDENCE_SOURCES, "correction"), "source"),
        CheckConstraint("minutes >= 0", name="minutes"),
        CheckConstraint("minutes IS NULL OR state = 'assigned'", name="minutes_of_the_seated"),
        CheckConstraint(f"released_at IS NULL OR state = '{RELEASED}'", name="released_at"),
        Index("uq_place_held", "appointment_id", "delegate_id", unique=True, **_where(f"state <> '{RELEASED}'")),
        Index(None, "delegate_id"),
        Index(None, "appointment_id", "state", "since", "delegate_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    programme_id: Mapped[UUID]
    delegate_id: Mapped[UUID]
    body_code: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(60))
    released_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    source: Mapped[str | None] = mapped_column(String(20))
    attendance_revision: Mapped[int] = mapped_column(default=0)


class DeskAssignment(Base):
    """A staff account of the gateway, by its id, that checks people in at the appointment."""

    __tablename__ = "desk_assignment"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    assigned_by: Mapped[str] = mapped_column(String(80))
    assigned_at: Mapped[datetime]


class Evidence(Base):
    """Every recording and every correction, for ever: who said so, from what source, why."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"), index=True)
    minutes: Mapped[int]
    source: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(String(500))
    recorded_at: Mapped[datetime]


class Change(Base):
    """Who closed, moved or called off an appointment, and why; or whom they put at its desk, or took off it."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    whom: Mapped[str | None] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]
