"""What the secretariat works with: the list of adhesions, reminders and actions on many at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Moment
from contracts.enrollment import REMINDERS
from services.enrollment.domain import (
    BULK_ACTIONS,
)
from services.enrollment.models.base import Base, one_of
from services.enrollment.models.programmes import Programme

BYTEWISE = String(254).with_variant(String(254, collation="C"), "postgresql")
"""Text that is compared byte by byte on both databases, so that an index finds what begins with given letters."""


class Reminder(Base):
    """A letter to a body that has not finished. Numbered in its adhesion, so that two at once cannot both be sent."""

    __tablename__ = "reminder"
    __table_args__ = (one_of("cause", REMINDERS), UniqueConstraint("adhesion_id", "number"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"))
    number: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(String(20))
    reminded_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))


class BulkAction(Base):
    """One thing done to many adhesions: prepared, looked at, confirmed, then done item by item."""

    __tablename__ = "bulk_action"
    __table_args__ = (one_of("action", BULK_ACTIONS),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    action: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(1000))
    actor: Mapped[str] = mapped_column(String(64))
    prepared_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    total: Mapped[int] = mapped_column(Integer)

    programme: Mapped[Programme] = relationship(lazy="raise")


class BulkItem(Base):
    """An adhesion in a bulk action. ``outcome`` is empty until its turn came: then "done", or why not."""

    __tablename__ = "bulk_item"
    __table_args__ = (UniqueConstraint("bulk_id", "adhesion_id"),)

    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_action.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"))
    outcome: Mapped[str | None] = mapped_column(String(40))


class ListedAdhesion(Base):
    """What the secretariat's list filters and sorts by, in one narrow row an adhesion; ``listing`` keeps it true.

    ``body_name`` is ``domain.plain`` of the name. An unknown population is ``listing.UNKNOWN``: no column is null, so
    that each can stand in a cursor. ``tallied`` are the names of the tallies that the adhesion is counted in.
    """

    __tablename__ = "listed_adhesion"
    __table_args__ = tuple(
        Index(f"ix_listed_adhesion_{column}", "programme_id", column, "id")
        for column in (
            *("protocol", "body_name", "province", "region", "population", "state", "delegates", "submitted_at"),
            "mailbox_dead",
        )
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"), unique=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    protocol: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20))
    body_name: Mapped[str] = mapped_column(BYTEWISE)
    kind: Mapped[str] = mapped_column(String(20))
    province: Mapped[str] = mapped_column(String(2))
    region: Mapped[str] = mapped_column(String(100))
    population: Mapped[int] = mapped_column(Integer)
    delegates: Mapped[int] = mapped_column(Integer)
    mailbox_dead: Mapped[bool] = mapped_column(Boolean)
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    tallied: Mapped[list[str]] = mapped_column(JSON, server_default="[]")


class Tally(Base):
    """How many adhesions of a programme, or people of theirs, are what ``name`` says; see ``tallies``.

    ``moved`` is by how much it changed last. It is there because a database checks a row before it finds that the row
    is there already: a tally that goes down cannot be written as a count below zero.
    """

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    name: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    moved: Mapped[int] = mapped_column(Integer)


class ListedWord(Base):
    """A word by whose beginning the list finds an adhesion: of its body, its protocol, its people and their mail."""

    __tablename__ = "listed_word"
    __table_args__ = (Index("ix_listed_word_word", "word", "listed_id"),)

    listed_id: Mapped[int] = mapped_column(ForeignKey("listed_adhesion.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)
