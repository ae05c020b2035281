"""What the gateway itself remembers: staff, their sessions, failed log-ins, and how far planning runs are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from chassis.database import Moment, metadata

ROLES = ("desk", "secretariat", "administrator")
SESSION_KINDS = ("browser", "program")


class Base(DeclarativeBase):
    metadata = metadata()


class StaffAccount(Base):
    """Somebody who works for the programme. ``email`` is kept in lower case."""

    __tablename__ = "staff_account"
    __table_args__ = (CheckConstraint("role IN ('desk', 'secretariat', 'administrator')", name="role"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class StaffSession(Base):
    """A log-in that is still good. Only the hash of its token is kept: who reads the table cannot use it."""

    __tablename__ = "staff_session"
    __table_args__ = (CheckConstraint("kind IN ('browser', 'program')", name="kind"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)

    staff: Mapped[StaffAccount] = relationship(lazy="joined", innerjoin=True)


class FailedLogin(Base):
    """How often logging in failed, for one account or one address. ``subject`` is a hash: neither is kept here."""

    __tablename__ = "failed_login"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(Moment)


class RunProgress(Base):
    """What a planning run told, in its own order: what browsers watch. ``sequence`` is the event's."""

    __tablename__ = "run_progress"

    run_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str | None] = mapped_column(String(80))
    share: Mapped[float | None]
    cost: Mapped[float | None]
    bound: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(String(200))
