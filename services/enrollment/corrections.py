"""The secretariat corrects what a body wrote, giving the reason; the history keeps what was there and what is there.

Only what differs is a change. Each part that changed has a line of history of its own, so that erasing a person later
takes what was corrected of that person and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.refusal import Invalid, Missing, Refused
from contracts.event import Event
from services.enrollment import areas, domain, events, queries
from services.enrollment.adhesions import terms
from services.enrollment.history import note
from services.enrollment.models import Adhesion, Body, Contact, Delegate, LegalRepresentative

Changes = dict[str, list[Any]]


def correct(
    session: Session, adhesion: Adhesion, now: datetime, given: Mapping[str, Any], reason: str, actor: str
) -> list[Event]:
    """Correct any of contact, legal representative, topics, delegates and the body's declaration, or say why not."""
    domain.moved(adhesion.state, "correct")
    told: list[Event] = []

    def line(what: str, changes: Changes, person_id: UUID | None = None) -> None:
        note(session, adhesion, now, actor, what, reason, changes=changes, person_id=person_id)

    if "contact" in given and (changes := _person(adhesion.contact, given["contact"], now)):
        line("contact_corrected", changes, adhesion.contact.id)
        told.append(events.contact_changed(adhesion))
    if "legal_representative" in given:
        representative = adhesion.legal_representative
        if changes := _person(representative, given["legal_representative"], now):
            line("legal_representative_corrected", changes, representative.id)
    active = [one for one in adhesion.delegates if one.state == "active"]
    were = {one.id: one.role for one in active}
    for delegate_id, fields in given.get("delegates", {}).items():
        delegate = _delegate(adhesion, delegate_id)
        if changes := _person(delegate, fields, now):
            line("delegate_corrected", changes, delegate.id)
            if adhesion.state == "confirmed":
                told.append(events.delegate_registered(adhesion, delegate))
    asked = terms(adhesion.programme)
    domain.check_delegates(asked, [one.email for one in active if one.email])
    domain.check_roles(asked, [one.role for one in active], [were[one.id] for one in active])
    _move(session, [one for one in active if one.role != were[one.id]])
    for person in (adhesion.contact, *adhesion.delegates):
        if person.links_from == now:
            areas.end_sessions(session, person.id, now)
    corrected = False
    if "topics" in given:
        domain.check_topics(asked, given["topics"])
        if changes := _set(adhesion, {"topics": given["topics"]}):
            line("topics_corrected", changes)
            corrected = True
    if "institutional_email" in given and (changes := _mailbox(adhesion, given["institutional_email"])):
        line("mailbox_corrected", changes)
    if "body" in given and (changes := _body(session, adhesion.body, given["body"])):
        line("body_corrected", changes)
        return [*told, *_tell_of_body(session, adhesion)]
    return [*told, events.adhesion_corrected(adhesion)] if corrected else told


def _move(session: Session, delegates: Sequence[Delegate]) -> None:
    """Several people have other roles. All step aside before one takes the other's place: a database that looks at each
    row at once, as SQLite does, would find one too many of a role half way."""
    for state in ("withdrawn", "active"):
        for one in delegates:
            one.state = state
        session.flush()


def _delegate(adhesion: Adhesion, delegate_id: UUID) -> Delegate:
    """Who takes part; whoever left has nothing to be corrected."""
    for delegate in adhesion.delegates:
        if delegate.id == delegate_id and delegate.state == "active":
            return delegate
    raise Missing("delegate")


def _person(person: Contact | LegalRepresentative | Delegate, given: Mapping[str, Any], now: datetime) -> Changes:
    """Who was erased stays erased. Of a new mailbox nobody knows yet whether letters arrive there, and links to the old
    one open nothing more."""
    if person.erased_at is not None:
        raise Missing("person")
    changes = _set(person, given)
    if "email" in changes and not isinstance(person, LegalRepresentative):
        person.mail_state = person.mail_message = person.mail_at = None
        person.links_from = now
    return changes


def _mailbox(adhesion: Adhesion, given: str | None) -> Changes:
    """The body's institutional mailbox, where the official list has none."""
    if given == adhesion.mailbox:
        return {}
    if adhesion.body.institutional_email:
        raise Refused("official_body", code=adhesion.body.code)
    return _set(adhesion, {"institutional_email": given})


def _body(session: Session, body: Body, given: Mapping[str, Any]) -> Changes:
    """What a body declared of itself. A municipality is as the official list has it."""
    if body.kind == "municipality":
        raise Refused("official_body", code=body.code)
    values = dict(given)
    if "name" in values:
        if not domain.plain(values["name"]):
            raise Invalid({"body.name": ["invalid"]})
        body.search = domain.searchable(values["name"])
    if "province" in values:
        province = queries.province(session, values["province"])
        if province is None:
            raise Invalid({"body.province": ["unknown_province"]})
        values["province_name"], values["region"] = province
    return _set(body, values)


def _set(row: Any, values: Mapping[str, Any]) -> Changes:
    changes = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    return changes


def _tell_of_body(session: Session, adhesion: Adhesion) -> list[Event]:
    """The body is the same in every programme; its people carry its name on their certificates."""
    session.flush()
    standing = session.scalars(
        sa.select(Adhesion)
        .where(Adhesion.body_code == adhesion.body_code, Adhesion.state.not_in(domain.ENDED))
        .order_by(Adhesion.id)
        .options(joinedload(Adhesion.body), joinedload(Adhesion.programme), selectinload(Adhesion.delegates))
    )
    told: list[Event] = []
    for one in standing:
        told.append(events.adhesion_corrected(one))
        if one.state == "confirmed":
            active = (delegate for delegate in one.delegates if delegate.state == "active")
            told += [events.delegate_registered(one, delegate) for delegate in active]
    return told
