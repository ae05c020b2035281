"""A database and a role a service, on one PostgreSQL server.

    python -m deploy.databases SERVER_URL SERVICE_URL...

makes what each service's own URL names: the role with its password, and the database that belongs to it and that no
other role may enter. Doing it again changes nothing but the passwords, which become those of the URLs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from psycopg2 import extensions
from psycopg2.errors import DuplicateDatabase, DuplicateObject, UndefinedObject
from psycopg2.sql import SQL, Composable, Identifier, Literal
from sqlalchemy import URL, make_url

__all__ = ["create", "drop"]


def create(server_url: str, service_urls: Iterable[str]) -> None:
    """Make each service's role and database; ``server_url`` is that of somebody who may create both."""
    with _server(server_url) as server:
        for url in map(_named, service_urls):
            database, role = Identifier(str(url.database)), Identifier(str(url.username))
            login = SQL("ROLE {} WITH LOGIN PASSWORD {}").format(role, Literal(url.password))
            _unless(server, SQL("CREATE {}").format(login), DuplicateObject)
            _run(server, SQL("ALTER {}").format(login))
            _run(server, SQL("GRANT {} TO CURRENT_USER").format(role))
            _unless(server, SQL("CREATE DATABASE {} OWNER {}").format(database, role), DuplicateDatabase)
            _run(server, SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))


def drop(server_url: str, service_urls: Iterable[str]) -> None:
    """Remove the databases and the roles, with all that they hold, also when somebody is still connected."""
    with _server(server_url) as server:
        for url in map(_named, service_urls):
            _run(server, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(str(url.database))))
            _unless(server, SQL("DROP ROLE {}").format(Identifier(str(url.username))), UndefinedObject)


def _named(service_url: str) -> URL:
    url = make_url(service_url)
    if not url.database or not url.username or not url.password:
        raise ValueError(f"{url.render_as_string(hide_password=True)} must name a database, a role and its password")
    return url


@contextmanager
def _server(url: str) -> Iterator[extensions.connection]:
    server = psycopg2.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    server.autocommit = True
    try:
        yield server
    finally:
        server.close()


def _run(server: extensions.connection, statement: Composable) -> None:
    with server.cursor() as cursor:
        cursor.execute(statement)


def _unless(server: extensions.connection, statement: Composable, known: type[Exception]) -> None:
    """Run it; that what it would make (or remove) is there (or gone) already is fine."""
    try:
        _run(server, statement)
    except known:
        return


def main(arguments: Sequence[str]) -> int:
    if len(arguments) < 2:
        print("usage: python -m deploy.databases SERVER_URL SERVICE_URL...", file=sys.stderr)
        return 2
    try:
        create(arguments[0], arguments[1:])
    except (ValueError, psycopg2.Error) as error:
        print(f"the databases could not be made: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
