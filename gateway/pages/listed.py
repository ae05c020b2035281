"""A list of delegates on a page: what was uploaded or pasted, and its good rows until the clerk says what to do."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from gateway import lists
from gateway.i18n import gettext as _

pages = Blueprint("listed", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/delegate-list-template")
def template() -> Response:
    """An empty list to fill in, in the reader's language."""
    response = Response(lists.template(), content_type=_XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=f"{_('delegates')}.xlsx")
    return response


def given() -> bytes | str:
    """The file, or the text if there is none; never more than is needed to see that it is too much."""
    file = request.files.get("list.file")
    return file.read(lists.LARGEST_FILE + 1) if file and file.filename else request.form.get("list.text", "")


def kept() -> str:
    """The good rows that the page kept of the list."""
    return request.form.get("list.good", "")


def blamed(found: lists.DelegateList, errors: dict[str, list[str]]) -> lists.DelegateList:
    """The list, right until then, with what enrollment says of single rows under ``delegates.N.field``."""
    by_row: dict[int, dict[str, str]] = {}
    for path, codes in errors.items():
        _delegates, number, name = path.split(".")
        by_row.setdefault(int(number), {})[name] = codes[0]
    return lists.DelegateList(
        tuple(replace(line, errors=by_row.get(number, {})) for number, line in enumerate(found.lines))
    )


def shown(found: lists.DelegateList) -> dict[str, Any]:
    """What the page shows of a list that is not right yet, with its good rows in a form that is read back."""
    text = io.StringIO()
    table = csv.DictWriter(text, lists.FIELDS, delimiter="\t", lineterminator="\n")
    table.writeheader()
    table.writerows(found.good)
    return {"wrong": found.wrong, "good": len(found.good), "kept": text.getvalue()}
