"""Notifications' entrypoints: hear what is worth a mail, send it, follow what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import clock
from chassis.consumer import consumes, continually
from chassis.database import Database, upsert
from chassis.logging import get_logger
from chassis.outbox import Outbox
from chassis.refusal import Missing
from chassis.repair import Repairable
from chassis.rpc import Remote, rpc
from chassis.settings import Configured
from contracts.event import Event
from contracts.registry import queues
from services.notifications import decisions, domain, queries, schemas, staff, webhook
from services.notifications.delivery import Delivery
from services.notifications.events import told
from services.notifications.hearing import hear
from services.notifications.models import Base, Message, Report
from services.notifications.sendgrid import Provider
from services.notifications.settings import NotificationsSettings
from services.notifications.tracking import move

log = get_logger("notifications")
_QUEUES = queues()


class NotificationsService(Repairable):
    name = "notifications"

    settings = Configured(NotificationsSettings)
    database = Database(Base)
    outbox = Outbox()
    sendgrid = Provider()
    certificates = Remote("certificates")

    # what others tell

    @consumes(*_QUEUES["notifications.hear_enrollment"], batch=200)
    def hear_enrollment(self, events: Sequence[Event]) -> None:
        self._hear("notifications.hear_enrollment", events)

    @consumes(*_QUEUES["notifications.hear_scheduling"], batch=200)
    def hear_scheduling(self, events: Sequence[Event]) -> None:
        self._hear("notifications.hear_scheduling", events)

    @consumes(*_QUEUES["notifications.hear_certificates"], batch=200)
    def hear_certificates(self, events: Sequence[Event]) -> None:
        self._hear("notifications.hear_certificates", events)

    def _hear(self, consumer: str, events: Sequence[Event]) -> None:
        with self.database.receive(consumer, events) as (session, fresh):
            hear(session, fresh, clock.now())

    # sending

    @continually(idle=1.0)
    def deliver(self) -> bool:
        """Mails without a document never wait for certificates."""
        return self._delivery().letters()

    @continually(idle=1.0)
    def deliver_documents(self) -> bool:
        return self._delivery().documents()

    @continually(idle=600.0)
    def forget_addresses(self) -> bool:
        return self._delivery().forget_addresses()

    def _delivery(self) -> Delivery:
        return Delivery(self.database, self.outbox, self.settings, self.sendgrid, self.certificates)

    # what became of them

    @rpc
    def receive_webhook(self, body_base64: str, signature: str, timestamp: str) -> dict[str, Any]:
        """Take in what SendGrid tells of our messages; what it repeats changes nothing."""
        key = self.settings.sendgrid_webhook_key
        reported = webhook.read(body_base64, signature, timestamp, key, clock.machine_now())
        if not reported:
            return {"accepted": 0}
        with self.database.transaction() as session:
            ids = {one.message_id for one in reported}
            statement = sa.select(Message).where(Message.id.in_(ids)).order_by(Message.id).with_for_update()
            messages = {message.id: message for message in session.scalars(statement)}
            fresh = self._remember(session, [one for one in reported if one.message_id in messages])
            events = []
            for one in fresh:
                message = messages[one.message_id]
                if move(message, one.state, one.reason):
                    events += told(message)
            self.outbox.emit(session, *events)
        return {"accepted": len(fresh)}

    def _remember(self, session: Session, reported: list[webhook.Reported]) -> list[webhook.Reported]:
        """Those that were not told before."""
        rows = {(one.message_id, one.event, one.happened_at): one for one in reported}
        if not rows:
            return []
        columns = ("message_id", "event", "happened_at")
        statement = (
            upsert(session, Report.__table__)
            .on_conflict_do_nothing()
            .returning(Report.message_id, Report.event, Report.happened_at)
        )
        inserted = session.execute(statement, [dict(zip(columns, key, strict=True)) for key in rows])
        new = {tuple(row) for row in inserted}
        return [one for key, one in rows.items() if key in new]

    # for staff

    @rpc
    def write_to_staff(self, **letter: Any) -> dict[str, Any]:
        """Queue a letter to one of the staff; the same answer, after about the same work, when there is nobody."""
        asked: dict[str, Any] = schemas.StaffLetter().load(letter)
        with self.database.transaction() as session:
            staff.queue(session, asked, clock.now())
        return {}

    @rpc
    def introduce_staff(self, people: list[dict[str, Any]]) -> dict[str, Any]:
        """Keep name, address and language of some of the staff, for letters of which events tell."""
        asked: dict[str, Any] = schemas.Introduction().load({"people": people})
        with self.database.transaction() as session:
            staff.introduce(session, asked["people"])
        return {}

    @rpc
    def messages(self, **query: Any) -> dict[str, Any]:
        asked: dict[str, Any] = schemas.MessageQuery().load(query)
        with self.database.read() as session:
            found = queries.page(session, **asked)
        shown, more = found[: asked["limit"]], found[asked["limit"] :]
        return {
            "items": [schemas.shown(message, language) for message, language in shown],
            "next_cursor": schemas.cursor_after(shown[-1][0]) if more else None,
        }

    @rpc
    def message_counts(self, programme_id: str | None = None) -> dict[str, Any]:
        asked = schemas.CountQuery().load({"programme_id": programme_id})
        with self.database.read() as session:
            return queries.counts(session, asked["programme_id"])

    @rpc
    def resolve_message(
        self, message_id: str, outcome: str, actor: str, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """A person found out whether an unknown message went out."""
        given: dict[str, Any] = schemas.Decision().load({"message_id": message_id, "outcome": outcome, "actor": actor})
        return self._decide_one("resolve_message", given, outcome, [message_id, outcome], idempotency_key)

    @rpc
    def resend_message(self, message_id: str, actor: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """A person wants it sent once more."""
        given: dict[str, Any] = schemas.Decision().load({"message_id": message_id, "actor": actor})
        return self._decide_one("resend_message", given, domain.RESEND, [message_id], idempotency_key)

    def _decide_one(
        self, operation: str, given: dict[str, Any], decision: str, request: Any, idempotency_key: str | None
    ) -> dict[str, Any]:
        def work(session: Session) -> dict[str, Any]:
            message, language = _existing(session, given["message_id"])
            decided = decisions.decide_one(session, decision, message, given["actor"])
            self.outbox.emit(session, *decided.told)
            log.info(operation, extra={"message_id": str(message.id), "decision": decision, "actor": given["actor"]})
            return schemas.shown(decided.done[0], language)

        return self.database.once(idempotency_key, operation, request, work)

    @rpc
    def preview_decision(self, message_ids: Sequence[str], decision: str) -> dict[str, Any]:
        """What the decision would do to these messages; nothing is done."""
        given: dict[str, Any] = schemas.Decisions().load({"message_ids": message_ids, "decision": decision})
        with self.database.quietly() as session:
            with session.begin_nested() as tried:
                decided = decisions.decide(session, given["decision"], given["message_ids"], "nobody")
                tried.rollback()
            return schemas.counted(decided)

    @rpc
    def decide_messages(
        self, message_ids: Sequence[str], decision: str, actor: str, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """The same decision about many messages; the rule's name counts those that it keeps back."""
        given: dict[str, Any] = schemas.Decisions().load(
            {"message_ids": message_ids, "decision": decision, "actor": actor}
        )

        def work(session: Session) -> dict[str, Any]:
            decided = decisions.decide(session, given["decision"], given["message_ids"], given["actor"])
            self.outbox.emit(session, *decided.told)
            log.info("messages_decided", extra={"decision": decision, "done": len(decided.done), "actor": actor})
            return schemas.counted(decided)

        request = [sorted(map(str, given["message_ids"])), decision]
        return self.database.once(idempotency_key, "decide_messages", request, work)


def _existing(session: Session, message_id: UUID) -> tuple[Message, str]:
    found = queries.message(session, message_id)
    if found is None:
        raise Missing("message")
    return found
