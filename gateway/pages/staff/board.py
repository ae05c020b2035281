"""The dashboard of a programme: what waits for somebody, and how things stand, as charts each with its table."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.http import dump_options_header

from gateway import dashboard
from gateway.exports import as_csv
from gateway.identity import staff_only
from gateway.pages.staff import chosen

pages = Blueprint("staff_board", __name__)

PERIODS = {"day": 1, "week": 7}


def page() -> str:
    """The dashboard of the chosen programme."""
    programme = chosen.programme()
    found, days = dashboard.figures(programme), _days()
    return render_template(
        "staff/dashboard.html",
        programme=programme,
        programmes=g.programmes,
        found=found,
        per=request.args.get("per", "week"),
        charts=dashboard.drawn(found, days),
        tables=dashboard.tables(found, days),
    )


@pages.get("/staff/dashboard/<table>.csv")
@staff_only("secretariat")
def download(table: str) -> Response:
    """One table of the dashboard, as a file for a spreadsheet."""
    programme = chosen.programme()
    made = dashboard.tables(dashboard.figures(programme), _days()).get(table)
    if made is None:
        raise NotFound()
    response = Response(as_csv([made.header, *made.rows]), mimetype="text/csv")
    name = {"filename": f"{programme['code']}-{table}.csv"}
    response.headers["Content-Disposition"] = dump_options_header("attachment", name)
    return response


def _days() -> int:
    return PERIODS.get(request.args.get("per", "week"), PERIODS["week"])
