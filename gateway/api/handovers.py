"""Another contact of a body, and another mailbox of a delegate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import area_token, link_token

handovers = Blueprint(
    "handovers", __name__, url_prefix=PREFIX, description="Another contact of a body, another mailbox of a delegate"
)


@handovers.post("/area/contact-nominations")
@handovers.arguments(given.ContactInput)
@handovers.response(201, out.Adhesion)
def nominate_contact(contact: dict[str, Any]) -> Any:
    """Name another contact of the body

    The person gets a mail, and takes over on accepting by its link; until then the contact stays. Whoever was named
    before and has not accepted is forgotten.
    """
    return call("enrollment", "nominate_contact", token=area_token(), contact=contact, idempotency_key=request_key())


@handovers.delete("/area/contact-nominations/current")
@handovers.response(200, out.Adhesion)
def withdraw_nomination() -> Any:
    """Take the naming of another contact back"""
    return call("enrollment", "withdraw_nomination", token=area_token(), idempotency_key=request_key())


@handovers.post("/contact-nominations")
@handovers.arguments(given.ContactInput)
@handovers.response(201, out.AdhesionSummary)
def nominate_by_mailbox(contact: dict[str, Any]) -> Any:
    """Name another contact by the link that was mailed to the body's institutional mailbox

    `POST /area-links` with that address has it mailed. The link's token is the bearer token, and is used up.
    """
    return call("enrollment", "nominate_by_mailbox", token=link_token(), contact=contact, idempotency_key=request_key())


@handovers.get("/contact-nominations/current")
@handovers.response(200, out.NominationAsked)
def get_nomination() -> Any:
    """What whoever was named as contact is asked to accept

    The mailed link's token is the bearer token; it stays good.
    """
    return call("enrollment", "nomination", token=link_token())


@handovers.post("/contact-nominations/current/acceptance")
@handovers.response(201, out.AreaSession)
def accept_nomination() -> Any:
    """Become the body's contact

    The mailed link's token is the bearer token, and is used up. The answer has the token of the body's area. Whatever
    the contact before had open is closed, and they are told.
    """
    return call("enrollment", "accept_nomination", token=link_token(), idempotency_key=request_key())


@handovers.post("/area/delegates/<uuid:delegate_id>/mailbox-changes")
@handovers.arguments(given.MailboxInput)
@handovers.response(201, out.Adhesion)
def change_delegates_mailbox(mailbox: dict[str, Any], delegate_id: UUID) -> Any:
    """Give a delegate's new address

    It counts once the link that is mailed there was used; the old one is told then.
    """
    return call(
        "enrollment",
        "change_delegates_mailbox",
        token=area_token(),
        delegate_id=str(delegate_id),
        **mailbox,
        idempotency_key=request_key(),
    )


@handovers.post("/me/mailbox-changes")
@handovers.arguments(given.MailboxInput)
@handovers.response(201, out.AdhesionSummary)
def change_my_mailbox(mailbox: dict[str, Any]) -> Any:
    """Give the own new address

    It counts once the link that is mailed there was used; the old one is told then.
    """
    return call("enrollment", "change_my_mailbox", token=area_token(), **mailbox, idempotency_key=request_key())


@handovers.post("/mailbox-changes/current/confirmation")
@handovers.response(201, out.AreaSession)
def confirm_mailbox() -> Any:
    """Confirm a new address

    The mailed link's token is the bearer token, and is used up. The answer has the token of the delegate's page.
    """
    return call("enrollment", "confirm_mailbox", token=link_token(), idempotency_key=request_key())
