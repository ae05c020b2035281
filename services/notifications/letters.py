"""From what is known to one person's mail: its words, its links, its invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from chassis.links import make_link_token
from services.notifications.domain import AREA, CHANGE, KINDS, NOMINATION, OWN, Kind, one_line
from services.notifications.invitations import Invitation, ics
from services.notifications.models import (
    Adhesion,
    Appointment,
    Certificate,
    DeskDuty,
    Message,
    Person,
    Place,
    Programme,
    StaffLetter,
)
from services.notifications.rendering import Written, day, duration, moment, span, write
from services.notifications.settings import NotificationsSettings

_BODY = {"it": "Comune di {}", "en": "Municipality of {}"}
_OF_BODY = {"it": ("del Comune di {}", "dell’ente {}"), "en": ("the Municipality of {}", "{}")}
_APPOINTMENT = {
    "it": {"training_day": "la giornata formativa", "webinar": "il webinar"},
    "en": {"training_day": "the training day", "webinar": "the webinar"},
}
_THE_APPOINTMENT = {
    "it": {"training_day": "La giornata formativa", "webinar": "Il webinar"},
    "en": {"training_day": "The training day", "webinar": "The webinar"},
}
_HELP = {"it": "Informazioni e aiuto: {}", "en": "Information and help: {}"}
_ONLINE = {"it": "In rete", "en": "Online"}
_ROLE = {
    "it": {"desk": "accoglienza", "secretariat": "segreteria", "administrator": "amministrazione"},
    "en": {"desk": "desk", "secretariat": "secretariat", "administrator": "administrator"},
}
_FREED_BECAUSE = {
    "it": {
        "delegate_withdrawn": "una persona ha rinunciato",
        "adhesion_withdrawn": "un ente ha lasciato il programma",
        "person_erased": "una persona non partecipa più",
        "replaced": "la persona che lo aveva è stata sostituita a lista già chiusa",
    },
    "en": {
        "delegate_withdrawn": "a person has given it up",
        "adhesion_withdrawn": "a body has left the programme",
        "person_erased": "a person takes part no more",
        "replaced": "the person who had it was replaced after the list had closed",
    },
}
_ENDED_BECAUSE = {
    "it": {
        "delegate_withdrawn": "perché la partecipazione è stata ritirata",
        "adhesion_withdrawn": "perché l’ente ha lasciato il programma",
        "replaced": "perché l’ente manda un’altra persona",
        "plan_changed": "perché il piano degli appuntamenti è cambiato",
    },
    "en": {
        "delegate_withdrawn": "because the participation was withdrawn",
        "adhesion_withdrawn": "because the body has left the programme",
        "replaced": "because the body sends another person",
        "plan_changed": "because the plan of the appointments has changed",
    },
}
_REVOKED_BECAUSE = {
    "it": {"below_threshold": "le presenze, corrette, non raggiungono più la soglia del programma"},
    "en": {"below_threshold": "the corrected attendance no longer reaches the threshold of the programme"},
}


@dataclass(frozen=True)
class Known:
    """All that a mail is written from. ``about`` is what its kind says: an adhesion, a place, a certificate, a person,
    a duty at a desk or, without a programme, a letter to staff."""

    message: Message
    person: Person
    programme: Programme | None
    about: Adhesion | Place | Certificate | Person | DeskDuty | StaffLetter
    appointment: Appointment | None = None


@dataclass(frozen=True)
class Letter:
    """A mail ready to be sent."""

    kind: str
    message_id: str
    address: str
    name: str
    words: Written
    calendar: tuple[str, str] | None = None
    """Method and file."""
    document: tuple[str, str] | None = None
    """File name and content in base64."""


def compose(
    known: Known, settings: NotificationsSettings, now: datetime, document: tuple[str, str] | None = None
) -> Letter:
    """Write the mail as things stand now."""
    message, person, kind = known.message, known.person, KINDS[known.message.kind]
    language = person.language
    name = one_line(f"{person.given_name or ''} {person.family_name or ''}")
    values: dict[str, Any] = {
        "programme": _programme(known.programme, language, settings),
        "person": {"name": name, "body": one_line(person.body_name or "")},
        "help_address": settings.help_address,
        "link": _link(kind, known, settings, now),
        **_about(known, language, settings),
    }
    words = write(message.kind, language, values)
    return Letter(
        kind=message.kind,
        message_id=str(message.id),
        address=message.address or person.email or "",
        name=name,
        words=words,
        calendar=_calendar(kind, known, settings, values, name),
        document=document,
    )


def _programme(programme: Programme | None, language: str, settings: NotificationsSettings) -> dict[str, str]:
    """Under whose name it goes out: the programme's, or for staff that of the office which runs them all."""
    if programme is None:
        return dict.fromkeys(("title", "issuer"), one_line(settings.sender_name))
    return {"title": one_line(_in(language, programme, "title")), "issuer": one_line(programme.issuer)}


def _in(language: str, row: Any, field: str) -> str:
    text: str = getattr(row, f"{field}_{language}")
    return text


def _link(kind: Kind, known: Known, settings: NotificationsSettings, now: datetime) -> str:
    """The address of the page; where it grants something, with a token that is made here and stored nowhere."""
    if kind.link is None:
        return ""
    about = known.about
    if isinstance(about, Certificate):
        end = about.public_code
    elif isinstance(about, DeskDuty):
        end = str(about.appointment_id)
    else:
        subject = known.message.person_id if kind.link in (AREA, OWN, NOMINATION, CHANGE) else about.id
        end = make_link_token(
            settings.link_secret, str(kind.link.purpose), str(subject), now, nonce=known.message.id.hex
        )
    return settings.public_url.rstrip("/") + kind.link.path.format(end)


def _about(known: Known, language: str, settings: NotificationsSettings) -> dict[str, Any]:
    about = known.about
    if isinstance(about, Adhesion):
        name, municipality = one_line(about.body_name), about.body_kind == "municipality"
        return {
            "body": _BODY[language].format(name) if municipality else name,
            "of_body": _OF_BODY[language][0 if municipality else 1].format(name),
            "adhesion": {
                "protocol": one_line(about.protocol),
                "submitted": day(about.submitted_at, language),
                "reviewed": not municipality,
                "reason": one_line(about.rejected_reason or ""),
                "receipt": _receipt(about, settings),
            },
        }
    if isinstance(about, Person):
        return {}
    if isinstance(about, Certificate):
        reason = about.reason or ""
        return {
            "certificate": {
                "number": one_line(about.number),
                "duration": duration(about.minutes, language),
                "reason": _REVOKED_BECAUSE[language].get(reason, one_line(reason)),
            }
        }
    if isinstance(about, StaffLetter):
        return {"role": _ROLE[language].get(about.role or "", ""), "ends": moment(about.ends_at, language)}
    appointment = known.appointment
    assert appointment is not None
    place = {}
    if isinstance(about, Place):
        place = {
            "moved_up": about.waited,
            "because": _FREED_BECAUSE[language].get(about.reason or "", ""),
            "handed_over": about.reason == "replaced" and not about.waited,
            "ended_because": _ENDED_BECAUSE[language].get(about.reason or "", ""),
        }
    return {
        "place": place,
        "appointment": {
            "title": one_line(_in(language, appointment, "title")),
            "kind": _APPOINTMENT[language][appointment.kind],
            "kind_changed": _THE_APPOINTMENT[language][appointment.kind],
            "date": day(appointment.starts_at, language),
            "when": span(appointment.starts_at, appointment.ends_at, language),
            "where": _where(appointment, language),
            "cancelled": appointment.cancelled,
        },
    }


def _receipt(adhesion: Adhesion, settings: NotificationsSettings) -> str:
    """Where the receipt is, which anybody may see who knows its hash; adhesions of long ago told none."""
    return f"{settings.public_url.rstrip('/')}/receipts/{adhesion.receipt_hash}" if adhesion.receipt_hash else ""


def _where(appointment: Appointment, language: str) -> str:
    if appointment.host_name is None:
        return one_line(appointment.venue or _ONLINE[language])
    town = (
        f"{appointment.host_name} ({appointment.host_province})" if appointment.host_province else appointment.host_name
    )
    return one_line(f"{appointment.venue}, {town}" if appointment.venue else town)


def _calendar(
    kind: Kind, known: Known, settings: NotificationsSettings, values: dict[str, Any], name: str
) -> tuple[str, str] | None:
    appointment = known.appointment
    if kind.calendar is None or appointment is None:
        return None
    place, person = known.about, known.person
    invitation = Invitation(
        method=kind.calendar,
        place_id=place.id,
        sequence=appointment.revision,
        stamp=known.message.created_at,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=f"{values['programme']['title']}: {values['appointment']['title']}",
        location=values["appointment"]["where"],
        description=_HELP[person.language].format(settings.help_address),
        organizer=(one_line(settings.sender_name), settings.help_address),
        attendee=(name, person.email or ""),
        language=person.language,
        domain=urlsplit(settings.public_url).hostname or "localhost",
    )
    return kind.calendar, ics(invitation)
