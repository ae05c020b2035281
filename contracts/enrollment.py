"""What enrollment publishes: programmes, adhesions, and the people behind them."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from contracts.event import Event

BODY_KINDS = ("municipality", "supra_municipal")
ROLES = ("administrator", "manager", "official")
LANGUAGES = ("it", "en")
REMINDERS = ("not_confirmed", "no_delegates")
"""What a body may not have finished."""


class TopicData(Schema):
    """A subject that bodies may ask for; the most wanted ones become webinars."""

    code = fields.String(required=True)
    title_it = fields.String(required=True)
    title_en = fields.String(required=True)


class ProgrammeOpened(Event):
    """A programme exists, with all the numbers that the other services work by.

    ``day_capacity`` is the default room size in persons; minutes are what evidence is counted in. So many days before
    an appointment its list closes: nobody is added to it, and no place at it is handed over.
    """

    name = "enrollment.programme.opened"
    aggregate = "programme_id"

    programme_id = fields.UUID(required=True)
    code = fields.String(required=True)
    title_it = fields.String(required=True)
    title_en = fields.String(required=True)
    adhesion_opens = fields.AwareDateTime(required=True)
    adhesion_closes = fields.AwareDateTime(required=True)
    training_from = fields.Date(required=True)
    training_until = fields.Date(required=True)
    training_days = fields.Integer(required=True, validate=Range(min=0))
    webinars = fields.Integer(required=True, validate=Range(min=0))
    places_per_body = fields.Integer(required=True, validate=Range(min=1))
    day_capacity = fields.Integer(required=True, validate=Range(min=1))
    webinar_capacity = fields.Integer(required=True, validate=Range(min=1))
    webinars_per_delegate = fields.Integer(required=True, validate=Range(min=0))
    trainers_per_day = fields.Integer(required=True, validate=Range(min=0))
    day_minutes = fields.Integer(required=True, validate=Range(min=1))
    webinar_minutes = fields.Integer(required=True, validate=Range(min=1))
    certificate_minutes = fields.Integer(required=True, validate=Range(min=1))
    issuer = fields.String(required=True)
    topics = fields.List(fields.Nested(TopicData), required=True)
    changes_close_days = fields.Integer(load_default=0, validate=Range(min=0))


class ProgrammeChanged(ProgrammeOpened):
    """The programme's numbers or words changed; the event carries all of them anew."""

    name = "enrollment.programme.changed"


class AdhesionSubmitted(Event):
    """A body asked to take part. Nothing is promised yet: the contact must confirm by the mailed link.

    ``on_paper`` says that the secretariat entered what the body had signed: nobody has to confirm it by a link.
    ``receipt_hash`` is the address of the receipt, which names no person.
    """

    name = "enrollment.adhesion.submitted"
    aggregate = "adhesion_id"

    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    protocol = fields.String(required=True)
    body_code = fields.String(required=True)
    body_name = fields.String(required=True)
    body_kind = fields.String(required=True, validate=OneOf(BODY_KINDS))
    contact_id = fields.UUID(required=True)
    submitted_at = fields.AwareDateTime(required=True)
    on_paper = fields.Boolean()
    receipt_hash = fields.String()


class AdhesionConfirmed(Event):
    """A body has joined the programme and may take part in its appointments.

    Carries no personal data: people are references, resolved through the contact events. Latitude and longitude are
    those of a point inside the body's territory, in degrees (WGS 84); ``None`` where a body has none.
    """

    name = "enrollment.adhesion.confirmed"
    aggregate = "adhesion_id"

    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    body_code = fields.String(required=True)
    body_name = fields.String(required=True)
    body_kind = fields.String(required=True, validate=OneOf(BODY_KINDS))
    province = fields.String(required=True)
    region = fields.String(required=True)
    population = fields.Integer(required=True, validate=Range(min=0))
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    places_requested = fields.Integer(required=True, validate=Range(min=0))
    topics = fields.List(fields.String(), required=True)
    contact_id = fields.UUID(required=True)


class AdhesionRejected(Event):
    """The secretariat said no, with the reason that the body will read."""

    name = "enrollment.adhesion.rejected"
    aggregate = "adhesion_id"

    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    body_code = fields.String(required=True)
    contact_id = fields.UUID(required=True)
    reason = fields.String(required=True, validate=Length(min=1))


class AdhesionWithdrawn(Event):
    """The body takes part no more; its places are free."""

    name = "enrollment.adhesion.withdrawn"
    aggregate = "adhesion_id"

    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    body_code = fields.String(required=True)
    contact_id = fields.UUID(required=True)


class AdhesionCorrected(Event):
    """What a body declared of itself, or its topics, changed: corrected by the secretariat, or changed by the body.

    The event carries all of it anew.

    Of an adhesion that is not confirmed yet this is news only to who keeps such ones.
    """

    name = "enrollment.adhesion.corrected"
    aggregate = "adhesion_id"

    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    body_code = fields.String(required=True)
    body_name = fields.String(required=True)
    province = fields.String(required=True)
    region = fields.String(required=True)
    topics = fields.List(fields.String(), required=True)


class AdhesionReminded(Event):
    """The secretariat reminds the contact that something is missing: the confirmation, or any delegate."""

    name = "enrollment.adhesion.reminded"
    aggregate = "adhesion_id"

    reminder_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)
    cause = fields.String(required=True, validate=OneOf(REMINDERS))


class BulkActionAdvanced(Event):
    """A part of a bulk action is done, up to this position, and the next one waits. Enrollment tells itself."""

    name = "enrollment.bulk_action.advanced"
    aggregate = "bulk_id"

    bulk_id = fields.UUID(required=True)
    position = fields.Integer(required=True, validate=Range(min=1))


class ContactChanged(Event):
    """Who acts for the body, and where letters to it go. One of the two events that carry personal data.

    ``replaces`` is who acted for the body until now, and is told that they do no more. It is also how one learns where
    other letters go, whose identifier is then ``contact_id``: to who was nominated as contact and has not accepted, to
    a new mailbox that nobody has confirmed, and, with empty names, to the body's institutional mailbox or to who put a
    draft aside (which is ``adhesion_id`` as well). ``PersonErased`` follows when such a one is not needed any more.
    """

    name = "enrollment.contact.changed"
    aggregate = "adhesion_id"
    personal: ClassVar[bool] = True

    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    email = fields.String(required=True)
    language = fields.String(required=True, validate=OneOf(LANGUAGES))
    replaces = fields.UUID()


class ContactNominated(Event):
    """Somebody is to act for the body from when they accept, by the link that is mailed to them.

    Where to is told by ``ContactChanged`` just before, with the same ``contact_id``, and again when they have accepted.
    """

    name = "enrollment.contact.nominated"
    aggregate = "adhesion_id"

    request_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)


class MailboxLinkRequested(Event):
    """The body's institutional mailbox asked for the link by which another contact is nominated."""

    name = "enrollment.mailbox_link.requested"
    aggregate = "adhesion_id"

    request_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)


class MailboxChangeRequested(Event):
    """A delegate is to be written to at another address, once the link that is mailed there was used."""

    name = "enrollment.mailbox_change.requested"
    aggregate = "adhesion_id"

    request_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)


class DelegateRegistered(Event):
    """A person whom a confirmed body sends. One of the two events that carry personal data.

    Sent again with a higher sequence when the person's data are corrected. ``replaces`` is the delegate in whose stead
    the body sends this one. ``registered_at`` is when the body named them, by the programme's clock: who hears of
    it late still judges by it. ``moved`` says that the person has confirmed another mailbox: the old one is told.
    """

    name = "enrollment.delegate.registered"
    aggregate = "delegate_id"
    personal: ClassVar[bool] = True

    delegate_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    body_code = fields.String(required=True)
    body_name = fields.String(required=True)
    role = fields.String(required=True, validate=OneOf(ROLES))
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    email = fields.String(required=True)
    language = fields.String(required=True, validate=OneOf(LANGUAGES))
    replaces = fields.UUID(allow_none=True, load_default=None)
    registered_at = fields.AwareDateTime(allow_none=True, load_default=None)
    moved = fields.Boolean()


class DelegateWithdrawn(Event):
    """The person takes part no more, but what was evidenced stays evidenced.

    Who was replaced is told after the registration of the other, so that their places can be handed over.
    """

    name = "enrollment.delegate.withdrawn"
    aggregate = "delegate_id"

    delegate_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    reason = fields.String(allow_none=True, load_default=None)


class PersonErased(Event):
    """Every service forgets the name and the address of this person, contact or delegate.

    With ``programme_id`` the person took part in it, and is told once, before their address is forgotten.
    """

    name = "enrollment.person.erased"
    aggregate = "person_id"

    person_id = fields.UUID(required=True)
    programme_id = fields.UUID()


class DraftSaved(Event):
    """Somebody put an adhesion form aside and goes on later, by the link that is mailed to them.

    Where to is told by ``ContactChanged`` just before; ``PersonErased`` follows when the draft is sent or forgotten.
    """

    name = "enrollment.draft.saved"
    aggregate = "draft_id"

    request_id = fields.UUID(required=True)
    draft_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)


class ConfirmationLinkRequested(Event):
    """The contact of an adhesion that nobody has confirmed asked for a new link to confirm it with."""

    name = "enrollment.confirmation_link.requested"
    aggregate = "adhesion_id"

    request_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)


class AreaLinkRequested(Event):
    """The contact asked for a new link to the body's area; the link goes to the mailbox and nowhere else."""

    name = "enrollment.area_link.requested"
    aggregate = "adhesion_id"

    request_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
    contact_id = fields.UUID(required=True)


class DelegateLinkRequested(Event):
    """A delegate asked for a new link to the own page; it goes to the mailbox and nowhere else."""

    name = "enrollment.delegate_link.requested"
    aggregate = "delegate_id"

    request_id = fields.UUID(required=True)
    delegate_id = fields.UUID(required=True)
    adhesion_id = fields.UUID(required=True)
    programme_id = fields.UUID(required=True)
