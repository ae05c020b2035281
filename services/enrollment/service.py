"""Enrollment's entrypoints: who may join a programme, who has, and which people they send."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import clock
from chassis.consumer import consumes, continually
from chassis.logging import get_logger
from chassis.refusal import Invalid, Missing, Refused
from chassis.repair import Repairable
from chassis.rpc import rpc
from contracts.event import Event
from contracts.notifications import MessageBounced, MessageDelivered, MessageSent, MessageUnresolved
from services.enrollment import (
    adhesions,
    areas,
    dashboard,
    domain,
    drafts,
    finding,
    joined,
    programmes,
    queries,
    receipts,
    schemas,
)
from services.enrollment.administration import AdministersProgrammes
from services.enrollment.handover_service import HandoverEntrypoints
from services.enrollment.models import Adhesion, Contact, Delegate
from services.enrollment.receipts import document
from services.enrollment.secretariat import Secretariat
from services.enrollment.turnstile import Turnstile

log = get_logger("enrollment")

MAIL_STATES: dict[type[Event], str] = {
    MessageUnresolved: "unresolved",
    MessageSent: "sent",
    MessageDelivered: "delivered",
    MessageBounced: "bounced",
}


ADHESION_INPUT = schemas.AdhesionInput()
"""Made once: that takes as long as using it."""
RUSH = Turnstile(3)
"""Adhesions that are in the database at once: one at the counter, and the next ones on their way there."""


class EnrollmentService(HandoverEntrypoints, AdministersProgrammes, Secretariat, Repairable):
    name = "enrollment"

    # programmes

    @rpc
    def programmes(self) -> dict[str, Any]:
        with self.database.read() as session:
            return {"items": [programmes.shown(one, clock.now()) for one in queries.programmes(session)]}

    @rpc
    def programme(self, code: str) -> dict[str, Any]:
        with self.database.read() as session:
            return programmes.shown(queries.programme(session, code), clock.now())

    # bodies

    @rpc
    def search_bodies(self, query: str, limit: int = 10) -> dict[str, Any]:
        if not isinstance(query, str) or len(query) > 200:
            raise Invalid({"query": ["invalid"]})
        with self.database.read() as session:
            found = queries.search_bodies(session, query, queries.page_size(limit, 50))
            return {"items": schemas.BodyOutput(many=True).dump(found)}

    @rpc
    def body(self, code: str) -> dict[str, Any]:
        with self.database.read() as session:
            found = queries.body(session, code)
            if found is None:
                raise Missing("body")
            return dict(schemas.WholeBodyOutput().dump(found))

    @rpc
    def eligibility(self, programme_code: str, body_code: str) -> dict[str, Any]:
        """Whether the body may join now, by the same rules as the form."""
        with self.database.read() as session:
            programme = queries.programme(session, programme_code)
            try:
                adhesions.check_may_join(session, programme, queries.body(session, body_code), clock.now())
            except Refused as refusal:
                return {"eligible": False, "reason": refusal.reason, "facts": refusal.facts}
            return {"eligible": True, "reason": None, "facts": {}}

    @rpc
    def check_roles(self, programme_code: str, roles: list[str]) -> dict[str, Any]:
        """Whether a body may send people of these roles; the form asks before it is sent. Refused: too_many_of_role,
        places_kept_for_role."""
        with self.database.read() as session:
            programme = queries.programme(session, programme_code)
        domain.check_roles(adhesions.terms(programme), [str(role) for role in roles])
        return {}

    # adhesions, by the body

    @rpc
    def submit_adhesion(
        self, adhesion: dict[str, Any], idempotency_key: str | None = None, draft: str | None = None
    ) -> dict[str, Any]:
        """Accept the form. The contact is not believed until the link in the mail is used.

        ``draft`` is the link's token of the draft that the form was; it is forgotten with that.
        """
        given = ADHESION_INPUT.load(adhesion)
        draft_id = self._draft_id(draft) if draft else None

        def submit(session: Session) -> tuple[Adhesion, list[Event]]:
            made, told = adhesions.submit(session, given, clock.now())
            return made, told + (drafts.forget(session, draft_id) if draft_id else [])

        with RUSH.passed():
            return self._once(idempotency_key, "submit_adhesion", given, submit)

    @rpc
    def confirm_adhesion(self, token: str, idempotency_key: str | None = None) -> dict[str, Any]:
        adhesion_id = self._subject(token, "confirm-adhesion")

        def confirm(session: Session, adhesion: Adhesion) -> list[Event]:
            return adhesions.confirm(session, adhesion, clock.now())

        return self._change(adhesion_id, confirm, "confirm_adhesion", idempotency_key)

    @rpc
    def request_confirmation_link(self, token: str) -> dict[str, Any]:
        """Whoever holds a link that has expired gets a fresh one, in the mailbox that the old one went to."""
        adhesion_id = self._subject(token, "confirm-adhesion", however_old=True)
        with self.database.transaction() as session:
            adhesion = queries.adhesion(session, adhesion_id, lock=True)
            domain.moved(adhesion.state, domain.confirmation(adhesion.body.kind))
            told = areas.mail_link(session, self.settings, adhesion, adhesion.contact, clock.now())
            self.outbox.emit(session, *told)
        return {}

    # drafts

    @rpc
    def save_draft(self, draft: dict[str, Any], key: str, token: str | None = None) -> dict[str, Any]:
        """Put a form aside; the link goes to the mailbox. The same answer for every mailbox.

        ``key`` is the form's own: the same form saved again is the same draft. Who came by a link brings its ``token``.
        """
        given = schemas.DraftInput().load(draft)
        draft_id = drafts.identity(key) if token is None else self._draft_id(token)
        with self.database.transaction() as session:
            self.outbox.emit(session, *drafts.save(session, draft_id, given, clock.now(), self.settings))
        return {}

    @rpc
    def draft(self, token: str) -> dict[str, Any]:
        draft_id = self._draft_id(token)
        with self.database.read() as session:
            return dict(schemas.DraftOutput().dump(drafts.find(session, draft_id, clock.now())))

    @rpc
    def delete_draft(self, token: str) -> dict[str, Any]:
        draft_id = self._draft_id(token)
        with self.database.transaction() as session:
            self.outbox.emit(session, *drafts.forget(session, draft_id))
        return {}

    @continually(idle=60.0)
    def forget_old_drafts(self) -> bool:
        with self.database.transaction() as session:
            told = drafts.forget_old(session, clock.now())
            self.outbox.emit(session, *told)
        return bool(told)

    def _draft_id(self, token: str) -> UUID:
        """Of a draft's link; how long it is good is the draft's own time."""
        return queries.identifier(self._subject(token, "adhesion-draft", however_old=True), "draft")

    # receipts

    @rpc
    def receipt(self, digest: str) -> dict[str, Any]:
        """What was accepted, for whoever has its hash."""
        with self.database.read() as session:
            return receipts.shown(receipts.find(session, digest))

    @rpc
    def receipt_document(self, digest: str, address: str) -> dict[str, Any]:
        """The same as a PDF; ``address`` is the page that it can be compared with."""
        with self.database.read() as session:
            found = receipts.find(session, digest)
        content = document.pdf(found, address)
        return {
            "filename": f"ricevuta-{found.hash[:12]}.pdf",
            "content_base64": b64encode(content).decode(),
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    # adhesions, by staff

    @rpc
    def adhesions(
        self,
        programme_code: str,
        sort: str = "protocol",
        limit: int = 50,
        cursor: str | None = None,
        count: bool = False,
        **filters: Any,
    ) -> dict[str, Any]:
        """One page of the list; ``count`` tells how many match, and ``found_all`` whether it counted to the end."""
        finding.check_sort(sort)
        wanted = finding.Filters(**schemas.AdhesionFilterInput().load(filters))
        with self.database.read() as session:
            programme = queries.programme(session, programme_code)
            size = queries.page_size(limit)
            found, following = finding.page(session, programme, wanted, sort, size, cursor)
            shown = {"items": schemas.ListedAdhesionOutput(many=True).dump(found), "next_cursor": following}
            if count:
                shown["found"], shown["found_all"] = finding.count(session, programme, wanted)
            return shown

    @rpc
    def statistics(self, programme_code: str) -> dict[str, Any]:
        with self.database.read() as session:
            return dashboard.statistics(session, queries.programme(session, programme_code))

    @rpc
    def joined_bodies(
        self,
        programme_code: str,
        region: str | None = None,
        province: str | None = None,
        query: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """The bodies whose adhesion is confirmed, for everybody."""
        asked = schemas.JoinedInput().load({"region": region, "province": province, "query": query})
        with self.database.read() as session:
            programme = queries.programme(session, programme_code)
            found, following = joined.page(session, programme, **asked, limit=queries.page_size(limit), cursor=cursor)
            return {"items": schemas.BodyOutput(many=True).dump(found), "next_cursor": following}

    @rpc
    def joined_places(
        self, programme_code: str, region: str | None = None, province: str | None = None, query: str | None = None
    ) -> dict[str, Any]:
        """Where on a map the same bodies are."""
        asked = schemas.JoinedInput().load({"region": region, "province": province, "query": query})
        with self.database.read() as session:
            return {"items": joined.places(session, queries.programme(session, programme_code), **asked)}

    @rpc
    def territory(self) -> dict[str, Any]:
        with self.database.read() as session:
            return {"items": joined.territory(session)}

    # people

    @rpc
    def people(self, person_ids: Sequence[str]) -> dict[str, Any]:
        if not isinstance(person_ids, list) or len(person_ids) > queries.LARGEST_PAGE:
            raise Invalid({"person_ids": ["too_many"]})
        with self.database.read() as session:
            return {"items": queries.people(session, [queries.identifier(one, "person") for one in person_ids])}

    @rpc
    def erase_person(self, person_id: str, actor: str, idempotency_key: str | None = None) -> dict[str, Any]:
        def work(session: Session) -> dict[str, Any]:
            person = queries.person(session, person_id)
            self.outbox.emit(session, *adhesions.erase(session, person, clock.now(), actor))
            return {"id": str(person.id)}

        return dict(self.database.once(idempotency_key, "erase_person", str(person_id), work))

    @consumes(MessageSent, MessageDelivered, MessageBounced, MessageUnresolved, batch=200)
    def hear_notifications(self, events: list[Event]) -> None:
        """Keep for each person whether letters reach them: a dead mailbox is shown to body and secretariat."""
        with self.database.receive("enrollment.hear_notifications", events) as (session, fresh):
            ids = {event.person_id for event in fresh}
            known: dict[UUID, Contact | Delegate] = {}
            for kind in (Contact, Delegate):
                rows = session.scalars(select(kind).where(kind.id.in_(ids)).order_by(kind.id).with_for_update())
                known.update({person.id: person for person in rows})
            for event in fresh:
                person = known.get(event.person_id)
                if person is not None:
                    adhesions.hear_of_letter(
                        person,
                        domain.Letter(event.message_id, MAIL_STATES[type(event)], event.occurred_at),
                    )
