"""The link that confirms an adhesion, on the pages: it expires, and leads to another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from tests.conftest import MovableClock
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import token_of


def test_an_expired_link_has_a_button_for_another_one(
    client: FlaskClient,
    anyone: Api,
    programme: dict[str, Any],
    platform: Platform,
    link: Callable[[str, str], str],
    clock: MovableClock,
) -> None:
    adhesion = anyone("POST", "/adhesions", adhesion_form(programme)).json
    path = f"/adhesions/confirm/{link('confirm-adhesion', adhesion['id'])}"
    form = {"csrf_token": token_of(client.get(path))}
    clock.advance(days=31)

    expired = client.post(path, data=form)
    assert (expired.status_code, f'action="{path}/renewal"' in expired.text) == (410, True)
    assert client.post(f"{path}/renewal", data=form).status_code == 200
    platform.deliver()
    kinds = [one["kind"] for one in platform.call("notifications", "messages", limit=50, cursor=None)["items"]]
    assert kinds == ["adhesion_received", "adhesion_received"]
    assert client.post("/adhesions/confirm/forged/renewal", data=form).status_code == 404
    fresh = f"/adhesions/confirm/{link('confirm-adhesion', adhesion['id'])}"
    assert client.post(fresh, data=form).status_code == 200
