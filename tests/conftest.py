"""Fixtures that every part's tests share: a store on each database, a service without a broker, a clock that moves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from nameko.testing.services import worker_factory
from xdist.scheduler import LoadFileScheduling

from chassis import clock as house_clock
from chassis.database import OUTBOX, Store
from chassis.outbox import Emitter
from contracts.event import Event
from contracts.registry import BY_TYPE
from tests.databases import Copied, Emptied, file_of

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")
LINK_SECRET = "only-for-tests-" + "x" * 32
LONG = ("tests/browser/", "tests/chaos/", "tests/journeys/", "tests/embedded/", "tests/chassis/test_bus.py")
"""Where whole platforms play: these begin first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, place in enumerate(LONG) if item.nodeid.startswith(place)), len(LONG)))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: there is always one that waits, for a browser, a process or a planner."""
    return (os.cpu_count() or 1) + 1


class ByFile(LoadFileScheduling):
    """A worker gets a file, in the order of the collection; one alone gets the browser, whose story is played once."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return LONG[0] if nodeid.startswith(LONG[0]) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def create_database() -> Iterator[Callable[[], str]]:
    """``create_database()`` is the address of a new database on PostgreSQL, this test run's own."""
    made: list[str] = []
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")

    def create() -> str:
        name = f"test_{uuid4().hex[:12]}"
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
            made.append(name)
            connection.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        return sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)

    yield create
    with server.connect() as connection:
        for name in made:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def postgresql_database(create_database: Callable[[], str]) -> str:
    """A database of this test run's own."""
    return create_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once of each kind."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    url: str = request.getfixturevalue("postgresql_database")
    yield url
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[sa.MetaData], Copied]:
    """``copied(Base.metadata)`` is the database with these tables on SQLite."""
    filled, directory = tmp_path_factory.mktemp("filled"), tmp_path_factory.mktemp("copied")

    @cache
    def find(tables: sa.MetaData) -> Copied:
        store = Store(f"sqlite:///{filled / uuid4().hex}.db", tables)
        store.create_all()
        store.dispose()
        return Copied(file_of(store), directory, tables)

    return find


@pytest.fixture(scope="session")
def emptied(create_database: Callable[[], str]) -> Iterator[Callable[[sa.MetaData], Emptied]]:
    """``emptied(Base.metadata)`` is the database with these tables on PostgreSQL."""
    with ExitStack() as opened:

        @cache
        def find(tables: sa.MetaData) -> Emptied:
            made = Emptied(create_database(), tables)
            opened.callback(made.dispose)
            return made

        yield find


@pytest.fixture
def store_for(database_kind: str, request: pytest.FixtureRequest) -> Callable[[sa.MetaData], Store]:
    """``store_for(Base.metadata)`` is a store with its tables and no rows, once on each kind of database."""
    kept = request.getfixturevalue({"sqlite": "copied", "postgresql": "emptied"}[database_kind])
    return lambda tables: kept(tables).fresh()


@pytest.fixture(scope="session")
def worker() -> Callable[..., Any]:
    """``worker(EnrollmentService, store, **settings)`` is a service without a broker: its outbox is only stored."""

    def build(service: type, store: Store, **given: Any) -> Any:
        parts: dict[str, Any] = {}
        providers = {name: getattr(service, name) for name in dir(service) if not name.startswith("__")}
        for name, provider in providers.items():
            kind = type(provider).__name__
            if kind == "Database":
                parts[name] = store
            elif kind == "Outbox":
                parts[name] = Emitter(service.name)  # type: ignore[attr-defined]
            elif kind == "Configured":
                required = {one.name: "x" * 40 for one in fields(provider.kind) if one.default is MISSING}
                chosen = {key: value for key, value in given.items() if key not in providers}
                parts[name] = provider.kind(
                    **required | {"database_url": store.url, "link_secret": LINK_SECRET} | chosen
                )
        parts.update({key: value for key, value in given.items() if key in providers})
        return worker_factory(service, **parts)

    return build


@pytest.fixture
def emitted() -> Callable[[Store], list[Event]]:
    """``emitted(store)`` are the events in its outbox, oldest first."""

    def read(store: Store) -> list[Event]:
        with store.read() as session:
            texts = session.scalars(sa.select(OUTBOX.c.message).order_by(OUTBOX.c.id)).all()
        messages = [json.loads(text) for text in texts]
        return [BY_TYPE[f"{message['type']}.v{message['version']}"].event.load(message) for message in messages]

    return read


class MovableClock:
    """The programme's clock, in a test's hand."""

    def set(self, moment: datetime) -> None:
        house_clock.set_offset((moment - house_clock.machine_now()).total_seconds())

    def advance(self, **duration: float) -> None:
        from datetime import timedelta

        self.set(house_clock.now() + timedelta(**duration))

    def now(self) -> datetime:
        return house_clock.now()


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    yield MovableClock()
    house_clock.set_offset(0)
