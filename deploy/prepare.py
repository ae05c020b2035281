"""Makes a distributed platform ready to start: its databases, their tables, what the programme starts from, the first
account.

    python -m deploy.prepare

does it for ``make services``, on the RabbitMQ and PostgreSQL of ``BROKER_URL`` and ``SERVER_URL`` (by default this
machine's), and leaves the settings of each deployable in ``var/services/<name>.env`` for the Procfile. Safe to repeat.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg2
import sqlalchemy as sa
from sqlalchemy import make_url

from chassis.migrations import migrate
from deploy import databases
from embedded.deployables import DEPLOYABLES, Place, Seeding, environment, make_staff
from embedded.state import StateUnusable, held, secrets_of
from mailbox.signing import webhook_public_key

__all__ = ["database_urls", "furnish", "prepare"]

BROKER_URL = "amqp://guest:guest@127.0.0.1:5672//"
SERVER_URL = "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres"


def database_urls(server_url: str, prefix: str, secret: str) -> dict[str, str]:
    """The URL of each deployable's own database, with its own role; the passwords follow from ``secret``."""
    server = make_url(server_url)

    def url(name: str) -> str:
        password = hashlib.blake2b(name.encode(), key=secret.encode()[:64], digest_size=24).hexdigest()
        own = server.set(username=f"{prefix}_{name}", password=password, database=f"{prefix}_{name}")
        return own.render_as_string(hide_password=False)

    return {one.name: url(one.name) for one in DEPLOYABLES}


def furnish(server_url: str, settings: Mapping[str, Mapping[str, str]], email: str, password: str) -> None:
    """Make all that has to be there before the first process starts. ``settings`` are those of each deployable."""
    databases.create(server_url, (values["DATABASE_URL"] for values in settings.values()))
    seeding = Seeding()
    for one in DEPLOYABLES:
        migrate(one.package, settings[one.name]["DATABASE_URL"])
        if one.seeded:
            seeding.start(one, settings[one.name])
    seeding.finish()
    make_staff(settings["gateway"]["DATABASE_URL"], email, password)


def prepare(
    place: Place, server_url: str, urls: Mapping[str, str], operator: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Furnish a platform whose processes all run on this machine; answers each deployable's settings."""
    key = webhook_public_key(place.mails)
    settings = {name: environment(place, name, url, key, operator) for name, url in urls.items()}
    furnish(server_url, settings, place.secrets["staff_email"], place.secrets["staff_password"])
    return settings


def main() -> int:
    directory = Path("var/services").absolute()
    try:
        with held(directory):
            place = Place(
                directory=directory,
                url="http://127.0.0.1:8000",
                mailbox_url="http://127.0.0.1:8025",
                broker_url=os.environ.get("BROKER_URL", BROKER_URL),
                namespace="services",
                secrets=secrets_of(directory),
            )
            server_url = os.environ.get("SERVER_URL", SERVER_URL)
            urls = database_urls(server_url, "coalizione", place.secrets["secret_key"])
            settings = prepare(place, server_url, urls, os.environ)
    except (StateUnusable, psycopg2.Error, sa.exc.SQLAlchemyError, RuntimeError) as error:
        print(f"The platform cannot be prepared: {error}", file=sys.stderr)
        return 1
    for name, values in settings.items():
        file = directory / f"{name}.env"
        file.touch(mode=0o600)
        file.write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()))
    mailbox = {"SENDGRID_KEY": place.secrets["sendgrid_key"], "MAILBOX_WEBHOOK_URL": place.webhook_url}
    (directory / "mailbox.env").write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in mailbox.items()))
    print(f"Pages    {place.url}")
    print(f"Staff    {place.url}/staff/login   {place.secrets['staff_email']}  {place.secrets['staff_password']}")
    print(f"Mailbox  {place.mailbox_url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
