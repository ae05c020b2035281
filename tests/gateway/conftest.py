"""The gateway with all services behind it, and the people who use it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.database import Store
from chassis.links import make_link_token
from gateway.accounts import create_account
from gateway.app import create_app
from gateway.models import ROLES, Base
from gateway.settings import GatewaySettings
from services.certificates.pressing import Press, press_of
from services.certificates.settings import CertificatesSettings
from services.scheduling.models import Appointment
from tests.conftest import LINK_SECRET, MovableClock
from tests.gateway.platform import Platform

OPEN = datetime(2017, 5, 20, 9, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the databases that every test begins with are kept."""
    return tmp_path_factory.mktemp("template")


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Makes certificates, with a development key."""
    state = tmp_path_factory.mktemp("certificates")
    return press_of(CertificatesSettings(database_url="sqlite://", link_secret=LINK_SECRET, state_dir=state))


@pytest.fixture
def platform(
    tmp_path: Path, template: Path, press: Press, worker: Callable[..., Any], clock: MovableClock
) -> Iterator[Platform]:
    """Every service, with a few municipalities and the programme; it is May 2017, and adhesions are open."""
    clock.set(OPEN)
    given = {
        "certificates": {"press": press},
        "notifications": {"sendgrid_key": "SG.test", "sendgrid_host": "http://127.0.0.1:9"},
    }
    made = Platform(tmp_path, worker, given)
    made.begin(template)
    yield made
    made.close()


@pytest.fixture
def programme(platform: Platform) -> dict[str, Any]:
    """The programme that is open."""
    (found,) = platform.call("enrollment", "programmes")["items"]
    platform.asked.clear()
    return dict(found)


@pytest.fixture(scope="session")
def own_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway's database with an account of each role."""
    path = tmp_path_factory.mktemp("own") / "gateway.db"
    store = Store(f"sqlite:///{path}", Base.metadata)
    store.create_all()
    for role in ROLES:
        create_account(store, f"{role}@example.org", role.title(), role, PASSWORD)
    store.dispose()
    return path


@pytest.fixture
def own_store(tmp_path: Path, own_template: Path) -> Iterator[Store]:
    """The gateway's own database."""
    store = Store(f"sqlite:///{shutil.copy(own_template, tmp_path)}", Base.metadata)
    yield store
    store.dispose()


@pytest.fixture
def make_app(platform: Platform, own_store: Store) -> Callable[..., Flask]:
    """``make_app(setting=value)`` is the application with these settings."""

    def make(**given: Any) -> Flask:
        defaults = {"rate_limit_per_minute": 0, "secret_key": "s" * 32, "link_secret": LINK_SECRET}
        settings = GatewaySettings(database_url=own_store.url, **{**defaults, **given})
        return create_app(settings, platform, own_store)

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def staff() -> dict[str, str]:
    """The e-mail address of an account of each role; ``PASSWORD`` opens all."""
    return {role: f"{role}@example.org" for role in ROLES}


@dataclass
class Api:
    """A program that uses the API."""

    client: FlaskClient
    headers: dict[str, str]

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask ``/api/v1`` + path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers={**self.headers, **named})


@pytest.fixture
def anyone(client: FlaskClient) -> Api:
    return Api(client, {})


@pytest.fixture
def api_of(app: Flask, staff: dict[str, str]) -> Callable[[str], Api]:
    """``api_of("desk")`` is the program of a staff member of that role."""
    known: dict[str, Api] = {}

    def api(role: str) -> Api:
        if role not in known:
            client = app.test_client()
            answer = client.post("/api/v1/sessions", json={"email": staff[role], "password": PASSWORD})
            known[role] = Api(client, {"Authorization": f"Bearer {answer.json['token']}"})
        return known[role]

    return api


@pytest.fixture
def secretariat(api_of: Callable[[str], Api]) -> Api:
    return api_of("secretariat")


@pytest.fixture
def link(platform: Platform, clock: MovableClock) -> Callable[[str, str], str]:
    """``link("body-area", adhesion_id)`` is the token that a mail carries; each is used up by itself."""

    def make(purpose: str, subject_id: str) -> str:
        if purpose == "body-area":
            subject_id = platform.services["enrollment"].adhesion(subject_id)["contact"]["id"]
        return make_link_token(LINK_SECRET, purpose, subject_id, clock.now(), nonce=uuid4().hex)

    return make


@pytest.fixture
def contact(app: Flask, link: Callable[[str, str], str]) -> Callable[..., Api]:
    """``contact(adhesion_id)`` is the program of whoever has the mailed link, and has opened the area with it."""

    def make(subject_id: str, purpose: str = "body-area") -> Api:
        client = app.test_client()
        mailed = Api(client, {"Authorization": f"Bearer {link(purpose, subject_id)}"})
        if purpose in ("confirm-adhesion", "adhesion-draft"):
            return mailed
        opened = mailed("POST", "/area-sessions")
        return Api(client, {"Authorization": f"Bearer {opened.json['token']}"})

    return make


def adhesion_form(programme: dict[str, Any], body_code: str = "021004", **changes: Any) -> dict[str, Any]:
    """A good adhesion form."""
    form = {
        "programme_code": programme["code"],
        "body_code": body_code,
        "consent": True,
        "consent_version": programme["consent_version"],
        "contact": {
            "given_name": "Ada",
            "family_name": "Conti",
            "email": f"ada@{body_code}.example.org",
            "office": "Ufficio personale",
            "language": "it",
        },
        "legal_representative": {"given_name": "Bruno", "family_name": "Sala", "title": "Sindaco"},
        "topics": [programme["topics"][0]["code"]],
        "delegates": [delegate_form(f"carla@{body_code}.example.org")],
    }
    return {key: value for key, value in {**form, **changes}.items() if value is not ...}


def appointment(programme_id: str, number: int = 1, **changes: Any) -> Appointment:
    """A training day as scheduling keeps it, in September 2017, a week after that of the number before."""
    starts_at = datetime(2017, 9, 18, 7, tzinfo=UTC) + timedelta(weeks=number - 1)
    values = {
        "kind": "training_day",
        "state": "scheduled",
        "title_it": f"Giornata formativa n. {number}",
        "title_en": f"Training day no. {number}",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=480),
        "minutes": 480,
        "host_code": "037006",
        "host_name": "Bologna",
        "host_province": "BO",
        "venue": "Sala Rossa",
        "capacity": 10,
        "trainers": [],
    }
    return Appointment(id=uuid4(), programme_id=UUID(programme_id), number=number, **{**values, **changes})


def delegate_form(email: str, **changes: Any) -> dict[str, Any]:
    """A good delegate."""
    return {
        "given_name": "Carla",
        "family_name": "Dini",
        "email": email,
        "role": "official",
        "gender": "not_said",
        **changes,
    }


@pytest.fixture
def office(app: Flask, staff: dict[str, str]) -> FlaskClient:
    """The secretariat at a browser."""
    client = app.test_client()
    submit(client, "/staff/login", "/staff/login", email=staff["secretariat"], password=PASSWORD)
    return client


def submit(client: FlaskClient, page: str, action: str, **fields: Any) -> Any:
    """Open the page, and send a form of it to the address."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(action, data={"csrf_token": token[1], **fields})


@pytest.fixture
def joined(anyone: Api, contact: Callable[..., Api], platform: Platform, programme: dict[str, Any]) -> dict[str, Any]:
    """An adhesion that is confirmed, and known to scheduling."""
    adhesion: dict[str, Any] = anyone("POST", "/adhesions", adhesion_form(programme)).json
    contact(adhesion["id"], "confirm-adhesion")("POST", "/adhesions/confirmations")
    platform.deliver()
    return adhesion
