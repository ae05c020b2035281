"""The entrypoints of programmes' administrators: drafts, publication, changes with their consequences, the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from chassis import clock
from chassis.logging import get_logger
from chassis.refusal import Invalid
from chassis.rpc import rpc
from contracts.event import Event
from services.enrollment import programmes, queries, schemas
from services.enrollment.dashboard import figures
from services.enrollment.models import Programme

log = get_logger("enrollment")


class AdministersProgrammes:
    """A part of the service, which has the database and the outbox."""

    database: Any
    outbox: Any

    @rpc
    def all_programme_settings(self) -> dict[str, Any]:
        with self.database.read() as session:
            found = queries.programmes(session, drafts=True)
            return {"items": [programmes.settings(one, clock.now()) for one in found]}

    @rpc
    def programme_settings(self, code: str) -> dict[str, Any]:
        with self.database.read() as session:
            return programmes.settings(queries.programme(session, code, drafts=True), clock.now())

    @rpc
    def programme_history(self, code: str, limit: int = 50, cursor: str | None = None) -> dict[str, Any]:
        with self.database.read() as session:
            programme = queries.programme(session, code, drafts=True)
            found, following = queries.programme_history(session, programme, queries.page_size(limit), cursor)
            return {"items": schemas.ProgrammeHistoryOutput(many=True).dump(found), "next_cursor": following}

    @rpc
    def dashboard(self, programme_code: str) -> dict[str, Any]:
        with self.database.read() as session:
            return figures(session, queries.programme(session, programme_code), clock.now())

    @rpc
    def open_programme(
        self, programme: dict[str, Any], actor: str, draft: bool = False, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        def opened(session: Session, now: datetime) -> tuple[Programme, list[Event]]:
            return programmes.open_programme(session, programme, actor, now, draft=bool(draft))

        return self._administer("open_programme", [programme, draft], actor, idempotency_key, opened)

    @rpc
    def publish_programme(
        self, code: str, actor: str, version: int | None = None, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        def published(session: Session, now: datetime) -> tuple[Programme, list[Event]]:
            return programmes.publish(session, code, version, actor, now)

        return self._administer("publish_programme", [code, version], actor, idempotency_key, published)

    @rpc
    def preview_programme(self, code: str, changes: dict[str, Any]) -> dict[str, Any]:
        """What a change would touch; nothing is done."""
        with self.database.read() as session:
            return programmes.preview(session, code, changes, clock.now())

    @rpc
    def change_programme(
        self,
        code: str,
        changes: dict[str, Any],
        actor: str,
        version: int | None = None,
        accepted: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        answers = schemas.accepted(accepted)

        def changed(session: Session, now: datetime) -> tuple[Programme, list[Event]]:
            return programmes.change_programme(session, code, changes, actor, now, version=version, accepted=answers)

        request = [code, changes, version, answers]
        return self._administer("change_programme", request, actor, idempotency_key, changed)

    @rpc
    def move_adhesion_window(
        self,
        code: str,
        move: str,
        actor: str,
        version: int | None = None,
        accepted: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Open or close adhesions at this moment."""
        answers = schemas.accepted(accepted)
        if move not in ("open", "close"):
            raise Invalid({"move": ["not_a_choice"]})

        def moved(session: Session, now: datetime) -> tuple[Programme, list[Event]]:
            return programmes.move_window(session, code, move, actor, now, version=version, accepted=answers)

        request = [code, move, version, answers]
        return self._administer("move_adhesion_window", request, actor, idempotency_key, moved)

    def _administer(
        self,
        operation: str,
        request: Any,
        actor: str,
        idempotency_key: str | None,
        change: Callable[[Session, datetime], tuple[Programme, list[Event]]],
    ) -> dict[str, Any]:
        """One change of a programme, told and logged, and what it looks like now."""

        def work(session: Session) -> dict[str, Any]:
            programme, told = change(session, clock.now())
            session.flush()
            self.outbox.emit(session, *told)
            log.info(operation, extra={"programme_id": str(programme.id), "actor": actor})
            return programmes.settings(programme, clock.now())

        return dict(self.database.once(idempotency_key, operation, request, work))
