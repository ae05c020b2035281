"""Runs services until it is told to stop, and stops them cleanly.

``python -m chassis.runner services.enrollment.service:EnrollmentService`` runs one in a process of its own. SIGTERM and
SIGINT end it: handlers finish and are acknowledged, then the process exits with 0.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before anything imports a socket
    import eventlet

    eventlet.monkey_patch()

import gc
import importlib
import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import eventlet
from eventlet import wsgi
from nameko.constants import WEB_SERVER_CONFIG_KEY
from nameko.containers import ServiceContainer

from chassis import clock, logging
from chassis.health import Health
from chassis.settings import BadSetting, Configured, ServiceSettings

__all__ = ["GARBAGE", "container_for", "load_service", "run", "serve", "settings_class"]

_WORKERS = 50
log = logging.get_logger("chassis.runner")

GARBAGE = (10_000, 20, 20)
"""When garbage is looked for, in place of (700, 10, 10): all that a very large plan is made of is gone through each
time, a dozen times while one is published, and the event loop stands still meanwhile."""


def load_service(path: str) -> type:
    """The service class at ``package.module:ClassName``."""
    module, _, name = path.partition(":")
    service: type = getattr(importlib.import_module(module), name)
    return service


def settings_class(service: type) -> type[ServiceSettings]:
    """The settings that the service, or a part that it is made of, declares with ``Configured``."""
    for attribute in (attribute for part in service.__mro__ for attribute in vars(part).values()):
        if isinstance(attribute, Configured):
            return attribute.kind
    raise TypeError(f"{service.__name__} declares no settings")


def container_for(service: type, settings: ServiceSettings) -> ServiceContainer:
    """The nameko container of the service, not yet started."""
    config: dict[str, Any] = {"AMQP_URI": settings.broker_url, "settings": settings, "max_workers": _WORKERS}
    if address := getattr(settings, "http_address", None):
        config[WEB_SERVER_CONFIG_KEY] = address
    return ServiceContainer(service, config)


def serve(app: Any, host: str, port: int) -> Any:
    """Serve a WSGI application in a greenthread; returns the greenthread."""
    return eventlet.spawn(wsgi.server, eventlet.listen((host, port)), app, log_output=False, debug=False)


def run(containers: Sequence[ServiceContainer], started: Callable[[], None] = lambda: None) -> int:
    """Start the containers, wait for a signal or for a container that dies, stop all; return the exit code."""
    gc.set_threshold(*GARBAGE)
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    for container in containers:
        container.start()
    log.info("started", extra={"services": [container.service_name for container in containers]})
    started()
    # A signal does not interrupt eventlet's wait for sockets: look at it at short intervals, or an idle process would
    # not notice before its next request.
    while not asked and not any(container._died.ready() for container in containers):
        eventlet.sleep(0.1)
    died = [container for container in containers if container._died.ready()]
    log.info("stopping", extra={"services": [container.service_name for container in containers]})
    pool = eventlet.GreenPool()
    for container in containers:
        pool.spawn(container.stop)
    pool.waitall()
    for container in died:
        try:
            container.wait()
        except Exception:
            log.exception("died", extra={"died": container.service_name})
            return 1
    log.info("stopped")
    return 0


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or ":" not in arguments[0]:
        print("usage: python -m chassis.runner package.module:ServiceClass", file=sys.stderr)
        return 2
    service = load_service(arguments[0])
    try:
        settings = settings_class(service).from_environment()
    except BadSetting as error:
        print(f"{arguments[0].split('.')[-2]} cannot start: {error}", file=sys.stderr)
        return 2
    logging.set_up(service.name, settings.log_level)  # type: ignore[attr-defined]
    clock.follow(settings.clock_file)
    container = container_for(service, settings)
    container.report = Health([container])
    if settings.health_port:
        serve(container.report, settings.health_host, settings.health_port)
    try:
        return run([container])
    except BadSetting as error:
        print(f"{service.name} cannot start: {error}", file=sys.stderr)  # type: ignore[attr-defined]
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
