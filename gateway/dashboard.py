"""How a programme stands: the numbers of each service, the tables made of them, and the charts that draw the tables.

The numbers are counted in the services. A service that does not answer leaves its part empty, and the others stand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway import charts, repair
from gateway.i18n import format_day, format_number, format_percent, in_language, local_date
from gateway.i18n import gettext as _
from gateway.labels import LABELS, label
from gateway.pages.furniture import optional

__all__ = ["TABLES", "Table", "drawn", "figures", "tables"]

TABLES = ("time", "regions", "population", "delegates", "mails", "failed", "appointments")
NOT_ARRIVED = ("unknown", "bounced", "failed", "queued", "claimed")
FAILED = {"stuck": "solid", "retrying": "hatched", "waiting": "dotted"}
PATTERNS = {"female": "solid", "male": "hatched", "other": "dotted", "not_said": "pale"}


@dataclass(frozen=True)
class Table:
    """A table of plain values: the first column names the row, a share is a float from 0 to 1."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def figures(programme: dict[str, Any]) -> dict[str, Any]:
    """The numbers of every service; ``None`` for one that does not answer."""
    identifier = programme["programme_id"]
    appointments = optional("scheduling", "upcoming", programme_id=identifier)
    return {
        "adhesions": optional("enrollment", "dashboard", programme_code=programme["code"]),
        "mails": optional("notifications", "message_counts", programme_id=identifier),
        "failed": repair.counts(),
        "appointments": appointments and appointments["items"],
    }


def tables(found: dict[str, Any], days: int) -> dict[str, Table]:
    """The tables of the parts that are there; adhesions over time in periods of so many days."""
    made: list[Table] = []
    if found["adhesions"]:
        made += _adhesions(found["adhesions"], days)
    if found["mails"]:
        by_state = found["mails"]["by_state"]
        rows = [(label("message", code), by_state.get(code, 0)) for code in LABELS["message"]]
        made.append(Table("mails", _("Mails by state"), (_("State"), _("Number")), rows))
    made.append(_failed(found["failed"]))
    if found["appointments"] is not None:
        made.append(_appointments(found["appointments"]))
    return {table.name: table for table in made}


def drawn(found: dict[str, Any], days: int) -> dict[str, Any]:
    """The charts of the parts that are there."""
    made = _over_time(found["adhesions"], days) if found["adhesions"] else {}
    if found["mails"]:
        counts = found["mails"]["by_state"]
        most = max((counts.get(code, 0) for code in NOT_ARRIVED), default=0)
        made["mails"] = [
            charts.row(
                label("message", code), format_number(counts.get(code, 0)), [("solid", counts.get(code, 0))], most
            )
            for code in NOT_ARRIVED
        ]
    answering = [one for one in found["failed"] if one["counts"]]
    most = max((sum(one["counts"].values()) for one in answering), default=0)
    made["failed"] = [
        charts.row(
            label("service", one["service"]),
            format_number(sum(one["counts"].values())),
            [(pattern, one["counts"][state]) for state, pattern in FAILED.items()],
            most,
        )
        for one in answering
    ]
    made["failures"] = [(pattern, label("failed", state)) for state, pattern in FAILED.items()]
    return made


def _over_time(numbers: dict[str, Any], days: int) -> dict[str, Any]:
    some = _periods(numbers, days)
    closes, now = local_date(numbers["closes"]), local_date(numbers["now"])
    genders = [code for code in LABELS["gender"] if any(one["gender"] == code for one in numbers["delegates"])]
    return {
        "columns": charts.columns(some, closes),
        "received": charts.lines(some, closes, now, "all_received"),
        "confirmed": charts.lines(some, closes, now, "all_confirmed"),
        "totals": (some[-1].all_received, some[-1].all_confirmed),
        "days": some[0].days,
        "regions": [_share(one["region"], one) for one in numbers["by_region"]],
        "population": [_share(_class(one), one) for one in numbers["by_population"]],
        "roles": _roles(numbers["delegates"]),
        "genders": [(PATTERNS[code], label("gender", code)) for code in genders],
    }


def _periods(numbers: dict[str, Any], days: int) -> list[charts.Period]:
    opens, closes, now = (local_date(numbers[name]) for name in ("opens", "closes", "now"))
    until: date = closes if now >= opens else opens
    return charts.periods(numbers["by_day"], opens, until, days)


def _adhesions(numbers: dict[str, Any], days: int) -> list[Table]:
    share, joined, eligible = _("Share"), _("Joined"), _("Eligible")
    by_region, by_class = numbers["by_region"], numbers["by_population"]
    return [
        Table(
            "time",
            _("Adhesions over time"),
            (_("From"), _("Received"), _("Confirmed"), _("Received in all"), _("Confirmed in all")),
            [
                (format_day(one.start, "medium"), one.received, one.confirmed, one.all_received, one.all_confirmed)
                for one in _periods(numbers, days)
            ],
        ),
        Table(
            "regions",
            _("Municipalities that have joined, by region"),
            (_("Region"), joined, eligible, share, _("Other bodies")),
            [(one["region"], *_of(one), one["others"]) for one in by_region]
            + [(_("Italy"), *_of(_sum(by_region)), sum(one["others"] for one in by_region))],
        ),
        Table(
            "population",
            _("Municipalities that have joined, by population"),
            (_("Inhabitants"), joined, eligible, share),
            [(_class(one), *_of(one)) for one in by_class],
        ),
        Table(
            "delegates",
            _("Delegates by role and gender"),
            (_("Role"), *(label("gender", code) for code in LABELS["gender"]), _("All")),
            [
                (label("role", role), *(counts[code] for code in LABELS["gender"]), counts.total())
                for role, counts in _by_role(numbers["delegates"]).items()
            ],
        ),
    ]


def _failed(services: list[dict[str, Any]]) -> Table:
    states = ("waiting", "retrying", "stuck")
    return Table(
        "failed",
        _("Failed messages by service"),
        (_("Service"), *(label("failed", state) for state in states)),
        [
            (label("service", one["service"]), *((one["counts"] or {}).get(state) for state in states))
            for one in services
        ],
    )


def _appointments(items: list[dict[str, Any]]) -> Table:
    return Table(
        "appointments",
        _("Next appointments"),
        (_("Day"), _("Title"), _("Places taken"), _("Seats"), _("Waiting list")),
        [
            (format_day(one["starts_at"], "medium"), _own(one), one["taken"], one["capacity"], one["waiting"])
            for one in items
        ],
    )


def _own(appointment: dict[str, Any]) -> str:
    return in_language(appointment, "title")


def _of(one: dict[str, Any]) -> tuple[int, int, float]:
    share = one["joined"] / one["eligible"] if one["eligible"] else 0.0
    return one["joined"], one["eligible"], round(share, 4)


def _sum(some: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one[name] for one in some) for name in ("joined", "eligible")}


def _share(name: str, one: dict[str, Any]) -> charts.Row:
    joined, eligible, share = _of(one)
    figure = _("%(joined)s of %(eligible)s", joined=format_number(joined), eligible=format_number(eligible))
    return charts.row(name, f"{figure} · {format_percent(share)}", [("solid", joined)], eligible)


def _class(one: dict[str, Any]) -> str:
    low = format_number(one["from"])
    if one["below"] is None:
        return _("%(from)s and more", **{"from": low})
    return _("%(from)s to %(to)s", **{"from": low, "to": format_number(one["below"] - 1)})


def _by_role(delegates: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {role: Counter() for role in LABELS["role"]}
    for one in delegates:
        found[one["role"]][one["gender"]] += one["count"]
    return found


def _roles(delegates: list[dict[str, Any]]) -> list[charts.Row]:
    by_role = _by_role(delegates)
    most = max((counts.total() for counts in by_role.values()), default=0)
    return [
        charts.row(
            label("role", role),
            format_number(counts.total()),
            [(PATTERNS[code], counts[code]) for code in LABELS["gender"]],
            most,
        )
        for role, counts in by_role.items()
    ]
