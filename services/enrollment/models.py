"""Enrollment's tables. The constraints hold the rules once more, for whoever finds another way in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    DDL,
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
    UniqueConstraint,
    Uuid,
    event,
    func,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship

from chassis.database import Moment, metadata
from contracts.enrollment import BODY_KINDS, LANGUAGES, REMINDERS, ROLES
from services.enrollment.domain import (
    AREAS,
    BULK_ACTIONS,
    DELEGATE_STATES,
    GENDERS,
    MAIL_STATES,
    PROGRAMME_EVENTS,
    STATES,
    protocol,
)


class Base(DeclarativeBase):
    metadata = metadata()


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


class Body(Base):
    """An organisation that may join.

    ``listed`` is false for a supra-municipal body that somebody declared and the secretariat has not approved yet:
    it can be found by its adhesion only. ``search`` is ``domain.searchable`` of the names.
    """

    __tablename__ = "body"
    __table_args__ = (one_of("kind", BODY_KINDS), Index("ix_body_province", "province"))

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
    listed: Mapped[bool] = mapped_column(Boolean)


class Programme(Base):
    """One funded programme: all that is particular to it is data here. A draft is for its administrators only."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("adhesion_opens < adhesion_closes", name="window"),
        CheckConstraint("training_from <= training_until", name="training"),
        CheckConstraint("places_per_body > 0", name="places"),
        CheckConstraint("late_paper_days >= 0", name="late_paper"),
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


class ProtocolCounter(Base):
    """The last protocol number given. Its row is the queue in which two adhesions wait, so numbers have no gaps."""

    __tablename__ = "protocol_counter"

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


BYTEWISE = String(254).with_variant(String(254, collation="C"), "postgresql")
"""Text that is compared byte by byte on both databases, so that an index finds what begins with given letters."""
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
    receipt_hash: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)

    programme: Mapped[Programme] = relationship(lazy="raise")
    body: Mapped[Body] = relationship(lazy="raise")
    contact: Mapped[Contact] = relationship(
        lazy="raise", primaryjoin="and_(Contact.adhesion_id == Adhesion.id, Contact.until.is_(None))", viewonly=True
    )
    legal_representative: Mapped[LegalRepresentative] = relationship(lazy="raise", back_populates="adhesion")
    delegates: Mapped[list[Delegate]] = relationship(
        lazy="raise", back_populates="adhesion", order_by="Delegate.registered_at, Delegate.id"
    )
    history: Mapped[list[History]] = relationship(lazy="raise", order_by="History.id")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}

    @property
    def protocol(self) -> str:
        return protocol(self.programme.protocol_prefix, self.protocol_year, self.protocol_number)


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
"""What makes it so, by dialect; the migration runs the same."""
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
    that each can stand in a cursor.
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


class ListedWord(Base):
    """A word by whose beginning the list finds an adhesion: of its body, its protocol, its people and their mail."""

    __tablename__ = "listed_word"
    __table_args__ = (Index("ix_listed_word_word", "word", "listed_id"),)

    listed_id: Mapped[int] = mapped_column(ForeignKey("listed_adhesion.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(BYTEWISE, primary_key=True)


class Draft(Base):
    """An adhesion form that somebody goes on with later. ``adhesion`` is theirs, as far as they wrote it."""

    __tablename__ = "draft"
    __table_args__ = (
        one_of("language", LANGUAGES),
        Index("ix_draft_email", "programme_id", "email"),
        Index("ix_draft_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    adhesion: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    mailed_at: Mapped[datetime | None] = mapped_column(Moment)

    programme: Mapped[Programme] = relationship(lazy="raise")


class LinkRequest(Base):
    """A request for a new link to an area, of a contact or a delegate; it keeps the requests apart in time."""

    __tablename__ = "link_request"
    __table_args__ = (Index("ix_link_request_person_id", "person_id", "requested_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(Uuid)
    requested_at: Mapped[datetime] = mapped_column(Moment)


class AreaSession(Base):
    """An area that was opened with a mailed link, which is used up by that: ``link_mark`` is the link's.

    ``token_hash`` is the SHA-256 of what the browser or the program holds since; who reads the table cannot use it.
    """

    __tablename__ = "area_session"
    __table_args__ = (one_of("kind", AREAS), Index("ix_area_session_ends_at", "ends_at"))

    link_mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)


Adhesion.delegates_count = column_property(
    select(func.count())
    .where(Delegate.adhesion_id == Adhesion.id, Delegate.state == "active")
    .correlate_except(Delegate)
    .scalar_subquery(),
    deferred=True,
    raiseload=True,
)
