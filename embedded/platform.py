"""The five deployables, the broker and the mailbox in one process, on the files of one directory."""

from __future__ import annotations

import logging as standard_logging
import os
import socket
from datetime import UTC, date, datetime, time
from logging.handlers import RotatingFileHandler
from pathlib import Path

from nameko.containers import ServiceContainer

from chassis import clock, logging
from chassis.health import Health
from chassis.migrations import migrate
from chassis.runner import container_for, load_service, run, serve, settings_class
from chassis.settings import BadSetting
from embedded import broker
from embedded.deployables import DEPLOYABLES, Place, Seeding, environment, make_staff
from embedded.state import StateUnusable, held, secrets_of
from mailbox.app import create_mailbox
from mailbox.signing import webhook_public_key

__all__ = ["CannotStart", "run_platform"]

_HOST = "127.0.0.1"
_LOG_BYTES = 10_000_000


class CannotStart(Exception):
    """The platform did not start; the message is a sentence for the person who tried."""


def run_platform(
    directory: Path, port: int, mailbox_port: int, clock_file: Path | None, today: date | None = None
) -> int:
    """Run until a signal; answers the exit code. Everything that happened is kept for the next start.

    With ``today`` the programme's time begins at noon of that day when this directory is new, and goes on from there.
    """
    try:
        with held(directory):
            clock_file = clock_file or _begun(directory / "clock", today, new=not (directory / "filled").exists())
            place = Place(
                directory=directory,
                url=f"http://{_HOST}:{port}",
                mailbox_url=f"http://{_HOST}:{mailbox_port}",
                broker_url=broker.address(directory / "broker.db"),
                namespace="local",
                secrets=secrets_of(directory),
                clock_file=clock_file,
            )
            for wanted, option in ((port, "--port"), (mailbox_port, "--mailbox-port")):
                _must_be_free(wanted, option)
            return _run(place)
    except (StateUnusable, BadSetting) as error:
        raise CannotStart(f"The platform cannot start: {error}") from error


def _begun(clock_file: Path, today: date | None, new: bool) -> Path | None:
    if today is not None and new:
        clock.write_offset(clock_file, datetime.combine(today, time(12), UTC))
    return clock_file if clock_file.exists() else None


def _must_be_free(port: int, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except (OSError, OverflowError):
            raise CannotStart(
                f"The platform cannot start: port {port} is taken. Choose another with {option}."
            ) from None


def _run(place: Place) -> int:
    _log_to(place.directory / "platform.log")
    clock.follow(place.clock_file)
    containers = _furnished(place)
    report = Health(containers)
    for container in containers:
        container.report = report
    mailbox = create_mailbox(place.mails, place.webhook_url, place.secrets["sendgrid_key"])
    serving = serve(mailbox, _HOST, int(place.mailbox_url.rpartition(":")[2]))
    try:
        return run(containers, started=lambda: print(_banner(place), flush=True))
    finally:
        serving.kill()
        mailbox.extensions["mailbox"].close()
        broker.shut(place.broker_url)


def _furnished(place: Place) -> list[ServiceContainer]:
    """The containers, on databases that are up to date and, at the first start, filled. Settings are judged first."""
    key, seeding, filled = webhook_public_key(place.mails), Seeding(), place.directory / "filled"
    settings, containers = {}, []
    for one in DEPLOYABLES:
        service = load_service(one.service)
        settings[one.name] = environment(place, one.name, _database(place, one.name), key, os.environ)
        chosen = settings_class(service).from_environment({**os.environ, **settings[one.name]})
        containers.append(container_for(service, chosen))
    for one in DEPLOYABLES:
        migrate(one.package, _database(place, one.name))
        if one.seeded and not filled.exists():
            seeding.start(one, settings[one.name])
    make_staff(_database(place, "gateway"), place.secrets["staff_email"], place.secrets["staff_password"])
    seeding.finish()
    filled.touch()
    return containers


def _database(place: Place, name: str) -> str:
    return f"sqlite:///{place.directory / name}.db"


def _log_to(path: Path) -> None:
    """The log goes to a file, so that the terminal shows addresses and not lines of JSON."""
    logging.set_up("platform", os.environ.get("LOG_LEVEL", "INFO"))
    root = standard_logging.getLogger()
    [printing] = root.handlers
    writing = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8")
    writing.setFormatter(printing.formatter)
    for one in printing.filters:
        writing.addFilter(one)
    root.handlers[:] = [writing]


def _banner(place: Place) -> str:
    moved = f"\n  Today is   {clock.now():%Y-%m-%d}   (the programme's time, moved when this directory was new)"
    return f"""
  Pages      {place.url}
  Staff      {place.url}/staff/login
             {place.secrets["staff_email"]}  {place.secrets["staff_password"]}
  Mailbox    {place.mailbox_url}   (no mail leaves this machine)
  Kept in    {place.directory}{moved if place.clock_file else ""}

  Ctrl-C stops it; a second start goes on where it stopped.
"""
