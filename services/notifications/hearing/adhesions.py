"""What enrollment tells: programmes, people and adhesions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from contracts import enrollment
from contracts.event import Event
from services.notifications.domain import ERASED, FAILED, QUEUED
from services.notifications.hearing.books import Books, Heard
from services.notifications.models import Adhesion, Message, Person, Programme

_REMINDERS = {"not_confirmed": "confirmation_missing", "no_delegates": "delegates_missing"}


def _programme(books: Books, event: Any) -> None:
    values = {"title_it": event.title_it, "title_en": event.title_en, "issuer": event.issuer}
    books.put(Programme, event.programme_id, event, **values)


def _contact(books: Books, event: Any) -> None:
    """Who acted for the body until now learns that they do no more."""
    if _person(books, event, event.contact_id, None) and event.replaces is not None:
        books.need(Adhesion, event.adhesion_id)
        books.read(Person, {event.replaces})
        books.want("contact_replaced", event.contact_id, event.replaces, event.programme_id, event.adhesion_id)


def _delegate(books: Books, event: Any) -> None:
    """Who has moved to another mailbox is told so at the one before, for the last time."""
    who = event.delegate_id
    known = books.find(Person, who)
    before = known.email if known is not None else None
    if _person(books, event, who, event.body_name) and event.moved and before and before != event.email:
        books.want("mailbox_changed", f"{who}:{event.sequence}", who, event.programme_id, who, before)


def _person(books: Books, event: Any, person_id: UUID, body_name: str | None) -> bool:
    """Whether the event was news of somebody who is not erased."""
    known = books.find(Person, person_id)
    if known is not None and known.erased:
        return False
    values = {name: getattr(event, name) for name in ("given_name", "family_name", "email", "language")}
    return books.put(Person, person_id, event, body_name=body_name, **values)


def _erased(books: Books, event: Any) -> None:
    """Forget name and address, and write no more than that. The row stays, so that what comes late is not taken in."""
    gone = {"given_name": None, "family_name": None, "email": None, "body_name": None, "erased": True}
    person = books.find(Person, event.person_id)
    if person is None:
        books.put(Person, event.person_id, event, language="it", **gone)
        return
    if event.programme_id is not None and person.email:
        books.want("person_erased", person.id, person.id, event.programme_id, person.id, person.email)
    for name, value in gone.items():
        setattr(person, name, value)
    books.session.execute(
        sa.update(Message)
        .where(Message.person_id == event.person_id, Message.state == QUEUED, Message.address.is_(None))
        .values(state=FAILED, reason=ERASED)
        .execution_options(synchronize_session=False)
    )


def _submitted(books: Books, event: Any) -> None:
    fields = ("protocol", "body_name", "body_kind", "submitted_at", "receipt_hash")
    values = {name: getattr(event, name) for name in fields}
    if books.put(Adhesion, event.adhesion_id, event, **values) and not getattr(event, "on_paper", False):
        _write_contact(books, "adhesion_received", event.adhesion_id, event)


def _moved_on(kind: str) -> Callable[[Books, Any], None]:
    def apply(books: Books, event: Any) -> None:
        books.need(Adhesion, event.adhesion_id)
        values = {"rejected_reason": event.reason} if isinstance(event, enrollment.AdhesionRejected) else {}
        if books.put(Adhesion, event.adhesion_id, event, **values):
            _write_contact(books, kind, event.adhesion_id, event)

    return apply


def _corrected(books: Books, event: Any) -> None:
    books.need(Adhesion, event.adhesion_id)
    books.put(Adhesion, event.adhesion_id, event, body_name=event.body_name)


def _reminded(books: Books, event: Any) -> None:
    books.need(Adhesion, event.adhesion_id)
    _write_contact(books, _REMINDERS[event.cause], event.reminder_id, event)


def _link_requested(kind: str) -> Callable[[Books, Any], None]:
    def apply(books: Books, event: Any) -> None:
        books.need(Adhesion, event.adhesion_id)
        _write_contact(books, kind, event.request_id, event)

    return apply


def _draft_saved(books: Books, event: Any) -> None:
    """Who wrote the draft is known by the draft's own id."""
    books.want("draft_link", event.request_id, event.draft_id, event.programme_id, event.draft_id)


def _own_link_requested(books: Books, event: Any) -> None:
    books.need(Adhesion, event.adhesion_id)
    books.want("own_link", event.request_id, event.delegate_id, event.programme_id, event.adhesion_id)


def _write_contact(books: Books, kind: str, which: UUID, event: Any) -> None:
    books.want(kind, which, event.contact_id, event.programme_id, event.adhesion_id)


def _delegate_withdrawn(books: Books, event: Any) -> None:
    """Who takes part no more loses the seats, and that is told by scheduling; who is replaced learns by whose will."""
    if event.reason == "replaced":
        books.need(Adhesion, event.adhesion_id)
        who = event.delegate_id
        books.want("delegate_replaced", who, who, event.programme_id, event.adhesion_id)


HEARD: dict[type[Event], Heard] = {
    enrollment.ProgrammeOpened: Heard(Programme, _programme),
    enrollment.ProgrammeChanged: Heard(Programme, _programme),
    enrollment.ContactChanged: Heard(Person, _contact),
    enrollment.DelegateRegistered: Heard(Person, _delegate),
    enrollment.DelegateWithdrawn: Heard(None, _delegate_withdrawn),
    enrollment.PersonErased: Heard(Person, _erased),
    enrollment.AdhesionSubmitted: Heard(Adhesion, _submitted),
    enrollment.AdhesionConfirmed: Heard(Adhesion, _moved_on("adhesion_confirmed")),
    enrollment.AdhesionRejected: Heard(Adhesion, _moved_on("adhesion_rejected")),
    enrollment.AdhesionWithdrawn: Heard(Adhesion, _moved_on("adhesion_withdrawn")),
    enrollment.DraftSaved: Heard(None, _draft_saved),
    enrollment.AdhesionCorrected: Heard(Adhesion, _corrected),
    enrollment.AdhesionReminded: Heard(None, _reminded),
    enrollment.ContactNominated: Heard(None, _link_requested("contact_nominated")),
    enrollment.MailboxLinkRequested: Heard(None, _link_requested("mailbox_link")),
    enrollment.MailboxChangeRequested: Heard(None, _link_requested("mailbox_change")),
    enrollment.AreaLinkRequested: Heard(None, _link_requested("area_link")),
    enrollment.ConfirmationLinkRequested: Heard(None, _link_requested("adhesion_received")),
    enrollment.DelegateLinkRequested: Heard(None, _own_link_requested),
}
