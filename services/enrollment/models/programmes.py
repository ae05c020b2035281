"""Bodies, and the programmes that they may join."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Moment
from contracts.enrollment import BODY_KINDS, ROLES
from services.enrollment.domain import (
    PROGRAMME_EVENTS,
)
from services.enrollment.models.base import Base, one_of


class Body(Base):
    """An organisation that may join.

    ``listed`` is false for a supra-municipal body that somebody declared and the secretariat has not approved yet:
    it can be found by its adhesion only. ``search`` is ``domain.searchable`` of the names.
    """

    __tablename__ = "body"
    __table_args__ = (
        one_of("kind", BODY_KINDS),
        Index("ix_body_province", "province"),
        Index("ix_body_mailbox", "institutional_email"),
    )

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    name_other: Mapped[str] = mapped_column(String(200))
    search: Mapped[str] = mapped_column(Text)
    province: Mapped[str] = mapped_column(String(2))
    province_name: Mapped[str] = mapped_column(String(100))
    region: Mapped[str] = mapped_column(String(100))
    population: Mapped[int | None] = mapped_column(Integer)
    population_year: Mapped[int | None] = mapped_column(Integer)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    cadastral_code: Mapped[str | None] = mapped_column(String(4))
    institutional_email: Mapped[str | None] = mapped_column(String(254))
    listed: Mapped[bool] = mapped_column(Boolean)


class Programme(Base):
    """One funded programme: all that is particular to it is data here. A draft is for its administrators only."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("adhesion_opens < adhesion_closes", name="window"),
        CheckConstraint("training_from <= training_until", name="training"),
        CheckConstraint("places_per_body > 0", name="places"),
        CheckConstraint("late_paper_days >= 0", name="late_paper"),
        *(CheckConstraint(f"{role}_least <= {role}_most", name=f"{role}_quota") for role in ROLES),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    protocol_prefix: Mapped[str] = mapped_column(String(8))
    title_it: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(200))
    adhesion_opens: Mapped[datetime] = mapped_column(Moment)
    adhesion_closes: Mapped[datetime] = mapped_column(Moment)
    training_from: Mapped[date] = mapped_column(Date)
    training_until: Mapped[date] = mapped_column(Date)
    training_days: Mapped[int] = mapped_column(Integer)
    webinars: Mapped[int] = mapped_column(Integer)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    population_min: Mapped[int | None] = mapped_column(Integer)
    population_max: Mapped[int | None] = mapped_column(Integer)
    territory_note: Mapped[str] = mapped_column(String(500))
    territory_note_en: Mapped[str] = mapped_column(String(500))
    late_paper_days: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """For so many days after the window closes, a paper that is dated within it is taken."""
    places_per_body: Mapped[int] = mapped_column(Integer)
    administrator_least: Mapped[int | None] = mapped_column(Integer)
    administrator_most: Mapped[int | None] = mapped_column(Integer)
    manager_least: Mapped[int | None] = mapped_column(Integer)
    manager_most: Mapped[int | None] = mapped_column(Integer)
    official_least: Mapped[int | None] = mapped_column(Integer)
    official_most: Mapped[int | None] = mapped_column(Integer)
    quotas_since: Mapped[datetime | None] = mapped_column(Moment)
    """When the numbers of delegates that a body may send of a role were last changed."""
    day_capacity: Mapped[int] = mapped_column(Integer)
    webinar_capacity: Mapped[int] = mapped_column(Integer)
    webinars_per_delegate: Mapped[int] = mapped_column(Integer)
    trainers_per_day: Mapped[int] = mapped_column(Integer)
    day_minutes: Mapped[int] = mapped_column(Integer)
    webinar_minutes: Mapped[int] = mapped_column(Integer)
    certificate_minutes: Mapped[int] = mapped_column(Integer)
    changes_close_days: Mapped[int] = mapped_column(Integer, default=0)
    certificate_it: Mapped[str] = mapped_column(Text)
    certificate_en: Mapped[str] = mapped_column(Text)
    consent_version: Mapped[str] = mapped_column(String(40))
    consent_it: Mapped[str] = mapped_column(Text)
    consent_en: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    draft: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}


class ProgrammeHistory(Base):
    """Who changed what of a programme. ``changes`` are the fields with what they were and what they became."""

    __tablename__ = "programme_history"
    __table_args__ = (
        one_of("what", PROGRAMME_EVENTS),
        Index("ix_programme_history_programme_id", "programme_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(20))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
