"""The gateway with all services behind it, and the people who use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from chassis import clock as house_clock
from chassis.database import Store
from chassis.links import make_link_token
from gateway import accounts
from gateway.accounts import create_account
from gateway.app import create_app
from gateway.models import ROLES, Base
from gateway.settings import GatewaySettings
from services.certificates.pressing import Press, press_of
from services.certificates.settings import CertificatesSettings
from services.scheduling.models import Appointment, Run
from tests.conftest import LINK_SECRET, MovableClock
from tests.databases import Copied, file_of
from tests.gateway.platform import SERVICES, Platform
from tests.scheduling.builders import planned

OPEN = datetime(2017, 5, 20, 9, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    """Makes certificates, with a development key."""
    state = tmp_path_factory.mktemp("certificates")
    return press_of(CertificatesSettings(database_url="sqlite://", link_secret=LINK_SECRET, state_dir=state))


@pytest.fixture(scope="session")
def make_platform(press: Press, worker: Callable[..., Any]) -> Callable[[dict[str, Store]], Platform]:
    """``make_platform(stores)`` is every service on its own of these."""
    given = {
        "certificates": {"press": press},
        "notifications": {"sendgrid_key": "SG.test", "sendgrid_host": "http://127.0.0.1:9"},
    }
    return lambda stores: Platform(stores, worker, given)


@pytest.fixture(scope="session")
def seeded(
    tmp_path_factory: pytest.TempPathFactory, make_platform: Callable[[dict[str, Store]], Platform]
) -> dict[str, Copied]:
    """The databases that every test begins with, by the service: a few municipalities and the programme."""
    filled, directory = tmp_path_factory.mktemp("filled"), tmp_path_factory.mktemp("copied")
    stores = {name: Store(f"sqlite:///{filled / name}.db", tables) for name, (_, tables) in SERVICES.items()}
    for store in stores.values():
        store.create_all()
    house_clock.set_offset((OPEN - house_clock.machine_now()).total_seconds())
    make_platform(stores).seed()
    house_clock.set_offset(0)
    for store in stores.values():
        store.dispose()
    return {name: Copied(file_of(store), directory, store.tables) for name, store in stores.items()}


@pytest.fixture
def platform(
    make_platform: Callable[[dict[str, Store]], Platform], seeded: dict[str, Copied], clock: MovableClock
) -> Iterator[Platform]:
    """Every service, with a few municipalities and the programme; it is May 2017, and adhesions are open."""
    clock.set(OPEN)
    made = make_platform({name: database.fresh() for name, database in seeded.items()})
    yield made
    made.close()


@pytest.fixture
def programme(platform: Platform) -> dict[str, Any]:
    """The programme that is open."""
    (found,) = platform.call("enrollment", "programmes")["items"]
    platform.asked.clear()
    return dict(found)


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """A gateway's database with an account of each role."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('filled') / 'gateway.db'}", Base.metadata)
    store.create_all()
    for role in ROLES:
        create_account(store, f"{role}@example.org", role.title(), role, PASSWORD)
    store.dispose()
    return Copied(file_of(store), tmp_path_factory.mktemp("copied"), Base.metadata)


@pytest.fixture
def own_store(staffed: Copied) -> Iterator[Store]:
    """The gateway's own database."""
    store = staffed.fresh()
    yield store
    store.dispose()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Flask makes code of each address and each template for every application anew, and the tests make a thousand."""
    compile_rule, known = Rule.compile, dict[Any, dict[str, Any]]()
    results = ("arguments", "_parts", "_trace", "_converters", "_build", "_build_unknown")

    def compile_once(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, repr(rule.defaults))
        if key not in known:
            compile_rule(rule)
            known[key] = {name: getattr(rule, name) for name in results}
        vars(rule).update(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compile_once)
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": Templates()})
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """The same hash with the least work: nobody here tries to break one."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", cheap)
        patch.setattr(accounts, "_NOBODY", cheap.hash("nobody's"))
        yield


class Templates(BytecodeCache):
    """The code of templates, for all applications of this process; a changed template has another checksum."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self.codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.checksum, bucket.code


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


def kept(platform: Platform, programme: dict[str, Any], name: str, days: list[list[str]], **said: Any) -> str:
    """A plan with figures, as the planner leaves it."""
    store = platform.stores["scheduling"]
    run_id = planned(store, name, days, programme=UUID(programme["programme_id"]), **said)
    with store.transaction() as session:
        run = session.get_one(Run, UUID(run_id))
        run.cost_km = run.bound_km = run.gap = run.longest_km = run.mean_km = 0.0
    return run_id
