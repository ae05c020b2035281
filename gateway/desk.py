"""The desk's side of a request: which appointments are its own, and which accounts may be put at one.

Scheduling keeps who is at which desk; the gateway knows who asks. ``keep_to_own`` is called by the gate for every route
that has an appointment in its path, of pages and API alike, so that no view can let the desk see another's.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import ColumnElement, and_, or_, select

from chassis.database import Store
from chassis.logging import get_logger
from chassis.refusal import Invalid, Unavailable
from gateway.accounts import Staff
from gateway.backend import call
from gateway.models import StaffAccount
from gateway.staffing import state_of

__all__ = ["assignable", "introduce", "keep_to_own", "people_of", "with_accounts"]

log = get_logger("gateway.desk")


def keep_to_own(staff: Staff) -> None:
    """``Missing`` when the desk asks about an appointment that it is not assigned to."""
    appointment_id = (request.view_args or {}).get("appointment_id")
    if appointment_id is not None and staff.role == "desk":
        call("scheduling", "check_desk", account_id=staff.id, appointment_id=str(appointment_id))


def people_of(staff: Staff, person_ids: list[str]) -> list[str]:
    """Those of the people whom the staff member may look up: the desk, whom it checks in."""
    if staff.role != "desk":
        return person_ids
    found: list[str] = call("scheduling", "desk_guests", account_id=staff.id, delegate_ids=person_ids)["items"]
    return found


def assignable(store: Store) -> list[dict[str, Any]]:
    """The desk's accounts that are open or invited, by name."""
    return _shown(store, _may_be_assigned())


def introduce(store: Store, account_ids: Collection[str]) -> None:
    """Refuse to put anybody at a desk who is not the desk's, or whose account is closed; and let notifications know
    them, which tells them of it. While that is at rest it writes to who was invited by mail all the same."""
    wanted = {one.lower() for one in account_ids}
    chosen = [one for one in assignable(store) if one["id"] in wanted]
    if len(chosen) < len(wanted):
        raise Invalid({"account_ids": ["not_a_choice"]})
    people = [{name: one[name] for name in ("id", "name", "email", "language")} for one in chosen]
    try:
        call("notifications", "introduce_staff", people=people)
    except Unavailable:
        log.warning("desk_not_introduced", extra={"accounts": sorted(wanted)})


def with_accounts(store: Store, assignments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Assignments with what is known of their accounts now: name, address, state."""
    ids = []
    for one in assignments:
        with suppress(ValueError):
            ids.append(UUID(one["account_id"]))
    known = {one["id"]: one for one in _shown(store, StaffAccount.id.in_(ids))}
    return [{**known.get(one["account_id"], {}), **one} for one in assignments]


def _may_be_assigned() -> ColumnElement[bool]:
    return and_(
        StaffAccount.role == "desk", or_(StaffAccount.active.is_(True), StaffAccount.invitation_id.is_not(None))
    )


def _shown(store: Store, wanted: ColumnElement[bool]) -> list[dict[str, Any]]:
    with store.read() as session:
        found = session.scalars(select(StaffAccount).where(wanted).order_by(StaffAccount.name, StaffAccount.email))
        return [
            {
                "id": str(one.id),
                "name": one.name,
                "email": one.email,
                "language": one.language,
                "state": state_of(one),
            }
            for one in found
        ]
