"""What the secretariat does with adhesions: a part of enrollment's entrypoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from chassis import clock
from chassis.consumer import consumes
from chassis.database import Store
from chassis.outbox import Emitter
from chassis.refusal import Invalid, Missing, check_version
from chassis.rpc import rpc
from contracts.enrollment import BulkActionAdvanced
from contracts.event import Event
from services.enrollment import (
    adhesions,
    bulk,
    corrections,
    domain,
    exports,
    finding,
    history,
    notes,
    queries,
    reminders,
    schemas,
)
from services.enrollment.models import Adhesion, BulkAction, Paper
from services.enrollment.settings import EnrollmentSettings


class Secretariat:
    """Every change says who makes it; a correction also says which version it was made from."""

    settings: EnrollmentSettings
    database: Store
    outbox: Emitter
    _change: Callable[..., dict[str, Any]]

    @rpc
    def export_rows(self, programme_code: str, subject: str, after: int = 0, **filters: Any) -> dict[str, Any]:
        """The next rows of a table to take away; ``next`` is where to go on."""
        wanted = finding.Filters(**schemas.AdhesionFilterInput().load(filters))
        with self.database.read() as session:
            rows, following = exports.part(session, queries.programme(session, programme_code), subject, wanted, after)
            return {"rows": rows, "next": following}

    # one adhesion

    @rpc
    def adhesion(self, adhesion_id: str) -> dict[str, Any]:
        with self.database.read() as session:
            return _whole(session, adhesion_id)

    @rpc
    def enter_adhesion(
        self, adhesion: dict[str, Any], paper: dict[str, Any], actor: str, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """An adhesion on behalf of a body that sent paper. A municipality has joined by it; others are reviewed."""
        given, received = schemas.AdhesionInput().load(adhesion), schemas.PaperInput().load(paper)
        now = clock.now()
        if received["dated_on"] > now.astimezone(domain.OFFICE).date():
            raise Invalid({"dated_on": ["in_the_future"]})

        def work(session: Session) -> dict[str, Any]:
            entered, told = adhesions.submit(session, given, now, Paper(**received, entered_by=actor, entered_at=now))
            session.flush()
            self.outbox.emit(session, *told)
            return {"id": str(entered.id)}

        answer = self.database.once(idempotency_key, "enter_adhesion", [adhesion, paper], work)
        return self.adhesion(answer["id"])

    @rpc
    def review_adhesion(
        self,
        adhesion_id: str,
        decision: str,
        reason: str | None,
        actor: str,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        given = schemas.ReviewInput().load({"decision": decision, "reason": reason})

        def review(session: Session, adhesion: Adhesion) -> list[Event]:
            check_version(version, history.version(session, adhesion))
            return adhesions.review(session, adhesion, clock.now(), actor=actor, **given)

        return self._change(adhesion_id, review, "review_adhesion", idempotency_key, given)

    @rpc
    def correct_adhesion(
        self,
        adhesion_id: str,
        correction: dict[str, Any],
        actor: str,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Correct what a body wrote, giving the reason. Refused: changed_meanwhile, not_in_state, official_body,
        unknown_topic, duplicate_delegate."""
        given = schemas.CorrectionInput().load(correction)
        reason = given.pop("reason")

        def correct(session: Session, adhesion: Adhesion) -> list[Event]:
            check_version(version, history.version(session, adhesion))
            return corrections.correct(session, adhesion, clock.now(), given, reason, actor)

        self._change(adhesion_id, correct, "correct_adhesion", idempotency_key, [correction, version])
        return self.adhesion(adhesion_id)

    @rpc
    def withdraw_adhesion_for(
        self, adhesion_id: str, reason: str, actor: str, version: int | None = None, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """The body asked the secretariat, in another way than by its area, to be let out."""
        given = schemas.ReasonInput().load({"reason": reason})

        def withdraw(session: Session, adhesion: Adhesion) -> list[Event]:
            check_version(version, history.version(session, adhesion))
            return adhesions.withdraw(session, adhesion, clock.now(), actor, given["reason"])

        self._change(adhesion_id, withdraw, "withdraw_adhesion_for", idempotency_key, given)
        return self.adhesion(adhesion_id)

    @rpc
    def remind(self, adhesion_id: str, actor: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """Write to a body that has not finished. Refused: nothing_to_remind, mailbox_dead, reminded_lately."""

        def send(session: Session, adhesion: Adhesion) -> list[Event]:
            return reminders.remind(session, adhesion, clock.now(), self._interval, actor)

        self._change(adhesion_id, send, "remind", idempotency_key)
        return self.adhesion(adhesion_id)

    # notes

    @rpc
    def write_note(self, adhesion_id: str, text: str, actor: str, idempotency_key: str | None = None) -> dict[str, Any]:
        given = schemas.NoteInput().load({"text": text})

        def work(session: Session) -> dict[str, Any]:
            return {"id": str(notes.write(session, adhesion_id, clock.now(), given["text"], actor).id)}

        return dict(self.database.once(idempotency_key, "write_note", [str(adhesion_id), given], work))

    @rpc
    def edit_note(self, note_id: str, text: str, actor: str) -> dict[str, Any]:
        given = schemas.NoteInput().load({"text": text})
        with self.database.transaction() as session:
            return dict(schemas.NoteOutput().dump(notes.edit(session, note_id, clock.now(), given["text"], actor)))

    @rpc
    def delete_note(self, note_id: str, actor: str) -> dict[str, Any]:
        with self.database.transaction() as session:
            return dict(schemas.NoteOutput().dump(notes.delete(session, note_id, clock.now(), actor)))

    # many adhesions

    @rpc
    def prepare_bulk_action(
        self, programme_code: str, bulk_action: dict[str, Any], actor: str, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Keep what is to be done to which adhesions, and say what would happen; nothing happens yet."""
        given = schemas.BulkInput().load(bulk_action)
        chosen = given.get("adhesion_ids")
        if chosen is None:
            chosen = finding.Filters(**schemas.AdhesionFilterInput().load(given["filters"]))

        def work(session: Session) -> dict[str, Any]:
            programme = queries.programme(session, programme_code)
            kept = bulk.prepare(session, programme, given["action"], given["reason"], chosen, clock.now(), actor)
            return {"id": str(kept.id)}

        answer = self.database.once(idempotency_key, "prepare_bulk_action", [programme_code, bulk_action], work)
        return self.bulk_action(answer["id"])

    @rpc
    def bulk_action(self, bulk_id: str) -> dict[str, Any]:
        with self.database.read() as session:
            return self._shown(session, bulk.find(session, bulk_id))

    @rpc
    def confirm_bulk_action(self, bulk_id: str, actor: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """Do it. Only who prepared it has seen what it does; a second confirmation does nothing more."""

        def work(session: Session) -> dict[str, Any]:
            found = bulk.find(session, bulk_id, lock=True)
            if found.actor != actor:
                raise Missing("bulk action")
            self.outbox.emit(session, *bulk.confirm(session, found, clock.now(), self._interval))
            return {"id": str(found.id)}

        answer = self.database.once(idempotency_key, "confirm_bulk_action", str(bulk_id), work)
        return self.bulk_action(answer["id"])

    @consumes(BulkActionAdvanced, batch=1)
    def continue_bulk_actions(self, events: list[BulkActionAdvanced]) -> None:
        """Go on with a bulk action where it stood: one part, and the word for the next."""
        with self.database.receive("enrollment.continue_bulk_actions", events) as (session, fresh):
            for event in fresh:
                found = session.get(BulkAction, event.bulk_id, with_for_update=True)
                if found is None:
                    continue
                self.outbox.emit(session, *bulk.advance(session, found, clock.now(), self._interval))

    def _shown(self, session: Session, found: BulkAction) -> dict[str, Any]:
        return {**schemas.BulkOutput().dump(found), **bulk.shown(session, found, clock.now(), self._interval)}

    @property
    def _interval(self) -> timedelta:
        return timedelta(days=self.settings.reminder_days)


def _whole(session: Session, adhesion_id: str) -> dict[str, Any]:
    found = queries.adhesion(session, adhesion_id, history=True)
    shown: dict[str, Any] = schemas.AdhesionWithHistoryOutput().dump(found)
    paper = session.get(Paper, found.id)
    shown["paper"] = schemas.PaperOutput().dump(paper) if paper is not None else None
    return {**shown, "notes": schemas.NoteOutput(many=True).dump(notes.of(session, found.id))}
