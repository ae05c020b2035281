"""The calendar: appointments, who goes there, who checks them in, and the evidence of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from contracts.scheduling import APPOINTMENT_KINDS
from services.scheduling.domain import APPOINTMENT_STATES, EVIDENCE_SOURCES, PLACE_STATES, RELEASED
from services.scheduling.models.base import Base, one_of, where


class Appointment(Base):
    """A training day or a webinar. ``revision`` is told to calendars; those of trainers are told a change of the team
    too, which ``team_changes`` counts. ``version`` guards every change of the row."""

    __tablename__ = "appointment"
    __table_args__ = (
        one_of("kind", APPOINTMENT_KINDS, "kind"),
        one_of("state", APPOINTMENT_STATES, "state"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        Index("uq_appointment_number", "programme_id", "kind", "number", unique=True, **where("state <> 'cancelled'")),
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
    team_changes: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class FormerTrainer(Base):
    """Who was to teach it, until a later plan put somebody else there: the file that they took along must say so."""

    __tablename__ = "former_trainer"

    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    trainer_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


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
        one_of("state", PLACE_STATES, "state"),
        one_of("source", (*EVIDENCE_SOURCES, "correction"), "source"),
        CheckConstraint("minutes >= 0", name="minutes"),
        CheckConstraint("minutes IS NULL OR state = 'assigned'", name="minutes_of_the_seated"),
        CheckConstraint(f"released_at IS NULL OR state = '{RELEASED}'", name="released_at"),
        Index("uq_place_held", "appointment_id", "delegate_id", unique=True, **where(f"state <> '{RELEASED}'")),
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
