"""All services in this process, reached as the bus would: JSON in, JSON or a refusal out, events in their order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import seeds
from chassis.database import OUTBOX, Store
from chassis.refusal import Unavailable, from_wire
from chassis.rpc import error_to_wire
from contracts.registry import BY_TYPE, queues
from services.certificates.models import Base as CertificatesBase
from services.certificates.service import CertificatesService
from services.enrollment import registry
from services.enrollment.models import Base as EnrollmentBase
from services.enrollment.service import EnrollmentService
from services.notifications.models import Base as NotificationsBase
from services.notifications.service import NotificationsService
from services.scheduling import service as scheduling_service
from services.scheduling.__main__ import seed as scheduling_seed
from services.scheduling.models import Base as SchedulingBase
from services.scheduling.service import SchedulingService

SERVICES: dict[str, tuple[type, sa.MetaData]] = {
    "enrollment": (EnrollmentService, EnrollmentBase.metadata),
    "scheduling": (SchedulingService, SchedulingBase.metadata),
    "certificates": (CertificatesService, CertificatesBase.metadata),
    "notifications": (NotificationsService, NotificationsBase.metadata),
}
TRAINERS = Path(str(scheduling_service.__file__)).with_name("seed_trainers.csv")
BODIES = ("058091", "021008", "021004", "001002", "048017", "037006")
"""Rome (too large), Bolzano, Appiano (two names), Airasca (too small), Florence (too large), Bologna."""


class Platform:
    """The services on databases of their own. ``down`` names those that do not answer, or one of their methods."""

    def __init__(self, stores: dict[str, Store], worker: Callable[..., Any], given: dict[str, dict[str, Any]]) -> None:
        self.down: set[str | tuple[str, str]] = set()
        self.asked: list[tuple[str, str]] = []
        self.stores = stores
        self.services: dict[str, Any] = {
            name: worker(service, stores[name], **given.get(name, {})) for name, (service, _) in SERVICES.items()
        }
        self.begin()

    def call(self, service: str, method: str, **kwargs: Any) -> Any:
        """As ``chassis.rpc`` does it, without the broker."""
        self.asked.append((service, method))
        if {service, (service, method)} & self.down:
            raise Unavailable(service)
        try:
            result = getattr(self.services[service], method)(**json.loads(json.dumps(kwargs)))
        except Exception as error:
            raise from_wire(json.loads(json.dumps(error_to_wire(error, service)))) from error
        return json.loads(json.dumps(result))

    def deliver(self) -> None:
        """Bring every event to its readers, until there are no more."""
        while sum(self._deliver_from(name) for name in SERVICES):
            pass

    def _deliver_from(self, name: str) -> bool:
        with self.stores[name].read() as session:
            rows = session.execute(
                sa.select(OUTBOX.c.id, OUTBOX.c.message)
                .where(OUTBOX.c.id > self._delivered[name])
                .order_by(OUTBOX.c.id)
            ).all()
        messages = [json.loads(row.message) for row in rows]
        events = [BY_TYPE[f"{message['type']}.v{message['version']}"].event.load(message) for message in messages]
        for reader, bound in queues().items():
            service, _, handler = reader.partition(".")
            wanted = [event for event in events if type(event) in bound]
            if service in self.services and wanted:
                getattr(self.services[service], handler)(wanted)
        if rows:
            self._delivered[name] = rows[-1].id
        return bool(rows)

    def begin(self) -> None:
        """What is in the databases now has been delivered, and nobody has asked."""
        self._delivered = {}
        for name, store in self.stores.items():
            with store.read() as session:
                self._delivered[name] = session.scalar(sa.select(sa.func.max(OUTBOX.c.id))) or 0
        self.asked.clear()

    def seed(self) -> None:
        """Some municipalities, and the programme as it is shipped."""
        towns = [town for town in seeds.municipalities() if town.code in BODIES]
        with self.stores["enrollment"].transaction() as session:
            registry.store(session, registry.from_seeds(towns))
        with self.stores["scheduling"].transaction() as session:
            scheduling_seed(session, seeds.MUNICIPALITIES, TRAINERS)
        for programme in seeds.programmes():
            self.call("enrollment", "open_programme", programme=programme, actor="system")
        self.deliver()

    def close(self) -> None:
        for store in self.stores.values():
            store.dispose()
