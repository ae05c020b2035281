"""Invitations that a calendar understands (RFC 5545, 5546, 6047)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

_ROME = ZoneInfo("Europe/Rome")


@dataclass(frozen=True)
class Invitation:
    """One person's seat at one appointment.

    ``sequence`` is the appointment's revision: the same place invited anew replaces what the calendar holds, since its
    UID never changes. ``method`` is REQUEST or CANCEL.
    """

    method: str
    place_id: UUID
    sequence: int
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    organizer: tuple[str, str]
    """Name and address."""
    attendee: tuple[str, str]
    language: str
    domain: str


def ics(invitation: Invitation) -> str:
    """The calendar file. It asks for no answer: the seat is given up on the page that the mail links to."""
    event = Event()
    event.add("uid", f"{invitation.place_id}@{invitation.domain}")
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.stamp)
    event.add("dtstart", invitation.starts_at.astimezone(_ROME))
    event.add("dtend", invitation.ends_at.astimezone(_ROME))
    event.add("summary", invitation.summary)
    event.add("location", invitation.location)
    event.add("description", invitation.description)
    event.add("status", "CANCELLED" if invitation.method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("organizer", _person(*invitation.organizer))
    attendee = _person(*invitation.attendee)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    year = invitation.starts_at.astimezone(_ROME).year
    beginning, end = _frame(invitation.method, invitation.domain, invitation.language, year)
    file: bytes = beginning + event.to_ical() + end
    return file.decode("utf-8")


@lru_cache(maxsize=64)
def _frame(method: str, domain: str, language: str, year: int) -> tuple[bytes, bytes]:
    """What stands around the event, the same for thousands: the header, and the rules of Rome's clocks."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{domain}//notifications//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(Timezone.from_tzinfo(_ROME, "Europe/Rome", date(year - 1, 1, 1), date(year + 2, 1, 1)))
    end = b"END:VCALENDAR\r\n"
    return calendar.to_ical().removesuffix(end), end


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["CN"] = vText(name.replace('"', "'"))
    return person
