"""Sending: claim, commit, call, commit. A message is claimed once, so it is sent at most once by itself.

Three transactions, and no database lock is held while SendGrid is called. A process that dies in between leaves claims
behind; once their lease is over, any process marks them unknown.
"""

from __future__ import annotations

import hashlib
import math
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventlet.greenpool import GreenPool
from prometheus_client import Counter
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store, skip_locked
from chassis.logging import get_logger
from chassis.outbox import Emitter
from chassis.refusal import Answer, Unavailable
from services.notifications import queries
from services.notifications.domain import CLAIMED, ERASED, FAILED, QUEUED, UNKNOWN, Outcome, is_address
from services.notifications.events import told
from services.notifications.letters import Known, compose
from services.notifications.models import Certificate, Message
from services.notifications.sendgrid import SEND_AT_ONCE, SendGrid, call_of
from services.notifications.settings import NotificationsSettings
from services.notifications.tracking import move

log = get_logger("notifications.delivery")
OUTCOMES = Counter("coalizione_mails_total", "Mails by what became of them", ["outcome"])
DOCUMENT_RETRY = timedelta(seconds=10)
"""How long a mail waits for its document, before it is asked for again."""


@dataclass
class Delivery:
    """One process's sending; made anew for each round."""

    store: Store
    outbox: Emitter
    settings: NotificationsSettings
    sendgrid: SendGrid
    certificates: Any
    """Where documents come from: ``call("document", certificate_id=…)``."""

    def letters(self) -> bool:
        """Send one batch of the mails that need no document; true when there was one. Also gives up on dead claims."""
        abandoned = self._give_up_abandoned()
        if self.sendgrid.paused:
            return False
        with self.store.read() as session:
            due = queries.due(session, clock.machine_now(), self.settings.send_batch, with_document=False)
        if due:
            self._send(self._claim(due), {})
        return bool(due) or abandoned

    def documents(self) -> bool:
        """Send one batch of the mails with a document, which is fetched before the mail is claimed.

        The mails are set aside for a moment, so that no other process fetches the same; when certificates does not
        answer they simply come due again.
        """
        if self.sendgrid.paused:
            return False
        with self.store.read() as session:
            due = queries.due(session, clock.machine_now(), self.settings.send_batch, with_document=True)
        if not due:
            return False
        wanted = self._set_aside(due)
        fetched = self._fetch(wanted)
        self._send(self._claim([one for one in wanted if one in fetched], set_aside=True), fetched)
        return bool(fetched) or not wanted

    # --- claiming ----------------------------------------------------------------------------------------------------

    def _set_aside(self, due: Sequence[UUID]) -> dict[UUID, Certificate]:
        now = clock.machine_now()
        with self.store.transaction() as session:
            taken = _lock(session, due, Message.ready_at <= now)
            for message in taken:
                message.ready_at = now + DOCUMENT_RETRY
            return queries.certificates_of(session, taken)

    def _fetch(self, wanted: dict[UUID, Certificate]) -> dict[UUID, tuple[str, str] | Outcome]:
        """The documents by message. After the first silence the others are not asked for any more."""
        fetched: dict[UUID, tuple[str, str] | Outcome] = {}
        silent = False

        def fetch(message_id: UUID, certificate: Certificate) -> None:
            nonlocal silent
            if silent:
                return
            try:
                answer = self.certificates.call("document", certificate_id=str(certificate.id))
            except Unavailable:
                silent = True
                log.warning("documents_unavailable", extra={"retry_in": DOCUMENT_RETRY.total_seconds()})
            except Answer as error:
                fetched[message_id] = Outcome(FAILED, f"document_{error.kind}")
            else:
                content = answer["content_base64"]
                if hashlib.sha256(b64decode(content)).hexdigest() == certificate.document:
                    fetched[message_id] = answer["filename"], content
                else:
                    fetched[message_id] = Outcome(FAILED, "document_differs")

        pool = GreenPool(SEND_AT_ONCE)
        for message_id, certificate in wanted.items():
            pool.spawn(fetch, message_id, certificate)
        pool.waitall()
        return fetched

    def _claim(self, due: Sequence[UUID], *, set_aside: bool = False) -> _Claim:
        """Take the messages that are still there to be taken, with all that they are written from."""
        now = clock.machine_now()
        rounds = math.ceil(self.settings.send_batch / SEND_AT_ONCE) + 1
        claim = _Claim(uuid4().hex, now + timedelta(seconds=self.settings.http_timeout * rounds), [])
        if not due:
            return claim
        with self.store.transaction() as session:
            taken = _lock(session, due, sa.true() if set_aside else Message.ready_at <= now)
            for message in taken:
                message.state, message.reason = CLAIMED, None
                message.claimed_by, message.claimed_until = claim.token, claim.until
                message.attempts += 1
            claim.mails.extend(queries.known(session, taken))
        return claim

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self, claim: _Claim, documents: dict[UUID, tuple[str, str] | Outcome]) -> None:
        if not claim.mails:
            return
        pool = GreenPool(SEND_AT_ONCE)
        outcomes = pool.imap(lambda known: self._send_one(claim, known, documents.get(known.message.id)), claim.mails)
        self._settle(claim.token, dict(zip((known.message.id for known in claim.mails), outcomes, strict=True)))

    def _send_one(self, claim: _Claim, known: Known, document: tuple[str, str] | Outcome | None) -> Outcome:
        if isinstance(document, Outcome):
            return document
        address = known.message.address or known.person.email
        if known.person.erased and not known.message.address:
            return Outcome(FAILED, ERASED)
        if not is_address(address):
            return Outcome(FAILED, "no_address")
        try:
            call = call_of(compose(known, self.settings, clock.now(), document), self.settings)
        except Exception:
            log.exception("mail_not_written", extra={"message_id": str(known.message.id), "kind": known.message.kind})
            return Outcome(FAILED, "not_written")
        now = clock.machine_now()
        if self.sendgrid.paused or now + timedelta(seconds=self.settings.http_timeout) > claim.until:
            return Outcome(QUEUED, "not_tried", not_before=max(self.sendgrid.not_before or now, now))
        return self.sendgrid.send(call)

    def _settle(self, token: str, outcomes: dict[UUID, Outcome]) -> None:
        """Store what the calls came to, together. Whatever was proved in the meantime, by webhook, stands."""
        with self.store.transaction() as session:
            events = []
            statement = sa.select(Message).where(Message.id.in_(outcomes)).order_by(Message.id).with_for_update()
            for message in session.scalars(statement):
                outcome = outcomes[message.id]
                mine = message.state == CLAIMED and message.claimed_by == token
                if outcome.provider_id is not None:
                    message.provider_id = outcome.provider_id
                if outcome.state in (QUEUED, UNKNOWN) and not mine:
                    continue
                if move(message, outcome.state, outcome.reason):
                    message.ready_at = outcome.not_before or message.ready_at
                    events += told(message)
            self.outbox.emit(session, *events)
        for outcome in outcomes.values():
            OUTCOMES.labels(outcome.state).inc()
        odd = [(str(one), found) for one, found in outcomes.items() if found.state in (FAILED, UNKNOWN)]
        for identifier, outcome in odd:
            log.warning(
                "mail_not_sent", extra={"message_id": identifier, "state": outcome.state, "why": outcome.reason}
            )

    def forget_addresses(self) -> bool:
        """Give up parting letters that could not be sent for days: an address must not stay for want of a postman."""
        with self.store.transaction() as session:
            late = session.scalars(skip_locked(queries.late_partings(clock.now()), session)).all()
            events = []
            for message in late:
                move(message, FAILED, ERASED)
                events += told(message)
            self.outbox.emit(session, *events)
        return bool(late)

    def _give_up_abandoned(self) -> bool:
        """Claims whose process is gone: whether their mails went out, nobody knows."""
        now = clock.machine_now()
        with self.store.read() as session:
            if not queries.abandoned(session, now):
                return False
        with self.store.transaction() as session:
            rows = session.scalars(skip_locked(queries.abandoned_rows(now), session)).all()
            events = []
            for message in rows:
                move(message, UNKNOWN, "abandoned")
                events += told(message)
            self.outbox.emit(session, *events)
        for message in rows:
            OUTCOMES.labels(UNKNOWN).inc()
            log.warning("mail_abandoned", extra={"message_id": str(message.id)})
        return bool(rows)


@dataclass
class _Claim:
    """What one round took: its name, until when it may settle, and the mails."""

    token: str
    until: datetime
    mails: list[Known]


def _lock(session: Session, identifiers: Sequence[UUID], condition: Any) -> list[Message]:
    """Those of the messages that are still queued and that no other process holds."""
    statement = (
        sa.select(Message).where(Message.id.in_(identifiers), Message.state == QUEUED, condition).order_by(Message.id)
    )
    return list(session.scalars(skip_locked(statement, session)))
