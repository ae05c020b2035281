"""Keeps what the secretariat's list is found by: a narrow row and the words of each adhesion; and what is counted.

Everything that changes an adhesion, its body or its people writes here too, in the same transaction, before it commits:
the session tells which were touched, so no change has to remember the list. What is written without the session's
objects (the registry's file) says so itself by ``touch``.

One way on both databases: no extension that a service's role may not create, and an erased name is gone from the words
as soon as it is gone from the person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from chassis.database import upsert
from services.enrollment import tallies
from services.enrollment.domain import plain as plainly
from services.enrollment.domain import protocol, search_words
from services.enrollment.models import (
    Adhesion,
    Body,
    Contact,
    Delegate,
    LegalRepresentative,
    ListedAdhesion,
    ListedWord,
    Programme,
)

UNKNOWN = -1
YEAR = 1_000_000_000
"""``protocol`` in a listed row is year × YEAR + number: it sorts as the office counts."""
_AT_ONCE = 500
_ADHESIONS, _BODIES = "touched_adhesions", "touched_bodies"


def touch(session: Session, adhesions: Iterable[UUID] = (), bodies: Iterable[str] = ()) -> None:
    """These changed: the list follows when the transaction commits."""
    session.info.setdefault(_ADHESIONS, set()).update(adhesions)
    session.info.setdefault(_BODIES, set()).update(bodies)


@event.listens_for(Session, "after_flush")
def _notice(session: Session, context: Any) -> None:
    for one in (*session.new, *session.dirty):
        match one:
            case Adhesion():
                touch(session, [one.id])
            case Contact() | LegalRepresentative() | Delegate():
                touch(session, [one.adhesion_id])
            case Body():
                touch(session, bodies=[one.code])


@event.listens_for(Session, "before_commit")
def _follow(session: Session) -> None:
    """Once, at the end: the tallies are what others wait for, so they are changed last."""
    if session.in_nested_transaction():
        return
    session.flush()
    adhesions, bodies = session.info.pop(_ADHESIONS, set()), session.info.pop(_BODIES, set())
    for codes in _parts(bodies):
        adhesions |= set(session.scalars(sa.select(Adhesion.id).where(Adhesion.body_code.in_(codes))))
    moves = tallies.Moves()
    for ids in _parts(adhesions):
        moves.update(_list(session, ids))
    tallies.move(session, moves)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_ADHESIONS, None)
    session.info.pop(_BODIES, None)


def _parts(some: Iterable[Any]) -> Iterator[list[Any]]:
    """In order, so that two transactions lock in the same one; a part is no more than a statement takes."""
    ordered = sorted(some)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def _list(session: Session, ids: Collection[UUID]) -> tallies.Moves:
    """Bring rows and words up to date; by how much that changes the tallies. The rows are locked before the facts are
    read: of two changes of one adhesion the second then sees what the first committed."""
    listed = {
        one.adhesion_id: one.tallied
        for one in session.execute(
            sa.select(ListedAdhesion.adhesion_id, ListedAdhesion.tallied)
            .where(ListedAdhesion.adhesion_id.in_(ids))
            .order_by(ListedAdhesion.adhesion_id)
            .with_for_update()
        )
    }
    moves = tallies.Moves()
    people = _people(session, ids)
    rows: list[dict[str, Any]] = []
    words: dict[UUID, set[str]] = {}
    for one in session.execute(_FACTS.where(Adhesion.id.in_(ids)).order_by(Adhesion.id)):
        delegates = people.get(one.id, [])
        counted = tallies.names(one, delegates)
        moves.update((one.programme_id, name) for name in counted)
        moves.subtract((one.programme_id, name) for name in listed.get(one.id, ()))
        rows.append(
            {
                "adhesion_id": one.id,
                "programme_id": one.programme_id,
                "protocol": one.protocol_year * YEAR + one.protocol_number,
                "state": one.state,
                "body_name": plainly(one.name),
                "kind": one.kind,
                "province": one.province,
                "region": one.region,
                "population": UNKNOWN if one.population is None else one.population,
                "delegates": sum(delegate.state == "active" for delegate in delegates),
                "mailbox_dead": one.mail_state == "bounced",
                "submitted_at": one.submitted_at,
                "tallied": counted,
            }
        )
        words[one.id] = search_words(
            [
                *(one.name, one.name_other, one.body_code, one.contact_given, one.contact_family),
                protocol(one.protocol_prefix, one.protocol_year, one.protocol_number),
                *(name for delegate in delegates for name in (delegate.given_name, delegate.family_name)),
            ],
            [one.email, *(delegate.email for delegate in delegates)],
        )
    if rows:
        _store(session, rows, words, listed)
    return moves


def _people(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    columns = (Delegate.given_name, Delegate.family_name, Delegate.email, Delegate.role, Delegate.gender)
    for one in session.execute(
        sa.select(Delegate.adhesion_id, Delegate.state, *columns).where(Delegate.adhesion_id.in_(ids))
    ):
        found.setdefault(one.adhesion_id, []).append(one)
    return found


def _store(session: Session, rows: list[dict[str, Any]], words: dict[UUID, set[str]], listed: Collection[UUID]) -> None:
    insert = upsert(session, ListedAdhesion)
    statement = insert.on_conflict_do_update(
        index_elements=[ListedAdhesion.adhesion_id],
        set_={name: insert.excluded[name] for name in rows[0] if name != "adhesion_id"},
    ).returning(ListedAdhesion.id, ListedAdhesion.adhesion_id)
    kept = {one.adhesion_id: one.id for one in session.execute(statement, rows)}
    wanted = {(kept[adhesion_id], word) for adhesion_id, found in words.items() for word in found}
    before = [kept[one] for one in kept if one in listed]
    known = _words(session, before) if before else set()
    for gone in _parts(known - wanted):
        pair = sa.tuple_(ListedWord.listed_id, ListedWord.word)
        session.execute(sa.delete(ListedWord).where(pair.in_(gone)).execution_options(synchronize_session=False))
    new = [{"listed_id": listed_id, "word": word} for listed_id, word in sorted(wanted - known)]
    if new:
        session.execute(sa.insert(ListedWord.__table__), new)


def _words(session: Session, ids: Collection[int]) -> set[tuple[int, str]]:
    chosen = sa.select(ListedWord.listed_id, ListedWord.word).where(ListedWord.listed_id.in_(ids))
    return {(one.listed_id, one.word) for one in session.execute(chosen)}


_FACTS = (
    sa.select(
        *(Adhesion.id, Adhesion.programme_id, Adhesion.body_code, Adhesion.state),
        *(Adhesion.submitted_at, Adhesion.confirmed_at),
        *(Adhesion.protocol_year, Adhesion.protocol_number, Programme.protocol_prefix),
        *(Body.name, Body.name_other, Body.kind, Body.province, Body.region, Body.population),
        *(Contact.email, Contact.mail_state),
        Contact.given_name.label("contact_given"),
        Contact.family_name.label("contact_family"),
    )
    .join(Adhesion.programme)
    .join(Adhesion.body)
    .join(Adhesion.contact)
)
