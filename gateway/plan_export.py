"""A plan taken away: as a workbook, as one table, as calendars that any calendar program reads.

Of a published plan everything tells the dates that hold now: tables say what was moved or called off since, calendars
are those of its appointments, with their UIDs.

Tables are for Italian spreadsheets: semicolons, a BOM, decimal commas. A cell that a spreadsheet would take for a
formula gets an apostrophe before it: names come from forms that anyone may fill in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from flask import Response, url_for
from icalendar import Calendar, Event

from chassis import clock
from chassis.refusal import Missing
from gateway.backend import call
from gateway.calendar import ics
from gateway.i18n import format_day, in_language, local_date
from gateway.i18n import gettext as _
from gateway.identity import settings
from gateway.plans import whole

__all__ = ["TABLES", "exported", "plan_file", "since"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROME = ZoneInfo("Europe/Rome")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None
Table = list[list[Cell]]
Json = dict[str, Any]


def exported(plan: Json, programme: Json, name: str, address: str) -> tuple[bytes, str]:
    """The file of this name and its type; ``Missing`` where there is none of the name. ``address``: the programme's."""
    if name == "plan.xlsx":
        return _workbook(plan), XLSX
    if name == "calendar.ics":
        return _calendar(plan, programme, None, address), "text/calendar; charset=utf-8"
    stem, _dot, kind = name.rpartition(".")
    if kind == "csv" and stem in TABLES:
        return _csv(TABLES[stem](plan)), "text/csv; charset=utf-8"
    if kind == "ics" and stem in {trainer["id"] for trainer in plan["trainers"]}:
        return _calendar(plan, programme, stem, address), "text/calendar; charset=utf-8"
    raise Missing("export")


def plan_file(run_id: str, name: str) -> Response:
    """The file of a run's plan, to be saved under its name."""
    plan = whole(run_id)
    programmes = call("enrollment", "programmes")["items"]
    programme = next((one for one in programmes if one["programme_id"] == plan["run"]["programme_id"]), None)
    if programme is None:
        raise Missing("programme")
    address = f"{settings().public_url.rstrip('/')}{url_for('public.programme', code=programme['code'])}"
    content, kind = exported(plan, programme, name, address)
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _days(plan: Json) -> Table:
    head: list[Cell] = [_("No."), _("Place"), _("Province"), _("Region"), _("Date"), _("Seats taken"), _("Seats")]
    return [
        [*head, _("Bodies"), _("Trainers"), _("Since publication")],
        *(
            [
                *(day["number"], day["host_name"], day["province"], day["region"], day["date"]),
                *(day["seated"], day["capacity"], len(day["bodies"])),
                ", ".join(trainer["name"] for trainer in day["trainers"]),
                since(day),
            ]
            for day in plan["days"]
        ),
    ]


def _bodies(plan: Json) -> Table:
    return [
        [
            _("Code"),
            _("Body"),
            _("Delegates"),
            _("No."),
            _("Place"),
            _("Date"),
            _("Journey (km)"),
            _("Since publication"),
        ],
        *(
            [
                *(body["code"], body["name"], body["delegates"], day["number"], day["host_name"], day["date"]),
                *(body["km"], since(day)),
            ]
            for day in plan["days"]
            for body in day["bodies"]
        ),
    ]


def _webinars(plan: Json) -> Table:
    return [
        [_("No."), _("Topic"), _("Date"), _("Time"), _("Speaker"), _("Interested"), _("Since publication")],
        *(
            [
                *(one["number"], in_language(one, "title"), one["date"], one["starts"], one["speaker"]),
                *(one["interested"], since(one)),
            ]
            for one in plan["webinars"]
        ),
    ]


def _trainers(plan: Json) -> Table:
    titles = {one["number"]: in_language(one, "title") for one in plan["webinars"]}
    return [
        [_("Trainer"), _("Date"), _("Kind"), _("No."), _("Place or topic"), _("Since publication")],
        *(
            [
                *(trainer["name"], each["date"], _KINDS[each["kind"]](), each["number"]),
                titles[each["number"]] if each["kind"] == "webinar" else each["what"],
                since(each),
            ]
            for trainer in plan["trainers"]
            for each in trainer["engagements"]
        ),
        *(
            [
                *(trainer["name"], local_date(each["starts_at"]).isoformat(), _KINDS[each["kind"]](), each["number"]),
                *(each["host_name"] or in_language(each, "title"), _("no longer theirs")),
            ]
            for trainer in plan["trainers"]
            for each in trainer["relieved"]
        ),
    ]


def _regions(plan: Json) -> Table:
    head: list[Cell] = [_("Region"), _("Bodies"), _("Delegates"), _("Days held")]
    return [
        [*head, _("Mean journey (km)"), _("Longest journey (km)")],
        *(
            [
                *(row["region"], row["bodies"], row["delegates"], row["days_held"]),
                *(round(row["mean_km"], 1), round(row["longest_km"], 1)),
            ]
            for row in plan["regions"]
        ),
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
TABLES: dict[str, Callable[[Json], Table]] = {
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


def _csv(table: Table) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([_written(cell) for cell in row] for row in table)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _written(cell: Cell) -> str:
    if isinstance(cell, float):
        return str(cell).replace(".", ",")
    return "" if cell is None else _harmless(str(cell))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _workbook(plan: Json) -> bytes:
    """Texts are written as texts, whatever they begin with; dates as ISO texts, which sort."""
    raw = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(raw, options) as book:
        bold = book.add_format({"bold": True})
        for name, table in TABLES.items():
            sheet = book.add_worksheet(_TITLES[name]()[:31])
            for number, row in enumerate(table(plan)):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell, bold if number == 0 else None)
                    elif cell is not None:
                        sheet.write_number(number, column, cell)
            sheet.freeze_panes(1, 0)
            sheet.autofit(400)
    return raw.getvalue()


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
    for event in _events(plan, programme, trainer):
        event.add("status", "TENTATIVE")
        event.add("dtstamp", clock.now())
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


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
    return event
