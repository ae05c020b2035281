"""Runs of the planner, and what they come to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.scheduling.domain import ACTIVE_RUN, RUN_STATES
from services.scheduling.models.base import Base, one_of, where


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


class Run(Base):
    """One run of the planner. ``holder`` works on it until ``lease_until``, by the machine's clock."""

    __tablename__ = "run"
    __table_args__ = (
        one_of("state", RUN_STATES, "state"),
        CheckConstraint("share >= 0 AND share <= 1", name="share"),
        CheckConstraint("(state = 'running') = (holder IS NOT NULL)", name="held_while_running"),
        Index("uq_run_active", "programme_id", unique=True, **where(f"state IN ({', '.join(map(repr, ACTIVE_RUN))})")),
        Index("uq_run_published", "programme_id", unique=True, **where("state = 'published'")),
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


class PlanDigest(Base):
    """The question and its plan without the bodies, and the figures that need them: what ``layout`` makes of an outcome
    for whoever shows it. An outcome that an older version kept has none yet."""

    __tablename__ = "plan_digest"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("outcome.run_id"), primary_key=True)
    digest: Mapped[dict[str, Any]]


class PlannedBody(Base):
    """Where a plan sends a body, or a part of one, in the order of the days and then of the names.

    ``code`` is the planner's, which tells parts apart; ``pinned_to`` the host that a rule demanded. A plan does not
    change, and neither do these rows.
    """

    __tablename__ = "planned_body"
    __table_args__ = (
        CheckConstraint("delegates > 0", name="delegates"),
        Index(None, "run_id", "body_code", "code", "host_code"),
        Index(None, "run_id", "day"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(50))
    body_code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(220))
    region: Mapped[str] = mapped_column(String(80))
    latitude: Mapped[float]
    longitude: Mapped[float]
    island: Mapped[str | None] = mapped_column(String(80))
    delegates: Mapped[int]
    day: Mapped[int]
    host_code: Mapped[str] = mapped_column(String(40))
    host_name: Mapped[str] = mapped_column(String(200))
    km: Mapped[float]
    by_boat: Mapped[bool]
    pinned_to: Mapped[str | None] = mapped_column(String(40))


class RunSketch(Base):
    """The best choice so far of a run that goes on, one row overwritten: it is to be looked at, and goes with the run's
    end. ``places`` are the bodies of each host; ``number`` rises when they change."""

    __tablename__ = "run_sketch"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    number: Mapped[int]
    places: Mapped[dict[str, Any]]


class Publication(Base):
    """A publication that goes on, or for a ``reason`` did not go through; there is none of a plan that is published.

    Whoever carries it out holds the row's lock, and it counts as begun until ``lease_until``, by the machine's clock:
    one that is neither locked nor leased was left by a process that died. ``key`` is the request's idempotency key.
    """

    __tablename__ = "publication"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    key: Mapped[str | None] = mapped_column(String(200))
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(String(80))
    correlation_id: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime]
    attempts: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(60))
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class Foresight(Base):
    """What publishing a large plan would change, as it was worked out ``at`` a moment, or the refusal; see
    ``foresight``. Whoever works out one that is ``wanted`` has it until ``lease_until``, by the machine's clock."""

    __tablename__ = "foresight"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id"), primary_key=True)
    wanted: Mapped[bool]
    lease_until: Mapped[datetime | None]
    mark: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
