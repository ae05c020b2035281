"""Where and who: hosts, trainers, and the rules of the calendar."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.scheduling.models.base import Base


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
