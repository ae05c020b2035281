"""The areas that mailed links open: the body's for its contact, and each delegate's own page.

A link opens its area once, by a command and never by a GET, since mail gateways follow links; what was opened stays
open for some hours, for whoever holds the token given in exchange. A link that is used or too old still proves that the
mailbox was ours to write to: it brings a new one there, without the address being typed again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from chassis.database import upsert
from chassis.links import BadLink, ExpiredLink, Link, read_link
from chassis.refusal import Missing, Refused
from contracts.event import Event
from services.enrollment import domain, events, queries
from services.enrollment.models import Adhesion, AreaSession, Contact, Delegate, LinkRequest, UsedLink
from services.enrollment.settings import EnrollmentSettings

__all__ = [
    "Opened",
    "admit",
    "ask",
    "close_area",
    "end_sessions",
    "holder",
    "is_used",
    "let_in",
    "mail_link",
    "open_area",
    "read",
    "renew_link",
    "use_up",
]

PURPOSES = {"body": "body-area", "delegate": "delegate-area"}
REPEATED = timedelta(minutes=10)
"""How long the same request, sent again because its answer was lost, gets the same answer."""
REMEMBERED = timedelta(days=30)
"""How long an area that has ended still brings a new link; longer than any link is good."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Opened:
    """What a link was exchanged for."""

    kind: str
    token: str
    ends_at: datetime

    @property
    def shown(self) -> dict[str, Any]:
        return {"area": self.kind, "token": self.token, "ends_at": domain.instant(self.ends_at)}


def open_area(session: Session, settings: EnrollmentSettings, given: Any, key: str | None, now: datetime) -> Opened:
    """Use up the link. Refused: ``link_invalid``, ``link_expired``, ``link_used``."""
    kind, link = _read(settings, given, now, settings.area_link_seconds)
    person = _person(session, kind, link.subject_id)
    if person.links_from is not None and link.issued_at < int(person.links_from.timestamp()):
        raise Refused("link_expired")
    return admit(session, settings, kind, person, link, key, now)


def admit(
    session: Session,
    settings: EnrollmentSettings,
    kind: str,
    person: Contact | Delegate,
    link: Link,
    key: str | None,
    now: datetime,
) -> Opened:
    """Let whoever holds the link in, once. Refused: ``link_used``."""
    session.execute(sa.delete(AreaSession).where(AreaSession.ends_at < now - REMEMBERED))
    token = _token(settings, link, key)
    ends_at = now + timedelta(seconds=settings.area_session_seconds)
    made = session.execute(
        upsert(session, AreaSession)
        .values(
            link_mark=link.mark,
            token_hash=_hash(token),
            kind=kind,
            person_id=person.id,
            opened_at=now,
            ends_at=ends_at,
        )
        .on_conflict_do_nothing(index_elements=[AreaSession.link_mark])
        .returning(AreaSession.link_mark)
    ).first()
    if made is None:
        first = session.get_one(AreaSession, link.mark)
        if first.token_hash != _hash(token) or first.ends_at <= now or now - first.opened_at > REPEATED:
            raise Refused("link_used")
        ends_at = first.ends_at
    return Opened(kind, token, ends_at)


def let_in(session: Session, link: Link) -> Contact | Delegate | None:
    """Whom this link has let into an area already, if anybody."""
    known = session.get(AreaSession, link.mark)
    return None if known is None else _person(session, known.kind, known.person_id)


def holder(session: Session, kind: str, token: Any, now: datetime) -> Contact | Delegate:
    """Who holds this area, with the adhesion. Refused: ``area_closed``."""
    known = _session(session, token)
    if known is None or known.kind != kind or known.ends_at <= now:
        raise Refused("area_closed")
    return _person(session, kind, known.person_id)


def close_area(session: Session, token: Any, now: datetime) -> None:
    """Leave; leaving twice is fine. Refused: ``area_closed``, where nothing was ever open."""
    known = _session(session, token)
    if known is None:
        raise Refused("area_closed")
    known.ends_at = min(known.ends_at, now)


def end_sessions(session: Session, person_id: UUID, now: datetime) -> None:
    """Close whatever this person has open: they act for the body no more, or were erased."""
    session.execute(
        sa.update(AreaSession)
        .where(AreaSession.person_id == person_id, AreaSession.ends_at > now)
        .values(ends_at=now)
        .execution_options(synchronize_session=False)
    )


def renew_link(session: Session, settings: EnrollmentSettings, given: Any, now: datetime) -> list[Event]:
    """Mail a new link to whom this one, or the area that it opened, belonged. Refused: ``link_invalid``."""
    known = _session(session, given)
    if known is not None:
        kind, person_id = known.kind, str(known.person_id)
    else:
        kind, link = _read(settings, given, now, settings.area_renewal_seconds)
        person_id = link.subject_id
    try:
        person = _person(session, kind, person_id, lock=True)
    except Missing:
        return []
    return mail_link(session, settings, person.adhesion, person, now)


def mail_link(
    session: Session, settings: EnrollmentSettings, adhesion: Adhesion, person: Contact | Delegate, now: datetime
) -> list[Event]:
    """Have a link written to the contact or the delegate, unless that was done a moment ago, or too often today.

    The person's row, or the adhesion's, is locked by the caller, so that two requests do not both find none.
    """
    interval = timedelta(seconds=settings.area_link_interval)
    request = ask(session, person.id, now, settings.area_links_a_day, interval)
    return [] if request is None else [events.link_requested(adhesion, person, request)]


def ask(
    session: Session, who: UUID, now: datetime, most_a_day: int, interval: timedelta = timedelta()
) -> LinkRequest | None:
    """A request for a letter, of a person or of a body; none when it comes too soon, or too often within a day."""
    asked = session.scalars(
        sa.select(LinkRequest.requested_at).where(
            LinkRequest.person_id == who, LinkRequest.requested_at > now - DAY, LinkRequest.requested_at <= now
        )
    ).all()
    if len(asked) >= most_a_day or any(now - moment < interval for moment in asked):
        return None
    session.execute(sa.delete(LinkRequest).where(LinkRequest.person_id == who, LinkRequest.requested_at <= now - DAY))
    request = LinkRequest(id=uuid4(), person_id=who, requested_at=now)
    session.add(request)
    return request


def read(settings: EnrollmentSettings, purpose: str, given: Any, now: datetime, seconds: float) -> Link:
    """A link for something else than an area. Refused: ``link_invalid``, ``link_expired``."""
    if not isinstance(given, str):
        raise Refused("link_invalid")
    try:
        return read_link(settings.link_secret, purpose, given, now, seconds)
    except ExpiredLink as error:
        raise Refused("link_expired") from error
    except BadLink as error:
        raise Refused("link_invalid") from error


def is_used(session: Session, link: Link) -> bool:
    return session.get(UsedLink, link.mark) is not None


def use_up(session: Session, link: Link, now: datetime) -> None:
    """From now on the link does nothing more. Refused: ``link_used``, to the second of two at once as well."""
    session.execute(sa.delete(UsedLink).where(UsedLink.used_at < now - REMEMBERED))
    used = upsert(session, UsedLink).values(mark=link.mark, used_at=now)
    used = used.on_conflict_do_nothing(index_elements=[UsedLink.mark]).returning(UsedLink.mark)
    if session.execute(used).first() is None:
        raise Refused("link_used")


def _read(settings: EnrollmentSettings, given: Any, now: datetime, seconds: float) -> tuple[str, Link]:
    """The area and the link. A signature is for one purpose, so at most one of them fits."""
    if not isinstance(given, str):
        raise Refused("link_invalid")
    for kind, purpose in PURPOSES.items():
        try:
            return kind, read_link(settings.link_secret, purpose, given, now, seconds)
        except ExpiredLink as error:
            raise Refused("link_expired") from error
        except BadLink:
            continue
    raise Refused("link_invalid")


def _session(session: Session, token: Any) -> AreaSession | None:
    if not isinstance(token, str):
        return None
    return session.scalar(sa.select(AreaSession).where(AreaSession.token_hash == _hash(token)))


def _person(session: Session, kind: str, person_id: Any, *, lock: bool = False) -> Contact | Delegate:
    """Who may be in this area: the contact in office, or a delegate, also one who comes no more."""
    of: Any = Contact if kind == "body" else Delegate
    statement = (
        sa.select(of)
        .join(of.adhesion)
        .join(Adhesion.programme)
        .where(of.id == queries.identifier(person_id, "area"), of.erased_at.is_(None))
        .options(contains_eager(of.adhesion).contains_eager(Adhesion.programme))
    )
    if kind == "body":
        statement = statement.where(Contact.until.is_(None))
    found: Contact | Delegate | None = session.scalar(statement.with_for_update(of=of) if lock else statement)
    if found is None:
        raise Missing("area")
    return found


def _token(settings: EnrollmentSettings, link: Link, key: str | None) -> str:
    """What the area is held by. The same link with the same key gives the same token, and neither is stored."""
    if key is None:
        return secrets.token_urlsafe(32)
    made = hmac.new(settings.link_secret.encode(), f"area\n{link.mark}\n{key}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
