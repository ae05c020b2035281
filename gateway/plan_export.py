"""A plan taken away: as a workbook, as one table, as calendars that any calendar program reads.

Of a published plan everything tells the dates that hold now: tables say what was moved or called off since, calendars
are those of its appointments, with their UIDs.

Tables are for Italian spreadsheets: semicolons, a BOM, decimal commas. A cell that a spreadsheet would take for a
formula gets an apostrophe before it: names come from forms that anyone may fill in. Bodies may be a hundred thousand:
they are asked for in parts, and sent as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, stream_with_context, url_for
from icalendar import Calendar, Event

from chassis import clock
from chassis.aside import strides
from chassis.refusal import Missing
from gateway import plans, sheet
from gateway.backend import call
from gateway.calendar import assembled, ics, rome
from gateway.exports import csv_of, safe
from gateway.i18n import format_day, in_language, local_date
from gateway.i18n import gettext as _
from gateway.identity import settings

__all__ = ["TABLES", "exported", "plan_file", "since"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROME = ZoneInfo("Europe/Rome")

Cell = sheet.Cell
Json = dict[str, Any]
Bodies = Callable[[], Iterator[Json]]
Table = Iterator[list[Cell]]
Rows = dict[str, Iterator[Json]]


def exported(plan: Json, bodies: Bodies, programme: Json, name: str, address: str) -> tuple[Iterator[bytes], str]:
    """The file of this name, piece by piece, and its type; ``Missing`` where there is none of the name.

    ``bodies`` asks for all bodies of the plan; ``address`` is the programme's.
    """
    if name == "plan.xlsx":
        rows = {"bodies": bodies()}
        return sheet.workbook([(_TITLES[one](), strides(TABLES[one](plan, rows))) for one in TABLES]), XLSX
    if name == "calendar.ics":
        return iter([_calendar(plan, programme, None, address)]), "text/calendar; charset=utf-8"
    stem, _dot, kind = name.rpartition(".")
    if kind == "csv" and stem in TABLES:
        rows = {"bodies": bodies()} if stem == "bodies" else {}
        return csv_of(
            [safe(cell) for cell in row] for row in strides(TABLES[stem](plan, rows))
        ), "text/csv; charset=utf-8"
    if kind == "ics" and stem in {trainer["id"] for trainer in plan["trainers"]}:
        return iter([_calendar(plan, programme, stem, address)]), "text/calendar; charset=utf-8"
    raise Missing("export")


def plan_file(run_id: str, name: str) -> Response:
    """The file of a run's plan, to be saved under its name."""
    plan = call("scheduling", "plan", run_id=run_id)
    programmes = call("enrollment", "programmes")["items"]
    programme = next((one for one in programmes if one["programme_id"] == plan["run"]["programme_id"]), None)
    if programme is None:
        raise Missing("programme")
    address = f"{settings().public_url.rstrip('/')}{url_for('public.programme', code=programme['code'])}"
    content, kind = exported(plan, lambda: plans.bodies(run_id), programme, name, address)
    response = Response(stream_with_context(content), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _days(plan: Json, rows: Rows) -> Table:
    head: list[Cell] = [_("No."), _("Place"), _("Province"), _("Region"), _("Date"), _("Seats taken"), _("Seats")]
    yield [*head, _("Bodies"), _("Trainers"), _("Since publication")]
    for day in plan["days"]:
        yield [
            *(day["number"], day["host_name"], day["province"], day["region"], day["date"]),
            *(day["seated"], day["capacity"], day["guests"]),
            ", ".join(trainer["name"] for trainer in day["trainers"]),
            since(day),
        ]


def _bodies(plan: Json, rows: Rows) -> Table:
    head: list[Cell] = [_("Code"), _("Body"), _("Delegates"), _("No."), _("Place"), _("Date")]
    yield [*head, _("Journey (km)"), _("Since publication")]
    days = {day["number"]: (day["number"], day["host_name"], day["date"], since(day)) for day in plan["days"]}
    for body in rows["bodies"]:
        number, host_name, held_on, change = days[body["day"]]
        yield [body["code"], body["name"], body["delegates"], number, host_name, held_on, body["km"], change]


def _webinars(plan: Json, rows: Rows) -> Table:
    yield [_("No."), _("Topic"), _("Date"), _("Time"), _("Speaker"), _("Interested"), _("Since publication")]
    for one in plan["webinars"]:
        yield [
            *(one["number"], in_language(one, "title"), one["date"], one["starts"], one["speaker"]),
            *(one["interested"], since(one)),
        ]


def _trainers(plan: Json, rows: Rows) -> Table:
    titles = {one["number"]: in_language(one, "title") for one in plan["webinars"]}
    yield [_("Trainer"), _("Date"), _("Kind"), _("No."), _("Place or topic"), _("Since publication")]
    for trainer in plan["trainers"]:
        for each in trainer["engagements"]:
            yield [
                *(trainer["name"], each["date"], _KINDS[each["kind"]](), each["number"]),
                titles[each["number"]] if each["kind"] == "webinar" else each["what"],
                since(each),
            ]
    for trainer in plan["trainers"]:
        for each in trainer["relieved"]:
            yield [
                *(trainer["name"], local_date(each["starts_at"]).isoformat(), _KINDS[each["kind"]](), each["number"]),
                *(each["host_name"] or in_language(each, "title"), _("no longer theirs")),
            ]


def _regions(plan: Json, rows: Rows) -> Table:
    head: list[Cell] = [_("Region"), _("Bodies"), _("Delegates"), _("Days held")]
    yield [*head, _("Mean journey (km)"), _("Longest journey (km)")]
    for row in plan["regions"]:
        yield [
            *(row["region"], row["bodies"], row["delegates"], row["days_held"]),
            *(round(row["mean_km"], 1), round(row["longest_km"], 1)),
        ]


def since(one: Json, form: str | None = None) -> str:
    """What staff have changed since the plan was published; the date as ISO text, or as people write it."""
    if one["change"] is None:
        return ""
    if one["change"] == "called_off":
        return _("called off")
    at = {"time": one["starts"], "planned": one["planned_starts"]}
    if one["date"] == one["planned_date"]:
        return _("now at %(time)s, planned for %(planned)s") % at
    at["day"] = format_day(one["planned_date"], form) if form else one["planned_date"]
    if one["starts"] == one["planned_starts"]:
        return _("moved, planned for %(day)s") % at
    return _("moved, now at %(time)s, planned for %(day)s at %(planned)s") % at


_KINDS: dict[str, Callable[[], str]] = {
    "training_day": lambda: _("training day"),
    "webinar": lambda: _("webinar"),
}
TABLES: dict[str, Callable[[Json, Rows], Table]] = {
    "days": _days,
    "bodies": _bodies,
    "webinars": _webinars,
    "trainers": _trainers,
    "regions": _regions,
}
_TITLES: dict[str, Callable[[], str]] = {
    "days": lambda: _("Training days"),
    "bodies": lambda: _("Bodies"),
    "webinars": lambda: _("Webinars"),
    "trainers": lambda: _("Trainers"),
    "regions": lambda: _("Regions"),
}


def _calendar(plan: Json, programme: Json, trainer: str | None, address: str) -> bytes:
    """All appointments of the plan, or one trainer's: as they stand when it is published, before that tentative.

    A trainer's file cancels what they were to teach by an earlier plan: else it would stay in their own calendar. Its
    appointments change with the team too, of which the guests' calendars say nothing.
    """
    if plan["run"]["state"] == "published":
        own = _engaged(plan, trainer)
        planned = [("training_day", one) for one in plan["days"]] + [("webinar", one) for one in plan["webinars"]]
        standing = [one["appointment"] for kind, one in planned if (kind, one["number"]) in own and one["appointment"]]
        whose = next((one for one in plan["trainers"] if one["id"] == trainer), None)
        if whose is None:
            return ics(programme, standing, address, None)
        told = [{**one, "revision": one["revision"] + one["team_changes"]} for one in standing + whose["relieved"]]
        return ics(programme, told, address, whose["name"])
    calendar = Calendar()
    calendar.add("prodid", "-//coalizione//plan//IT")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", in_language(programme, "title"))
    years = [int(one["date"][:4]) for one in (*plan["days"], *plan["webinars"])]
    if years:
        calendar.add_component(rome(min(years), max(years)))
    return assembled(calendar, _events(plan, programme, trainer))


def _engaged(plan: Json, trainer: str | None) -> set[tuple[str, int]]:
    """Kind and number of what the trainer teaches, or of everything."""
    return {
        (each["kind"], each["number"])
        for one in plan["trainers"]
        if trainer in (None, one["id"])
        for each in one["engagements"]
    }


def _events(plan: Json, programme: Json, trainer: str | None) -> Iterable[Event]:
    own = _engaged(plan, trainer)
    for day in plan["days"]:
        if ("training_day", day["number"]) in own:
            title = _("Training day no. %(number)s – %(place)s") % {"number": day["number"], "place": day["host_name"]}
            where = f"{day['host_name']} ({day['province']})"
            yield _event(plan, "day", day, programme["day_minutes"], title, where)
    for one in plan["webinars"]:
        if ("webinar", one["number"]) in own:
            yield _event(plan, "webinar", one, programme["webinar_minutes"], in_language(one, "title"), "Webinar")


def _event(plan: Json, kind: str, one: Json, minutes: int, title: str, where: str) -> Event:
    begins = datetime.fromisoformat(f"{one['date']}T{one['starts']}").replace(tzinfo=ROME)
    event = Event()
    event.add("uid", f"{kind}-{one['number']}@{plan['run']['programme_id']}")
    event.add("summary", title)
    event.add("location", where)
    event.add("dtstart", begins)
    event.add("dtend", begins + timedelta(minutes=minutes))
    event.add("status", "TENTATIVE")
    event.add("dtstamp", clock.now())
    return event
