"""What the entrypoints share that change one adhesion: a lock, an answer under the idempotency key, the events told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from chassis import clock
from chassis.database import Database
from chassis.links import BadLink, ExpiredLink, read_link_token
from chassis.logging import get_logger
from chassis.outbox import Outbox
from chassis.refusal import Refused
from chassis.settings import Configured
from contracts.event import Event
from services.enrollment import queries, schemas
from services.enrollment.models import Adhesion, Base
from services.enrollment.settings import EnrollmentSettings

log = get_logger("enrollment")

Change = Callable[[Session, Adhesion], list[Event]]


class ChangesAdhesions:
    """The dependencies of the service, and how it changes an adhesion."""

    settings = Configured(EnrollmentSettings)
    database = Database(Base)
    outbox = Outbox()

    def _subject(self, token: Any, purpose: str, *, however_old: bool = False) -> str:
        """Whom a mailed link speaks for that may be used more than once: what it does is idempotent."""
        if not isinstance(token, str):
            raise Refused("link_invalid")
        age = sys.maxsize if however_old else self.settings.link_seconds
        try:
            return read_link_token(self.settings.link_secret, purpose, token, clock.now(), age)
        except ExpiredLink as error:
            raise Refused("link_expired") from error
        except BadLink as error:
            raise Refused("link_invalid") from error

    def _change(
        self,
        adhesion_id: str,
        change: Change,
        operation: str,
        idempotency_key: str | None,
        request: Any = None,
        whole: bool = True,
    ) -> dict[str, Any]:
        """One change of one adhesion, which nobody else changes meanwhile, and what it looks like now."""

        def locked(session: Session) -> tuple[Adhesion, list[Event]]:
            adhesion = queries.adhesion(session, adhesion_id, lock=True)
            return adhesion, change(session, adhesion)

        return self._once(idempotency_key, operation, [str(adhesion_id), request], locked, whole)

    def _once(
        self,
        idempotency_key: str | None,
        operation: str,
        request: Any,
        change: Callable[[Session], tuple[Adhesion, list[Event]]],
        whole: bool = True,
    ) -> dict[str, Any]:
        """Change, tell, and show the adhesion as it is then; a repetition under the same key shows it as it is now.

        The remembered answer is the adhesion's id alone: a stored answer would keep names that were erased since.
        """
        answered: dict[str, Any] = {}

        def work(session: Session) -> dict[str, Any]:
            adhesion, told = change(session)
            session.flush()
            self.outbox.emit(session, *told)
            log.info(operation, extra={"adhesion_id": str(adhesion.id), "state": adhesion.state})
            answered.update(shown(adhesion, whole))
            return {"id": str(adhesion.id)}

        answer = self.database.once(idempotency_key, operation, request, work)
        return answered or self._whole(answer["id"], whole)

    def _whole(self, adhesion_id: str, whole: bool = True) -> dict[str, Any]:
        with self.database.read() as session:
            return shown(queries.adhesion(session, adhesion_id), whole)


_WHOLE = schemas.WholeAdhesionOutput()
"""Made once: that takes as long as using it."""


def shown(adhesion: Adhesion, whole: bool) -> dict[str, Any]:
    """The adhesion with its people, or without any of them."""
    found: dict[str, Any] = _WHOLE.dump(adhesion)
    if not whole:
        for people in ("contact", "nomination", "institutional_email", "legal_representative", "delegates"):
            del found[people]
    return found
