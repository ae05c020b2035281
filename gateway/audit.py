"""The audit log: which of the staff did what to which thing, when, and how it ended.

One hook writes it for pages and API alike, so that no view can forget it. It writes before the view runs and again
after: no action is without a row, even when the process dies in between. Where the log cannot be written, nothing is
done. Rows hold identifiers only, and each holds the hash of the one before: ``python -m gateway verify-audit`` names
the first that was tampered with. Whoever may rewrite the whole table could rewrite every hash; that is found out by
a head (number and hash) that was noted down elsewhere, as the process log does for every row.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from chassis import clock
from chassis.database import Store, upsert
from chassis.logging import correlation_id, get_logger
from chassis.refusal import Invalid
from gateway.access import is_recorded
from gateway.accounts import names_of
from gateway.identity import current_staff, current_via, store
from gateway.models import AuditEntry, AuditHead

__all__ = ["Broken", "Head", "about", "about_each", "append", "listed", "page", "register", "verify"]

log = get_logger(__name__)

FIRST = "0" * 64
_FIELDS = ("at", "actor", "role", "via", "action", "thing", "correlation_id", "answers", "outcome", "status")
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_THING = 1000


@dataclass(frozen=True)
class Head:
    """Where a chain ends: how many rows it has, and the hash of the last."""

    sequence: int
    hash: str


@dataclass(frozen=True)
class Broken:
    """The first row that is not as it was written."""

    sequence: int
    why: str


def register(app: Flask) -> None:
    """Write down what staff change; registered after everything that may refuse a request unread."""
    app.before_request(_ask)
    app.after_request(_answer)


def about(**things: Any) -> None:
    """Which further things the request in hand is about, by id: what its path does not say. Never a name."""
    g.setdefault("audit_things", {}).update(things)


def about_each(things: Iterable[dict[str, Any]]) -> None:
    """The request in hand did the same to several things: when it is done, each has a row of its own."""
    g.audit_each = list(things)


def append(session: Session, **values: Any) -> Head:
    """One more row, in its own transaction or with what it is about; the chain's writers wait for each other here."""
    head = session.scalar(sa.select(AuditHead).with_for_update())
    if head is None:
        row = {"id": 1, "sequence": 0, "hash": FIRST}
        session.execute(upsert(session, AuditHead).on_conflict_do_nothing(), [row])
        head = session.scalars(sa.select(AuditHead).with_for_update()).one()
    defaults = {"at": clock.machine_now(), "answers": None, "outcome": None, "status": None, "thing": "{}"}
    entry = AuditEntry(
        sequence=head.sequence + 1,
        previous=head.hash,
        **{**defaults, "correlation_id": correlation_id() or "", **values},
    )
    entry.hash = _hash(entry)
    session.add(entry)
    head.sequence, head.hash = entry.sequence, entry.hash
    session.flush()
    log.info("audited", extra={"sequence": entry.sequence, "hash": entry.hash})
    return Head(entry.sequence, entry.hash)


def verify(store: Store, noted: Head | None = None) -> Head | Broken:
    """Walk the whole chain; ``noted`` is a head that was written down elsewhere and must still be in it."""
    head = Head(0, FIRST)
    with store.read() as session:
        for entry in _chain(session):
            if entry.sequence != head.sequence + 1:
                return Broken(head.sequence + 1, "it is missing")
            if entry.previous != head.hash:
                return Broken(entry.sequence, "it does not follow the row before it")
            if entry.hash != _hash(entry):
                return Broken(entry.sequence, "it was changed after it was written")
            head = Head(entry.sequence, entry.hash)
            if noted is not None and noted.sequence == head.sequence and noted.hash != head.hash:
                return Broken(head.sequence, "it is not the row that was noted down")
        end = session.scalar(sa.select(AuditHead))
    if end is not None and (end.sequence, end.hash) != (head.sequence, head.hash):
        return Broken(head.sequence + 1, "the end of the log is missing")
    if noted is not None and noted.sequence > head.sequence:
        return Broken(head.sequence + 1, "the end of the log is missing")
    return head


def page(session: Session, limit: int, before: int | None = None, **wanted: Any) -> list[dict[str, Any]]:
    """Actions with their outcomes, newest first, up to one more than ``limit``.

    ``wanted``: ``actor``, ``action`` (a part of it), ``thing`` (an id), ``correlation_id``, ``outcome`` (``unknown``
    when the process ended first), ``since`` and ``until``.
    """
    answer = aliased(AuditEntry)
    outcome = sa.func.coalesce(answer.outcome, AuditEntry.outcome, "unknown")
    status = sa.func.coalesce(answer.status, AuditEntry.status)
    conditions = {
        "actor": lambda value: AuditEntry.actor == value,
        "action": lambda value: AuditEntry.action.icontains(value, autoescape=True),
        "thing": lambda value: sa.or_(
            AuditEntry.thing.contains(value, autoescape=True), answer.thing.contains(value, autoescape=True)
        ),
        "correlation_id": lambda value: AuditEntry.correlation_id == value,
        "outcome": lambda value: outcome == value,
        "since": lambda value: AuditEntry.at >= value,
        "until": lambda value: AuditEntry.at < value,
    }
    statement = (
        sa.select(AuditEntry, answer.thing, outcome, status)
        .outerjoin(answer, answer.answers == AuditEntry.sequence)
        .where(AuditEntry.answers.is_(None))
        .where(*(conditions[name](value) for name, value in wanted.items() if value not in (None, "")))
        .order_by(AuditEntry.sequence.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(AuditEntry.sequence < before)
    return [
        {
            **{name: getattr(entry, name) for name in ("sequence", "actor", "role", "via", "action", "hash")},
            "at": entry.at.isoformat(),
            "correlation_id": entry.correlation_id,
            "things": {**json.loads(entry.thing), **json.loads(more or "{}")},
            "outcome": ended,
            "status": code,
        }
        for entry, more, ended, code in session.execute(statement)
    ]


def listed(store: Store, limit: int, cursor: str | None = None, **wanted: Any) -> dict[str, Any]:
    """``page`` as lists are answered, with the names that the actors' accounts have now."""
    if cursor is not None and not re.fullmatch(r"[0-9]{1,9}", cursor):
        raise Invalid({"cursor": ["invalid"]})
    with store.read() as session:
        found = page(session, limit, int(cursor) if cursor else None, **wanted)
    shown = found[:limit]
    names = names_of(store, {entry["actor"] for entry in shown})
    items = [{**entry, "actor_name": names.get(entry["actor"])} for entry in shown]
    return {"items": items, "next_cursor": str(shown[-1]["sequence"]) if len(found) > limit else None}


def _ask() -> None:
    rule = request.url_rule
    if rule is None or not is_recorded(request.method, rule.rule) or (staff := current_staff()) is None:
        return
    g.audit_begun = {
        "actor": staff.id,
        "role": staff.role,
        "via": current_via(),
        "action": f"{request.method} {rule.rule}",
    }
    named = {name: str(value) for name, value in (request.view_args or {}).items() if _names_a_thing(name)}
    known = {name: value if _IDENTIFIER.fullmatch(value) else "?" for name, value in named.items()}
    with store().transaction() as session:
        g.audit_sequence = append(session, **g.audit_begun, thing=_in_json(known)).sequence


def _answer(response: Response) -> Response:
    outcome = "done" if response.status_code < 400 else "refused" if response.status_code < 500 else "failed"
    values = {"outcome": outcome, "status": response.status_code, "thing": _in_json(_made(response))}
    begun, sequence = g.get("audit_begun"), g.get("audit_sequence")
    if begun is None and request.url_rule is not None and is_recorded(request.method, request.url_rule.rule):
        staff = g.get("staff")  # who has just come in
        if staff is None or outcome != "done":
            return response
        begun = {"actor": staff.id, "role": staff.role, "via": current_via()}
        begun["action"] = f"{request.method} {request.url_rule.rule}"
    elif sequence is None:
        return response
    try:
        with store().transaction() as session:
            for things in g.get("audit_each", ()) if outcome == "done" else ():
                append(session, **begun, outcome=outcome, status=response.status_code, thing=_in_json(things))
            append(session, **begun, answers=sequence, **values)
    except SQLAlchemyError as error:  # what was done is done: its outcome stays unknown in the log
        log.error("audit_answer_lost", extra={"sequence": sequence, "error": type(error).__name__})
    return response


def _made(response: Response) -> dict[str, Any]:
    """The things that came of it: those that the view named, and the one that the answer leads to or holds."""
    things: dict[str, Any] = dict(g.get("audit_things", {}))
    if request.method == "POST" and response.status_code in (201, 202, 303):
        body = response.get_json(silent=True) if response.is_json else None
        found = _UUID.search(response.headers.get("Location", "").partition("?")[0])
        made = body.get("id") if isinstance(body, dict) else found and found[0]
        if isinstance(made, str) and _UUID.fullmatch(made) and made not in things.values():
            things.setdefault("id", made)
    return things


def _names_a_thing(name: str) -> bool:
    """Path parts that are identifiers; a token, a file's name or a typed word is none."""
    return name.endswith("_id") or name == "code"


def _in_json(things: dict[str, Any]) -> str:
    text = json.dumps(things, sort_keys=True, default=str)
    return text if len(text) <= _LONGEST_THING else json.dumps({"things": len(things), "sha256": _digest(text)})


def _chain(session: Session) -> Iterator[AuditEntry]:
    return iter(session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence).execution_options(yield_per=1000)))


def _hash(entry: AuditEntry) -> str:
    values = [entry.at.isoformat() if name == "at" else getattr(entry, name) for name in _FIELDS]
    return _digest(json.dumps([entry.previous, entry.sequence, *values], separators=(",", ":")))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
