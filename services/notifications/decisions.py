"""What a person decides about mails: that one of unknown outcome left or did not, or that one is sent again.

One mail or many, by the same rule (``domain.objection``). Nothing is sent again by itself; a mail that is sent again is
a new message with a cause of its own, and the old one stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import clock
from chassis.refusal import Refused
from contracts.event import Event
from services.notifications import domain, queries
from services.notifications.events import told
from services.notifications.models import Message
from services.notifications.tracking import move


@dataclass
class Decided:
    """What became of a decision: the messages that it changed or made, those that it left with the rule's name, and
    what is to be told."""

    done: list[Message] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    told: list[Event] = field(default_factory=list)


def decide_one(session: Session, decision: str, message: Message, actor: str) -> Decided:
    """Decide about one message, or raise the rule that forbids it."""
    locked = _locked(session, [message.id])[message.id]
    objection = _objection(session, decision, locked)
    if objection is not None:
        raise objection
    decided = Decided()
    _apply(session, decision, locked, actor, decided)
    return decided


def decide(session: Session, decision: str, ids: Collection[UUID], actor: str) -> Decided:
    """Decide about each of these messages; those that the rule keeps back are left as they are, and counted by why."""
    decided = Decided()
    for message in _locked(session, ids).values():
        objection = _objection(session, decision, message)
        if objection is None:
            _apply(session, decision, message, actor, decided)
        else:
            decided.left[objection.reason] += 1
    if missing := len(set(ids)) - len(decided.done) - decided.left.total():
        decided.left["missing"] = missing
    return decided


def _locked(session: Session, ids: Collection[UUID]) -> dict[UUID, Message]:
    """These messages, and the first ones of their facts with them: of two decisions about one fact the second waits."""
    causes = session.scalars(sa.select(Message.cause).where(Message.id.in_(ids)))
    roots = {domain.root_cause(cause) for cause in causes}
    held = session.scalars(
        sa.select(Message)
        .where(Message.id.in_(ids) | Message.cause.in_(roots))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    wanted = set(ids)
    return {message.id: message for message in held if message.id in wanted}


def _objection(session: Session, decision: str, message: Message) -> Refused | None:
    if decision == domain.RESEND and domain.KINDS[message.kind].parting:
        return Refused("address_forgotten")
    again = queries.resent(session, domain.root_cause(message.cause)) if decision == domain.RESEND else {}
    others = {state for cause, state in again.items() if cause != message.cause}
    return domain.objection(decision, message.state, message.reason, others)


def _apply(session: Session, decision: str, message: Message, actor: str, decided: Decided) -> None:
    if decision == domain.RESEND:
        decided.done.append(_again(session, message, actor))
        return
    left = decision == domain.SENT
    move(message, domain.SENT if left else domain.FAILED, None if left else domain.NOT_SENT)
    message.decided_by = actor
    decided.done.append(message)
    decided.told += told(message)


def _again(session: Session, old: Message, actor: str) -> Message:
    root = domain.root_cause(old.cause)
    again = Message(
        id=uuid4(),
        cause=domain.next_cause(root, queries.resent(session, root)),
        kind=old.kind,
        person_id=old.person_id,
        programme_id=old.programme_id,
        subject_id=old.subject_id,
        with_document=old.with_document,
        state=domain.QUEUED,
        attempts=0,
        ready_at=clock.machine_now(),
        created_at=clock.now(),
        decided_by=actor,
    )
    session.add(again)
    session.flush()
    return again
