"""Events and sheets with one telling detail each; the rest is filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.enrollment import DelegateRegistered, DelegateWithdrawn, PersonErased, ProgrammeChanged, ProgrammeOpened
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentClosed,
    AppointmentMoved,
    AppointmentScheduled,
    AttendanceCorrected,
    AttendanceRecorded,
)
from services.certificates.documents.codes import make_code
from services.certificates.documents.render import Line, Sheet

PROGRAMME = UUID("11111111-0000-4000-8000-000000000001")
NOON = datetime(2017, 11, 6, 11, tzinfo=UTC)


def programme(kind: type = ProgrammeOpened, **given: Any) -> ProgrammeOpened:
    return kind(
        **{
            "programme_id": PROGRAMME,
            "code": "co-alizione-2017",
            "title_it": "CO-AliZIONE: l’accoglienza nei Comuni",
            "title_en": "CO-AliZIONE: reception in the municipalities",
            "adhesion_opens": NOON,
            "adhesion_closes": NOON,
            "training_from": NOON.date(),
            "training_until": NOON.date(),
            "training_days": 50,
            "webinars": 20,
            "places_per_body": 2,
            "day_capacity": 100,
            "webinar_capacity": 500,
            "webinars_per_delegate": 5,
            "trainers_per_day": 2,
            "day_minutes": 420,
            "webinar_minutes": 90,
            "certificate_minutes": 420,
            "issuer": "ANCI – Fondazione Cittalia",
            "topics": [],
            "sequence": 1,
            **given,
        }
    )


def programme_changed(**given: Any) -> ProgrammeOpened:
    return programme(ProgrammeChanged, **{"sequence": 2, **given})


def registered(delegate_id: UUID, **given: Any) -> DelegateRegistered:
    return DelegateRegistered(
        **{
            "delegate_id": delegate_id,
            "adhesion_id": uuid4(),
            "programme_id": PROGRAMME,
            "body_code": "040012",
            "body_name": "Comune di Forlì",
            "role": "official",
            "given_name": "Niccolò",
            "family_name": "D’Agostino",
            "email": "niccolo@example.it",
            "language": "it",
            "sequence": 1,
            **given,
        }
    )


def withdrawn(delegate_id: UUID, **given: Any) -> DelegateWithdrawn:
    facts = {"delegate_id": delegate_id, "adhesion_id": uuid4(), "programme_id": PROGRAMME, "sequence": 2}
    return DelegateWithdrawn(**{**facts, **given})


def erased(person_id: UUID) -> PersonErased:
    return PersonErased(person_id=person_id, sequence=1)


def closed(appointment_id: UUID, credited: dict[UUID, int], **given: Any) -> AppointmentClosed:
    return AppointmentClosed(
        **{
            "appointment_id": appointment_id,
            "programme_id": PROGRAMME,
            "kind": "training_day",
            "title_it": "Il sistema di accoglienza nei Comuni",
            "title_en": "Reception in the municipalities",
            "held_on": date(2017, 9, 11),
            "minutes": 420,
            "host_name": "Forlì",
            "settled": [{"delegate_id": delegate_id, "minutes": minutes} for delegate_id, minutes in credited.items()],
            "sequence": 5,
            **given,
        }
    )


def scheduled(appointment_id: UUID, kind: type = AppointmentScheduled, **given: Any) -> AppointmentScheduled:
    return kind(
        **{
            "appointment_id": appointment_id,
            "programme_id": PROGRAMME,
            "kind": "webinar",
            "revision": 0,
            "title_it": "Minori stranieri non accompagnati",
            "title_en": "Unaccompanied minors",
            "starts_at": datetime(2017, 10, 2, 22, 30, tzinfo=UTC),
            "ends_at": datetime(2017, 10, 3, 0, 0, tzinfo=UTC),
            "minutes": 90,
            "sequence": 1,
            **given,
        }
    )


def moved(appointment_id: UUID, **given: Any) -> AppointmentScheduled:
    return scheduled(appointment_id, AppointmentMoved, **{"sequence": 2, "revision": 1, **given})


def cancelled(appointment_id: UUID, **given: Any) -> AppointmentCancelled:
    facts = {"appointment_id": appointment_id, "programme_id": PROGRAMME, "revision": 2, "sequence": 3}
    return AppointmentCancelled(**{**facts, **given})


def recorded(appointment_id: UUID, delegate_id: UUID, minutes: int, **given: Any) -> AttendanceRecorded:
    return AttendanceRecorded(
        **{
            "place_id": UUID(int=appointment_id.int ^ delegate_id.int),
            "appointment_id": appointment_id,
            "programme_id": PROGRAMME,
            "delegate_id": delegate_id,
            "minutes": minutes,
            "source": "desk",
            "sequence": 2,
            **given,
        }
    )


def corrected(appointment_id: UUID, delegate_id: UUID, minutes: int, **given: Any) -> AttendanceCorrected:
    return AttendanceCorrected(
        **{
            "place_id": UUID(int=appointment_id.int ^ delegate_id.int),
            "appointment_id": appointment_id,
            "programme_id": PROGRAMME,
            "delegate_id": delegate_id,
            "minutes": minutes,
            "revision": 1,
            "reason": "foglio firme",
            "sequence": 3,
            **given,
        }
    )


def lines(count: int) -> tuple[Line, ...]:
    """A training day, then webinars."""
    return tuple(
        Line(
            kind="webinar" if at else "training_day",
            title_it="Minori stranieri non accompagnati: tutela e presa in carico" if at else "L’accoglienza diffusa",
            title_en="Unaccompanied minors: protection and care" if at else "Reception all over the territory",
            held_on=date(2017, 9, 11) + timedelta(days=9 * at),
            minutes=90 if at else 420,
            host_name=None if at else "Forlì",
        )
        for at in range(count)
    )


def sheet(**given: Any) -> Sheet:
    said = given.get("lines", lines(3))
    return Sheet(
        **{
            "number": "CO-ALIZIONE-2017/000123",
            "edition": 1,
            "public_code": make_code(bytes(range(16))),
            "public_url": "http://127.0.0.1:8000",
            "holder": "Niccolò D’Agostino",
            "body_name": "Comune di Forlì",
            "programme_it": "CO-AliZIONE: l’accoglienza nei Comuni",
            "programme_en": "CO-AliZIONE: reception in the municipalities",
            "issuer": "ANCI – Fondazione Cittalia",
            "place": "Roma",
            "issued_at": NOON,
            "issued_on": NOON.date(),
            "minutes": sum(line.minutes for line in said),
            "lines": said,
            "development_key": True,
            **given,
        }
    )
