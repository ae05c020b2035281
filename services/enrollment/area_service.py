"""What contacts and delegates do in the areas that their mailed links opened."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from chassis import clock
from chassis.rpc import rpc
from contracts.event import Event
from services.enrollment import adhesions, areas, handovers, queries, schemas
from services.enrollment.changing import ChangesAdhesions, shown
from services.enrollment.models import Adhesion, Delegate


class AreaEntrypoints(ChangesAdhesions):
    """Every call but the first three is made with the token that a link was exchanged for."""

    # opening

    @rpc
    def open_area(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """Exchange a mailed link, once. Refused: link_invalid, link_expired, link_used."""
        with self.database.transaction() as session:
            opened = areas.open_area(session, self.settings, token, idempotency_key, clock.now())
        return opened.shown

    @rpc
    def request_area_link(self, email: str, programme_code: str) -> dict[str, Any]:
        """The same answer for every mailbox: nobody learns here who has joined.

        A body's institutional mailbox gets the link by which another contact is nominated.
        """
        with self.database.transaction() as session:
            programme = queries.programme(session, programme_code)
            for person in queries.areas(session, programme, schemas.mailbox(email)):
                told = areas.mail_link(session, self.settings, person.adhesion, person, clock.now())
                self.outbox.emit(session, *told)
            for adhesion in queries.of_mailbox(session, programme, schemas.mailbox(email)):
                told = handovers.mail_mailbox_link(session, self.settings, adhesion, clock.now())
                self.outbox.emit(session, *told)
        return {}

    @rpc
    def renew_area_link(self, token: str) -> dict[str, Any]:
        """A new link to the mailbox that the used or expired one was sent to. Refused: link_invalid."""
        with self.database.transaction() as session:
            told = handovers.renew(session, self.settings, token, clock.now())
            if told is None:
                told = areas.renew_link(session, self.settings, token, clock.now())
            self.outbox.emit(session, *told)
        return {}

    @rpc
    def close_area(self, token: str) -> dict[str, Any]:
        with self.database.transaction() as session:
            areas.close_area(session, token, clock.now())
        return {}

    # the body's

    @rpc
    def area(self, token: str) -> dict[str, Any]:
        return self._whole(self._body(token))

    @rpc
    def area_history(self, token: str) -> dict[str, Any]:
        """All that happened to the adhesion; of staff, that it was they and not who."""
        adhesion_id = self._body(token)
        with self.database.read() as session:
            return {"items": schemas.own_history(queries.adhesion(session, adhesion_id, history=True).history)}

    @rpc
    def register_delegate(
        self, token: str, delegate: dict[str, Any], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        adhesion_id = self._body(token)
        given = schemas.DelegateInput().load(delegate)

        def register(session: Session, adhesion: Adhesion) -> list[Event]:
            return adhesions.register_delegates(session, adhesion, clock.now(), [given])

        return self._change(adhesion_id, register, "register_delegate", idempotency_key, given)

    @rpc
    def register_delegates(
        self, token: str, delegates: list[dict[str, Any]], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """All of them, or none; what is wrong comes under ``delegates.N.field``."""
        adhesion_id = self._body(token)
        given = schemas.DelegatesInput().load({"delegates": delegates})["delegates"]

        def register(session: Session, adhesion: Adhesion) -> list[Event]:
            return adhesions.register_delegates(session, adhesion, clock.now(), given)

        return self._change(adhesion_id, register, "register_delegates", idempotency_key, given)

    @rpc
    def withdraw_delegate(self, token: str, delegate_id: str, idempotency_key: str | None = None) -> dict[str, Any]:
        adhesion_id = self._body(token)

        def withdraw(session: Session, adhesion: Adhesion) -> list[Event]:
            delegate = queries.delegate_of(adhesion, delegate_id)
            return adhesions.withdraw_delegate(session, adhesion, clock.now(), delegate, "contact")

        return self._change(adhesion_id, withdraw, "withdraw_delegate", idempotency_key, str(delegate_id))

    @rpc
    def replace_delegate(
        self, token: str, delegate_id: str, delegate: dict[str, Any], idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Another person comes in this one's stead, and gets their places where the lists are open."""
        adhesion_id = self._body(token)
        given = schemas.DelegateInput().load(delegate)

        def replace(session: Session, adhesion: Adhesion) -> list[Event]:
            leaving = queries.delegate_of(adhesion, delegate_id)
            return adhesions.replace_delegate(session, adhesion, clock.now(), leaving, given)

        return self._change(adhesion_id, replace, "replace_delegate", idempotency_key, [str(delegate_id), given])

    @rpc
    def change_topics(self, token: str, topics: list[str], idempotency_key: str | None = None) -> dict[str, Any]:
        """Refused: not_in_state, unknown_topic. What it still does is for scheduling to say (``topics_reach``)."""
        adhesion_id = self._body(token)
        given = schemas.TopicsInput().load({"topics": topics})["topics"]

        def change(session: Session, adhesion: Adhesion) -> list[Event]:
            return adhesions.change_topics(session, adhesion, clock.now(), given)

        return self._change(adhesion_id, change, "change_topics", idempotency_key, given)

    @rpc
    def withdraw_adhesion(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        adhesion_id = self._body(token)

        def withdraw(session: Session, adhesion: Adhesion) -> list[Event]:
            return adhesions.withdraw(session, adhesion, clock.now())

        return self._change(adhesion_id, withdraw, "withdraw_adhesion", idempotency_key)

    # a delegate's own

    @rpc
    def delegate_area(self, token: str) -> dict[str, Any]:
        with self.database.read() as session:
            holder = areas.holder(session, "delegate", token, clock.now())
            adhesion = queries.adhesion(session, holder.adhesion_id)
            delegate = queries.delegate_of(adhesion, holder.id)
            return {"delegate": schemas.DelegateOutput().dump(delegate), "adhesion": shown(adhesion, whole=False)}

    @rpc
    def own_history(self, token: str) -> dict[str, Any]:
        """What happened to this delegate's own data."""
        own = self._own(token)
        with self.database.read() as session:
            lines = queries.adhesion(session, own.adhesion_id, history=True).history
            return {"items": schemas.own_history([line for line in lines if line.person_id == own.id])}

    @rpc
    def leave_programme(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """The delegates withdraw themselves, and get nobody's data."""
        delegate = self._own(token)

        def withdraw(session: Session, adhesion: Adhesion) -> list[Event]:
            mine = queries.delegate_of(adhesion, delegate.id)
            return adhesions.withdraw_delegate(session, adhesion, clock.now(), mine, "delegate")

        return self._change(
            str(delegate.adhesion_id), withdraw, "leave_programme", idempotency_key, str(delegate.id), whole=False
        )

    @rpc
    def correct_me(self, token: str, correction: dict[str, Any], idempotency_key: str | None = None) -> dict[str, Any]:
        """The delegates set their own name and language right; whoever writes or certifies hears of it."""
        delegate = self._own(token)
        given = schemas.OwnCorrectionInput().load(correction)

        def correct(session: Session, adhesion: Adhesion) -> list[Event]:
            mine = queries.delegate_of(adhesion, delegate.id)
            return adhesions.correct_delegate(session, adhesion, clock.now(), mine, given)

        request = [str(delegate.id), given]
        return self._change(str(delegate.adhesion_id), correct, "correct_me", idempotency_key, request, whole=False)

    @rpc
    def erase_me(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        """The delegates withdraw their consent and are forgotten; the area closes with that."""
        delegate = self._own(token)

        def work(session: Session) -> dict[str, Any]:
            person = queries.person(session, delegate.id)
            self.outbox.emit(session, *adhesions.erase(session, person, clock.now(), "delegate"))
            return {}

        return dict(self.database.once(idempotency_key, "erase_me", str(delegate.id), work))

    def _body(self, token: Any) -> str:
        """The adhesion for which the holder of the area acts."""
        with self.database.read() as session:
            return str(areas.holder(session, "body", token, clock.now()).adhesion_id)

    def _own(self, token: Any) -> Delegate:
        with self.database.read() as session:
            delegate = areas.holder(session, "delegate", token, clock.now())
        assert isinstance(delegate, Delegate)
        return delegate
