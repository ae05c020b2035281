"""What a clerk and a person come back to by a mailed link: drafts and areas."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.database import Moment
from contracts.enrollment import LANGUAGES
from services.enrollment.domain import (
    AREAS,
)
from services.enrollment.models.base import Base, one_of
from services.enrollment.models.programmes import Programme


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


class UsedLink(Base):
    """A mailed link that did what it is for, and does it no more; ``mark`` is the link's."""

    __tablename__ = "used_link"
    __table_args__ = (Index("ix_used_link_used_at", "used_at"),)

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Moment)


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
