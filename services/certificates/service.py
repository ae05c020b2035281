"""Certificates: hears evidence, decides who holds a certificate, presses it, and answers who asks about it."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.consumer import consumes, continually
from chassis.database import Database
from chassis.outbox import Outbox
from chassis.refusal import Invalid
from chassis.repair import Repairable
from chassis.rpc import Missing, rpc
from chassis.settings import Configured
from contracts.enrollment import (
    DelegateRegistered,
    DelegateWithdrawn,
    PersonErased,
    ProgrammeChanged,
    ProgrammeOpened,
)
from contracts.event import Event
from contracts.scheduling import (
    AppointmentCancelled,
    AppointmentClosed,
    AppointmentMoved,
    AppointmentScheduled,
    AttendanceCorrected,
    AttendanceRecorded,
    PlanPublished,
)
from services.certificates import hearing, queries, register
from services.certificates.models import Base, Certificate
from services.certificates.pressing import Pressing, press_some
from services.certificates.schemas import ATTENDED, CERTIFICATE, CERTIFICATES, LISTING, REVOCATION, SOME_DELEGATES
from services.certificates.settings import CertificatesSettings
from services.certificates.verification import verified


class CertificatesService(Repairable):
    name = "certificates"

    settings = Configured(CertificatesSettings)
    database = Database(Base)
    outbox = Outbox()
    press = Pressing()

    @consumes(ProgrammeOpened, ProgrammeChanged, DelegateRegistered, DelegateWithdrawn, PersonErased, batch=200)
    def hear_enrollment(self, events: list[Event]) -> None:
        """Programmes, names, and who is to be forgotten."""
        with self.database.receive("certificates.hear_enrollment", events) as (session, fresh):
            hearing.enrollment(session, self.outbox, fresh)

    @consumes(
        PlanPublished,
        AppointmentScheduled,
        AppointmentMoved,
        AppointmentCancelled,
        AppointmentClosed,
        AttendanceRecorded,
        AttendanceCorrected,
        batch=200,
    )
    def hear_scheduling(self, events: list[Event]) -> None:
        """Evidence, and in the same transaction the certificates that follow from it."""
        with self.database.receive("certificates.hear_scheduling", events) as (session, fresh):
            hearing.scheduling(session, self.outbox, fresh)

    @continually(idle=1.0)
    def press_documents(self) -> bool:
        return press_some(self.database, self.outbox, self.press)

    @rpc
    def verify(self, public_code: str, name: str | None = None) -> dict[str, Any]:
        """What anybody may know about the certificate with this code."""
        with self.database.read() as session:
            development_key = self.press.seal.development_key
            return verified(session, str(public_code), name and str(name), development_key=development_key)

    @rpc
    def certificates(
        self,
        programme_id: str,
        delegate_id: str | None = None,
        state: str | None = None,
        query: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        asked = LISTING.load(
            {
                "programme_id": programme_id,
                "delegate_id": delegate_id,
                "state": state,
                "query": query,
                "limit": limit,
                "cursor": cursor,
            }
        )
        with self.database.read() as session:
            found, after = queries.page(
                session,
                asked["programme_id"],
                asked["delegate_id"],
                asked["state"],
                asked["query"],
                asked["limit"],
                asked["cursor"],
            )
            return {"items": CERTIFICATES.dump(found), "next_cursor": str(after) if after is not None else None}

    @rpc
    def certificate(self, certificate_id: str) -> dict[str, Any]:
        with self.database.read() as session:
            return _dump(_find(session, certificate_id))

    @rpc
    def certificates_of(self, delegate_ids: list[str]) -> dict[str, Any]:
        asked = SOME_DELEGATES.load({"delegate_ids": delegate_ids})
        with self.database.read() as session:
            return {"items": CERTIFICATES.dump(queries.of_delegates(session, asked["delegate_ids"]))}

    @rpc
    def document(self, certificate_id: str) -> dict[str, Any]:
        """The sealed PDF; missing until it is pressed, and again once its person was erased."""
        with self.database.read() as session:
            certificate = _find(session, certificate_id)
            content = queries.document_of(session, certificate)
        if content is None:
            raise Missing("document")
        return {
            "sha256": certificate.document,
            "filename": f"attestato-{certificate.number.replace('/', '-')}.pdf",
            "content_base64": base64.b64encode(content).decode(),
        }

    @rpc
    def evidence(self, delegate_id: str, programme_id: str) -> dict[str, Any]:
        """What is evidenced of a delegate, and how many minutes a certificate asks for."""
        with self.database.read() as session:
            programme = _identifier(programme_id, "programme")
            threshold = queries.threshold_of(session, programme)
            if threshold is None:
                raise Missing("programme")
            items = queries.evidence_of(session, _identifier(delegate_id, "delegate"), programme)
            minutes = sum(item["minutes"] for item in items if item["settled"])
            return {"minutes": minutes, "threshold": threshold, "items": ATTENDED.dump(items)}

    @rpc
    def threshold_effect(self, programme_id: str, minutes: int) -> dict[str, Any]:
        """Whom another threshold would give a certificate, before it is set."""
        if not isinstance(minutes, int) or not 1 <= minutes <= 10**8:
            raise Invalid({"minutes": ["out_of_range"]})
        with self.database.read() as session:
            return queries.threshold_effect(session, _identifier(programme_id, "programme"), minutes)

    @rpc
    def revoke(
        self, certificate_id: str, reason: str, actor: str, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Staff take a certificate away, with the reason that its holder will read."""
        request = REVOCATION.load({"reason": reason, "actor": actor})
        identifier = _identifier(certificate_id, "certificate")

        def work(session: Session) -> dict[str, Any]:
            return _dump(register.revoke(session, self.outbox, identifier, request["reason"], request["actor"]))

        return self.database.once(idempotency_key, "revoke", {**request, "certificate_id": str(identifier)}, work)

    @rpc
    def retry(self, certificate_id: str, actor: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """Press again what failed."""
        identifier = _identifier(certificate_id, "certificate")
        return self.database.once(
            idempotency_key,
            "retry",
            {"certificate_id": str(identifier), "actor": actor},
            lambda session: _dump(register.retry(session, identifier)),
        )


def _find(session: Session, certificate_id: str) -> Certificate:
    certificate = queries.find(session, _identifier(certificate_id, "certificate"))
    if certificate is None:
        raise Missing("certificate")
    return certificate


def _identifier(given: str, what: str) -> UUID:
    """An identifier that is none finds as little as an unknown one."""
    try:
        return UUID(str(given))
    except ValueError:
        raise Missing(what) from None


def _dump(certificate: Certificate) -> dict[str, Any]:
    dumped: dict[str, Any] = CERTIFICATE.dump(certificate)
    return dumped
