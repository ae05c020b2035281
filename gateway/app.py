"""The web application, whole: made from its settings, a way to the services, and its own database."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from chassis.database import Store
from gateway import access, api, audit, forms, gate, operations, problems, progress, protection, ratelimit
from gateway.backend import Backend
from gateway.pages import blueprints
from gateway.settings import GatewaySettings

__all__ = ["create_app"]

LARGEST_BODY = 1_000_000


def create_app(settings: GatewaySettings, backend: Backend, store: Store, report: Any = None) -> Flask:
    """The app. ``report`` is what ``/readyz`` and ``/metrics`` ask (``chassis.health.Health``), if there is one.

    Order matters: what is registered first sees a request first and a response last.
    """
    app = Flask("gateway", static_folder="static", template_folder="templates")
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY, MAX_FORM_PARTS=5000)
    app.extensions.update(settings=settings, backend=backend, store=store, report=report)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    protection.register(app)
    app.after_request(_validate_cheaply)
    problems.register(app)
    operations.register(app)
    ratelimit.register(app)
    forms.register(app)
    audit.register(app)
    gate.register(app)
    progress.register(app, store, settings.max_streams)
    api.register(app)
    for pages in blueprints:
        app.register_blueprint(pages)
    wsgi: Any = protection.Correlated(app.wsgi_app)
    if settings.trusted_proxies:
        wsgi = ProxyFix(wsgi, *(settings.trusted_proxies,) * 4)
    app.wsgi_app = wsgi  # type: ignore[method-assign]
    return app


def _validate_cheaply(response: Response) -> Response:
    """What anyone may read through the API is asked for again and again: a 304 costs nothing on the wire."""
    rule = request.url_rule.rule if request.url_rule else ""
    if (
        request.method == "GET"
        and response.status_code == 200
        and response.mimetype == "application/json"
        and rule.startswith("/api/")
        and access.ACCESS.get(f"GET {rule}") == "anyone"
    ):
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag(weak=True)
        response.make_conditional(request)
    return response
