"""From a decided certificate to a sealed document: claimed in one short transaction, pressed in none, kept in another.

Whatever changes a certificate in the meantime raises its version, and the document that was pressed from what it said
before is thrown away. A document that cannot be made is the secretariat's to see, and holds nobody else up.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import eventlet
import sqlalchemy as sa
from nameko.extensions import DependencyProvider
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Store, upsert
from chassis.logging import get_logger
from chassis.outbox import Emitter
from services.certificates import events
from services.certificates.documents.keys import obtain_seal
from services.certificates.documents.render import CannotRender, Line, Renderer, Sheet
from services.certificates.documents.seal import Seal
from services.certificates.domain import Holder, State
from services.certificates.models import Certificate, Delegate, Document
from services.certificates.people import holder_of
from services.certificates.settings import CertificatesSettings

__all__ = ["Press", "Pressing", "press_some"]

BATCH = 25
_LEASE = timedelta(seconds=30)
_ROME = ZoneInfo("Europe/Rome")
log = get_logger("certificates.pressing")
PRESSED = Counter("coalizione_certificates_pressed_total", "Documents pressed", ["outcome"])
SECONDS = Histogram("coalizione_certificate_press_seconds", "Time to render and seal one document")
EXPIRES = Gauge("coalizione_seal_expires_timestamp_seconds", "When the certificate of the seal runs out")


class Press:
    """Renders and seals. One a process: the compiler and the seal's skeleton are kept."""

    def __init__(self, seal: Seal, renderer: Renderer, *, public_url: str, place: str) -> None:
        self.seal = seal
        self.renderer = renderer
        self.public_url = public_url
        self.place = place

    def document(self, certificate: Certificate, holder: Holder) -> bytes:
        """The sealed PDF; raises ``CannotRender``. The same certificate gives the same bytes."""
        sheet = self._sheet(certificate, holder)
        return self.seal.seal(self.renderer.render(sheet), sheet.issued_at)

    def _sheet(self, certificate: Certificate, holder: Holder) -> Sheet:
        return Sheet(
            number=certificate.number,
            edition=certificate.edition,
            public_code=certificate.public_code,
            public_url=self.public_url,
            holder=holder.name,
            body_name=holder.body_name,
            programme_it=certificate.programme_it,
            programme_en=certificate.programme_en,
            issuer=certificate.issuer,
            place=self.place,
            issued_at=certificate.decided_at,
            issued_on=certificate.decided_at.astimezone(_ROME).date(),
            minutes=certificate.minutes,
            lines=tuple(
                Line(
                    kind=item["kind"],
                    title_it=item["title_it"],
                    title_en=item["title_en"],
                    held_on=date.fromisoformat(item["held_on"]),
                    minutes=item["minutes"],
                    host_name=item["host_name"],
                )
                for item in certificate.appointments
            ),
            development_key=self.seal.development_key,
        )


class Pressing(DependencyProvider):  # type: ignore[misc]
    """Gives a service its ``Press``. The seal is opened when the service starts, so that a bad one is noticed then."""

    def setup(self) -> None:
        settings: CertificatesSettings = self.container.config["settings"]
        self.press = press_of(settings)
        EXPIRES.set(self.press.seal.expires.timestamp())
        if self.press.seal.development_key:
            log.warning("development_seal", extra={"hint": "set SEAL_FILE: these certificates have no legal value"})

    def get_dependency(self, worker_ctx: Any) -> Press:
        return self.press


def press_of(settings: CertificatesSettings) -> Press:
    """The press that these settings describe."""
    seal = obtain_seal(settings.seal_file, settings.seal_password, settings.state_dir)
    return Press(seal, Renderer(), public_url=settings.public_url, place=settings.issue_place)


@dataclass(frozen=True)
class _Claim:
    certificate: Certificate
    holder: Holder


@dataclass(frozen=True)
class _Made:
    claim: _Claim
    document: bytes | None
    reason: str | None


def press_some(store: Store, emitter: Emitter, press: Press) -> bool:
    """Press a batch of what is waiting; true when there was any."""
    with store.read() as session:  # a commit would wake the loop that asks, which would never rest
        if session.execute(_waiting().limit(1)).first() is None:
            return False
    with store.transaction() as session:
        claims = _claim(session)
    made = [_make(press, claim) for claim in claims]
    if made:
        with store.transaction() as session:
            for one in made:
                _keep(session, emitter, one, press.seal.development_key)
    return bool(made)


def _waiting() -> sa.Select[tuple[Certificate, Delegate]]:
    """What may be pressed now: the name is known, and no other process has it in hand."""
    return (
        sa.select(Certificate, Delegate)
        .join(Delegate, Delegate.id == Certificate.delegate_id)
        .where(
            Certificate.state == State.PRESSING,
            sa.or_(Certificate.leased_until.is_(None), Certificate.leased_until < clock.machine_now()),
            Delegate.given_name.is_not(None),
        )
    )


def _claim(session: Session) -> list[_Claim]:
    """Lease a batch. The name is written down with the lease, so that one corrected from now on is seen to differ."""
    until = clock.machine_now() + _LEASE
    batch = (
        _waiting()
        .order_by(Certificate.decided_at, Certificate.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Certificate)
    )
    claims = []
    for certificate, delegate in session.execute(batch):
        holder = holder_of(delegate)
        if holder is not None:
            certificate.holder_given_name, certificate.holder_family_name = holder.given_name, holder.family_name
            certificate.body_name, certificate.leased_until = holder.body_name, until
            claims.append(_Claim(certificate, holder))
    return sorted(claims, key=lambda claim: claim.certificate.id)


def _make(press: Press, claim: _Claim) -> _Made:
    """Render and seal one; between two, the process answers its heartbeats."""
    eventlet.sleep(0)
    began = time.perf_counter()
    try:
        document = press.document(claim.certificate, claim.holder)
    except CannotRender as error:
        return _Made(claim, None, error.reason)
    except Exception as error:
        log.error("press_failed", extra={"certificate_id": str(claim.certificate.id), "error": type(error).__name__})
        return _Made(claim, None, f"unexpected {type(error).__name__}")
    SECONDS.observe(time.perf_counter() - began)
    return _Made(claim, document, None)


def _keep(session: Session, emitter: Emitter, made: _Made, development_key: bool) -> None:
    """Keep what was made, unless the certificate has changed since it was claimed: then it is pressed again."""
    claimed = made.claim.certificate
    changes: dict[str, Any] = {"leased_until": None, "version": claimed.version + 1}
    if made.document is None:
        changes |= {"state": State.FAILED, "reason": made.reason}
    else:
        sha256 = hashlib.sha256(made.document).hexdigest()
        changes |= {"state": State.VALID, "issued_at": claimed.decided_at, "document": sha256}
        changes["development_key"] = development_key
    certificate = session.scalars(
        sa.update(Certificate)
        .where(
            Certificate.id == claimed.id, Certificate.version == claimed.version, Certificate.state == State.PRESSING
        )
        .values(changes)
        .returning(Certificate)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if certificate is None:
        PRESSED.labels("outdated").inc()
        return
    PRESSED.labels(certificate.state).inc()
    if made.document is None:
        log.warning("certificate_failed", extra={"certificate_id": str(certificate.id), "reason": made.reason})
        return
    kept = upsert(session, Document.__table__).values(sha256=certificate.document, bytes=made.document)
    session.execute(kept.on_conflict_do_nothing())
    emitter.emit(session, events.pressed(certificate, clock.now()))
