"""The JSON API under ``/api/v1``, described at ``/openapi.json``."""

from __future__ import annotations

from functools import cache
from typing import Any

import flask_smorest
from flask import Flask, Response, current_app

from gateway.api.accounts import accounts
from gateway.api.adhesions import adhesions
from gateway.api.appointments import appointments
from gateway.api.area import area
from gateway.api.audit import log
from gateway.api.blueprint import Blueprint
from gateway.api.certificates import certificates
from gateway.api.dashboard import board
from gateway.api.description import INFO, VERSION, described
from gateway.api.desk import desks
from gateway.api.doors import doors
from gateway.api.drafts import drafts
from gateway.api.handovers import handovers
from gateway.api.lists import lists
from gateway.api.messages import messages
from gateway.api.output import Status
from gateway.api.planning import planning
from gateway.api.programmes import settings as programme_settings
from gateway.api.public import bodies, joining, programmes, verification
from gateway.api.repair import failures
from gateway.api.resources import resources
from gateway.api.second_factor import factor
from gateway.api.sessions import sessions
from gateway.api.tokens import keys
from gateway.identity import settings

__all__ = ["description", "register"]

service = Blueprint("service", __name__, description="Is the API up?")


@service.get("/status")
@service.response(200, Status)
def get_status() -> dict[str, Any]:
    """The API is up"""
    return {"status": 200, "title": "OK"}


@service.get("/openapi.json")
@service.response(200, {"type": "object"}, description="OpenAPI 3.0.3")
def get_description() -> Response:
    """This description"""
    response = current_app.json.response(description(settings().public_url))
    response.headers["Cache-Control"] = "no-cache"
    return response


PARTS = (
    *(service, sessions, programmes, bodies, joining, drafts, lists, doors, area, handovers, verification),
    *(adhesions, planning, resources, appointments, desks, certificates, messages, failures),
    *(accounts, factor, keys, log),
    *(programme_settings, board),
)


def register(app: Flask) -> None:
    """Put the API on the app."""
    for part in PARTS:
        app.register_blueprint(part)


@cache
def description(public_url: str) -> dict[str, Any]:
    """The API's OpenAPI document; made when first asked for: it takes longer than all the rest of a start."""
    app = Flask("gateway")
    app.config.update(
        API_TITLE=INFO["title"], API_VERSION=VERSION, OPENAPI_VERSION="3.0.3", API_SPEC_OPTIONS={"info": INFO}
    )
    api = flask_smorest.Api(app)
    for part in PARTS:
        api.register_blueprint(part)
    return described(api.spec.to_dict(), public_url)
