"""The tables of certificates. What must never be wrong is a constraint here, whatever the code does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Moment, metadata
from services.certificates.domain import ENDINGS, LIVE, STATES

__all__ = ["Appointment", "Base", "Certificate", "Delegate", "Document", "ErasedPerson", "Evidence", "Numbering"]
__all__ += ["Programme"]


class Base(DeclarativeBase):
    metadata = metadata()
    type_annotation_map = {datetime: Moment, UUID: sa.Uuid, list[Any]: sa.JSON, bytes: sa.LargeBinary}


def _among(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


# --- what others told: projections ------------------------------------------------------------------------------------


class Programme(Base):
    """The threshold and the words of a programme."""

    __tablename__ = "programme"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    code: Mapped[str]
    title_it: Mapped[str]
    title_en: Mapped[str]
    issuer: Mapped[str]
    certificate_minutes: Mapped[int]


class Delegate(Base):
    """A person of whom there is evidence, or will be. Its row is the lock under which certificates are decided.

    Evidence may come before the name: the row is there then, without one.
    """

    __tablename__ = "delegate"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[UUID] = mapped_column(index=True)
    sequence: Mapped[int] = mapped_column(default=0)
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    body_name: Mapped[str | None]
    found_by: Mapped[str] = mapped_column(default="")


class ErasedPerson(Base):
    """Who asked to be forgotten: a registration that arrives late brings no name back."""

    __tablename__ = "erased_person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class Appointment(Base):
    """What a certificate says about an appointment. Closing it settles its evidence, whatever else arrives later."""

    __tablename__ = "appointment"
    __table_args__ = (CheckConstraint("state IN ('scheduled', 'closed', 'cancelled')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[UUID]
    sequence: Mapped[int]
    closed_sequence: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    title_it: Mapped[str]
    title_en: Mapped[str]
    held_on: Mapped[date]
    minutes: Mapped[int]
    host_name: Mapped[str | None]


class Evidence(Base):
    """The minutes of one delegate at one appointment; they count once settled.

    No foreign key to the appointment: a correction may arrive before the closing that tells what it was.
    """

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("minutes >= 0", name="minutes"),)

    appointment_id: Mapped[UUID] = mapped_column(primary_key=True)
    delegate_id: Mapped[UUID] = mapped_column(ForeignKey("delegate.id"), primary_key=True, index=True)
    programme_id: Mapped[UUID] = mapped_column(index=True)
    place_id: Mapped[UUID | None]
    sequence: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[int]
    settled: Mapped[bool] = mapped_column(default=False)


# --- certificates -----------------------------------------------------------------------------------------------------


class Numbering(Base):
    """The last number given in a programme; taken in the transaction of the certificate, so that no number is lost."""

    __tablename__ = "numbering"

    programme_id: Mapped[UUID] = mapped_column(primary_key=True)
    last: Mapped[int]


class Certificate(Base):
    """A numbered statement about one person. What it says is kept here; the document is pressed from it.

    ``version`` rises with each change, so that a document pressed from what it said before is thrown away.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint(f"state IN ({_among(STATES)})", name="state"),
        CheckConstraint(f"ended_by IN ({_among(ENDINGS)})", name="ended_by"),
        CheckConstraint("minutes >= 1", name="minutes"),
        CheckConstraint("state <> 'valid' OR (document IS NOT NULL AND issued_at IS NOT NULL)", name="pressed"),
        UniqueConstraint("delegate_id", "programme_id", "edition"),
        UniqueConstraint("programme_id", "serial"),
        Index(
            "uq_certificate_live",
            "delegate_id",
            "programme_id",
            unique=True,
            sqlite_where=text(f"state IN ({_among(LIVE)})"),
            postgresql_where=text(f"state IN ({_among(LIVE)})"),
        ),
        Index("ix_certificate_state_lease", "state", "leased_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    programme_id: Mapped[UUID]
    delegate_id: Mapped[UUID] = mapped_column(ForeignKey("delegate.id"))
    edition: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)
    public_code: Mapped[str] = mapped_column(String(27), unique=True)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(500))
    ended_by: Mapped[str | None] = mapped_column(String(20))
    ended_at: Mapped[datetime | None]
    actor: Mapped[str | None] = mapped_column(String(80))
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("certificate.id"))

    minutes: Mapped[int]
    threshold: Mapped[int]
    appointments: Mapped[list[Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    programme_it: Mapped[str]
    programme_en: Mapped[str]
    issuer: Mapped[str]
    decided_at: Mapped[datetime]

    holder_given_name: Mapped[str | None]
    holder_family_name: Mapped[str | None]
    body_name: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    document: Mapped[str | None] = mapped_column(String(64))
    development_key: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)
    leased_until: Mapped[datetime | None]


class Document(Base):
    """A sealed PDF under the SHA-256 of its bytes; never changed, only forgotten with the person whom it names."""

    __tablename__ = "document"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column("bytes")
