"""The tables of notifications: what the other services told, as far as mails need it, and the messages.

Only ``person`` holds names and addresses. A message holds identifiers; its words are written when it is sent.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Moment, metadata
from services.notifications.domain import CLAIMED, KINDS, QUEUED, STATES


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = {datetime: Moment, UUID: sa.Uuid}


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=column)


class _Projection:
    """What a producer last told of one aggregate; ``sequence`` is that of the event, so that older ones are ignored."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]


class Programme(_Projection, Base):
    __tablename__ = "programme"

    title_it: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str] = mapped_column(String(300))


class Person(_Projection, Base):
    """A contact, a delegate or, by account, one of the staff. Once erased, the row stays without name and address, and
    what comes later is ignored."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(
            "NOT erased OR (given_name IS NULL AND family_name IS NULL AND email IS NULL AND body_name IS NULL)",
            name="erased",
        ),
    )

    given_name: Mapped[str | None] = mapped_column(String(200))
    family_name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2))
    body_name: Mapped[str | None] = mapped_column(String(300))
    erased: Mapped[bool] = mapped_column(default=False)


class Adhesion(_Projection, Base):
    __tablename__ = "adhesion"

    protocol: Mapped[str] = mapped_column(String(60))
    body_name: Mapped[str] = mapped_column(String(300))
    body_kind: Mapped[str] = mapped_column(String(30))
    submitted_at: Mapped[datetime]
    rejected_reason: Mapped[str | None] = mapped_column(sa.Text)
    receipt_hash: Mapped[str | None] = mapped_column(String(64))


class Appointment(_Projection, Base):
    """``revision`` is the SEQUENCE of calendar invitations."""

    __tablename__ = "appointment"

    kind: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    title_it: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    host_name: Mapped[str | None] = mapped_column(String(300))
    host_province: Mapped[str | None] = mapped_column(String(80))
    venue: Mapped[str | None] = mapped_column(String(300))
    cancelled: Mapped[bool] = mapped_column(default=False)


class Place(_Projection, Base):
    __tablename__ = "place"
    __table_args__ = (
        _one_of("state", ("assigned", "waiting", "released")),
        Index(None, "appointment_id", "state"),
    )

    appointment_id: Mapped[UUID]
    programme_id: Mapped[UUID]
    delegate_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    waited: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the delegate was on the waiting list before."""


class Certificate(_Projection, Base):
    """``document`` is the SHA-256 of the PDF; ``reason`` why it was revoked; ``replaces`` the edition before."""

    __tablename__ = "certificate"

    number: Mapped[str] = mapped_column(String(60))
    public_code: Mapped[str] = mapped_column(String(80))
    minutes: Mapped[int]
    document: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    replaces: Mapped[UUID | None]


class DeskDuty(_Projection, Base):
    """One of the staff checks people in at an appointment, or did until they were taken off."""

    __tablename__ = "desk_duty"
    __table_args__ = (_one_of("state", ("assigned", "relieved")), Index(None, "appointment_id", "state"))

    appointment_id: Mapped[UUID]
    programme_id: Mapped[UUID]
    account_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(20))


class StaffLetter(Base):
    """What a letter to one of the staff is about: an invitation or a new password, by the identifier of its link."""

    __tablename__ = "staff_letter"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str | None] = mapped_column(String(20))
    ends_at: Mapped[datetime]


class Message(Base):
    """One mail to one person. ``cause`` is unique: a fact that is told twice makes one mail.

    ``claimed_by`` names the one attempt that may settle the message, until ``claimed_until`` by the machine's clock.
    """

    __tablename__ = "message"
    __table_args__ = (
        _one_of("state", STATES),
        _one_of("kind", tuple(KINDS)),
        Index(
            "ix_message_due",
            "with_document",
            "ready_at",
            sqlite_where=text(f"state = '{QUEUED}'"),
            postgresql_where=text(f"state = '{QUEUED}'"),
        ),
        Index(
            "ix_message_claimed",
            "claimed_until",
            sqlite_where=text(f"state = '{CLAIMED}'"),
            postgresql_where=text(f"state = '{CLAIMED}'"),
        ),
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
        Index(None, "state", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    cause: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme.id"))
    """None when the mail is for one of the staff."""
    subject_id: Mapped[UUID]
    """The adhesion, place, certificate, person, duty at a desk or letter that the kind is about."""
    with_document: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20), default=QUEUED)
    reason: Mapped[str | None] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    ready_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(320))
    """Where a parting letter goes, until its fate is known; of every other letter the person's address counts."""
    decided_by: Mapped[str | None] = mapped_column(String(80))
    """Who resolved the message, or asked for it to be sent again."""


class Report(Base):
    """One event of the provider's webhook, remembered so that its repetitions change nothing."""

    __tablename__ = "report"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), primary_key=True)
    event: Mapped[str] = mapped_column(String(40), primary_key=True)
    happened_at: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    """Seconds since 1970, as the provider tells it."""
