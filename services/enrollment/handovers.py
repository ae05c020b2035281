"""Another contact of a body, and another mailbox of a delegate: named by one, and in force once the other says so.

Until then everything stays as it is, and what was named is forgotten after some days. Who is named is known to
notifications by an identifier of their own, which is erased again when nothing came of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from chassis.database import skip_locked
from chassis.links import Link
from chassis.refusal import Missing, Refused
from contracts.event import Event
from services.enrollment import areas, domain, events, queries
from services.enrollment.history import note
from services.enrollment.models import Adhesion, Contact, Delegate, LinkRequest, MailboxChange, Nomination
from services.enrollment.settings import EnrollmentSettings

NOMINATION, MAILBOX, CHANGE = "contact-nomination", "body-mailbox", "mailbox-change"
"""What the links are for: to accept, to nominate, to confirm another mailbox."""
_MAILBOXES = UUID("0f3a4b7e-2c58-4c52-9d6b-6a1a2f7d9b10")
_FORGOTTEN_AT_ONCE = 200


# contacts


def mail_mailbox_link(session: Session, settings: EnrollmentSettings, adhesion: Adhesion, now: datetime) -> list[Event]:
    """Write to the institutional mailbox of a locked adhesion how another contact is nominated, not too often.

    Where the contact has the same mailbox, the link to the area does all of it.
    """
    if adhesion.mailbox is None or adhesion.mailbox == adhesion.contact.email:
        return []
    mailbox_id = uuid5(_MAILBOXES, str(adhesion.id))
    interval = timedelta(seconds=settings.area_link_interval)
    request = areas.ask(session, mailbox_id, now, settings.area_links_a_day, interval)
    return [] if request is None else events.mailbox_link_requested(adhesion, mailbox_id, request.id)


def nominate(
    session: Session, settings: EnrollmentSettings, adhesion: Adhesion, now: datetime, given: dict[str, Any], by: str
) -> list[Event]:
    """Name the next contact of a locked adhesion, in place of whoever was named before and has not accepted."""
    domain.moved(adhesion.state, "change_contact")
    request = _ask(session, settings, adhesion.id, now)
    told = drop_nomination(session, adhesion)
    nomination = Nomination(
        adhesion_id=adhesion.id,
        nominated_by=by,
        nominated_at=now,
        expires_at=now + timedelta(seconds=settings.handover_seconds),
        **given,
    )
    session.add(nomination)
    session.flush()
    set_committed_value(adhesion, "nomination", nomination)
    note(session, adhesion, now, by, "contact_nominated", person_id=nomination.id)
    named = events.contact_changed(adhesion, nomination)
    return [*told, named, events.contact_nominated(adhesion, nomination, request.id)]


def withdraw_nomination(session: Session, adhesion: Adhesion, now: datetime) -> list[Event]:
    """The contact stays; asked twice, nothing more happens."""
    told = drop_nomination(session, adhesion)
    if told:
        note(session, adhesion, now, "contact", "nomination_withdrawn")
    return told


def drop_nomination(session: Session, adhesion: Adhesion) -> list[Event]:
    """Nobody is to be contact but the one who is."""
    nomination = adhesion.nomination
    if nomination is None:
        return []
    session.delete(nomination)
    session.flush()
    set_committed_value(adhesion, "nomination", None)
    return [events.forgotten(nomination.id)]


def nomination(session: Session, nomination_id: str, now: datetime) -> Nomination:
    """The nomination that a link speaks of. Refused: ``nomination_over``."""
    found = session.get(Nomination, queries.identifier(nomination_id, "nomination"))
    if found is None or found.expires_at <= now:
        raise Refused("nomination_over")
    return found


def accept(session: Session, link: Link, now: datetime) -> tuple[Contact, list[Event]]:
    """Who was nominated takes over, at once and alone: what the one before has open is closed.

    Whoever is in office already by this link stays so. Refused: ``nomination_over``, ``not_in_state``.
    """
    key = queries.identifier(link.subject_id, "nomination")
    adhesion_id = session.scalar(sa.select(Nomination.adhesion_id).where(Nomination.id == key))
    if adhesion_id is None:
        return _in_office(session, key), []
    adhesion = queries.adhesion(session, adhesion_id, lock=True)
    named = adhesion.nomination
    if named is None or named.id != key:
        return _in_office(session, key), []
    if named.expires_at <= now:
        raise Refused("nomination_over")
    domain.moved(adhesion.state, "change_contact")
    before = adhesion.contact
    before.until = now
    areas.end_sessions(session, before.id, now)
    session.delete(named)
    session.flush()
    names = ("id", "adhesion_id", "given_name", "family_name", "email", "phone", "office", "language")
    contact = Contact(**{name: getattr(named, name) for name in names})
    session.add(contact)
    session.flush()
    set_committed_value(adhesion, "nomination", None)
    set_committed_value(adhesion, "contact", contact)
    note(session, adhesion, now, "contact", "contact_changed", person_id=contact.id)
    replaces = before if before.erased_at is None else None
    return contact, [events.contact_changed(adhesion, contact, replaces=replaces)]


def _in_office(session: Session, contact_id: UUID) -> Contact:
    found = session.scalar(sa.select(Contact).where(Contact.id == contact_id, Contact.until.is_(None)))
    if found is None:
        raise Refused("nomination_over")
    return found


# mailboxes of delegates


def ask_change(
    session: Session,
    settings: EnrollmentSettings,
    adhesion: Adhesion,
    delegate: Delegate,
    email: str,
    by: str,
    now: datetime,
) -> list[Event]:
    """Have the new address confirm itself; the old one stands until then. The address that it is already is no news."""
    if by == "contact":
        domain.moved(adhesion.state, "change_delegates")
        if delegate.state != "active":
            raise Refused("not_in_state", state=delegate.state)
    _check_free(adhesion, delegate, email)
    if delegate.email == email:
        return drop_change(session, delegate)
    request = _ask(session, settings, delegate.id, now)
    told = drop_change(session, delegate)
    change = MailboxChange(
        delegate_id=delegate.id,
        email=email,
        asked_by=by,
        asked_at=now,
        expires_at=now + timedelta(seconds=settings.handover_seconds),
    )
    session.add(change)
    session.flush()
    set_committed_value(delegate, "mailbox_change", change)
    note(session, adhesion, now, by, "mailbox_change_asked", person_id=delegate.id)
    return [*told, *events.mailbox_change_requested(adhesion, delegate, change, request.id)]


def confirm_change(session: Session, link: Link, now: datetime) -> tuple[Delegate, list[Event]]:
    """Whoever reads the new mailbox has used its link. What was open, and links to the old mailbox, open nothing more.

    Refused: ``mailbox_change_over``, ``duplicate_delegate``.
    """
    key = queries.identifier(link.subject_id, "mailbox change")
    of = sa.select(Delegate.adhesion_id, Delegate.id).join(MailboxChange, MailboxChange.delegate_id == Delegate.id)
    found = session.execute(of.where(MailboxChange.id == key)).first()
    if found is None:
        raise Refused("mailbox_change_over")
    adhesion = queries.adhesion(session, found.adhesion_id, lock=True)
    try:
        delegate = queries.delegate_of(adhesion, found.id)
    except Missing as error:
        raise Refused("mailbox_change_over") from error
    change = delegate.mailbox_change
    if change is None or change.id != key or change.expires_at <= now:
        raise Refused("mailbox_change_over")
    _check_free(adhesion, delegate, change.email)
    note(
        *(session, adhesion, now, change.asked_by, "mailbox_changed"),
        person_id=delegate.id,
        changes={"email": [delegate.email, change.email]},
    )
    delegate.email, delegate.links_from = change.email, now
    delegate.mail_state = delegate.mail_message = delegate.mail_at = None
    areas.end_sessions(session, delegate.id, now)
    told = drop_change(session, delegate)
    if adhesion.confirmed_at is not None:
        told.append(events.delegate_registered(adhesion, delegate, moved=True))
    return delegate, told


def drop_change(session: Session, delegate: Delegate) -> list[Event]:
    """The delegate's mailbox stays what it is."""
    change = session.scalar(sa.select(MailboxChange).where(MailboxChange.delegate_id == delegate.id))
    if change is None:
        return []
    session.delete(change)
    session.flush()
    set_committed_value(delegate, "mailbox_change", None)
    return [events.forgotten(change.id)]


def _check_free(adhesion: Adhesion, delegate: Delegate, email: str) -> None:
    if any(one.email == email and one.state == "active" and one is not delegate for one in adhesion.delegates):
        raise Refused("duplicate_delegate")


# both


def renew(session: Session, settings: EnrollmentSettings, given: Any, now: datetime) -> list[Event] | None:
    """Mail a new link for what this one was for, as long as that is open; ``None`` when it is a link to an area."""
    for purpose, again in _AGAIN.items():
        try:
            link = areas.read(settings, purpose, given, now, settings.area_renewal_seconds)
        except Refused as answer:
            if answer.reason == "link_expired":
                raise
            continue
        return again(session, settings, queries.identifier(link.subject_id, "link"), now)
    return None


def _mailbox_again(session: Session, settings: EnrollmentSettings, adhesion_id: UUID, now: datetime) -> list[Event]:
    adhesion = queries.adhesion(session, adhesion_id, lock=True)
    domain.moved(adhesion.state, "change_contact")
    return mail_mailbox_link(session, settings, adhesion, now)


def _nomination_again(session: Session, settings: EnrollmentSettings, key: UUID, now: datetime) -> list[Event]:
    """Who has taken over needs a link to the area instead."""
    adhesion_id = session.scalar(sa.select(Nomination.adhesion_id).where(Nomination.id == key))
    if adhesion_id is None:
        contact = _in_office(session, key)
        adhesion = queries.adhesion(session, contact.adhesion_id, lock=True)
        return areas.mail_link(session, settings, adhesion, contact, now)
    adhesion = queries.adhesion(session, adhesion_id, lock=True)
    request = _again(session, settings, key, now)
    if request is None or adhesion.nomination is None:
        return []
    return [events.contact_nominated(adhesion, adhesion.nomination, request.id)]


def _change_again(session: Session, settings: EnrollmentSettings, key: UUID, now: datetime) -> list[Event]:
    change = session.get(MailboxChange, key)
    if change is None:
        raise Refused("mailbox_change_over")
    delegate = session.get_one(Delegate, change.delegate_id)
    adhesion = queries.adhesion(session, delegate.adhesion_id, lock=True)
    request = _again(session, settings, key, now)
    return [] if request is None else events.mailbox_change_requested(adhesion, delegate, change, request.id)


def _again(session: Session, settings: EnrollmentSettings, who: UUID, now: datetime) -> LinkRequest | None:
    interval = timedelta(seconds=settings.area_link_interval)
    return areas.ask(session, who, now, settings.handovers_a_day, interval)


_AGAIN = {MAILBOX: _mailbox_again, NOMINATION: _nomination_again, CHANGE: _change_again}


def forget_old(session: Session, now: datetime) -> list[Event]:
    """Some of those whose time is over."""
    told: list[Event] = []
    kinds: tuple[Any, ...] = (Nomination, MailboxChange)
    for kind in kinds:
        old = sa.select(kind).where(kind.expires_at <= now).order_by(kind.expires_at).limit(_FORGOTTEN_AT_ONCE)
        for row in session.scalars(skip_locked(old, session)).all():
            session.delete(row)
            told.append(events.forgotten(row.id))
    return told


def _ask(session: Session, settings: EnrollmentSettings, who: UUID, now: datetime) -> LinkRequest:
    request = areas.ask(session, who, now, settings.handovers_a_day)
    if request is None:
        raise Refused("asked_too_often", max=settings.handovers_a_day)
    return request
