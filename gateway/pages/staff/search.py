"""Searching for people on pages: the form is posted, and leads to the list with the words sealed in its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from chassis.refusal import Invalid
from gateway.identity import staff_only
from gateway.searches import opened, sealed

pages = Blueprint("staff_search", __name__)

LISTS = {"adhesions": "staff_adhesions.index", "certificates": "staff_certificates.index"}
LONGEST = 200
_OWN = ("csrf_token", "list", "query")


@pages.post("/staff/search")
@staff_only("secretariat")
def search() -> Response:
    """The list, with the filters of the form in its address, and the words of the search sealed."""
    wanted = LISTS.get(request.form.get("list", ""))
    if wanted is None:
        raise NotFound()
    words = request.form.get("query", "").strip()[:LONGEST]
    filters = {name: value for name, value in request.form.items() if name not in _OWN and value.strip()}
    address = urlencode(filters | addressed({"query": words} if words else {}))
    return redirect(f"{url_for(wanted)}?{address}" if address else url_for(wanted), 303)


def addressed(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters as an address has them."""
    words = {"found": sealed(filters["query"])} if filters.get("query") else {}
    return {name: value for name, value in filters.items() if name != "query"} | words


def asked() -> dict[str, str]:
    """What this address asks for, with the words of the search opened. Words that somebody wrote into it are refused,
    as a program's are: they may be a name, and to leave a filter out would show more than was asked for."""
    if "query" in request.args:
        raise Invalid({"query": ["not_in_an_address"]})
    given = {name: value for name, value in request.args.items() if name != "found"}
    token = request.args.get("found")
    if not token:
        return given
    try:
        return given | {"query": opened(token)}
    except Invalid as error:
        raise BadRequest("The search in the address cannot be read any more.") from error
