"""Empty databases to measure on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import sqlalchemy as sa

from chassis.database import Store
from chassis.migrations import migrate

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")


@contextmanager
def database(deployable: str, tables: sa.MetaData, kind: str) -> Iterator[Store]:
    """A store on an empty database of this kind, migrated as an installation's is."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
            url = f"sqlite:///{scratch}/benchmark.db"
            migrate(deployable, url)
            store = Store(url, tables)
            yield store
            store.dispose()
        return
    name = f"bench_{uuid4().hex[:12]}"
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    try:
        migrate(deployable, url)
        store = Store(url, tables)
        yield store
        store.dispose()
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
