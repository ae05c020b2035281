"""The gateway as a nameko service: it hosts the web application and hears how planning runs go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import eventlet
from eventlet.event import Event as Signal
from nameko.extensions import DependencyProvider
from nameko.web.server import WebServer
from werkzeug.wsgi import ClosingIterator

from chassis.consumer import consumes
from chassis.database import Database, open_store
from chassis.logging import get_logger
from chassis.rpc import RpcClient
from chassis.settings import BadSetting, Configured
from contracts.event import Event
from contracts.scheduling import (
    SchedulingRunCompleted,
    SchedulingRunFailed,
    SchedulingRunProgressed,
    SchedulingRunRequested,
)
from gateway import progress
from gateway.app import create_app
from gateway.models import Base
from gateway.protocol import LONGEST_ADDRESS, Protocol
from gateway.settings import GatewaySettings

__all__ = ["GatewayService"]

log = get_logger(__name__)

SLOWEST_CLIENT = 60.0
LAST_ANSWERS = 10.0


class _Counted:
    """WSGI: knows how many requests are being answered, so that a stop can wait for them."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.serving = 0
        self._idle: Signal | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.serving += 1
        try:
            chunks = self.app(environ, start_response)
        except BaseException:
            self._leave()
            raise
        return ClosingIterator(chunks, self._leave)

    def wait_until_idle(self, seconds: float) -> None:
        """Return when the last answer has gone out, or after ``seconds``."""
        if self.serving:
            self._idle = Signal()
            with eventlet.Timeout(seconds, False):
                self._idle.wait()

    def _leave(self) -> None:
        self.serving -= 1
        if not self.serving and self._idle is not None and not self._idle.ready():
            self._idle.send()


class _Bus:
    """The services behind the bus, each call with the patience that its work takes."""

    patience: ClassVar[dict[tuple[str, str], float]] = {
        ("scheduling", "publish"): 20.0,
        ("scheduling", "start_run"): 60.0,
        ("enrollment", "submit_adhesion"): 45.0,
    }
    """Seconds, where the time-out of the settings is too short: a national plan is tens of thousands of places, and on
    the last evening a whole country joins, one body after the other. A publication that takes longer goes on by itself,
    and the page of its run tells of it. Whoever repairs a plan right after it was published comes when all are at work
    on what it told."""

    def __init__(self, client: RpcClient) -> None:
        self.client = client

    def call(self, service: str, method: str, **kwargs: Any) -> Any:
        return self.client.call(service, method, within=self.patience.get((service, method)), **kwargs)


class FlaskServer(WebServer):  # type: ignore[misc]
    """nameko's web server with our application in it."""

    client = RpcClient()

    def get_wsgi_app(self) -> Any:
        """The application, on this container's database and its way to the services."""
        settings: GatewaySettings = self.container.config["settings"]
        store = open_store(self.container, Base.metadata)
        self.app = create_app(settings, _Bus(self.client), store, getattr(self.container, "report", None))
        self.counted = _Counted(self.app)
        return self.counted

    def start(self) -> None:
        if self._starting:
            return
        self._starting = True
        settings: GatewaySettings = self.container.config["settings"]
        try:
            self._sock = eventlet.listen(tuple(self.bind_addr), backlog=1024, reuse_port=settings.reuse_port)
        except OSError as error:
            raise BadSetting(f"HTTP_ADDRESS {settings.http_address} cannot be listened on: {error.strerror}") from error
        self._sock.settimeout(None)
        self._serv = self.get_wsgi_server(self._sock, self.get_wsgi_app(), Protocol)
        self._serv.socket_timeout = SLOWEST_CLIENT
        self._serv.url_length_limit = LONGEST_ADDRESS
        self._serv.log_output = False
        self._gt = self.container.spawn_managed_thread(self.run, identifier="http")

    def process_request(self, sock: Any, address: Any) -> None:
        """One connection. An error would end the whole process: what a client does to its own must reach no other."""
        try:
            super().process_request(sock, address)
        except Exception as error:
            log.warning("connection_failed", extra={"error": type(error).__name__})

    def drain(self) -> None:
        """Take no more connections, end the streams, and let the requests in hand be answered."""
        self._is_accepting = False
        self._serv.keepalive = False
        self._gt.kill()
        self._sock.close()
        self.app.extensions["watch"].end()
        self.counted.wait_until_idle(LAST_ANSWERS)


class Website(DependencyProvider):  # type: ignore[misc]
    """Keeps the web server running as long as the service, and stops it before the way to the services goes."""

    server = FlaskServer()

    def setup(self) -> None:
        self.server.register_provider(self)

    def stop(self) -> None:
        self.server.drain()
        self.server.unregister_provider(self)

    def get_dependency(self, worker_ctx: Any) -> None:
        """Nothing: it serves, and is not called."""


class GatewayService:
    """Pages and API for people and programs; everything else is asked of the services."""

    name = "gateway"

    settings = Configured(GatewaySettings)
    database: Any = Database(Base)
    website = Website()

    @consumes(SchedulingRunRequested, SchedulingRunProgressed, SchedulingRunCompleted, SchedulingRunFailed)
    def hear_scheduling(self, events: list[Event]) -> None:
        """Keep what planning runs tell, for the browsers that watch them."""
        progress.hear(self.database, events)
