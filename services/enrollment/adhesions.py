"""What changes adhesions and their people, in the caller's transaction. Each change returns what is to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from chassis.database import upsert
from chassis.refusal import Invalid, Refused
from contracts.enrollment import ROLES
from contracts.event import Event
from services.enrollment import areas, domain, events, handovers, history, queries, receipts
from services.enrollment.history import note as _note
from services.enrollment.models import (
    STANDING,
    Adhesion,
    Body,
    Contact,
    Delegate,
    LegalRepresentative,
    Paper,
    Programme,
    ProtocolCounter,
    Receipt,
)


def terms(programme: Programme) -> domain.Terms:
    return domain.Terms(
        opens=programme.adhesion_opens,
        closes=programme.adhesion_closes,
        kinds=programme.kinds,
        population_min=programme.population_min,
        population_max=programme.population_max,
        places_per_body=programme.places_per_body,
        topics={topic["code"] for topic in programme.topics},
        consent_version=programme.consent_version,
        quotas={
            role: domain.Quota(getattr(programme, f"{role}_least") or 0, getattr(programme, f"{role}_most"))
            for role in ROLES
        },
    )


def check_may_join(session: Session, programme: Programme, body: Body | None, now: datetime) -> None:
    """Say which rule forbids the body to join the programme now, if one does."""
    asked = terms(programme)
    domain.check_window(asked, now)
    _check_free(session, programme, _admitted(asked, body))


def _admitted(asked: domain.Terms, body: Body | None) -> Body:
    if body is None:
        raise Refused("unknown_body")
    domain.check_candidate(asked, domain.Candidate(body.kind, body.population, body.population_year))
    return body


def submit(
    session: Session, given: dict[str, Any], now: datetime, paper: Paper | None = None
) -> tuple[Adhesion, list[Event]]:
    """Accept the form, or say which rule forbids it. A ``paper`` in its stead counts for the day that it is dated.

    That a body joins once is decided by the database: of two forms in one instant the second finds the first.
    """
    programme = queries.programme(session, given["programme_code"], share=True)
    asked = terms(programme)
    if paper is None:
        domain.check_window(asked, now)
    else:
        domain.check_paper(asked, paper.dated_on, programme.late_paper_days, now)
    found = _declare(session, given["body"]) if given["body"] else queries.body(session, given["body_code"])
    body = _admitted(asked, found)
    domain.check_consent(asked, given["consent"], given["consent_version"])
    domain.check_topics(asked, given["topics"])
    domain.check_delegates(asked, [delegate["email"] for delegate in given["delegates"]])
    domain.check_roles(asked, [delegate["role"] for delegate in given["delegates"]])
    adhesion = _claim(session, programme, body, given, now)
    contact = Contact(id=uuid4(), adhesion_id=adhesion.id, **given["contact"])
    representative = LegalRepresentative(id=uuid4(), adhesion_id=adhesion.id, **given["legal_representative"])
    # Ids in the order of the form, because delegates are listed by id within one moment.
    ids = sorted(uuid4() for _ in given["delegates"])
    delegates = [_delegate(adhesion, one, now, id=key) for key, one in zip(ids, given["delegates"], strict=True)]
    session.add_all([contact, representative, *delegates])
    if paper is None:
        _note(session, adhesion, now, "contact", "submitted")
    else:
        paper.adhesion_id = adhesion.id
        session.add(paper)
        _note(session, adhesion, now, paper.entered_by, "entered_from_paper", paper.reference)
    related: dict[str, Any] = {"programme": programme, "body": body, "contact": contact, "delegates": delegates}
    related["nomination"] = None
    for name, value in {**related, "legal_representative": representative}.items():
        set_committed_value(adhesion, name, value)
    told = events.submitted(adhesion, on_paper=paper is not None)
    if paper is not None:
        session.flush()
        told += _move(session, adhesion, now, domain.confirmation(body.kind), paper.entered_by)
    return adhesion, told


def _claim(session: Session, programme: Programme, body: Body, given: dict[str, Any], now: datetime) -> Adhesion:
    """Number the adhesion and take the body's only place in the programme."""
    year = domain.protocol_year(now)
    number = session.scalar(
        upsert(session, ProtocolCounter)
        .values(programme_id=programme.id, year=year, last=1)
        .on_conflict_do_update(
            index_elements=[ProtocolCounter.programme_id, ProtocolCounter.year],
            set_={"last": ProtocolCounter.last + 1},
        )
        .returning(ProtocolCounter.last)
    )
    protocol = domain.protocol(programme.protocol_prefix, year, number)
    statement = receipts.statement(programme, body, given, protocol, now)
    adhesion: Adhesion | None = session.scalar(
        upsert(session, Adhesion)
        .values(
            id=uuid4(),
            programme_id=programme.id,
            body_code=body.code,
            state="submitted",
            protocol_year=year,
            protocol_number=number,
            submitted_at=now,
            topics=given["topics"],
            consent_version=given["consent_version"],
            institutional_email=given["institutional_email"],
            receipt_hash=domain.digest(statement),
            version=1,
        )
        .on_conflict_do_nothing(index_elements=[Adhesion.programme_id, Adhesion.body_code], index_where=STANDING)
        .returning(Adhesion)
    )
    if adhesion is None:
        _check_free(session, programme, body)
        raise Refused("already_joined", body_code=body.code)
    session.add(Receipt(adhesion_id=adhesion.id, hash=adhesion.receipt_hash, statement=statement))
    return adhesion


def _check_free(session: Session, programme: Programme, body: Body) -> None:
    first = queries.standing(session, programme.id, body.code)
    if first is not None:
        raise Refused(
            "already_joined",
            body_code=body.code,
            submitted_at=domain.instant(first.submitted_at),
            office=first.contact.office,
        )


def _declare(session: Session, given: dict[str, Any]) -> Body:
    """A body that no list knows. Until the secretariat approves it, a later declaration of the same body replaces it.

    It stands where its most populous member does: a point that is certainly inside its territory.
    """
    if not domain.plain(given["name"]):
        raise Invalid({"body.name": ["invalid"]})
    province = queries.province(session, given["province"])
    if province is None:
        raise Invalid({"body.province": ["unknown_province"]})
    members = queries.members(session, given["members"])
    if len(members) < len(set(given["members"])):
        raise Invalid({"body.members": ["unknown_body"]})
    values = {
        "kind": given["kind"],
        "name": given["name"],
        "name_other": "",
        "search": domain.searchable(given["name"]),
        "province": given["province"],
        "province_name": province[0],
        "region": province[1],
        "population": sum(member.population or 0 for member in members) if members else None,
        "population_year": members[0].population_year if members else None,
        "latitude": members[0].latitude if members else None,
        "longitude": members[0].longitude if members else None,
    }
    code = domain.declared_code(given["name"], given["province"])
    session.execute(
        upsert(session, Body)
        .values(code=code, listed=False, **values)
        .on_conflict_do_update(index_elements=[Body.code], set_=values, where=Body.listed.is_(False))
    )
    return session.get_one(Body, code, populate_existing=True)


def confirm(session: Session, adhesion: Adhesion, now: datetime) -> list[Event]:
    """The contact clicked on the link: the mailbox is theirs. A second click changes nothing."""
    return _move(session, adhesion, now, domain.confirmation(adhesion.body.kind), "contact")


def review(
    session: Session, adhesion: Adhesion, now: datetime, decision: str, reason: str | None, actor: str
) -> list[Event]:
    """The secretariat's word. An approved body is known from now on."""
    if decision == "reject":
        following = domain.moved(adhesion.state, "reject")
        adhesion.rejected_reason = reason
        return _become(session, adhesion, now, following, actor, reason, [events.rejected(adhesion)])
    told = _move(session, adhesion, now, "approve", actor, reason)
    adhesion.body.listed = True
    return told


def _move(
    session: Session, adhesion: Adhesion, now: datetime, move: str, actor: str, reason: str | None = None
) -> list[Event]:
    following = domain.moved(adhesion.state, move)
    if following == adhesion.state:
        return []
    if following == "confirmed":
        adhesion.confirmed_at = now
    told = events.confirmed(adhesion) if following == "confirmed" else []
    return _become(session, adhesion, now, following, actor, reason, told)


def withdraw(
    session: Session, adhesion: Adhesion, now: datetime, actor: str = "contact", reason: str | None = None
) -> list[Event]:
    """The body leaves, with its delegates; it may join again while the window is open. Staff say at whose request."""
    following = domain.moved(adhesion.state, "withdraw")
    if following == adhesion.state:
        return []
    leaving = [delegate for delegate in adhesion.delegates if delegate.state == "active"]
    told = events.withdrawn(adhesion, leaving if adhesion.state == "confirmed" else [])
    for delegate in leaving:
        delegate.state = "withdrawn"
    return _become(session, adhesion, now, following, actor, reason, told)


def _become(
    session: Session,
    adhesion: Adhesion,
    now: datetime,
    state: str,
    actor: str,
    reason: str | None,
    told: list[Event],
) -> list[Event]:
    if state in domain.ENDED:
        told = [*told, *handovers.drop_nomination(session, adhesion)]
    adhesion.state = state
    _note(session, adhesion, now, actor, state, reason)
    return told


def change_topics(session: Session, adhesion: Adhesion, now: datetime, topics: list[str]) -> list[Event]:
    """The body wants others. The same again, in the same order, changes nothing, and nobody hears of it."""
    domain.moved(adhesion.state, "change_topics")
    domain.check_topics(terms(adhesion.programme), topics)
    if adhesion.topics == topics:
        return []
    _note(session, adhesion, now, "contact", "topics_changed", changes={"topics": [adhesion.topics, topics]})
    adhesion.topics = topics
    return [events.adhesion_corrected(adhesion)]


def register_delegates(session: Session, adhesion: Adhesion, now: datetime, given: list[dict[str, Any]]) -> list[Event]:
    """More people, within the body's places: all or none. Others hear of them once the body has joined."""
    domain.moved(adhesion.state, "change_delegates")
    asked = terms(adhesion.programme)
    present = [one for one in adhesion.delegates if one.state == "active"]
    emails = [one.email for one in present if one.email is not None]
    domain.check_delegates(asked, [*emails, *(one["email"] for one in given)])
    roles = [one.role for one in present]
    domain.check_roles(asked, [*roles, *(one["role"] for one in given)], roles)
    ids = sorted(uuid4() for _ in given)  # in the order given: delegates are listed by id within one moment
    delegates = [_delegate(adhesion, one, now, id=key) for key, one in zip(ids, given, strict=True)]
    adhesion.delegates.extend(delegates)
    for _ in delegates:
        _note(session, adhesion, now, "contact", "delegate_registered")
    return [events.delegate_registered(adhesion, one) for one in delegates] if adhesion.state == "confirmed" else []


def replace_delegate(
    session: Session, adhesion: Adhesion, now: datetime, leaving: Delegate, given: dict[str, Any]
) -> list[Event]:
    """Another person in the stead of one who takes part. The newcomer is told first: see ``DelegateWithdrawn``."""
    domain.moved(adhesion.state, "change_delegates")
    if leaving.state != "active":
        raise Refused("not_in_state", state=leaving.state)
    asked = terms(adhesion.programme)
    staying = [one for one in adhesion.delegates if one.state == "active" and one is not leaving]
    domain.check_delegates(asked, [*(one.email for one in staying if one.email), given["email"]])
    roles = [one.role for one in staying]
    domain.check_roles(asked, [*roles, given["role"]], [*roles, leaving.role])
    leaving.state = "withdrawn"
    session.flush()
    heir = _delegate(adhesion, given, now, id=uuid4())
    adhesion.delegates.append(heir)
    _note(session, adhesion, now, "contact", "delegate_replaced")
    if adhesion.state != "confirmed":
        return []
    registered = events.delegate_registered(adhesion, heir, replaces=leaving)
    return [registered, events.delegate_withdrawn(adhesion, leaving, reason="replaced")]


def correct_delegate(
    session: Session, adhesion: Adhesion, now: datetime, delegate: Delegate, given: dict[str, Any]
) -> list[Event]:
    """Name or language as the person says. The same again changes nothing, and nobody hears of it."""
    if all(getattr(delegate, name) == value for name, value in given.items()):
        return []
    for name, value in given.items():
        setattr(delegate, name, value)
    _note(session, adhesion, now, "delegate", "delegate_corrected")
    return [events.delegate_registered(adhesion, delegate)] if adhesion.confirmed_at is not None else []


def _delegate(adhesion: Adhesion, given: dict[str, Any], now: datetime, **more: Any) -> Delegate:
    delegate = Delegate(adhesion_id=adhesion.id, state="active", registered_at=now, **given, **more)
    set_committed_value(delegate, "mailbox_change", None)
    return delegate


def withdraw_delegate(
    session: Session, adhesion: Adhesion, now: datetime, delegate: Delegate, actor: str
) -> list[Event]:
    """The person comes no more; asked twice, nothing more happens."""
    if delegate.state != "active":
        return []
    domain.moved(adhesion.state, "change_delegates")
    delegate.state = "withdrawn"
    _note(session, adhesion, now, actor, "delegate_withdrawn")
    return [events.delegate_withdrawn(adhesion, delegate)] if adhesion.state == "confirmed" else []


def erase(session: Session, person: Delegate | Contact | LegalRepresentative, now: datetime, actor: str) -> list[Event]:
    """Forget name and addresses; keep role and gender, which the funder counts. Who was to come comes no more."""
    if person.erased_at is not None:
        return []
    adhesion = person.adhesion
    told: list[Event] = []
    if isinstance(person, Delegate) and person.state == "active":
        person.state = "erased"
        if adhesion.state == "confirmed":
            told.append(events.delegate_withdrawn(adhesion, person))
    if isinstance(person, Delegate):
        told += handovers.drop_change(session, person)
    person.erased_at = now
    areas.end_sessions(session, person.id, now)
    for name in ("given_name", "family_name", "email", "phone", "office", "title"):
        if hasattr(person, name):
            setattr(person, name, None)
    history.forget(session, person)
    _note(session, adhesion, now, actor, "person_erased")
    return [*told, events.person_erased(adhesion, person)]


def hear_of_letter(person: Contact | Delegate, heard: domain.Letter) -> None:
    """Keep the newest word on this person's mailbox."""
    known = None
    if person.mail_message and person.mail_state and person.mail_at:
        known = domain.Letter(person.mail_message, person.mail_state, person.mail_at)
    newest = domain.newest(known, heard)
    person.mail_message, person.mail_state, person.mail_at = newest.message_id, newest.state, newest.at
