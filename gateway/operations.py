"""What operators and monitors ask: does it live, can it work, how does it do."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import REGISTRY, Histogram, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from gateway.identity import store

__all__ = ["register"]

SECONDS = Histogram("coalizione_http_seconds", "Time to answer a request", ["endpoint", "method", "status"])

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

operations = Blueprint("operations", __name__)


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_measure)
    app.register_blueprint(operations)


@operations.get("/healthz")
def healthz() -> dict[str, Any]:
    """The process lives."""
    return {"status": "alive"}


@operations.get("/readyz")
def readyz() -> tuple[dict[str, Any], int]:
    """It can work: its own database and its connections to the broker are there."""
    report = current_app.extensions.get("report")
    if report is not None:
        wrong = report.ready()
    else:
        try:
            store().ping()
            wrong = {}
        except SQLAlchemyError:
            wrong = {"gateway: database": "the database does not answer"}
    return {"waits_for": wrong}, 503 if wrong else 200


@operations.get("/metrics")
def metrics() -> Response:
    """For Prometheus. Counts only; a reverse proxy should still keep it inside."""
    report = current_app.extensions.get("report")
    text = report.metrics() if report is not None else generate_latest(REGISTRY)
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _begin() -> None:
    g.began = time.perf_counter()


def _measure(response: Response) -> Response:
    if began := g.get("began"):
        method = request.method if request.method in METHODS else "other"  # else every caller could add a series
        labels = (request.endpoint or "none", method, f"{response.status_code // 100}xx")
        SECONDS.labels(*labels).observe(time.perf_counter() - began)
    return response
