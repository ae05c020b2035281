"""A database and a role a service: each enters its own and no other."""

from __future__ import annotations

import os
from uuid import uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from deploy import databases
from deploy.prepare import SERVER_URL, database_urls

SERVER = os.environ.get("TEST_DATABASE_URL", SERVER_URL)


@pytest.fixture
def urls():
    urls = database_urls(SERVER, f"test_{uuid4().hex[:8]}", "secret")
    yield urls
    databases.drop(SERVER, urls.values())


def enter(url: str) -> str:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE proof (n int)"))
            return connection.execute(sa.text("SELECT current_user")).scalar_one()
    finally:
        engine.dispose()


def test_each_service_enters_its_own_database(urls):
    databases.create(SERVER, urls.values())

    assert {name: enter(url) for name, url in urls.items()} == {
        name: sa.make_url(url).username for name, url in urls.items()
    }


def test_no_service_enters_another_ones(urls):
    databases.create(SERVER, urls.values())
    stranger = sa.make_url(urls["enrollment"]).set(database=sa.make_url(urls["gateway"]).database)

    with pytest.raises(sa.exc.OperationalError, match="permission denied for database"):
        enter(stranger.render_as_string(hide_password=False))


def test_making_them_again_keeps_what_is_in_them(urls):
    databases.create(SERVER, urls.values())
    enter(urls["gateway"])
    databases.create(SERVER, urls.values())

    with pytest.raises(sa.exc.ProgrammingError, match="already exists"):
        enter(urls["gateway"])


def test_dropping_them_twice_is_fine(urls):
    databases.create(SERVER, urls.values())
    databases.drop(SERVER, urls.values())
    databases.drop(SERVER, urls.values())

    with pytest.raises(sa.exc.OperationalError, match=r"does not exist|authentication failed"):
        enter(urls["gateway"])


@pytest.mark.parametrize("url", ["postgresql+psycopg2://127.0.0.1/only", "postgresql+psycopg2://role@127.0.0.1/only"])
def test_a_url_without_role_or_password_is_refused(url):
    with pytest.raises(ValueError, match="must name a database, a role and its password"):
        databases.create(SERVER, [url])


def test_passwords_differ_by_service_and_by_secret():
    one, two = database_urls(SERVER, "p", "a" * 32), database_urls(SERVER, "p", "b" * 32)

    assert len({sa.make_url(url).password for url in (*one.values(), *two.values())}) == 10


def test_a_server_that_is_not_there_is_an_error_of_its_own():
    with pytest.raises(psycopg2.OperationalError):
        databases.create("postgresql+psycopg2://nobody@127.0.0.1:1/none", [])
