"""One way to the services, for pages and API alike."""

from __future__ import annotations

from typing import Any, Protocol

from flask import current_app

__all__ = ["Backend", "call"]


class Backend(Protocol):
    """Whatever reaches the services: RPC on the bus in production, the services themselves in a test."""

    def call(self, service: str, method: str, **kwargs: Any) -> Any: ...


def call(service: str, method: str, **kwargs: Any) -> Any:
    """Ask a service, within the time-out of the settings and under the correlation id of this request.

    Raises the answers of ``chassis.refusal``: ``Refused``, ``Missing``, ``Forbidden``, ``Invalid``, ``KeyReused`` and
    ``Unavailable``. A view that does not catch one gets the error page or the problem that goes with it.
    """
    backend: Backend = current_app.extensions["backend"]
    return backend.call(service, method, **kwargs)
