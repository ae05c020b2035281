"""Every answer that is no success: problem+json (RFC 9457) for programs, the page ``error.html`` for people.

``error.html`` gets ``status`` (int), ``title``, ``detail``, ``what_to_do`` and ``correlation`` (for the logs).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from chassis.logging import correlation_id, get_logger
from chassis.refusal import Answer, Invalid, KeyReused, Missing, Refused, Unavailable
from gateway.identity import is_api
from gateway.words import explain

__all__ = ["RETRY_AFTER", "problem_type", "register", "status_of"]

log = get_logger(__name__)

RETRY_AFTER = 5
STATUS_OF_REASON = {
    **dict.fromkeys(("link_invalid", "link_expired", "link_used", "area_closed"), 401),
    **dict.fromkeys(("bad_signature", "too_old"), 403),
    "draft_gone": 410,
    "changed_meanwhile": 412,
}
_NOT_FOR_PEOPLE = ("/healthz", "/readyz", "/status", "/metrics", "/openapi.json")


def status_of(error: Exception) -> int:
    """The HTTP status that tells a program what kind of answer it is."""
    match error:
        case HTTPException():
            return error.code or 500
        case Refused():
            return STATUS_OF_REASON.get(error.reason, 409)
        case Missing():
            return 404
        case Invalid() | KeyReused():
            return 422
        case Unavailable():
            return 503
        case _:
            return 500


def register(app: Flask) -> None:
    """Answer every exception: expected ones by their meaning, others with a calm 500 and a line in the log."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Answer, _answer)
    app.register_error_handler(Exception, _accident)


def _accident(error: Exception) -> Response:
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        log.warning("database_lost", extra={"error": type(error).__name__})
        g.staff = g.get("staff")  # the page must not ask the database again who is logged in
        return _answer(Unavailable("gateway"))
    log.error("request_failed", exc_info=error, extra={"endpoint": request.endpoint, "method": request.method})
    return _answer(InternalServerError())


def _answer(error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response  # type: ignore[return-value]
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    status = status_of(error)
    response = _problem(error, status) if is_api() or request.path in _NOT_FOR_PEOPLE else _page(error, status)
    response.status_code = status
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
    if status == 503:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER))
    return response


def _problem(error: Exception, status: int) -> Response:
    explanation = explain(error)
    detail = _own_words(error) or f"{explanation.detail} {explanation.what_to_do}"
    body: dict[str, Any] = {"type": "about:blank", "title": explanation.title, "status": status, "detail": detail}
    if reason := getattr(error, "reason", None):
        body["type"] = problem_type(reason)
        body["reason"] = reason
    if isinstance(error, Refused) and error.facts:
        body["facts"] = error.facts
    if isinstance(error, Invalid):
        body["errors"] = error.errors
    if correlation := correlation_id():
        body["instance"] = f"urn:coalizione:request:{correlation}"
    response = current_app.json.response(body)
    response.content_type = "application/problem+json"
    return response


def problem_type(reason: str | None) -> str:
    """The name of the kind of problem that a refusal is; of others, the title says all."""
    return f"urn:coalizione:problem:{reason.replace('_', '-')}" if reason else "about:blank"


def _own_words(error: Exception) -> str | None:
    """What we wrote where we raised it; not what werkzeug says to everybody."""
    if isinstance(error, HTTPException) and error.description != type(error).description:
        return error.description
    return None


def _page(error: Exception, status: int) -> Response:
    explanation = explain(error)
    try:
        page = render_template(
            "error.html",
            status=status,
            title=explanation.title,
            detail=explanation.detail,
            what_to_do=explanation.what_to_do,
            correlation=correlation_id(),
        )
    except Exception as accident:  # what broke the first page may break this one too: then words without furniture
        log.error("error_page_failed", exc_info=accident)
        words = f"{explanation.title}\n\n{explanation.detail} {explanation.what_to_do}\n"
        return Response(words, content_type="text/plain; charset=utf-8")
    return Response(page, content_type="text/html; charset=utf-8")
