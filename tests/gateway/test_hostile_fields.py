"""What a hostile hand writes into the fields of the form: refused by name, or kept and harmless wherever it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.enrollment.models import Adhesion, Draft
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import token_of

FIELDS = (
    *("contact.given_name", "contact.email", "contact.phone", "contact.office"),
    *("legal_representative.family_name", "legal_representative.title"),
    *("delegates.0.family_name", "delegates.0.email"),
)
HOSTILE = {
    "100,000 characters": "x" * 100_000,
    "a control character": "Ada\x07",
    "a bidirectional mark": "Ada\u202egro.live",
    "an invisible character": "A\u200bda",
    "a mail header": "Ada\r\nBcc: everybody@example.org",
    "a line separator": "Ada\u2028Conti",
}
SCRIPT = '"><script>alert(1)</script>'
TEMPLATE = "{{ 7 * 7 }} ${7*7} %(secret)s"


def with_field(form: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *way, last = path.split(".")
    node: Any = form
    for part in way:
        node = node[int(part) if part.isdigit() else part]
    node[last] = value
    return form


def kept(platform: Platform) -> int:
    with platform.stores["enrollment"].read() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Adhesion)) or 0)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("path", FIELDS)
def test_programs_are_told_which_field(
    anyone: Api, programme: dict[str, Any], platform: Platform, path: str, value: str
) -> None:
    answer = anyone("POST", "/adhesions", with_field(adhesion_form(programme), path, value))
    assert (answer.status_code, list(answer.json["errors"]), kept(platform)) == (422, [path], 0)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_clerks_are_told_which_fields_and_the_page_is_whole(
    client: FlaskClient, programme: dict[str, Any], platform: Platform, value: str
) -> None:
    path = f"/programmes/{programme['code']}/adhesion"
    form = {
        "csrf_token": token_of(client.get(path)),
        "step": "people",
        "consent": "yes",
        "body_kind": "municipality",
        "body_code": "021004",
        **dict.fromkeys(FIELDS, value),
        "topics": programme["topics"][0]["code"],
    }
    page = client.post(path, data=form)
    assert (page.status_code, kept(platform)) == (422, 0)
    for field in FIELDS:
        assert f'id="{field.replace(".", "-")}-error"' in page.text
    assert "</html>" in page.text


@pytest.mark.parametrize("name", [SCRIPT, TEMPLATE, "<b>Ada</b> & 'Co'", "D'Alò-Šćepanović"])
def test_what_is_only_odd_is_kept_and_shown_as_it_was_written(
    anyone: Api, programme: dict[str, Any], platform: Platform, app: Any, link: Callable[[str, str], str], name: str
) -> None:
    form = with_field(with_field(adhesion_form(programme), "contact.given_name", name), "delegates.0.given_name", name)
    made = anyone("POST", "/adhesions", form)
    assert (made.status_code, made.json["contact"]["given_name"]) == (201, name)
    platform.deliver()
    browser = app.test_client()
    door = f"/area/{link('body-area', made.json['id'])}"
    browser.post(door, data={"csrf_token": token_of(browser.get(door))})
    page = browser.get("/area").text
    assert ("<script>alert" in page, "<b>Ada" in page, " 49 " in page) == (False, False, False)
    document = anyone("GET", f"/receipts/{made.json['receipt_hash']}/document")
    assert (document.status_code, name.encode() in document.data) == (200, False)


def test_a_hostile_form_that_is_put_aside_comes_back_harmless(
    client: FlaskClient, programme: dict[str, Any], platform: Platform, link: Callable[[str, str], str]
) -> None:
    adhesion = {"contact": {"given_name": SCRIPT, "email": HOSTILE["a mail header"]}, "topics": [SCRIPT]}
    draft = {"programme_code": programme["code"], "email": "clerk@example.org", "adhesion": adhesion}
    platform.call("enrollment", "save_draft", draft=draft, key="k")
    with platform.stores["enrollment"].read() as session:
        path = f"/adhesions/drafts/{link('adhesion-draft', str(session.scalars(sa.select(Draft.id)).one()))}"
    page = client.post(path, data={"csrf_token": token_of(client.get(path))})
    assert (page.status_code, "<script>alert" in page.text) == (200, False)
