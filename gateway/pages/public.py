"""The pages for everybody: programmes, who has joined, what is planned, and what the site says about itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from gateway.backend import call
from gateway.feeds import of_programme
from gateway.map import italy, shade, sprinkled
from gateway.pages.furniture import optional
from gateway.protection import CONTENT_SECURITY_POLICY

pages = Blueprint("public", __name__)

_SHOWN_APPOINTMENTS = 100
_SHOWN_BODIES = 50
_REDOC_STYLES = (
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)
"""Redoc makes empty style elements and fills them by script; the second is of its scroll bars."""


@pages.get("/")
def home() -> str:
    """The programmes: those that can be joined first."""
    order = {"open": 0, "upcoming": 1, "closed": 2}
    programmes = sorted(call("enrollment", "programmes")["items"], key=lambda one: order[one["state"]])
    statistics = optional("enrollment", "statistics", programme_code=programmes[0]["code"]) if programmes else None
    return render_template("public/home.html", programmes=programmes, statistics=statistics)


@pages.get("/programmes/<code>")
def programme(code: str) -> str:
    """One programme: what, for whom, until when, how it works, who has joined, what is planned."""
    return programme_page(call("enrollment", "programme", code=code))


def programme_page(found: dict[str, Any]) -> str:
    """The page of a programme; that of a draft is a preview, with nobody on it and nothing planned."""
    draft = found.get("draft", False)
    code = found["code"]
    statistics = {"by_region": []} if draft else optional("enrollment", "statistics", programme_code=code)
    planned = optional("scheduling", "appointments", programme_id=found["programme_id"], limit=_SHOWN_APPOINTMENTS)
    return render_template(
        "public/programme.html",
        programme=found,
        statistics=statistics,
        map=_joined_map(statistics["by_region"]) if statistics else None,
        planned=sorted(planned["items"], key=lambda one: one["starts_at"]) if planned else None,
        more_planned=bool(planned and planned["next_cursor"]),
    )


@pages.get("/programmes/<code>/joined")
def joined(code: str) -> str:
    """Which bodies have joined: by region, by province, by name; bodies only, and no person."""
    found = call("enrollment", "programme", code=code)
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("region", "province", "query")}
    cursor = request.args.get("cursor") or None
    page = call("enrollment", "joined_bodies", programme_code=code, **asked, limit=_SHOWN_BODIES, cursor=cursor)
    territory = call("enrollment", "territory")["items"]
    places = optional("enrollment", "joined_places", programme_code=code, **asked)
    statistics = optional("enrollment", "statistics", programme_code=code)
    drawn = (
        {**_joined_map(statistics["by_region"]), "dots": sprinkled(places["items"])} if statistics and places else None
    )
    return render_template(
        "public/joined.html", programme=found, page=page, asked=asked, cursor=cursor, territory=territory, map=drawn
    )


@pages.get("/programmes/<code>/calendar.ics")
def calendar(code: str) -> Response:
    """The published appointments for calendar programs, of all Italy or of one region with the webinars."""
    return of_programme(code, request.args.get("region"))


def _joined_map(by_region: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {row["region"]: row for row in by_region}
    shades = {name: shade(row["confirmed"], row["eligible"]) for name, row in counts.items()}
    return {"outline": italy(), "shades": shades, "counts": counts}


@pages.get("/privacy")
def privacy() -> str:
    """What is kept about people, why, and what they can ask; each programme's own notice is shown with its form."""
    return render_template("public/privacy.html", programmes=optional("enrollment", "programmes"))


@pages.get("/accessibility")
def accessibility() -> str:
    """How far the pages conform to WCAG 2.2 AA, how that was seen, and whom to tell what does not work."""
    return render_template("public/accessibility.html")


@pages.get("/legal-notes")
def legal() -> str:
    """Licences of the software and of the data."""
    return render_template("public/legal.html")


@pages.get("/api-reference")
def api_reference() -> Response:
    """The API's description, for people who write programs."""
    page = Response(render_template("public/api.html"), content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; {_REDOC_STYLES}"
    return page


@pages.get("/contacts")
def contacts() -> str:
    """Whom to ask, and the answers that most questions need."""
    return render_template("public/contacts.html")
