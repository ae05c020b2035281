"""One thing done to many adhesions: prepared and looked at first, then confirmed once and done in small transactions.

What was prepared is a list of adhesions that no longer changes: what the preview showed is what is done, and what an
adhesion has become meanwhile is decided by its own rules when its turn comes. Each part is done, noted with its
outcome, and followed by an event to ourselves that asks for the next part, in one transaction: it goes on after any
interruption where it stood, and confirming twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from chassis.refusal import Missing, Refused
from contracts.event import Event
from services.enrollment import adhesions, domain, events, finding, queries, reminders
from services.enrollment.models import (
    Adhesion,
    Body,
    BulkAction,
    BulkItem,
    ListedAdhesion,
    Programme,
)

PART = 50
MOST_SHOWN = 100
DONE = "done"


def prepare(
    session: Session,
    programme: Programme,
    action: str,
    reason: str | None,
    chosen: Sequence[UUID] | finding.Filters,
    now: datetime,
    actor: str,
) -> BulkAction:
    """Keep which adhesions are meant: those named, or all that a filter lets through at this moment.

    What the same person prepared before and never confirmed is forgotten.
    """
    unconfirmed = (BulkAction.actor == actor) & BulkAction.confirmed_at.is_(None)
    session.execute(sa.delete(BulkItem).where(BulkItem.bulk_id.in_(sa.select(BulkAction.id).where(unconfirmed))))
    session.execute(sa.delete(BulkAction).where(unconfirmed))
    bulk = BulkAction(
        id=uuid4(), programme_id=programme.id, action=action, reason=reason, actor=actor, prepared_at=now, total=0
    )
    session.add(bulk)
    session.flush()
    row = ListedAdhesion
    if isinstance(chosen, finding.Filters):
        meant = finding.conditions(session, programme, chosen, ordered=False)
    else:
        meant = [row.programme_id == programme.id, row.adhesion_id.in_(chosen)]
    position = sa.func.row_number().over(order_by=row.protocol)
    source = sa.select(sa.literal(bulk.id, sa.Uuid()), position, row.adhesion_id).where(*meant)
    session.execute(sa.insert(BulkItem).from_select(["bulk_id", "position", "adhesion_id"], source))
    bulk.total = session.scalar(sa.select(sa.func.count()).where(BulkItem.bulk_id == bulk.id)) or 0
    if not isinstance(chosen, finding.Filters) and bulk.total < len(set(chosen)):
        raise Missing("adhesion")
    return bulk


def find(session: Session, bulk_id: Any, *, lock: bool = False) -> BulkAction:
    wanted = sa.select(BulkAction).where(BulkAction.id == queries.identifier(bulk_id, "bulk action"))
    wanted = wanted.options(joinedload(BulkAction.programme))
    found = session.scalar(wanted.with_for_update(of=BulkAction) if lock else wanted)
    if found is None:
        raise Missing("bulk action")
    return found


def confirm(session: Session, bulk: BulkAction, now: datetime, interval: timedelta) -> list[Event]:
    """Begin; of a bulk action that was confirmed before, nothing happens."""
    if bulk.confirmed_at is not None:
        return []
    bulk.confirmed_at = now
    return advance(session, bulk, now, interval)


def advance(session: Session, bulk: BulkAction, now: datetime, interval: timedelta) -> list[Event]:
    """Do the next part. The bulk action is locked."""
    items = session.scalars(
        sa.select(BulkItem)
        .where(BulkItem.bulk_id == bulk.id, BulkItem.outcome.is_(None))
        .order_by(BulkItem.position)
        .limit(PART)
    ).all()
    known = {one.id: one for one in queries.adhesions_of(session, [item.adhesion_id for item in items], lock=True)}
    act = _ACTIONS[bulk.action]
    told: list[Event] = []
    for item in items:
        try:
            with session.begin_nested():
                told += act(session, known[item.adhesion_id], now, bulk, interval)
                item.outcome = DONE
        except Refused as refusal:
            item.outcome = refusal.reason
    if len(items) == PART:
        told.append(events.bulk_advanced(bulk, items[-1].position))
    return told


Act = Callable[[Session, Adhesion, datetime, BulkAction, timedelta], list[Event]]


def _approve(session: Session, one: Adhesion, now: datetime, bulk: BulkAction, interval: timedelta) -> list[Event]:
    return adhesions.review(session, one, now, "confirm", bulk.reason, bulk.actor)


def _reject(session: Session, one: Adhesion, now: datetime, bulk: BulkAction, interval: timedelta) -> list[Event]:
    return adhesions.review(session, one, now, "reject", bulk.reason, bulk.actor)


def _withdraw(session: Session, one: Adhesion, now: datetime, bulk: BulkAction, interval: timedelta) -> list[Event]:
    told = adhesions.withdraw(session, one, now, bulk.actor, bulk.reason)
    if not told:
        raise Refused("not_in_state", state=one.state)
    return told


def _remind(session: Session, one: Adhesion, now: datetime, bulk: BulkAction, interval: timedelta) -> list[Event]:
    return reminders.remind(session, one, now, interval, bulk.actor)


_ACTIONS: dict[str, Act] = {"approve": _approve, "reject": _reject, "withdraw": _withdraw, "remind": _remind}


def shown(session: Session, bulk: BulkAction, now: datetime, interval: timedelta) -> dict[str, Any]:
    """What will happen to how many, or what has; and, of those to which it does not, why and which."""
    if bulk.confirmed_at is None:
        return _preview(session, bulk, now, interval)
    counted = sa.select(BulkItem.outcome, sa.func.count()).where(BulkItem.bulk_id == bulk.id)
    outcomes = {row[0]: row[1] for row in session.execute(counted.group_by(BulkItem.outcome))}
    done, waiting = outcomes.pop(DONE, 0), outcomes.pop(None, 0)
    which = _items(session, bulk, BulkItem.outcome != DONE)
    return {
        "state": "running" if waiting else "finished",
        "done": done,
        "waiting": waiting,
        "not_done": [{"reason": reason, "count": number} for reason, number in sorted(outcomes.items())],
        "left_out": [{**item, "reason": item["outcome"]} for item in which],
    }


def _preview(session: Session, bulk: BulkAction, now: datetime, interval: timedelta) -> dict[str, Any]:
    """By the same rules as when it is done, asked once for all adhesions that stand alike."""
    row = ListedAdhesion
    alike = (row.state, row.delegates > 0, row.mailbox_dead, reminders.lately(now, interval))
    facts = sa.select(
        *(fact.label(name) for name, fact in zip(("state", "delegates", "dead", "reminded"), alike, strict=True))
    )
    facts = facts.join(BulkItem, BulkItem.adhesion_id == row.adhesion_id).where(BulkItem.bulk_id == bulk.id)
    kinds = facts.subquery()
    groups = session.execute(sa.select(*kinds.c, sa.func.count().label("number")).group_by(*kinds.c)).all()
    reasons: dict[tuple[Any, ...], str] = {}
    counts: dict[str, int] = {}
    for *fact, number in groups:
        state, delegates, dead, reminded = fact
        try:
            domain.check_bulk(bulk.action, domain.Standing(state, bool(delegates), bool(dead), bool(reminded)))
        except Refused as refusal:
            reasons[tuple(fact)] = refusal.reason
            counts[refusal.reason] = counts.get(refusal.reason, 0) + number
    barred = sa.or_(
        sa.false(), *(sa.and_(*(one == value for one, value in zip(alike, fact, strict=True))) for fact in reasons)
    )
    which = _items(session, bulk, barred, *alike)
    return {
        "state": "prepared",
        "done": 0,
        "waiting": bulk.total - sum(counts.values()),
        "not_done": [{"reason": reason, "count": number} for reason, number in sorted(counts.items())],
        "left_out": [{**item, "reason": reasons[item["facts"]]} for item in which],
    }


def _items(session: Session, bulk: BulkAction, condition: Any, *facts: Any) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(
            *(BulkItem.adhesion_id, BulkItem.outcome, Adhesion.protocol_year, Adhesion.protocol_number),
            *(Body.name, ListedAdhesion.state, *facts),
        )
        .join(ListedAdhesion, ListedAdhesion.adhesion_id == BulkItem.adhesion_id)
        .join(Adhesion, Adhesion.id == BulkItem.adhesion_id)
        .join(Body, Body.code == Adhesion.body_code)
        .where(BulkItem.bulk_id == bulk.id, condition)
        .order_by(BulkItem.position)
        .limit(MOST_SHOWN)
    )
    prefix = bulk.programme.protocol_prefix
    return [
        {
            "adhesion_id": str(row.adhesion_id),
            "protocol": domain.protocol(prefix, row.protocol_year, row.protocol_number),
            "body_name": row.name,
            "state": row.state,
            "outcome": row.outcome,
            "facts": tuple(row)[6:],
        }
        for row in rows
    ]
