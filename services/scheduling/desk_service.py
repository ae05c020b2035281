"""What the gateway asks of the desks of appointments; part of scheduling's entrypoints."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store
from chassis.outbox import Emitter
from chassis.rpc import rpc
from services.scheduling import desk, schemas
from services.scheduling.queries import identifier

Json = dict[str, Any]


class DeskEntrypoints:
    """Assignments of staff accounts, and what an account may see by them."""

    database: Store
    outbox: Emitter
    settings: Any

    @rpc
    def assign_desk(self, assignment: Json, actor: str, idempotency_key: str | None = None) -> Json:
        """Put accounts at the desks of appointments, or of all coming days of a host. Refused: appointment_closed,
        appointment_cancelled."""
        chosen = schemas.DeskIn().load(assignment)

        def work(session: Session) -> Json:
            wanted = chosen.get("appointment_ids") or desk.coming_days(
                session, chosen["programme_id"], chosen["host_code"], clock.now()
            )
            answer, told = desk.assign(session, wanted, chosen["account_ids"], actor, clock.now())
            self.outbox.emit(session, *told)
            return answer

        return self.database.once(idempotency_key, "assign_desk", [chosen], work)

    @rpc
    def relieve_desk(
        self, appointment_id: str, account_id: str, actor: str, idempotency_key: str | None = None
    ) -> Json:
        """Take an account off the desk of one appointment."""
        where, whom = identifier(appointment_id, "appointment"), identifier(account_id, "account")

        def work(session: Session) -> Json:
            self.outbox.emit(session, *desk.relieve(session, where, whom, actor, clock.now()))
            return {}

        return self.database.once(idempotency_key, "relieve_desk", [str(where), str(whom)], work)

    @rpc
    def desk_of(self, appointment_id: str) -> Json:
        with self.database.read() as session:
            return desk.desk_of(session, identifier(appointment_id, "appointment"))

    @rpc
    def check_desk(self, account_id: str, appointment_id: str) -> Json:
        """Answer as if the appointment were missing, unless the account is at its desk."""
        with self.database.read() as session:
            desk.check(session, identifier(account_id, "account"), identifier(appointment_id, "appointment"))
        return {}

    @rpc
    def desk_appointments(
        self, account_id: str, past: bool = False, limit: int = 50, cursor: str | None = None
    ) -> Json:
        account, zone = identifier(account_id, "account"), self.settings.zone
        with self.database.read() as session:
            return desk.appointments(
                session, account, past=bool(past), zone=zone, now=clock.now(), limit=limit, cursor=cursor
            )

    @rpc
    def desk_guests(self, account_id: str, delegate_ids: list[str]) -> Json:
        """Those of the delegates whom the account checks in somewhere."""
        chosen = schemas.DelegatesIn().load({"delegate_ids": delegate_ids})
        with self.database.read() as session:
            return {"items": desk.guests(session, identifier(account_id, "account"), chosen["delegate_ids"])}
