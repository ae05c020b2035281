"""What the secretariat takes away as a table: adhesions, or the delegates of adhesions, in the list's filters.

Only what an office needs to write to people and to count bodies: no gender, which is for the funder's statistics. Rows
come in parts, each of a bounded number of adhesions, in the order in which these arrived.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.refusal import Invalid
from services.enrollment import domain, finding
from services.enrollment.models import Adhesion, Body, Contact, Delegate, ListedAdhesion, Programme

PART = 1000
SUBJECTS = ("adhesions", "delegates")


def part(
    session: Session, programme: Programme, subject: Any, filters: finding.Filters, after: Any
) -> tuple[list[dict[str, Any]], int | None]:
    """The rows of the next adhesions, and after which one to go on."""
    if subject not in SUBJECTS:
        raise Invalid({"subject": ["not_a_choice"]})
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**63:
        raise Invalid({"after": ["invalid"]})
    row = ListedAdhesion
    wanted = finding.conditions(session, programme, filters, ordered=False)
    chosen = sa.select(row.id, row.adhesion_id).where(row.id > after, *wanted).order_by(row.id).limit(PART)
    found = session.execute(chosen).all()
    ids = [one.adhesion_id for one in found]
    rows = _adhesions(session, programme, ids) if subject == "adhesions" else _delegates(session, programme, ids)
    return rows, found[-1].id if len(found) == PART else None


def _adhesions(session: Session, programme: Programme, ids: list[Any]) -> list[dict[str, Any]]:
    rows = session.execute(
        _of_adhesions(
            *(Body.kind, Body.population, Adhesion.submitted_at, Adhesion.confirmed_at, Adhesion.topics),
            *(ListedAdhesion.delegates, Contact.given_name, Contact.family_name, Contact.email, Contact.phone),
            *(Contact.office, Contact.mail_state),
        )
        .join(Adhesion.contact)
        .where(Adhesion.id.in_(ids))
    )
    return [_shown(programme, row) for row in rows.mappings()]


def _delegates(session: Session, programme: Programme, ids: list[Any]) -> list[dict[str, Any]]:
    """Those who take part."""
    rows = session.execute(
        _of_adhesions(Delegate.given_name, Delegate.family_name, Delegate.email, Delegate.role, Delegate.mail_state)
        .join(Adhesion.delegates)
        .where(Adhesion.id.in_(ids), Delegate.state == "active")
        .order_by(Delegate.registered_at, Delegate.id)
    )
    return [_shown(programme, row) for row in rows.mappings()]


def _of_adhesions(*more: Any) -> Any:
    return (
        sa.select(
            *(Adhesion.protocol_year, Adhesion.protocol_number, Adhesion.state, Adhesion.body_code),
            *(Body.name.label("body_name"), Body.province, Body.region, *more),
        )
        .join(Adhesion.body)
        .join(ListedAdhesion, ListedAdhesion.adhesion_id == Adhesion.id)
        .order_by(ListedAdhesion.id)
    )


def _shown(programme: Programme, row: Any) -> dict[str, Any]:
    shown = dict(row)
    year, number = shown.pop("protocol_year"), shown.pop("protocol_number")
    for name in ("submitted_at", "confirmed_at"):
        if shown.get(name) is not None:
            shown[name] = domain.instant(shown[name])
    return {"protocol": domain.protocol(programme.protocol_prefix, year, number), **shown}
