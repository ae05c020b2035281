"""Searching for people: what was typed may be a name, and no address, history or log of a proxy may hold one.

The form is posted; the list that it leads to has the words in its address sealed, so that sorting, paging and coming
back work as with every other filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from cryptography.fernet import InvalidToken
from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from gateway.identity import settings, staff_only
from gateway.vault import Vault

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
    sealed = {"found": _vault().seal(filters["query"])} if filters.get("query") else {}
    return {name: value for name, value in filters.items() if name != "query"} | sealed


def asked() -> dict[str, str]:
    """What this address asks for, with the words of the search opened. Words that somebody wrote into it count too:
    to leave a filter out would show more than was asked for, and act on it."""
    given = {name: value for name, value in request.args.items() if name != "found"}
    sealed = request.args.get("found")
    if not sealed:
        return given
    try:
        return given | {"query": _vault().open(sealed)}
    except InvalidToken as error:
        raise BadRequest("The search in the address cannot be read any more.") from error


def _vault() -> Vault:
    return Vault(settings().secret_key, "search")
