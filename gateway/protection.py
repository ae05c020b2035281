"""What every request must be before a view sees it, and what every response carries."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, abort, g, request
from werkzeug.exceptions import BadRequest, LengthRequired

from chassis.logging import correlated, correlation_id
from gateway.protocol import FAULT

__all__ = ["CONTENT_SECURITY_POLICY", "SMALLEST_GZIP", "Correlated", "is_text", "register"]

CORRELATION_HEADER = "Correlation-ID"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
SMALLEST_GZIP = 1000
LARGEST_UPLOAD = 3_000_000
"""A form with a file: the largest list of delegates, and what the rest of the form holds."""
_COMPRESSIBLE = re.compile(r"text/(?!event-stream)|application/(json|problem\+json|javascript)|image/svg\+xml")
_NO_TEXT = re.compile("[\0\ufffd\ud800-\udfff]")
_CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,64}")

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Correlated:
    """WSGI: does the whole request under one correlation id, taken from the caller when it gives a good one."""

    def __init__(self, app: WSGI) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get("HTTP_CORRELATION_ID", "")
        with correlated(given if _CORRELATION.fullmatch(given) else None):
            return self.app(environ, start_response)


def register(app: Flask) -> None:
    """Check each request, finish each response."""
    app.before_request(_readable)
    app.after_request(_finish)


def is_text(text: str) -> bool:
    """False for what no database can keep and no page can show: NUL, and what is left of bytes that are no UTF-8."""
    return not _NO_TEXT.search(text)


def _check_text(text: str) -> None:
    if not is_text(text):
        raise BadRequest("The request holds characters that are no valid UTF-8 text.")


def _readable() -> None:
    """Paths, queries and forms are UTF-8 without NUL; werkzeug would replace or silently drop what is not."""
    if fault := request.environ.get(FAULT):
        abort(fault)
    if "Transfer-Encoding" in request.headers:  # a body of unknown length would be read as an empty one
        raise LengthRequired("Send the body with its Content-Length.")
    _check_text(request.path)
    try:
        _check_encoded(request.query_string)
    except BadRequest:
        request.query_string = b""  # whoever answers may ask for the language, and would stumble again
        raise
    if request.mimetype == "application/x-www-form-urlencoded" and not request.path.startswith("/api/"):
        _check_encoded(request.get_data(cache=True, parse_form_data=False))
    elif request.mimetype == "multipart/form-data" and not request.path.startswith("/api/"):
        request.max_content_length = LARGEST_UPLOAD
        for name, values in request.form.lists():
            for text in (name, *values):
                _check_text(text)


def _check_encoded(raw: bytes) -> None:
    try:
        _check_text(unquote_to_bytes(raw).decode())
    except UnicodeDecodeError as error:
        raise BadRequest("The request holds bytes that are no valid UTF-8 text.") from error


def _finish(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if correlation := correlation_id():
        headers.setdefault(CORRELATION_HEADER, correlation)
    # Whatever was made for one visitor is not for the next one at the same screen.
    if "Cache-Control" not in headers or "visit" in g or g.get("staff"):
        headers["Cache-Control"] = "no-store"
    if _worth_compressing(response):
        response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
        headers["Content-Encoding"] = "gzip"
    if _COMPRESSIBLE.match(response.mimetype or ""):
        response.vary.add("Accept-Encoding")
    return response


def _worth_compressing(response: Response) -> bool:
    if (response.is_streamed and not response.direct_passthrough) or response.status_code in (204, 206, 304):
        return False
    if "Content-Encoding" in response.headers or not _COMPRESSIBLE.match(response.mimetype or ""):
        return False
    if not request.accept_encodings["gzip"]:
        return False
    response.direct_passthrough = False
    return len(response.get_data()) >= SMALLEST_GZIP
