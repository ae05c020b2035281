"""Lists of delegates for programs: read as the pages read them, and nothing is stored."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from gateway import lists as files
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint

lists = Blueprint("lists", __name__, url_prefix=PREFIX, description="Lists of delegates, as offices have them")

TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/octet-stream",
)
_LIST = {"schema": {"type": "string", "format": "binary", "maxLength": files.LARGEST_FILE}}


@lists.post("/delegate-lists")
@lists.doc(requestBody={"required": True, "content": dict.fromkeys(TYPES, _LIST)})
@lists.response(200, out.DelegateList)
def read_delegate_list() -> Any:
    """Read a list of delegates from a file

    CSV, XLSX or ODS with headings in Italian or English. Each row comes with the person that it names and the codes of
    what is wrong, by field; take the good ones to the adhesion form. Nothing is stored.
    """
    if request.mimetype not in TYPES:
        raise UnsupportedMediaType(f"Send one of {', '.join(TYPES)}.")
    request.max_content_length = files.LARGEST_FILE
    found = files.read(request.get_data(cache=False))
    return {
        "good": len(found.good),
        "wrong": len(found.wrong),
        "items": [
            {
                "row": line.number,
                "delegate": line.delegate,
                "errors": {name: [code] for name, code in line.errors.items()},
            }
            for line in found.lines
        ],
    }
