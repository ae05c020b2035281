"""From what happened to what is told. Personal data go into the two contact events only."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid4

from contracts.enrollment import (
    AdhesionConfirmed,
    AdhesionCorrected,
    AdhesionRejected,
    AdhesionReminded,
    AdhesionSubmitted,
    AdhesionWithdrawn,
    AreaLinkRequested,
    BulkActionAdvanced,
    ConfirmationLinkRequested,
    ContactChanged,
    ContactNominated,
    DelegateLinkRequested,
    DelegateRegistered,
    DelegateWithdrawn,
    DraftSaved,
    MailboxChangeRequested,
    MailboxLinkRequested,
    PersonErased,
    ProgrammeChanged,
    ProgrammeOpened,
)
from contracts.event import Event
from services.enrollment.models import (
    Adhesion,
    BulkAction,
    Contact,
    Delegate,
    Draft,
    LinkRequest,
    MailboxChange,
    Nomination,
    Person,
    Programme,
    Reminder,
)


def programme_opened(programme: Programme) -> Event:
    return _programme(ProgrammeOpened, programme)


def programme_changed(programme: Programme) -> Event:
    return _programme(ProgrammeChanged, programme)


def _programme(told: type[ProgrammeOpened], programme: Programme) -> Event:
    fields = {name: getattr(programme, name) for name in told.strict.fields if name != "programme_id"}
    return told(programme_id=programme.id, **fields)


def contact_changed(
    adhesion: Adhesion, contact: Contact | Nomination | None = None, replaces: Contact | None = None
) -> Event:
    """Who acts for the body, or somebody else who is written to in its matter."""
    contact = contact or adhesion.contact
    return ContactChanged(
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        contact_id=contact.id,
        given_name=contact.given_name,
        family_name=contact.family_name,
        email=contact.email,
        language=contact.language,
        **({"replaces": replaces.id} if replaces is not None else {}),
    )


def contact_nominated(adhesion: Adhesion, nomination: Nomination, request_id: UUID) -> Event:
    return ContactNominated(contact_id=nomination.id, **_request(adhesion, request_id))


def mailbox_link_requested(adhesion: Adhesion, mailbox_id: UUID, request_id: UUID) -> list[Event]:
    """Where the link goes, first; then that it is wanted."""
    return [
        ContactChanged(
            adhesion_id=adhesion.id,
            programme_id=adhesion.programme_id,
            contact_id=mailbox_id,
            given_name="",
            family_name="",
            email=adhesion.mailbox,
            language="it",
        ),
        MailboxLinkRequested(contact_id=mailbox_id, **_request(adhesion, request_id)),
    ]


def mailbox_change_requested(
    adhesion: Adhesion, delegate: Delegate, change: MailboxChange, request_id: UUID
) -> list[Event]:
    return [
        ContactChanged(
            adhesion_id=adhesion.id,
            programme_id=adhesion.programme_id,
            contact_id=change.id,
            given_name=delegate.given_name,
            family_name=delegate.family_name,
            email=change.email,
            language=delegate.language,
        ),
        MailboxChangeRequested(contact_id=change.id, **_request(adhesion, request_id)),
    ]


def forgotten(mail_id: UUID) -> Event:
    """Nobody is to be written to any more at what ``ContactChanged`` called so; nobody has to be told."""
    return PersonErased(person_id=mail_id)


def _request(adhesion: Adhesion, request_id: UUID) -> dict[str, UUID]:
    return {"request_id": request_id, "adhesion_id": adhesion.id, "programme_id": adhesion.programme_id}


def submitted(adhesion: Adhesion, *, on_paper: bool = False) -> list[Event]:
    """The contact first: who hears of the adhesion then knows whom to write to."""
    body, contact = adhesion.body, adhesion.contact
    return [
        contact_changed(adhesion),
        AdhesionSubmitted(
            adhesion_id=adhesion.id,
            programme_id=adhesion.programme_id,
            protocol=adhesion.protocol,
            body_code=body.code,
            body_name=body.name,
            body_kind=body.kind,
            contact_id=contact.id,
            submitted_at=adhesion.submitted_at,
            receipt_hash=adhesion.receipt_hash,
            **({"on_paper": True} if on_paper else {}),
        ),
    ]


def confirmed(adhesion: Adhesion) -> list[Event]:
    """The body has joined, with all who come."""
    body = adhesion.body
    delegates = [delegate for delegate in adhesion.delegates if delegate.state == "active"]
    joined = AdhesionConfirmed(
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        body_code=body.code,
        body_name=body.name,
        body_kind=body.kind,
        province=body.province,
        region=body.region,
        population=body.population or 0,
        latitude=body.latitude,
        longitude=body.longitude,
        places_requested=len(delegates),
        topics=adhesion.topics,
        contact_id=adhesion.contact.id,
    )
    return [joined, *(delegate_registered(adhesion, delegate) for delegate in delegates)]


def rejected(adhesion: Adhesion) -> Event:
    return AdhesionRejected(
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        body_code=adhesion.body_code,
        contact_id=adhesion.contact.id,
        reason=adhesion.rejected_reason,
    )


def withdrawn(adhesion: Adhesion, known: Iterable[Delegate]) -> list[Event]:
    """The body leaves, and with it the delegates whom others know."""
    left = AdhesionWithdrawn(
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        body_code=adhesion.body_code,
        contact_id=adhesion.contact.id,
    )
    return [left, *(delegate_withdrawn(adhesion, delegate) for delegate in known)]


def adhesion_corrected(adhesion: Adhesion) -> Event:
    body = adhesion.body
    return AdhesionCorrected(
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        body_code=body.code,
        body_name=body.name,
        province=body.province,
        region=body.region,
        topics=adhesion.topics,
    )


def reminded(adhesion: Adhesion, reminder: Reminder) -> Event:
    return AdhesionReminded(
        reminder_id=reminder.id,
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        contact_id=adhesion.contact.id,
        cause=reminder.cause,
    )


def bulk_advanced(bulk: BulkAction, position: int) -> Event:
    return BulkActionAdvanced(bulk_id=bulk.id, position=position)


def delegate_registered(
    adhesion: Adhesion, delegate: Delegate, replaces: Delegate | None = None, *, moved: bool = False
) -> Event:
    return DelegateRegistered(
        delegate_id=delegate.id,
        adhesion_id=adhesion.id,
        programme_id=adhesion.programme_id,
        body_code=adhesion.body_code,
        body_name=adhesion.body.name,
        role=delegate.role,
        given_name=delegate.given_name,
        family_name=delegate.family_name,
        email=delegate.email,
        language=delegate.language,
        replaces=replaces.id if replaces else None,
        registered_at=delegate.registered_at,
        **({"moved": True} if moved else {}),
    )


def delegate_withdrawn(adhesion: Adhesion, delegate: Delegate, reason: str | None = None) -> Event:
    return DelegateWithdrawn(
        delegate_id=delegate.id, adhesion_id=adhesion.id, programme_id=adhesion.programme_id, reason=reason
    )


def person_erased(adhesion: Adhesion, person: Person) -> Event:
    return PersonErased(person_id=person.id, programme_id=adhesion.programme_id)


def link_requested(adhesion: Adhesion, person: Contact | Delegate, request: LinkRequest) -> Event:
    """The link that the person needs now: a contact who has not confirmed yet needs that one first."""
    ids = {"request_id": request.id, "adhesion_id": adhesion.id, "programme_id": adhesion.programme_id}
    if isinstance(person, Delegate):
        return DelegateLinkRequested(delegate_id=person.id, **ids)
    told = ConfirmationLinkRequested if adhesion.state == "submitted" else AreaLinkRequested
    return told(contact_id=person.id, **ids)


def draft_saved(draft: Draft) -> list[Event]:
    """Where the link goes, first; then that it is wanted."""
    return [
        ContactChanged(
            adhesion_id=draft.id,
            programme_id=draft.programme_id,
            contact_id=draft.id,
            given_name="",
            family_name="",
            email=draft.email,
            language=draft.language,
        ),
        DraftSaved(request_id=uuid4(), draft_id=draft.id, programme_id=draft.programme_id),
    ]
