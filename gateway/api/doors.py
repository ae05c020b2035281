"""What mailed links are exchanged for: the token of an area, once; and a new link when one is used or expired."""

from __future__ import annotations

from typing import Any

from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import area_token, link_token

doors = Blueprint("doors", __name__, url_prefix=PREFIX, description="What mailed links are exchanged for")


@doors.post("/area-sessions")
@doors.response(201, out.AreaSession)
def open_area() -> Any:
    """Exchange a mailed link for the token of an area

    The link's token is the bearer token, and is used up. The answer says which area it is, the body's (`/area`) or a
    delegate's own (`/me`), and until when its token is good.
    """
    return call("enrollment", "open_area", token=link_token(), idempotency_key=request_key())


@doors.delete("/area-sessions/current")
@doors.response(204)
def close_area() -> None:
    """Give the token of an area back"""
    call("enrollment", "close_area", token=area_token())


@doors.post("/area-links/renewals")
@doors.response(202, out.Empty)
def renew_area_link() -> Any:
    """Have a new link mailed in place of one that is used or expired

    The old link's token is the bearer token. The new one goes to the mailbox to which the old one went.
    """
    return call("enrollment", "renew_area_link", token=link_token())
