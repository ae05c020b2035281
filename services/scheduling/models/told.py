"""What enrollment told: projections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.scheduling.domain import ACTIVE, CONFIRMED, WITHDRAWN
from services.scheduling.models.base import Base, one_of


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
        one_of("state", (CONFIRMED, WITHDRAWN), "state"),
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
        one_of("state", (ACTIVE, WITHDRAWN), "state"),
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
