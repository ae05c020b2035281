"""Calendars to subscribe to or to take along; for the pages and for the API."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from gateway.backend import call
from gateway.calendar import ics
from gateway.i18n import gettext as _
from gateway.identity import settings

__all__ = ["of_delegate", "of_programme"]

_SECONDS = 900


def of_programme(code: str, region: str | None) -> Response:
    """The published appointments for calendar programs, of all Italy or of one region with the webinars."""
    found = call("enrollment", "programme", code=code)
    appointments = _appointments(found["programme_id"])
    if region:
        provinces = {one["province"] for one in call("enrollment", "territory")["items"] if one["region"] == region}
        appointments = [one for one in appointments if not one["host_province"] or one["host_province"] in provinces]
    address = f"{settings().public_url.rstrip('/')}{url_for('public.programme', code=code)}"
    response = Response(ics(found, appointments, address, region or None), mimetype="text/calendar")
    response.headers.set("Content-Disposition", "inline", filename=f"{code}.ics")
    response.cache_control.public, response.cache_control.max_age = True, _SECONDS
    response.vary.update(["Accept-Language", "Cookie"])
    response.add_etag()
    return response.make_conditional(request)


def of_delegate(found: dict[str, Any]) -> Response:
    """The appointments at which this person has a seat."""
    items = call("scheduling", "places_of", delegate_ids=[found["delegate"]["id"]])["items"]
    seats = [one["appointment"] for one in items if one["state"] == "assigned"]
    programme = call("enrollment", "programme", code=found["adhesion"]["programme_code"])
    address = f"{settings().public_url.rstrip('/')}{url_for('delegate.show')}"
    response = Response(ics(programme, seats, address, None), mimetype="text/calendar")
    name = _("my-appointments")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.ics")
    response.headers["Cache-Control"] = "no-store"
    return response


def _appointments(programme_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = call("scheduling", "appointments", programme_id=programme_id, limit=500, cursor=cursor)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
