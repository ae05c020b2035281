"""What a batch of events does, in the transaction of its inbox rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.outbox import Emitter
from contracts.enrollment import DelegateRegistered, PersonErased, ProgrammeOpened
from contracts.event import Event
from services.certificates import people
from services.certificates.evidence import Records, people_touched, people_with_evidence
from services.certificates.register import forget, judge

__all__ = ["enrollment", "scheduling"]


def scheduling(session: Session, emitter: Emitter, events: Sequence[Event]) -> None:
    """Evidence is kept, and whoever it concerns is judged. That a plan was published changes no evidence."""
    records = Records(session, people_touched(session, events))
    records.take(events)
    session.flush()
    judge(session, emitter, records)


def enrollment(session: Session, emitter: Emitter, events: Sequence[Event]) -> None:
    """Names and thresholds are kept, people are forgotten, and whoever it concerns is judged.

    A withdrawn delegate keeps what was evidenced, and so a certificate: the event changes nothing here.
    """
    registered = {event.delegate_id: event.programme_id for event in events if isinstance(event, DelegateRegistered)}
    leaving = {event.person_id for event in events if isinstance(event, PersonErased)}
    concerned = {**people.programmes_of(session, leaving), **registered}
    delegates = people.lock_delegates(session, concerned)
    erased = people.erased_among(session, registered)
    for event in events:
        match event:
            case ProgrammeOpened():
                if people.keep_programme(session, event):
                    _judge_all(session, emitter, people_with_evidence(session, event.programme_id))
            case DelegateRegistered() if event.delegate_id not in erased:
                people.keep_registration(delegates[event.delegate_id], event)
            case PersonErased():
                erased.add(event.person_id)
                people.erase(session, event.person_id, delegates.get(event.person_id))
                forget(session, emitter, event.person_id)
    session.flush()
    _judge_all(session, emitter, concerned)


def _judge_all(session: Session, emitter: Emitter, programmes: Mapping[UUID, UUID]) -> None:
    for some in people.chunks(programmes):
        judge(session, emitter, Records(session, {delegate_id: programmes[delegate_id] for delegate_id in some}))
