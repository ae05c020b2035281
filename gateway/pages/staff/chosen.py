"""Which programme the staff pages are about: the one in the address, else the first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import g, request

from chassis.refusal import Missing
from gateway.backend import call

PAGE = 50


def programme() -> dict[str, Any]:
    """The chosen programme; ``Missing`` where there is none or the address names another."""
    if "programme" not in g:
        g.programmes = call("enrollment", "programmes")["items"]
        wanted = request.values.get("programme")
        found = [one for one in g.programmes if wanted in (None, "", one["code"])]
        if not found:
            raise Missing("programme")
        g.programme = found[0]
    chosen: dict[str, Any] = g.programme
    return chosen


def any_programme() -> dict[str, Any] | None:
    """The same for pages that are not about it: none is no reason not to show them."""
    try:
        return programme()
    except Missing:
        return None


def programme_of(run: dict[str, Any]) -> dict[str, Any]:
    """The programme of a planning run."""
    found: list[dict[str, Any]] = [
        one for one in call("enrollment", "programmes")["items"] if one["programme_id"] == run["programme_id"]
    ]
    if not found:
        raise Missing("programme")
    return found[0]


def asked(*names: str) -> dict[str, str]:
    """The filters of the address that say something."""
    return {name: value for name in names if (value := request.args.get(name, "").strip()[:200])}


def paged(found: dict[str, Any], endpoint_url: str) -> dict[str, str | None]:
    """Addresses of the first and the next page of a list, with the same filters."""
    kept = {name: value for name, value in request.args.items() if name not in ("cursor", "done") and value}
    following = found.get("next_cursor")
    return {
        "next_url": f"{endpoint_url}?{urlencode({**kept, 'cursor': following})}" if following else None,
        "first_url": (f"{endpoint_url}?{urlencode(kept)}" if kept else endpoint_url)
        if request.args.get("cursor")
        else None,
    }
