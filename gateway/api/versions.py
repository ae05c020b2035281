"""Two people who edit the same thing: the second is told that it has changed, and overwrites nothing.

A thing that people edit has a ``version``, which every change of it raises. Reading it gives the version as ``ETag``; a
change sends it back in ``If-Match``, and the service compares it in the transaction that makes the change
(``chassis.refusal.check_version``): refused as ``changed_meanwhile``, which is a 412. Pages carry it in a hidden field.
flask-smorest's own ``etag`` compares before the change, not within it: two could pass together.

    @part.get("/things/<uuid:thing_id>")
    @part.response(200, out.Thing)
    @versioned
    def get_thing(thing_id): ...

    @part.patch("/things/<uuid:thing_id>")
    @part.arguments(given.ThingInput)
    @part.response(200, out.Thing)
    @if_match(required=True)
    @versioned
    def change_thing(change, thing_id):
        return call("service", "change_thing", ..., version=expected_version())
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import after_this_request, g, request
from werkzeug.exceptions import BadRequest, PreconditionRequired

__all__ = ["IF_MATCH", "VERSIONED", "expected_version", "if_match", "versioned"]

IF_MATCH, VERSIONED = "x-if-match", "x-versioned"
"""What views say of themselves to the description."""
_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_OURS = re.compile(r'"?(0|[1-9][0-9]{0,8})"?')
"""With or without its quotes, which many programs forget; the API's description says so."""
NEVER = -1
"""No thing has this version: what a tag that is well formed and none of ours stands for."""

View = Callable[..., Any]


def versioned(view: View) -> View:
    """The answer's ``version`` is its ``ETag``."""

    @wraps(view)
    def tagged(*args: Any, **kwargs: Any) -> Any:
        thing = view(*args, **kwargs)

        @after_this_request
        def tag(response: Any) -> Any:
            response.set_etag(str(thing["version"]))
            return response

        return thing

    return _marked(tagged, VERSIONED, True)


def if_match(required: bool) -> Callable[[View], View]:
    """The change takes ``If-Match``; where it is required, a change without it is a 428."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            g.expected_version = _read(required)
            return view(*args, **kwargs)

        return _marked(checked, IF_MATCH, required)

    return decorate


def expected_version() -> int | None:
    """The version that the caller has read, for the service; ``None`` for whichever there is (``*``, or none given)."""
    version: int | None = g.expected_version
    return version


def _read(required: bool) -> int | None:
    given = request.headers.get("If-Match", "").strip()
    if given == "*":
        return None
    if not given:
        if required:
            raise PreconditionRequired("Send the ETag of what you have read as If-Match.")
        return None
    is_quoted = bool(_TAG.fullmatch(given.removeprefix("W/")))
    if (ours := _OURS.fullmatch(given)) and (is_quoted or given == ours[1]):
        return int(ours[1])
    if is_quoted:
        return NEVER
    raise BadRequest('If-Match takes one ETag, such as "7", or *.')


def _marked(view: View, name: str, value: bool) -> View:
    view.said = {**getattr(view, "said", {}), name: value}  # type: ignore[attr-defined]
    return view
