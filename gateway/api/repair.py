"""Messages between services that could not be taken in: listed by service, and given another try."""

from __future__ import annotations

from typing import Any

from gateway import repair
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.input import Input, PageQuery, choice, whole
from gateway.api.output import fields, moment, page, shape, text
from gateway.api.output import whole as number
from gateway.api.paging import page_of
from gateway.forms import request_key
from gateway.happenings import SERVICES
from gateway.identity import staff_id, staff_only

failures = Blueprint("failures", __name__, url_prefix=PREFIX, description="Messages between services that failed")

Counts = shape("FailedCounts", waiting=number(), retrying=number(), stuck=number())
ServiceCounts = shape("ServiceFailedCounts", service=text(), counts=Counts)
FailedMessage = shape(
    "FailedMessage",
    id=fields.Integer(metadata={"format": "int64"}),
    **{name: text() for name in ("consumer", "type", "event_id", "reason", "state")},
    attempts=number(),
    failed_at=moment(),
    next_try=moment(),
)
Replayed = shape("Replayed", replayed=number())


class FailedFilter(PageQuery):
    service = choice(tuple(SERVICES), required=True)


class ReplayInput(Input):
    service = choice(tuple(SERVICES), required=True)
    message_id = whole(1, 10**15, load_default=None, allow_none=True, metadata={"format": "int64"})


@failures.get("/failed-message-counts")
@staff_only("secretariat")
@failures.arguments(PageQuery, location="query")
@failures.response(200, page(ServiceCounts))
def count_failed_messages(query: dict[str, Any]) -> Any:
    """How many messages failed in each service

    `waiting` for a fact that has not come, `retrying` by themselves, `stuck` until a person has them replayed. A
    service that does not answer has no counts.
    """
    return page_of(repair.counts(), **query)


@failures.get("/failed-messages")
@staff_only("secretariat")
@failures.arguments(FailedFilter, location="query")
@failures.response(200, page(FailedMessage))
def list_failed_messages(query: dict[str, Any]) -> Any:
    """What failed in a service, oldest first

    Identifiers, kinds of errors and times; never the message, which may name a person.
    """
    return repair.failed(query["service"], query["limit"], query.get("cursor"))


@failures.post("/failed-message-replays")
@staff_only("secretariat")
@failures.arguments(ReplayInput)
@failures.response(200, Replayed)
def replay_failed_messages(asked: dict[str, Any]) -> Any:
    """Give one failed message of a service another try, or all of them

    Handling is idempotent: what had its effect after all is only struck off.
    """
    return repair.replay(asked["service"], asked["message_id"], staff_id(), request_key())
