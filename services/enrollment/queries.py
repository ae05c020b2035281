"""What enrollment reads; the list of adhesions is in ``finding``."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from chassis.refusal import Invalid, Missing
from services.enrollment.domain import ENDED, MOVES, plain
from services.enrollment.models import (
    Adhesion,
    Body,
    Contact,
    Delegate,
    LegalRepresentative,
    Programme,
    ProgrammeHistory,
)

LARGEST_PAGE = 500


def identifier(value: Any, what: str) -> UUID:
    """The id; a text that is none is a missing thing like any other unknown id."""
    try:
        return UUID(str(value))
    except ValueError as error:
        raise Missing(what) from error


def _code(value: Any) -> str:
    """The code, when it is one at all: a database refuses some texts that a client can send."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9-]{1,60}", value) else ""


def page_size(limit: Any, largest: int = LARGEST_PAGE) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= largest:
        raise Invalid({"limit": ["out_of_range"]})
    return limit


# programmes


def programmes(session: Session, *, drafts: bool = False) -> list[Programme]:
    chosen = sa.select(Programme).order_by(Programme.adhesion_opens.desc(), Programme.code)
    return list(session.scalars(chosen if drafts else chosen.where(Programme.draft.is_(False))))


def programme(
    session: Session, code: Any, *, lock: bool = False, share: bool = False, drafts: bool = False
) -> Programme:
    """The programme of this code; a draft is missing, except to who may see ``drafts``.

    ``share`` holds off its changes until the caller's transaction ends, and no other sharer; ``lock`` everybody.
    """
    statement = sa.select(Programme).where(Programme.code == _code(code))
    found = session.scalar(statement.with_for_update(read=share) if lock or share else statement)
    if found is None or (found.draft and not drafts):
        raise Missing("programme")
    return found


def programme_history(
    session: Session, programme: Programme, limit: int, cursor: Any
) -> tuple[list[ProgrammeHistory], str | None]:
    """A page of the changes of a programme, the newest first, and the cursor of the next one."""
    chosen = sa.select(ProgrammeHistory).where(ProgrammeHistory.programme_id == programme.id)
    if cursor is not None:
        if not re.fullmatch(r"[0-9]{1,18}", str(cursor)):
            raise Invalid({"cursor": ["invalid"]})
        chosen = chosen.where(ProgrammeHistory.id < int(cursor))
    found = list(session.scalars(chosen.order_by(ProgrammeHistory.id.desc()).limit(limit + 1)))
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


# bodies


def body(session: Session, code: Any) -> Body | None:
    """The listed body of this code."""
    found = session.get(Body, _code(code))
    return found if found is not None and found.listed else None


def search_bodies(session: Session, query: str, limit: int) -> list[Body]:
    """Bodies whose name, in either language, or whose code is like the query: the closest first, then the largest.

    The comparison is of ``domain.plain`` forms, so it knows no accents and no capitals, and the query has no wildcard.
    Blanks do not count either: Santangelo finds Sant'Angelo.
    """
    words = plain(query)
    if not words:
        return []
    search = Body.search
    closeness = sa.case(
        (search.contains(f"/{words}/"), 0),
        (search.contains(f"/{words}"), 1),
        (search.contains(f" {words}"), 2),
        else_=3,
    )
    close = sa.func.replace(search, " ", "").contains(words.replace(" ", ""))
    code = words.upper().replace(" ", "-")
    return list(
        session.scalars(
            sa.select(Body)
            .where(Body.listed, close | (Body.code == code) | (Body.cadastral_code == code))
            .order_by(closeness, sa.func.coalesce(Body.population, 0).desc(), Body.code)
            .limit(limit)
        )
    )


def members(session: Session, codes: Collection[str]) -> list[Body]:
    """The municipalities of these codes, the most populous first."""
    chosen = sa.select(Body).where(Body.code.in_(codes), Body.kind == "municipality")
    return list(session.scalars(chosen.order_by(sa.func.coalesce(Body.population, 0).desc(), Body.code)))


def province(session: Session, code: str) -> tuple[str, str] | None:
    """Name and region of the province."""
    row = session.execute(
        sa.select(Body.province_name, Body.region).where(Body.province == code, Body.listed).limit(1)
    ).first()
    return None if row is None else (row.province_name, row.region)


# adhesions

_WHOLE = (
    joinedload(Adhesion.programme),
    joinedload(Adhesion.body),
    joinedload(Adhesion.contact),
    joinedload(Adhesion.legal_representative),
    joinedload(Adhesion.nomination),
    selectinload(Adhesion.delegates).joinedload(Delegate.mailbox_change),
)


def adhesion(session: Session, adhesion_id: Any, *, lock: bool = False, history: bool = False) -> Adhesion:
    """An adhesion with its body, its programme and its people. ``lock`` holds off every other change of it."""
    key = identifier(adhesion_id, "adhesion")
    statement = sa.select(Adhesion).where(Adhesion.id == key).options(*_WHOLE)
    if history:
        statement = statement.options(selectinload(Adhesion.history))
    if lock:
        _lock(session, [key])
    found = session.scalar(statement)
    if found is None:
        raise Missing("adhesion")
    return found


def adhesions_of(session: Session, ids: Collection[UUID], *, lock: bool = False) -> list[Adhesion]:
    """Those adhesions, whole, in the order of their ids: so two that lock several do not block each other."""
    if lock:
        _lock(session, ids)
    statement = sa.select(Adhesion).where(Adhesion.id.in_(ids)).order_by(Adhesion.id).options(*_WHOLE)
    return list(session.scalars(statement))


def _lock(session: Session, ids: Collection[UUID]) -> None:
    """A statement of its own: what one that waits for a lock reads from other tables is as it was before the wait."""
    session.execute(sa.select(Adhesion.id).where(Adhesion.id.in_(ids)).order_by(Adhesion.id).with_for_update())


def standing(session: Session, programme_id: UUID, body_code: str) -> Adhesion | None:
    """The adhesion by which the body has joined the programme, if there is one."""
    return session.scalar(
        sa.select(Adhesion)
        .where(Adhesion.programme_id == programme_id, Adhesion.body_code == body_code, Adhesion.state.not_in(ENDED))
        .options(joinedload(Adhesion.contact))
    )


def areas(session: Session, programme: Programme, email: str) -> list[Contact | Delegate]:
    """Who may open an area with a link to this mailbox: contacts of standing adhesions, and delegates of bodies that
    have joined; locked."""
    found: list[Contact | Delegate] = []
    joined = sa.and_(Delegate.state == "active", Adhesion.state == "confirmed")
    for kind, holds in ((Contact, Contact.until.is_(None)), (Delegate, joined)):
        of: Any = kind
        found += session.scalars(
            sa.select(of)
            .join(of.adhesion)
            .where(Adhesion.programme_id == programme.id, of.email == email, holds, Adhesion.state.not_in(ENDED))
            .options(contains_eager(of.adhesion))
            .order_by(of.id)
            .with_for_update(of=of)
        )
    return found


def of_mailbox(session: Session, programme: Programme, email: str) -> list[Adhesion]:
    """The adhesions whose body has this institutional mailbox and could have another contact; locked."""
    given = sa.and_(Body.institutional_email.is_(None), Adhesion.institutional_email == email)
    found: set[UUID] = set()
    for mailbox in (Body.institutional_email == email, given):
        chosen = sa.select(Adhesion.id).join(Adhesion.body).where(mailbox, Adhesion.programme_id == programme.id)
        found.update(session.scalars(chosen.where(Adhesion.state.in_(MOVES["change_contact"]))))
    return adhesions_of(session, found, lock=True) if email and found else []


def delegate_of(adhesion: Adhesion, delegate_id: Any) -> Delegate:
    """The delegate of this adhesion; another body's, an erased and an unknown one are missing alike."""
    key = identifier(delegate_id, "delegate")
    for delegate in adhesion.delegates:
        if delegate.id == key and delegate.erased_at is None:
            return delegate
    raise Missing("delegate")


# people


def person(session: Session, person_id: Any) -> Delegate | Contact | LegalRepresentative:
    """Contact, delegate or legal representative; the adhesion is locked first, as by every other change of it."""
    key = identifier(person_id, "person")
    kinds: tuple[Any, ...] = (Delegate, Contact, LegalRepresentative)
    for kind in kinds:
        adhesion_id = session.scalar(sa.select(kind.adhesion_id).where(kind.id == key))
        if adhesion_id is not None:
            _lock(session, [adhesion_id])
            whole = sa.select(kind).join(kind.adhesion).where(kind.id == key).options(contains_eager(kind.adhesion))
            found: Delegate | Contact | LegalRepresentative = session.scalars(whole.with_for_update(of=kind)).one()
            return found
    raise Missing("person")


def people(session: Session, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Contacts and delegates of these ids, for staff's screens; the erased are not among them."""
    rows: list[Any] = []
    for kind, role in ((Contact, sa.literal("contact")), (Delegate, Delegate.role)):
        rows += session.execute(
            sa.select(
                kind.id,
                kind.given_name,
                kind.family_name,
                kind.email,
                role.label("role"),
                Body.code.label("body_code"),
                Body.name.label("body_name"),
                kind.mail_state,
            )
            .join(kind.adhesion)
            .join(Adhesion.body)
            .where(kind.id.in_(ids), kind.erased_at.is_(None))
            .order_by(kind.id)
        ).mappings()
    return [{**row, "id": str(row["id"])} for row in rows]


def eligible(programme: Programme) -> list[Any]:
    """Which bodies may join; of supra-municipal ones there is no list, so they are not counted."""
    if "municipality" not in programme.kinds:
        return [sa.false()]
    conditions: list[Any] = [Body.kind == "municipality", Body.listed]
    if programme.population_min is not None:
        conditions.append(Body.population >= programme.population_min)
    if programme.population_max is not None:
        conditions.append(Body.population <= programme.population_max)
    return conditions
