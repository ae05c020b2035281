"""Adhesions, the people on them, and what is kept of each: receipt, history, paper, notes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    event,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from chassis.database import Moment
from contracts.enrollment import LANGUAGES, ROLES
from services.enrollment.domain import (
    ASKED_BY,
    DELEGATE_STATES,
    GENDERS,
    MAIL_STATES,
    NOMINATED_BY,
    STATES,
    protocol,
)
from services.enrollment.models.base import Base, one_of
from services.enrollment.models.programmes import Body, Programme


class ProtocolCounter(Base):
    """The last protocol number given. Its row is the queue in which two adhesions wait, so numbers have no gaps."""

    __tablename__ = "protocol_counter"

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


STANDING = text("state NOT IN ('rejected', 'withdrawn')")
"""Adhesions that hold the body: at most one for a body and a programme."""
ACTIVE = text("state = 'active'")
IN_OFFICE = text("until IS NULL")


class Adhesion(Base):
    """A body's request to take part. ``version`` refuses a write on a row that changed in between."""

    __tablename__ = "adhesion"
    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint("(state = 'rejected') = (rejected_reason IS NOT NULL)", name="rejected_reason"),
        UniqueConstraint("programme_id", "protocol_year", "protocol_number"),
        Index(
            "uq_adhesion_standing",
            "programme_id",
            "body_code",
            unique=True,
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        ),
        Index("ix_adhesion_body_code", "body_code"),
        Index("ix_adhesion_mailbox", "institutional_email"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    body_code: Mapped[str] = mapped_column(ForeignKey("body.code"))
    state: Mapped[str] = mapped_column(String(20))
    protocol_year: Mapped[int] = mapped_column(Integer)
    protocol_number: Mapped[int] = mapped_column(Integer)
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    rejected_reason: Mapped[str | None] = mapped_column(String(1000))
    topics: Mapped[list[str]] = mapped_column(JSON)
    consent_version: Mapped[str] = mapped_column(String(40))
    institutional_email: Mapped[str | None] = mapped_column(String(254))
    """The body's own mailbox, as the form gave it; the registry's counts first."""
    receipt_hash: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)

    programme: Mapped[Programme] = relationship(lazy="raise")
    body: Mapped[Body] = relationship(lazy="raise")
    contact: Mapped[Contact] = relationship(
        lazy="raise", primaryjoin="and_(Contact.adhesion_id == Adhesion.id, Contact.until.is_(None))", viewonly=True
    )
    legal_representative: Mapped[LegalRepresentative] = relationship(lazy="raise", back_populates="adhesion")
    nomination: Mapped[Nomination | None] = relationship(lazy="raise", viewonly=True)
    delegates: Mapped[list[Delegate]] = relationship(
        lazy="raise", back_populates="adhesion", order_by="Delegate.registered_at, Delegate.id"
    )
    history: Mapped[list[History]] = relationship(lazy="raise", order_by="History.id")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}

    @property
    def protocol(self) -> str:
        return protocol(self.programme.protocol_prefix, self.protocol_year, self.protocol_number)

    @property
    def mailbox(self) -> str | None:
        """The body's institutional mailbox."""
        return self.body.institutional_email or self.institutional_email


class Receipt(Base):
    """What was accepted with an adhesion, as the text whose SHA-256 is ``hash``. Nobody changes or deletes a row."""

    __tablename__ = "receipt"

    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    statement: Mapped[str] = mapped_column(Text)


NEVER_CHANGED = {
    "sqlite": (
        "CREATE TRIGGER receipt_never_updated BEFORE UPDATE ON receipt"
        " BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END",
        "CREATE TRIGGER receipt_never_deleted BEFORE DELETE ON receipt"
        " BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION receipt_never_changes() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'a receipt never changes'; END $$",
        "CREATE TRIGGER receipt_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt"
        " FOR EACH STATEMENT EXECUTE FUNCTION receipt_never_changes()",
    ),
}
"""What makes it so, by dialect; the migrations make the same."""
for _dialect, _statements in NEVER_CHANGED.items():
    for _statement in _statements:
        event.listen(Receipt.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))


class Person:
    """What is known of a person; erasure empties the names and leaves the row, so that counts still hold."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    given_name: Mapped[str | None] = mapped_column(String(100))
    family_name: Mapped[str | None] = mapped_column(String(100))
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


class Reachable(Person):
    """A person with a mailbox, and what was last heard of a letter to it."""

    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    mail_state: Mapped[str | None] = mapped_column(String(20))
    mail_message: Mapped[UUID | None] = mapped_column(Uuid)
    mail_at: Mapped[datetime | None] = mapped_column(Moment)
    links_from: Mapped[datetime | None] = mapped_column(Moment)
    """Links that were mailed before open nothing: they went to another mailbox."""


class Contact(Reachable, Base):
    """Who acts for the body, or did until ``until``: the adhesion has one contact at a time."""

    __tablename__ = "contact"
    __table_args__ = (
        one_of("language", LANGUAGES),
        one_of("mail_state", MAIL_STATES),
        Index("ix_contact_email", "email"),
        Index("uq_contact_in_office", "adhesion_id", unique=True, postgresql_where=IN_OFFICE, sqlite_where=IN_OFFICE),
        Index("ix_contact_adhesion_id", "adhesion_id"),
    )

    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"))
    until: Mapped[datetime | None] = mapped_column(Moment)
    phone: Mapped[str | None] = mapped_column(String(30))
    office: Mapped[str | None] = mapped_column(String(200))

    adhesion: Mapped[Adhesion] = relationship(lazy="raise")


class Nomination(Base):
    """Who is to be the body's contact, by whose will, until they accept or their time is over: then the row is gone.

    ``id`` is that of the contact whom they become.
    """

    __tablename__ = "nomination"
    __table_args__ = (
        one_of("language", LANGUAGES),
        one_of("nominated_by", NOMINATED_BY),
        Index("ix_nomination_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"), unique=True)
    given_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(30))
    office: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    nominated_by: Mapped[str] = mapped_column(String(10))
    nominated_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class LegalRepresentative(Person, Base):
    """Who answers for the body by law: named on the adhesion, never written to."""

    __tablename__ = "legal_representative"

    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"), unique=True)
    title: Mapped[str | None] = mapped_column(String(100))

    adhesion: Mapped[Adhesion] = relationship(lazy="raise", back_populates="legal_representative")


class Delegate(Reachable, Base):
    """A person whom the body sends. Erased ones still count by role and gender, as the funder asks."""

    __tablename__ = "delegate"
    __table_args__ = (
        one_of("language", LANGUAGES),
        one_of("mail_state", MAIL_STATES),
        one_of("role", ROLES),
        one_of("gender", GENDERS),
        one_of("state", DELEGATE_STATES),
        Index("uq_delegate_mailbox", "adhesion_id", "email", unique=True, postgresql_where=ACTIVE, sqlite_where=ACTIVE),
        Index("ix_delegate_adhesion_id", "adhesion_id"),
    )

    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"))
    role: Mapped[str] = mapped_column(String(20))
    gender: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    registered_at: Mapped[datetime] = mapped_column(Moment)

    adhesion: Mapped[Adhesion] = relationship(lazy="raise", back_populates="delegates")
    mailbox_change: Mapped[MailboxChange | None] = relationship(lazy="raise", viewonly=True)


class MailboxChange(Base):
    """Another address of a delegate, until whoever reads it says so or its time is over: then the row is gone."""

    __tablename__ = "mailbox_change"
    __table_args__ = (
        one_of("asked_by", ASKED_BY),
        Index("ix_mailbox_change_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    delegate_id: Mapped[UUID] = mapped_column(ForeignKey("delegate.id"), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    asked_by: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class History(Base):
    """Who did what to an adhesion, and why. Never a name: ``actor`` is an account's id, "contact" or "system".

    ``changes`` holds what a correction found and left, by field; where that is about a person, ``person_id`` says about
    whom, and their erasure empties it together with the reason. How many rows an adhesion has is its version: whoever
    wants to change it has read all of them.
    """

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_adhesion_id", "adhesion_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(1000))
    person_id: Mapped[UUID | None] = mapped_column(Uuid)
    changes: Mapped[dict[str, list[Any]] | None] = mapped_column(JSON(none_as_null=True))


class Paper(Base):
    """An adhesion that a body sent on paper, and who entered it."""

    __tablename__ = "paper"

    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"), primary_key=True)
    dated_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(100))
    entered_by: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime] = mapped_column(Moment)


class Note(Base):
    """What the secretariat wants to remember of an adhesion. A deleted note leaves who wrote it, when, and when not."""

    __tablename__ = "note"
    __table_args__ = (
        CheckConstraint("(text IS NULL) = (deleted_at IS NOT NULL)", name="deleted"),
        Index("ix_note_adhesion_id", "adhesion_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    adhesion_id: Mapped[UUID] = mapped_column(ForeignKey("adhesion.id"))
    author: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(String(2000))
    written_at: Mapped[datetime] = mapped_column(Moment)
    edited_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


Adhesion.delegates_count = column_property(
    select(func.count())
    .where(Delegate.adhesion_id == Adhesion.id, Delegate.state == "active")
    .correlate_except(Delegate)
    .scalar_subquery(),
    deferred=True,
    raiseload=True,
)
