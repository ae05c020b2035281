"""The form survives a closed browser: saved on the page, mailed, taken up by the link."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.enrollment.models import Draft
from tests.gateway.conftest import Api, adhesion_form
from tests.gateway.platform import Platform
from tests.gateway.test_identity import token_of

EMAIL = "clerk@comune.example.org"
WRITTEN = {
    "consent": "yes",
    "consent_version": "2017-05",
    "body_kind": "municipality",
    "body_code": "021008",
    "contact.given_name": 'Ma<b>ri"a',
    "contact.email": "not yet",
    "topics": ["tratta", "abitare"],
    "delegates.0.given_name": "Ugo",
    "delegates.0.role": "manager",
    "delegates.1.email": "b@example.org",
}


def fields(page: Any) -> dict[str, list[str]]:
    """What the form on the page would send of what was written."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ('type="checkbox"' not in tag or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(value[1]))
    return found


@pytest.fixture
def saved(client: FlaskClient, programme: dict[str, Any], platform: Platform) -> Callable[..., Any]:
    def save(**more: Any) -> Any:
        csrf = token_of(client.get(f"/programmes/{programme['code']}/adhesion"))
        form = {"csrf_token": csrf, "programme_code": programme["code"], "email": EMAIL, "idempotency_key": "k" * 32}
        return client.post("/adhesions/drafts", data={**form, **WRITTEN, **more})

    return save


@pytest.fixture
def draft_link(platform: Platform, link: Callable[[str, str], str]) -> Callable[[], str]:
    def token() -> str:
        with platform.stores["enrollment"].read() as session:
            return link("adhesion-draft", str(session.scalars(sa.select(Draft.id)).one()))

    return token


def test_what_was_written_is_asked_a_mailbox_and_carried_along(client: FlaskClient, programme: dict[str, Any]) -> None:
    path = f"/programmes/{programme['code']}/adhesion"
    csrf = token_of(client.get(path))
    page = client.post(f"{path}/later", data={"csrf_token": csrf, **WRITTEN, "contact.email": EMAIL})
    carried = fields(page)
    assert carried["email"] == [EMAIL]
    assert {name: carried[name] for name in WRITTEN} == {
        **{name: [value] for name, value in WRITTEN.items() if isinstance(value, str)},
        "topics": ["tratta", "abitare"],
        "contact.email": [EMAIL],
    }


def test_the_form_comes_back_at_the_first_step_that_is_not_complete(
    client: FlaskClient, saved: Callable[..., Any], draft_link: Callable[[], str], platform: Platform
) -> None:
    assert saved().status_code == 200
    platform.deliver()
    (letter,) = platform.call("notifications", "messages", limit=50, cursor=None)["items"]
    assert letter["kind"] == "draft_link"
    path = f"/adhesions/drafts/{draft_link()}"
    door = client.get(path)
    assert "Ugo" not in door.text
    page = client.post(path, data={"csrf_token": token_of(door)})
    shown = fields(page)
    assert shown["step"] == ["people"]
    assert {name: shown[name] for name in ("contact.given_name", "contact.email", "body_code", "topics")} == {
        "contact.given_name": ['Ma<b>ri"a'],
        "contact.email": ["not yet"],
        "body_code": ["021008"],
        "topics": ["abitare", "tratta"] if shown["topics"][0] == "abitare" else ["tratta", "abitare"],
    }
    assert (shown["delegates.0.given_name"], shown["delegates.1.email"]) == (["Ugo"], ["b@example.org"])


def test_the_words_are_the_same_for_every_mailbox_and_a_wrong_one_loses_nothing(saved: Callable[..., Any]) -> None:
    pages = [saved(email=email).text for email in (EMAIL, EMAIL, "unknown@example.org")]
    body = [re.sub(r'value="[^"]*"|\?v=\w+', "", page) for page in pages]
    assert body[0] == body[1] == body[2]
    wrong = saved(email="x@y\r\nBcc: z@example.org")
    assert (wrong.status_code, fields(wrong)["delegates.0.given_name"]) == (422, ["Ugo"])


def test_a_draft_is_gone_once_it_is_sent_or_deleted(
    client: FlaskClient, saved: Callable[..., Any], draft_link: Callable[[], str]
) -> None:
    saved()
    path = f"/adhesions/drafts/{draft_link()}"
    form = {"csrf_token": token_of(client.get(path))}
    assert client.post(f"{path}/deletion", data=form).status_code == 200
    assert client.post(path, data=form).status_code == 410
    assert client.post("/adhesions/drafts/forged", data=form).status_code == 404


def test_programs_put_a_form_aside_too(
    anyone: Api, programme: dict[str, Any], contact: Callable[..., Api], platform: Platform
) -> None:
    form = adhesion_form(programme, delegates=...)
    draft = {"programme_code": programme["code"], "email": EMAIL, "adhesion": form}
    assert anyone("POST", "/adhesion-drafts", draft, Idempotency_Key="k").status_code == 200
    with platform.stores["enrollment"].read() as session:
        writer = contact(str(session.scalars(sa.select(Draft.id)).one()), "adhesion-draft")
    assert writer("GET", "/adhesion-drafts/current").json["adhesion"] == form
    changed = {**draft, "adhesion": {**form, "topics": []}}
    assert writer("PUT", "/adhesion-drafts/current", changed).status_code == 200
    assert writer("GET", "/adhesion-drafts/current").json["adhesion"]["topics"] == []
    assert writer("DELETE", "/adhesion-drafts/current").status_code == 204
    gone = writer("GET", "/adhesion-drafts/current")
    assert (gone.status_code, gone.json["reason"]) == (410, "draft_gone")
    large = anyone("POST", "/adhesion-drafts", {**draft, "adhesion": {"x": "y" * 200_001}})
    assert (large.status_code, large.json["errors"]) == (422, {"adhesion": ["invalid"]})


@pytest.mark.parametrize(
    "adhesion",
    [
        {},
        {"contact": "x", "delegates": {"0": 1}, "topics": "tratta", "body": [1], "consent": "yes", "body_code": 7},
        {"contact": {"email": {"a": 1}}, "delegates": [None, "x", {"email": ["x"]}] * 200, "topics": [None, {}, 7]},
        {"body": {"name": "<b>x</b>", "province": None}, "consent": True, "consent_version": "2017-05"},
    ],
    ids=["nothing", "wrong kinds", "wrong kinds within", "half a union"],
)
def test_whatever_a_program_put_aside_is_a_page_and_never_a_500(
    client: FlaskClient, platform: Platform, programme: dict[str, Any], draft_link: Callable[[], str], adhesion: Any
) -> None:
    draft = {"programme_code": programme["code"], "email": EMAIL, "adhesion": adhesion}
    platform.call("enrollment", "save_draft", draft=draft, key="k")
    path = f"/adhesions/drafts/{draft_link()}"
    page = client.post(path, data={"csrf_token": token_of(client.get(path))})
    assert (page.status_code, "<b>x</b>" in page.text) == (200, False)
