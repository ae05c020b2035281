"""The five deployables: what they are called, where their code is, and which settings make them one platform."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chassis.database import Store
from gateway.accounts import create_account
from gateway.models import Base as GatewayBase

__all__ = ["DEPLOYABLES", "Deployable", "Place", "Seeding", "environment", "make_staff"]


@dataclass(frozen=True)
class Deployable:
    """One service or the gateway: a database, migrations and a process of its own."""

    name: str
    package: str
    service: str
    """``module:Class``, as ``chassis.runner`` takes it."""
    seeded: bool = False
    """``python -m package seed`` puts in what the programme starts from."""


DEPLOYABLES = (
    Deployable("enrollment", "services.enrollment", "services.enrollment.service:EnrollmentService", seeded=True),
    Deployable("scheduling", "services.scheduling", "services.scheduling.service:SchedulingService", seeded=True),
    Deployable("certificates", "services.certificates", "services.certificates.service:CertificatesService"),
    Deployable("notifications", "services.notifications", "services.notifications.service:NotificationsService"),
    Deployable("gateway", "gateway", "gateway.service:GatewayService"),
)


@dataclass(frozen=True)
class Place:
    """Where a platform of one machine lives: its directory, its addresses and its clock."""

    directory: Path
    url: str
    mailbox_url: str
    broker_url: str
    namespace: str
    secrets: Mapping[str, str]
    clock_file: Path | None = None

    @property
    def mails(self) -> Path:
        """The mailbox's file."""
        return self.directory / "mailbox.db"

    @property
    def webhook_url(self) -> str:
        """Where the mailbox tells what became of a mail."""
        return f"{self.url}/api/v1/webhooks/sendgrid"


def environment(
    place: Place, name: str, database_url: str, webhook_key: str, operator: Mapping[str, str]
) -> dict[str, str]:
    """The settings of one deployable, as environment variables.

    ``webhook_key`` is the mailbox's public key. What the ``operator`` set counts where a platform of one machine leaves
    a choice: the public address, and a real SendGrid instead of the mailbox.
    """
    shared = {
        "DATABASE_URL": database_url,
        "BROKER_URL": place.broker_url,
        "NAMESPACE": place.namespace,
        "PUBLIC_URL": operator.get("PUBLIC_URL") or place.url,
        "LINK_SECRET": place.secrets["link_secret"],
        "CLOCK_FILE": str(place.clock_file) if place.clock_file else "",
    }
    stand_in = {
        "SENDGRID_KEY": place.secrets["sendgrid_key"],
        "SENDGRID_HOST": place.mailbox_url,
        "SENDGRID_WEBHOOK_KEY": webhook_key,
    }
    own = {
        "certificates": {"STATE_DIR": str(place.directory / "certificates")},
        "notifications": {} if operator.get("SENDGRID_KEY") else stand_in,
        "gateway": {
            "SECRET_KEY": place.secrets["secret_key"],
            "HTTP_ADDRESS": place.url.removeprefix("http://"),
            "MAILBOX_URL": place.mailbox_url,
        },
    }
    return shared | own.get(name, {})


class Seeding:
    """Puts in what the programme starts from, service by service and side by side, each in a process of its own."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}

    def start(self, one: Deployable, settings: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", one.package, "seed"]
        self._running[one.name] = subprocess.Popen(  # noqa: S603
            command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def finish(self) -> None:
        """Wait for all; raise ``RuntimeError`` with what the first that failed said."""
        told = {name: (process.communicate()[0], process.returncode) for name, process in self._running.items()}
        self._running.clear()
        for name, (text, code) in told.items():
            if code:
                raise RuntimeError(f"{name} could not be filled: {text.strip()[-500:]}")


def make_staff(gateway_url: str, email: str, password: str) -> None:
    """The first account, unless it is there already."""
    store = Store(gateway_url, GatewayBase.metadata)
    with suppress(ValueError):  # it is
        create_account(store, email, "Amministrazione", "administrator", password)
    store.dispose()
