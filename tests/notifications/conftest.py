"""A stand-in for SendGrid that really listens, and a service that sends to it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from werkzeug.serving import make_server

from chassis.database import Store
from chassis.refusal import Unavailable
from mailbox.app import create_mailbox
from mailbox.signing import webhook_public_key
from services.notifications.models import Base, Message
from services.notifications.sendgrid import SendGrid
from services.notifications.service import NotificationsService
from services.notifications.settings import NotificationsSettings
from tests.notifications.builders import START


@dataclass
class StandIn:
    """Where the mails of a test arrive."""

    url: str
    state_file: Path

    def misbehave(self, **faults: Any) -> None:
        requests.put(f"{self.url}/faults", json=faults, timeout=5).raise_for_status()

    def mails(self, **query: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        answer = requests.get(f"{self.url}/api/messages", params={"order": "oldest", "limit": 500, **query}, timeout=5)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def attachment(self, mail: dict[str, Any], number: int) -> bytes:
        return requests.get(f"{self.url}/api/messages/{mail['id']}/attachments/{number}", timeout=5).content

    def counts(self) -> dict[str, Any]:
        counts: dict[str, Any] = requests.get(f"{self.url}/api/counts", timeout=5).json()
        return counts


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandIn]:
    state_file = tmp_path / "mailbox.db"
    app = create_mailbox(state_file)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield StandIn(f"http://127.0.0.1:{server.port}", state_file)
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["mailbox"].close()


@dataclass
class Archive:
    """The certificates service as a caller sees it: documents by certificate, silent when it is down."""

    documents: dict[str, bytes] = field(default_factory=dict)
    default: bytes | None = b"abc"
    down: bool = False
    refusal: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def call(self, method: str, **arguments: Any) -> Any:
        assert method == "document"
        self.asked.append(arguments["certificate_id"])
        if self.down:
            raise Unavailable("certificates")
        if self.refusal is not None:
            raise self.refusal
        content = self.documents.get(arguments["certificate_id"], self.default) or b""
        return {
            "sha256": "",
            "filename": "attestato CO-2018-00042.pdf",
            "content_base64": base64.b64encode(content).decode(),
        }


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture
def store(store_for: Callable[..., Store]) -> Store:
    return store_for(Base.metadata)


@pytest.fixture
def settings_of(store: Store, stand_in: StandIn) -> Callable[..., dict[str, Any]]:
    def build(**given: Any) -> dict[str, Any]:
        return {
            "sendgrid_host": stand_in.url,
            "sendgrid_webhook_key": webhook_public_key(stand_in.state_file),
            "sender_email": "programma@anci.example",
            "reply_to": "aiuto@anci.example",
            "public_url": "https://formazione.anci.example",
            "http_timeout": 3.0,
        } | given

    return build


@pytest.fixture
def start(
    store: Store, worker: Callable[..., Any], settings_of: Callable[..., dict[str, Any]], archive: Archive
) -> Iterator[Callable[..., NotificationsService]]:
    """``start()`` is one process of the service; with ``on=store`` on another database."""
    opened: list[SendGrid] = []

    def build(**given: Any) -> NotificationsService:
        settings = settings_of(**given)
        sendgrid = SendGrid(NotificationsSettings(database_url=store.url, link_secret="x" * 32, **settings))
        opened.append(sendgrid)
        service: NotificationsService = worker(
            NotificationsService, store, sendgrid=sendgrid, certificates=archive, **settings
        )
        return service

    yield build
    for sendgrid in opened:
        sendgrid.close()


@pytest.fixture
def service(start: Callable[..., NotificationsService]) -> NotificationsService:
    return start()


@pytest.fixture
def in_may(clock: Any) -> None:
    """Adhesions are open."""
    clock.set(START)


@pytest.fixture
def queued(store: Store) -> Callable[..., list[str]]:
    """The causes of the messages in a state, in order."""

    def read(state: str = "queued") -> list[str]:
        with store.read() as session:
            return sorted(session.scalars(sa.select(Message.cause).where(Message.state == state)))

    return read
