"""Logging in with identity providers that others wrote, over real HTTP: oidc-provider-mock, and oidc-provider with npm.

The second is installed for the test where npm and its registry answer, and is skipped with the reason where not.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from oidc_provider_mock import User, run_server_in_thread

from chassis.database import Store
from chassis.settings import BadSetting
from gateway import staffing
from gateway.audit import page
from gateway.models import StaffAccount
from gateway.settings import GatewaySettings
from tests.gateway.test_identity import cookie

EVA = {"email": "eva@example.org", "email_verified": True, "name": "Eva Riva", "groups": ["office", "desk-team"]}
PEOPLE = [
    User(sub="eva", claims=EVA),
    User(sub="eva-again", claims=EVA),
    User(sub="unverified", claims={**EVA, "email_verified": False}),
    User(sub="desk", claims={**EVA, "email": "desk@example.org"}),
    User(sub="nobody", claims={}),
]
NPM = Path(__file__).parent / "npm_provider"


@dataclass
class Provider:
    """A provider at its address, and how somebody logs in there."""

    issuer: str
    log_in: Callable[[str, str], str]
    """``log_in(address, subject)`` is where the provider sends the browser back to."""


@pytest.fixture
def mock() -> Iterator[Provider]:
    with run_server_in_thread(require_nonce=True, user_claims=PEOPLE) as server:

        def log_in(address: str, subject: str) -> str:
            answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
            return str(answer.headers["Location"])

        yield Provider(f"http://localhost:{server.server_port}", log_in)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """oidc-provider of npm in a directory of its own."""
    place = tmp_path_factory.mktemp("oidc-provider")
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("npm is not on this machine: oidc-provider cannot be tried")
    for file in NPM.iterdir():
        shutil.copy(file, place)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"]
    made = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=180, check=False)
    if made.returncode:
        pytest.skip(f"npm could not install oidc-provider: {made.stderr.strip().splitlines()[-1:]}")
    return place


@pytest.fixture
def npm(installed: Path) -> Iterator[Provider]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    issuer = f"http://localhost:{port}"
    program = subprocess.Popen(
        ["node", "provider.mjs", str(port), json.dumps({one.sub: one.claims for one in PEOPLE})],
        cwd=installed,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "listening\n"

    def log_in(address: str, subject: str) -> str:
        """Through its pages: a name and any password, then the consent."""
        browser = requests.Session()
        answer = browser.get(address, timeout=10)
        for form in ({"prompt": "login", "login": subject, "password": "any"}, {"prompt": "consent"}):
            action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert action is not None
            answer = browser.post(
                urljoin(answer.url, action[1]), data=form, timeout=10, allow_redirects=form["prompt"] == "login"
            )
        while urlsplit(answer.headers["Location"]).path != "/staff/login/oidc/callback":
            answer = browser.get(urljoin(answer.url, answer.headers["Location"]), timeout=10, allow_redirects=False)
        return str(answer.headers["Location"])

    yield Provider(issuer, log_in)
    program.terminate()
    program.wait(timeout=10)
    program.stdout.close()


@pytest.fixture(params=["mock", "npm"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def app_with(make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    def make(provider: Provider, **given: Any) -> Flask:
        return make_app(
            oidc_issuer=provider.issuer,
            oidc_client_id="coalizione",
            oidc_client_secret="a secret for the tests",
            public_url="http://localhost:8000",
            **given,
        )

    return make


def come_back(client: FlaskClient, provider: Provider, subject: str, **changes: str) -> Any:
    """Go to the provider, log in there, and come back with what it says, or with something else."""
    away = client.get("/staff/login/oidc?next=/staff/sessions")
    assert (away.status_code, away.location.startswith(provider.issuer)) == (303, True)
    asked = parse_qs(urlsplit(away.location).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = parse_qs(urlsplit(provider.log_in(away.location, subject)).query)
    return client.get(
        "/staff/login/oidc/callback", query_string={**{key: one[0] for key, one in back.items()}, **changes}
    )


def invite(store: Store, email: str = "eva@example.org") -> str:
    return str(staffing.invite(store, email, "secretariat", "it", timedelta(days=1))["id"])


def account(store: Store, email: str = "eva@example.org") -> tuple[str, str, str | None]:
    with store.read() as session:
        found = session.scalars(sa.select(StaffAccount).where(StaffAccount.email == email)).one()
        return found.name, staffing.state_of(found), found.oidc_subject


def test_an_invited_person_comes_in_and_is_known_by_the_subject_from_then_on(
    app_with: Callable[..., Flask], provider: Provider, own_store: Store
) -> None:
    app = app_with(provider)
    invite(own_store)
    first = app.test_client()
    answer = come_back(first, provider, "eva")
    assert (answer.status_code, answer.location) == (303, "/staff/sessions")
    assert "Eva Riva" in first.get("/staff/sessions").text
    assert account(own_store) == ("Eva Riva", "active", f"{provider.issuer} eva")
    with own_store.transaction() as session:
        session.execute(sa.update(StaffAccount).where(StaffAccount.name == "Eva Riva").values(email="riva@example.org"))
    assert come_back(app.test_client(), provider, "eva").status_code == 303
    with own_store.read() as session:
        told = page(session, 10, action="oidc")
    assert [(one["action"], one["outcome"]) for one in told] == [("GET /staff/login/oidc/callback", "done")] * 2


@pytest.mark.parametrize("subject", ["eva", "unverified", "nobody"])
def test_who_is_not_invited_does_not_come_in(
    app_with: Callable[..., Flask], mock: Provider, own_store: Store, subject: str
) -> None:
    if subject != "eva":
        invite(own_store)
    client = app_with(mock).test_client()
    assert come_back(client, mock, subject).status_code == 401
    assert cookie(client) is None


def test_another_subject_with_the_same_address_does_not_take_an_account_over(
    app_with: Callable[..., Flask], mock: Provider, own_store: Store
) -> None:
    app = app_with(mock)
    invite(own_store)
    assert come_back(app.test_client(), mock, "eva").status_code == 303
    assert come_back(app.test_client(), mock, "eva-again").status_code == 401


def test_a_closed_account_and_an_old_invitation_stay_closed(
    app_with: Callable[..., Flask], mock: Provider, own_store: Store
) -> None:
    app = app_with(mock)
    with own_store.transaction() as session:
        session.execute(sa.update(StaffAccount).where(StaffAccount.role == "desk").values(active=False))
    assert come_back(app.test_client(), mock, "desk").status_code == 401
    staffing.invite(own_store, "eva@example.org", "desk", "it", timedelta(seconds=-1))
    assert come_back(app.test_client(), mock, "eva").status_code == 401


def test_a_rule_gives_a_role_without_an_invitation(
    app_with: Callable[..., Flask], mock: Provider, own_store: Store
) -> None:
    app = app_with(mock, oidc_roles="groups:office=secretariat, groups:desk-team=desk")
    client = app.test_client()
    assert come_back(client, mock, "eva").status_code == 303
    assert account(own_store)[:2] == ("Eva Riva", "active")
    assert client.get("/api/v1/sessions/current").json["role"] == "secretariat"
    assert come_back(app.test_client(), mock, "unverified").status_code == 401


def test_an_answer_for_another_log_in_or_another_browser_is_refused(
    app_with: Callable[..., Flask], mock: Provider, own_store: Store
) -> None:
    app = app_with(mock)
    invite(own_store)
    client = app.test_client()
    assert come_back(client, mock, "eva", state="forged").status_code == 401
    assert come_back(client, mock, "eva", code="forged").status_code == 401
    away = client.get("/staff/login/oidc").location
    back = urlsplit(mock.log_in(away, "eva"))
    assert app.test_client().get(f"{back.path}?{back.query}").status_code == 401
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    assert client.get(f"{back.path}?{back.query}").status_code == 401
    for query in ("", "?error=access_denied", "?code=x", "?state=x"):
        assert app.test_client().get(f"/staff/login/oidc/callback{query}").status_code == 401


def test_a_token_for_another_nonce_is_refused(app_with: Callable[..., Flask], mock: Provider, own_store: Store) -> None:
    app = app_with(mock)
    invite(own_store)
    client = app.test_client()
    away = client.get("/staff/login/oidc").location
    replayed = re.sub(r"nonce=[^&]+", "nonce=another", away)
    back = urlsplit(mock.log_in(replayed, "eva"))
    assert client.get(f"{back.path}?{back.query}").status_code == 401


def test_a_provider_that_is_down_slow_or_strange_is_said_clearly(
    make_app: Callable[..., Flask], mock: Provider
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for issuer in (
            f"http://127.0.0.1:{silent.getsockname()[1]}",
            "http://127.0.0.1:9",
            f"{mock.issuer}/elsewhere",
            f"{mock.issuer}/",
        ):
            client = make_app(oidc_issuer=issuer, oidc_client_id="x", oidc_timeout=0.2).test_client()
            answer = client.get("/staff/login/oidc?lang=en")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
            assert "The identity provider does not answer" in answer.text


def test_without_a_provider_there_is_none(client: FlaskClient) -> None:
    assert client.get("/staff/login/oidc").status_code == 404
    assert client.get("/staff/login/oidc/callback").status_code == 404
    assert "/staff/login/oidc" not in client.get("/staff/login").text


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"oidc_issuer": "https://id.example.org"}, "OIDC_CLIENT_ID is not set"),
        ({"oidc_roles": "groups:office"}, "OIDC_ROLES is not a list"),
        ({"oidc_roles": "groups:office=king"}, "OIDC_ROLES is not a list"),
    ],
)
def test_a_wrong_setting_stops_the_start(given: dict[str, str], complaint: str) -> None:
    with pytest.raises(BadSetting, match=complaint):
        GatewaySettings(database_url="sqlite://", link_secret="l" * 32, secret_key="s" * 32, **given)
