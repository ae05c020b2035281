"""Fixtures that every part's tests share: a store on each database, a service without a broker, a clock that moves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from nameko.testing.services import worker_factory

from chassis import clock as house_clock
from chassis.database import OUTBOX, Store
from chassis.outbox import Emitter
from contracts.event import Event
from contracts.registry import BY_TYPE

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")
LINK_SECRET = "only-for-tests-" + "x" * 32


@pytest.fixture(scope="session")
def postgresql_database() -> Iterator[str]:
    """A database of this test run's own."""
    name = f"test_{uuid4().hex[:12]}"
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    url: str = request.getfixturevalue("postgresql_database")
    yield url
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture
def store_for(database_url: str) -> Iterator[Callable[[sa.MetaData], Store]]:
    """``store_for(Base.metadata)`` is a fresh store with its tables."""
    opened: list[Store] = []

    def open_store(tables: sa.MetaData) -> Store:
        store = Store(database_url, tables)
        store.create_all()
        opened.append(store)
        return store

    yield open_store
    for store in opened:
        store.dispose()


@pytest.fixture
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
