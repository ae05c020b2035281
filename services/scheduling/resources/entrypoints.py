"""What the secretariat asks of hosts, trainers and the calendar's rules; part of scheduling's entrypoints."""

from __future__ import annotations

from typing import Any

from chassis.database import Store
from chassis.rpc import rpc
from services.scheduling import queries, resources
from services.scheduling.queries import identifier
from services.scheduling.resources import schemas

Json = dict[str, Any]


class ResourceEntrypoints:
    """Reads and changes of where and with whom; nothing of it touches a plan that there is."""

    database: Store

    @rpc
    def hosts(
        self, limit: int = 50, cursor: str | None = None, query: str | None = None, usable: bool | None = None
    ) -> Json:
        with self.database.read() as session:
            return queries.hosts(session, limit, cursor, query, usable)

    @rpc
    def host(self, code: str) -> Json:
        with self.database.read() as session:
            return resources.host(session, code)

    @rpc
    def add_host(self, host: Json, idempotency_key: str | None = None) -> Json:
        """Offer another place. Refused: host_exists."""
        given = schemas.HostIn().load(host)
        return self.database.once(
            idempotency_key, "add_host", [given], lambda session: resources.add_host(session, dict(given))
        )

    @rpc
    def change_host(
        self, code: str, changes: Json, version: int | None = None, idempotency_key: str | None = None
    ) -> Json:
        """Change what is given. Refused: changed_meanwhile."""
        given = schemas.HostChange(partial=True).load(changes)
        return self.database.once(
            idempotency_key,
            "change_host",
            [code, given, version],
            lambda session: resources.change_host(session, code, dict(given), version),
        )

    @rpc
    def import_closures(self, content: str, idempotency_key: str | None = None) -> Json:
        """Add the closed dates of a list, all or nothing. Refused: closures_unreadable."""
        return self.database.once(
            idempotency_key,
            "import_closures",
            [content],
            lambda session: resources.import_closures(session, str(content)),
        )

    @rpc
    def trainers(self) -> Json:
        with self.database.read() as session:
            return queries.trainers(session)

    @rpc
    def trainer(self, trainer_id: str) -> Json:
        with self.database.read() as session:
            return resources.trainer(session, identifier(trainer_id, "trainer"))

    @rpc
    def add_trainer(self, trainer: Json, idempotency_key: str | None = None) -> Json:
        """Take somebody on."""
        given = schemas.TrainerIn().load(trainer)
        return self.database.once(
            idempotency_key, "add_trainer", [given], lambda session: resources.add_trainer(session, given)
        )

    @rpc
    def change_trainer(
        self, trainer_id: str, changes: Json, version: int | None = None, idempotency_key: str | None = None
    ) -> Json:
        """Change what is given. Refused: changed_meanwhile."""
        identity, given = identifier(trainer_id, "trainer"), schemas.TrainerIn(partial=True).load(changes)
        return self.database.once(
            idempotency_key,
            "change_trainer",
            [str(identity), given, version],
            lambda session: resources.change_trainer(session, identity, given, version),
        )

    @rpc
    def calendar_rules(self, programme_id: str) -> Json:
        with self.database.read() as session:
            return resources.rules(session, identifier(programme_id, "programme"))

    @rpc
    def change_calendar_rules(
        self, programme_id: str, rules: Json, version: int | None = None, idempotency_key: str | None = None
    ) -> Json:
        """Set the rules anew. Refused: changed_meanwhile."""
        identity, given = identifier(programme_id, "programme"), schemas.RulesIn().load(rules)
        return self.database.once(
            idempotency_key,
            "change_calendar_rules",
            [str(identity), given, version],
            lambda session: resources.change_rules(session, identity, given, version),
        )
