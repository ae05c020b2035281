"""How another contact takes over, and how a delegate moves to another mailbox: a part of enrollment's entrypoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from chassis import clock
from chassis.consumer import continually
from chassis.links import Link
from chassis.refusal import Refused
from chassis.rpc import rpc
from contracts.event import Event
from services.enrollment import areas, domain, handovers, queries, schemas
from services.enrollment.area_service import AreaEntrypoints
from services.enrollment.changing import shown
from services.enrollment.models import Adhesion


class HandoverEntrypoints(AreaEntrypoints):
    """What is named in an area, or by the institutional mailbox, and what the mailed links then do."""

    # contacts

    @rpc
    def nominate_contact(
        self, token: str, contact: dict[str, Any], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """The contact names another one. Refused: not_in_state, asked_too_often."""
        adhesion_id = self._body(token)
        given = schemas.ContactInput().load(contact)

        def nominate(session: Session, adhesion: Adhesion) -> list[Event]:
            return handovers.nominate(session, self.settings, adhesion, clock.now(), given, "contact")

        return self._change(adhesion_id, nominate, "nominate_contact", idempotency_key, given)

    @rpc
    def withdraw_nomination(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        adhesion_id = self._body(token)

        def withdraw(session: Session, adhesion: Adhesion) -> list[Event]:
            return handovers.withdraw_nomination(session, adhesion, clock.now())

        return self._change(adhesion_id, withdraw, "withdraw_nomination", idempotency_key)

    @rpc
    def mailbox_area(self, token: str) -> dict[str, Any]:
        """The adhesion that a link to the institutional mailbox is about, without its people; the link stays good."""
        with self.database.read() as session:
            link = self._link(handovers.MAILBOX, token, self.settings.area_link_seconds)
            if areas.is_used(session, link):
                raise Refused("link_used")
            adhesion = queries.adhesion(session, link.subject_id)
            domain.moved(adhesion.state, "change_contact")
            return shown(adhesion, whole=False)

    @rpc
    def nominate_by_mailbox(
        self, token: str, contact: dict[str, Any], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Who reads the institutional mailbox names another contact; the link is used up. Refused: link_used,
        not_in_state, asked_too_often."""
        link = self._link(handovers.MAILBOX, token, self.settings.area_link_seconds)
        given = schemas.ContactInput().load(contact)

        def nominate(session: Session, adhesion: Adhesion) -> list[Event]:
            areas.use_up(session, link, clock.now())
            return handovers.nominate(session, self.settings, adhesion, clock.now(), given, "mailbox")

        return self._change(
            link.subject_id, nominate, "nominate_by_mailbox", idempotency_key, [link.mark, given], whole=False
        )

    @rpc
    def nomination(self, token: str) -> dict[str, Any]:
        """What the one who was nominated is asked to accept. Refused: nomination_over."""
        link = self._link(handovers.NOMINATION, token, self.settings.handover_seconds)
        with self.database.read() as session:
            found = handovers.nomination(session, link.subject_id, clock.now())
            adhesion = shown(queries.adhesion(session, found.adhesion_id), whole=False)
            return {"adhesion": adhesion, "nomination": schemas.NominationOutput().dump(found)}

    @rpc
    def accept_nomination(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """Take over, and be let into the body's area. Refused: nomination_over, not_in_state, link_used."""
        return self._enter(handovers.NOMINATION, "body", handovers.accept, token, idempotency_key)

    # delegates

    @rpc
    def change_delegates_mailbox(
        self, token: str, delegate_id: str, email: str, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """The contact gives a delegate's new address, which has to confirm itself. Refused: not_in_state,
        duplicate_delegate, asked_too_often."""
        adhesion_id = self._body(token)
        given = schemas.MailboxInput().load({"email": email})["email"]

        def ask(session: Session, adhesion: Adhesion) -> list[Event]:
            delegate = queries.delegate_of(adhesion, delegate_id)
            return handovers.ask_change(session, self.settings, adhesion, delegate, given, "contact", clock.now())

        request = [str(delegate_id), given]
        return self._change(adhesion_id, ask, "change_delegates_mailbox", idempotency_key, request)

    @rpc
    def change_my_mailbox(self, token: str, email: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """The delegates give their own new address. Refused: duplicate_delegate, asked_too_often."""
        own = self._own(token)
        given = schemas.MailboxInput().load({"email": email})["email"]

        def ask(session: Session, adhesion: Adhesion) -> list[Event]:
            mine = queries.delegate_of(adhesion, own.id)
            return handovers.ask_change(session, self.settings, adhesion, mine, given, "delegate", clock.now())

        request = [str(own.id), given]
        return self._change(str(own.adhesion_id), ask, "change_my_mailbox", idempotency_key, request, whole=False)

    @rpc
    def confirm_mailbox(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """The new mailbox is in force, and whoever reads it is let onto the delegate's page. Refused:
        mailbox_change_over, duplicate_delegate, link_used."""
        return self._enter(handovers.CHANGE, "delegate", handovers.confirm_change, token, idempotency_key)

    @continually(idle=60.0)
    def forget_old_handovers(self) -> bool:
        with self.database.transaction() as session:
            told = handovers.forget_old(session, clock.now())
            self.outbox.emit(session, *told)
        return bool(told)

    def _enter(
        self, purpose: str, kind: str, act: Callable[..., tuple[Any, list[Event]]], token: Any, key: str | None
    ) -> dict[str, Any]:
        """Do what the link is for and let its holder in; a link that did so before is a used one."""
        link = self._link(purpose, token, self.settings.handover_seconds)
        now = clock.now()
        with self.database.transaction() as session:
            person, told = areas.let_in(session, link), []
            if person is None:
                person, told = act(session, link, now)
            opened = areas.admit(session, self.settings, kind, person, link, key, now)
            self.outbox.emit(session, *told)
        return opened.shown

    def _link(self, purpose: str, token: Any, seconds: float) -> Link:
        return areas.read(self.settings, purpose, token, clock.now(), seconds)
