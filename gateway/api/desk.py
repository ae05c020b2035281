"""Who checks people in where: the secretariat assigns, and the desk sees its own appointments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from gateway import audit, desk
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.input import Input, Length, PageQuery, text, uuid, yes_or_no
from gateway.api.paging import page_of
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import acting, staff_id, staff_only, store

desks = Blueprint("desks", __name__, url_prefix=PREFIX, description="The desks of appointments")

MOST_AT_A_DESK, MOST_DESKS = 20, 200


class DeskInput(Input):
    account_ids = fields.List(uuid(required=True), required=True, validate=Length(1, MOST_AT_A_DESK))
    appointment_ids = fields.List(uuid(required=True), validate=Length(1, MOST_DESKS))
    programme_id = uuid()
    host_code = text(80)


class OwnAppointmentsQuery(PageQuery):
    past = yes_or_no(load_default=False)


_ACCOUNT: dict[str, Any] = {name: out.text() for name in ("name", "email", "state")}
DeskAccount = out.shape("DeskAccount", id=out.ident(), **_ACCOUNT)
DeskAssignment = out.shape(
    "DeskAssignment", account_id=out.ident(), **_ACCOUNT, assigned_by=out.ident(), assigned_at=out.moment()
)
Assigned = out.shape("Assigned", appointment_ids=[out.ident()], assigned=out.whole(), unchanged=out.whole())


@desks.get("/desk-appointments")
@staff_only("desk")
@desks.arguments(OwnAppointmentsQuery, location="query")
@desks.response(200, out.page(out.Appointment))
def list_own_appointments(query: dict[str, Any]) -> Any:
    """The appointments that one is assigned to: from today on, or the past ones"""
    return call("scheduling", "desk_appointments", account_id=acting().id, **query)


@desks.get("/desk-accounts")
@staff_only("secretariat")
@desks.arguments(PageQuery, location="query")
@desks.response(200, out.page(DeskAccount))
def list_desk_accounts(query: dict[str, Any]) -> Any:
    """The accounts that may be assigned to appointments"""
    return page_of(desk.assignable(store()), **query)


@desks.get("/appointments/<uuid:appointment_id>/desk")
@staff_only("secretariat")
@desks.arguments(PageQuery, location="query")
@desks.response(200, out.page(DeskAssignment))
def list_desk(query: dict[str, Any], appointment_id: UUID) -> Any:
    """Who checks people in at an appointment"""
    found = call("scheduling", "desk_of", appointment_id=str(appointment_id))["items"]
    return page_of(desk.with_accounts(store(), found), **query)


@desks.post("/desk-assignments")
@staff_only("secretariat")
@desks.arguments(DeskInput)
@desks.response(200, Assigned)
def assign_desk(assignment: dict[str, Any]) -> Any:
    """Assign desk accounts to appointments, or to all coming training days of a host

    All or none. Give ``appointment_ids``, or ``programme_id`` and ``host_code``. Whoever is put at a desk gets a mail.
    """
    desk.introduce(store(), assignment["account_ids"])
    made = call("scheduling", "assign_desk", assignment=assignment, actor=staff_id(), idempotency_key=request_key())
    audit.about_each(
        {"appointment_id": one, "account_ids": sorted(assignment["account_ids"])} for one in made["appointment_ids"]
    )
    return made


@desks.delete("/appointments/<uuid:appointment_id>/desk/<uuid:account_id>")
@staff_only("secretariat")
@desks.response(204)
def relieve_desk(appointment_id: UUID, account_id: UUID) -> None:
    """Take an account off the desk of an appointment

    Whoever it is gets a mail.
    """
    call(
        "scheduling",
        "relieve_desk",
        appointment_id=str(appointment_id),
        account_id=str(account_id),
        actor=staff_id(),
        idempotency_key=request_key(),
    )
