"""Logs as JSON lines with the correlation id that follows a request through every service. Identifiers only."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

__all__ = ["correlated", "correlation_id", "follow_request", "get_logger", "set_up"]

_correlation: ContextVar[str | None] = ContextVar("correlation_id", default=None)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def correlation_id() -> str | None:
    """The id of the request that the present work belongs to."""
    return _correlation.get()


@contextmanager
def correlated(identifier: str | None) -> Iterator[str]:
    """Do the work in the block on behalf of this request; a new id is made when there is none."""
    identifier = identifier or uuid4().hex
    token = _correlation.set(identifier)
    try:
        yield identifier
    finally:
        _correlation.reset(token)


def follow_request(identifier: str | None) -> None:
    """From now on this greenthread works on behalf of this request."""
    _correlation.set(identifier or uuid4().hex)


class _Line(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if correlation := _correlation.get():
            line["correlation_id"] = correlation
        line.update({key: value for key, value in vars(record).items() if key not in _STANDARD})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            # Frames, not messages: a database's message quotes the row, and the row may hold a person.
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-12:]
            ]
        return json.dumps(line, default=str, ensure_ascii=False)


class _Known(logging.Filter):
    """nameko logs the arguments and the error of a handler, and those may hold personal data."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.name.startswith("nameko.containers") or record.levelno >= logging.CRITICAL


def set_up(service: str, level: str = "INFO") -> None:
    """Send every log line of this process to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(service))
    handler.addFilter(_Known())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("amqp", "kombu", "alembic.runtime", "nameko.web.server", "urllib3", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def get_logger(name: str) -> logging.Logger:
    return logging.getLogger(name)
