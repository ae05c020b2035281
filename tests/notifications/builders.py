"""Events and rows as the other services would tell them, with only what a test cares for spelled out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from contracts import certificates, enrollment, scheduling
from contracts.event import Event

START = datetime(2017, 5, 2, 8, 0, tzinfo=UTC)
SHA = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of ``abc``."""


def ident(name: str) -> UUID:
    """Always the same identifier for the same name."""
    return uuid5(UUID("6f1f1c0e-6a5b-5d0c-9f0e-3b6d1c1f0a11"), name)


PROGRAMME, ADHESION, CONTACT = ident("programme"), ident("adhesion"), ident("contact")
STAFF, DUTY = ident("staff"), ident("duty")
DELEGATE, APPOINTMENT, PLACE, CERTIFICATE = (
    ident("delegate"),
    ident("appointment"),
    ident("place"),
    ident("certificate"),
)


def _made(kind: type[Event], sequence: int, defaults: dict[str, Any], given: dict[str, Any]) -> Any:
    return kind(sequence=sequence, **(defaults | given))


def programme_opened(sequence: int = 1, **given: Any) -> enrollment.ProgrammeOpened:
    defaults = {
        "programme_id": PROGRAMME,
        "code": "co-alizione",
        "title_it": "CO-AliZIONE",
        "title_en": "CO-AliZIONE",
        "adhesion_opens": START,
        "adhesion_closes": datetime(2017, 6, 30, 22, tzinfo=UTC),
        "training_from": START.date(),
        "training_until": datetime(2018, 7, 31, tzinfo=UTC).date(),
        "training_days": 50,
        "webinars": 20,
        "places_per_body": 3,
        "day_capacity": 60,
        "webinar_capacity": 500,
        "webinars_per_delegate": 2,
        "trainers_per_day": 2,
        "day_minutes": 420,
        "webinar_minutes": 90,
        "certificate_minutes": 420,
        "issuer": "ANCI",
        "topics": [],
    }
    return _made(enrollment.ProgrammeOpened, sequence, defaults, given)


def contact_changed(sequence: int = 1, **given: Any) -> enrollment.ContactChanged:
    defaults = {
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "contact_id": CONTACT,
        "given_name": "Nicolò",
        "family_name": "D’Angelo",
        "email": "segreteria@comune.trani.example",
        "language": "it",
    }
    return _made(enrollment.ContactChanged, sequence, defaults, given)


def adhesion_submitted(sequence: int = 2, **given: Any) -> enrollment.AdhesionSubmitted:
    defaults = {
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "protocol": "CO-2017-000123",
        "body_code": "110009",
        "body_name": "Trani",
        "body_kind": "municipality",
        "contact_id": CONTACT,
        "submitted_at": START,
    }
    return _made(enrollment.AdhesionSubmitted, sequence, defaults, given)


def adhesion_confirmed(sequence: int = 3, **given: Any) -> enrollment.AdhesionConfirmed:
    defaults = {
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "body_code": "110009",
        "body_name": "Trani",
        "body_kind": "municipality",
        "province": "BT",
        "region": "Puglia",
        "population": 55000,
        "latitude": 41.27,
        "longitude": 16.41,
        "places_requested": 2,
        "topics": [],
        "contact_id": CONTACT,
    }
    return _made(enrollment.AdhesionConfirmed, sequence, defaults, given)


def adhesion_rejected(sequence: int = 3, **given: Any) -> enrollment.AdhesionRejected:
    defaults = {
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "body_code": "110009",
        "contact_id": CONTACT,
        "reason": "L’unione è stata sciolta nel 2016.",
    }
    return _made(enrollment.AdhesionRejected, sequence, defaults, given)


def adhesion_withdrawn(sequence: int = 4, **given: Any) -> enrollment.AdhesionWithdrawn:
    defaults = {"adhesion_id": ADHESION, "programme_id": PROGRAMME, "body_code": "110009", "contact_id": CONTACT}
    return _made(enrollment.AdhesionWithdrawn, sequence, defaults, given)


def area_link_requested(sequence: int = 4, **given: Any) -> enrollment.AreaLinkRequested:
    defaults = {
        "request_id": ident("request"),
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "contact_id": CONTACT,
    }
    return _made(enrollment.AreaLinkRequested, sequence, defaults, given)


def adhesion_reminded(sequence: int = 4, **given: Any) -> enrollment.AdhesionReminded:
    defaults = {
        "reminder_id": ident("reminder"),
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "contact_id": CONTACT,
        "cause": "not_confirmed",
    }
    return _made(enrollment.AdhesionReminded, sequence, defaults, given)


def confirmation_link_requested(sequence: int = 4, **given: Any) -> enrollment.ConfirmationLinkRequested:
    defaults = {
        "request_id": ident("request"),
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "contact_id": CONTACT,
    }
    return _made(enrollment.ConfirmationLinkRequested, sequence, defaults, given)


def draft_saved(sequence: int = 1, **given: Any) -> enrollment.DraftSaved:
    defaults = {"request_id": ident("request"), "draft_id": ident("draft"), "programme_id": PROGRAMME}
    return _made(enrollment.DraftSaved, sequence, defaults, given)


def delegate_registered(sequence: int = 1, **given: Any) -> enrollment.DelegateRegistered:
    defaults = {
        "delegate_id": DELEGATE,
        "adhesion_id": ADHESION,
        "programme_id": PROGRAMME,
        "body_code": "110009",
        "body_name": "Trani",
        "role": "official",
        "given_name": "Maria Grazia",
        "family_name": "De Santis",
        "email": "m.desantis@comune.trani.example",
        "language": "it",
    }
    return _made(enrollment.DelegateRegistered, sequence, defaults, given)


def delegate_withdrawn(sequence: int = 2, **given: Any) -> enrollment.DelegateWithdrawn:
    defaults = {"delegate_id": DELEGATE, "adhesion_id": ADHESION, "programme_id": PROGRAMME}
    return _made(enrollment.DelegateWithdrawn, sequence, defaults, given)


def person_erased(person_id: UUID = DELEGATE, sequence: int = 1, **given: Any) -> enrollment.PersonErased:
    return enrollment.PersonErased(sequence=sequence, person_id=person_id, **given)


_SCHEDULED = {
    "appointment_id": APPOINTMENT,
    "programme_id": PROGRAMME,
    "kind": "training_day",
    "revision": 0,
    "title_it": "Giornata formativa 7",
    "title_en": "Training day 7",
    "starts_at": datetime(2017, 9, 18, 7, 0, tzinfo=UTC),
    "ends_at": datetime(2017, 9, 18, 15, 0, tzinfo=UTC),
    "minutes": 420,
    "host_code": "110002",
    "host_name": "Barletta",
    "host_province": "BT",
    "venue": "Sala consiliare",
}


def appointment_scheduled(sequence: int = 1, **given: Any) -> scheduling.AppointmentScheduled:
    return _made(scheduling.AppointmentScheduled, sequence, _SCHEDULED, given)


def appointment_moved(sequence: int = 2, **given: Any) -> scheduling.AppointmentMoved:
    later = {
        "revision": 1,
        "starts_at": datetime(2017, 11, 6, 8, 0, tzinfo=UTC),
        "ends_at": datetime(2017, 11, 6, 16, 0, tzinfo=UTC),
    }
    return _made(scheduling.AppointmentMoved, sequence, _SCHEDULED | later, given)


def appointment_cancelled(sequence: int = 3, **given: Any) -> scheduling.AppointmentCancelled:
    defaults = {"appointment_id": APPOINTMENT, "programme_id": PROGRAMME, "revision": 2}
    return _made(scheduling.AppointmentCancelled, sequence, defaults, given)


_SEAT = {
    "place_id": PLACE,
    "appointment_id": APPOINTMENT,
    "programme_id": PROGRAMME,
    "delegate_id": DELEGATE,
}


def place_assigned(sequence: int = 1, **given: Any) -> scheduling.PlaceAssigned:
    return _made(scheduling.PlaceAssigned, sequence, _SEAT, given)


def place_waiting(sequence: int = 1, **given: Any) -> scheduling.PlaceWaiting:
    return _made(scheduling.PlaceWaiting, sequence, _SEAT, given)


def place_released(sequence: int = 2, **given: Any) -> scheduling.PlaceReleased:
    return _made(scheduling.PlaceReleased, sequence, _SEAT | {"reason": "withdrawn"}, given)


_DUTY = {"assignment_id": DUTY, "appointment_id": APPOINTMENT, "programme_id": PROGRAMME, "account_id": STAFF}


def desk_assigned(sequence: int = 1, **given: Any) -> scheduling.DeskAssigned:
    return _made(scheduling.DeskAssigned, sequence, _DUTY, given)


def desk_relieved(sequence: int = 2, **given: Any) -> scheduling.DeskRelieved:
    return _made(scheduling.DeskRelieved, sequence, _DUTY, given)


_CERTIFIED = {
    "certificate_id": CERTIFICATE,
    "programme_id": PROGRAMME,
    "delegate_id": DELEGATE,
    "number": "CO-2018-00042",
    "public_code": "7KQ2M9XVJ4TRB6WD",
    "edition": 1,
    "minutes": 510,
    "document": SHA,
}


def certificate_issued(sequence: int = 1, **given: Any) -> certificates.CertificateIssued:
    return _made(certificates.CertificateIssued, sequence, _CERTIFIED, given)


def certificate_reissued(sequence: int = 1, **given: Any) -> certificates.CertificateReissued:
    second = {
        "certificate_id": ident("second certificate"),
        "number": "CO-2018-00077",
        "public_code": "B6WD7KQ2M9XVJ4TR",
        "edition": 2,
        "minutes": 420,
        "replaces": CERTIFICATE,
    }
    return _made(certificates.CertificateReissued, sequence, _CERTIFIED | second, given)


def certificate_revoked(sequence: int = 2, **given: Any) -> certificates.CertificateRevoked:
    defaults = {
        "certificate_id": CERTIFICATE,
        "programme_id": PROGRAMME,
        "delegate_id": DELEGATE,
        "number": "CO-2018-00042",
        "reason": "below_threshold",
    }
    return _made(certificates.CertificateRevoked, sequence, defaults, given)


def known_people() -> list[Event]:
    """A programme with a contact, an adhesion and a delegate."""
    return [programme_opened(), contact_changed(), adhesion_submitted(), delegate_registered()]
