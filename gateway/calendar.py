"""The published appointments as a calendar that programs subscribe to (RFC 5545).

The same plan is the same bytes, so that a calendar which looks again every hour gets a 304: nothing in the file is the
moment of asking. An appointment keeps its UID for ever, a change raises its SEQUENCE, a cancelled one says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from icalendar import Calendar, Event, Timezone

from chassis.aside import strides
from gateway.i18n import ROME, current_language, in_language
from gateway.i18n import gettext as _

__all__ = ["assembled", "ics", "rome", "whereabouts"]


def ics(programme: dict[str, Any], appointments: list[dict[str, Any]], address: str, whose: str | None) -> bytes:
    """``address`` is a page about them; its host is part of what makes UIDs unique. ``whose``: a region, a trainer."""
    domain = urlsplit(address).hostname or "localhost"
    title = in_language(programme, "title")
    calendar = Calendar()
    calendar.add("prodid", f"-//{domain}//appointments//{current_language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", f"{title}, {whose}" if whose else title)
    calendar.add("x-wr-timezone", "Europe/Rome")
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    first, last = (date.fromisoformat(programme[name]) for name in ("training_from", "training_until"))
    calendar.add_component(rome(first.year, last.year))
    stamp = datetime.combine(first, time(), UTC)
    return assembled(calendar, (_event(one, domain, address, stamp) for one in appointments))


def assembled(calendar: Calendar, events: Iterable[Event]) -> bytes:
    """The calendar with these events; there may be thousands, and each takes its time."""
    head, end, _nothing = calendar.to_ical().rpartition(b"END:VCALENDAR")
    return b"".join([head, *(event.to_ical() for event in strides(events)), end, b"\r\n"])


@cache
def rome(first_year: int, last_year: int) -> Timezone:
    """The clocks of Italy in these years."""
    return Timezone.from_tzinfo(ROME, "Europe/Rome", date(first_year - 1, 1, 1), date(last_year + 2, 1, 1))


def _event(one: dict[str, Any], domain: str, address: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{one['id']}@{domain}")
    event.add("sequence", one["revision"])
    event.add("dtstamp", stamp)
    for name in ("starts", "ends"):
        moment = datetime.fromisoformat(one[f"{name}_at"]).astimezone(ROME)
        event.add("dtstart" if name == "starts" else "dtend", moment)
    event.add("summary", in_language(one, "title"))
    event.add("location", whereabouts(one))
    event.add("url", address)
    event.add("status", "CANCELLED" if one["state"] == "cancelled" else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def whereabouts(one: dict[str, Any]) -> str:
    """The room and the town of an appointment: Sala consiliare, Viterbo (VT)."""
    if not one["host_name"]:
        return one["venue"] or _("Online")
    town = f"{one['host_name']} ({one['host_province']})" if one["host_province"] else one["host_name"]
    return f"{one['venue']}, {town}" if one["venue"] else town
