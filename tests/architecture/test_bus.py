"""The registry and the code tell the same story: who publishes, who reads."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import contracts.certificates
import contracts.enrollment
import contracts.notifications
import contracts.scheduling
from chassis.consumer import Consumes
from chassis.database import Database, Store
from chassis.failures import NotYet
from chassis.runner import load_service
from contracts.event import Event
from contracts.registry import BY_TYPE, REGISTRY, queues

SERVICES = {
    "enrollment": "services.enrollment.service:EnrollmentService",
    "scheduling": "services.scheduling.service:SchedulingService",
    "certificates": "services.certificates.service:CertificatesService",
    "notifications": "services.notifications.service:NotificationsService",
    "gateway": "gateway.service:GatewayService",
}
MODULES = (contracts.enrollment, contracts.scheduling, contracts.certificates, contracts.notifications)


def consumers(service: type) -> dict[str, Consumes]:
    found = {}
    for name, method in inspect.getmembers(service, inspect.isfunction):
        for entrypoint in getattr(method, "nameko_entrypoints", ()):
            if isinstance(entrypoint, Consumes):
                found[name] = entrypoint
    return found


def test_every_event_class_is_in_the_registry_once():
    declared = {
        value
        for module in MODULES
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Event) and value is not Event and value.__name__[0] != "_"
    }
    registered = [row.event for row in REGISTRY]

    assert set(registered) == declared
    assert len(registered) == len(set(registered)) == len(BY_TYPE)


def test_every_queue_has_its_handler_and_every_handler_its_queue():
    handlers = {
        f"{name}.{method}": set(entrypoint.events)
        for name, path in SERVICES.items()
        for method, entrypoint in consumers(load_service(path)).items()
    }

    assert handlers == {reader: set(events) for reader, events in queues().items()}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_called_what_the_registry_calls_it(name: str):
    assert load_service(SERVICES[name]).name == name


@pytest.mark.parametrize("reader", sorted(queues()))
def test_every_reader_takes_every_sample(reader: str, store_for: Callable[..., Store], worker: Callable[..., Any]):
    """A reader may wait for a fact that has not come; it may not stumble."""
    name, method = reader.split(".")
    service = load_service(SERVICES[name])
    [(_, base)] = inspect.getmembers(service, lambda value: isinstance(value, Database))
    running = worker(service, store_for(base.tables))
    samples = Path(contracts.enrollment.__file__).parent / "samples"

    for event in queues()[reader]:
        message = json.loads((samples / f"{event.type()}.json").read_text("utf-8"))
        try:
            getattr(running, method)([event.load(message)])
        except NotYet as waiting:
            assert str(waiting)
