"""Hosts, trainers and the calendar's rules: what planning is made from."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from gateway import offers
from gateway.api import planning_shapes as shapes
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.input import PageQuery
from gateway.api.output import page
from gateway.api.paging import page_of
from gateway.api.versions import expected_version, if_match, versioned
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_only

resources = Blueprint("resources", __name__, url_prefix=PREFIX, description="Hosts, trainers and the calendar's rules")


@resources.get("/hosts")
@staff_only("secretariat")
@resources.arguments(shapes.HostFilter, location="query")
@resources.response(200, shapes.Hosts)
def list_hosts(query: dict[str, Any]) -> Any:
    """The places that may hold a training day, by name"""
    return call("scheduling", "hosts", **query)


@resources.post("/hosts")
@staff_only("secretariat")
@resources.arguments(shapes.HostInput)
@resources.response(201, shapes.HostDetail)
@versioned
def add_host(host: dict[str, Any]) -> Any:
    """Offer another place, in a municipality of the registry"""
    given = offers.from_registry(host.pop("body_code"), host)
    return call("scheduling", "add_host", host=given, idempotency_key=request_key())


@resources.get("/hosts/<string(maxlength=40):host_code>")
@staff_only("secretariat")
@resources.response(200, shapes.HostDetail)
@versioned
def get_host(host_code: str) -> Any:
    """One place with its closed dates"""
    return call("scheduling", "host", code=host_code)


@resources.patch("/hosts/<string(maxlength=40):host_code>")
@staff_only("secretariat")
@resources.arguments(shapes.HostChangeInput)
@resources.response(200, shapes.HostDetail)
@if_match(required=True)
@versioned
def change_host(changes: dict[str, Any], host_code: str) -> Any:
    """Change a place: its room, seats, closed dates, or whether it may be used

    Plans that there are do not change; the next planning takes it into account.
    """
    return call("scheduling", "change_host", code=host_code, changes=changes, version=expected_version())


@resources.post("/host-closures")
@staff_only("secretariat")
@resources.arguments(shapes.ClosureListInput)
@resources.response(200, shapes.ImportedClosures)
def import_host_closures(given: dict[str, Any]) -> Any:
    """Add closed dates of many places from a list, such as patron's days; all of it or nothing"""
    return call("scheduling", "import_closures", **given, idempotency_key=request_key())


@resources.get("/trainers")
@staff_only("secretariat")
@resources.arguments(PageQuery, location="query")
@resources.response(200, page(shapes.TrainerDetail))
def list_trainers(query: dict[str, Any]) -> Any:
    """Everybody who teaches"""
    return page_of(call("scheduling", "trainers")["items"], **query)


@resources.post("/trainers")
@staff_only("secretariat")
@resources.arguments(shapes.TrainerInput)
@resources.response(201, shapes.TrainerDetail)
@versioned
def add_trainer(trainer: dict[str, Any]) -> Any:
    """Take a trainer on"""
    return call("scheduling", "add_trainer", trainer=_plain(trainer), idempotency_key=request_key())


@resources.get("/trainers/<uuid:trainer_id>")
@staff_only("secretariat")
@resources.response(200, shapes.TrainerDetail)
@versioned
def get_trainer(trainer_id: UUID) -> Any:
    """One trainer"""
    return call("scheduling", "trainer", trainer_id=str(trainer_id))


@resources.patch("/trainers/<uuid:trainer_id>")
@staff_only("secretariat")
@resources.arguments(shapes.TrainerChangeInput)
@resources.response(200, shapes.TrainerDetail)
@if_match(required=True)
@versioned
def change_trainer(changes: dict[str, Any], trainer_id: UUID) -> Any:
    """Change what a trainer can teach, when, and how much"""
    return call(
        "scheduling",
        "change_trainer",
        trainer_id=str(trainer_id),
        changes=_plain(changes),
        version=expected_version(),
    )


@resources.get("/programmes/<string(maxlength=40):code>/calendar-rules")
@staff_only("secretariat")
@resources.response(200, shapes.CalendarRules)
@versioned
def get_calendar_rules(code: str) -> Any:
    """How many days a date and a week, pauses, closed dates"""
    return call("scheduling", "calendar_rules", programme_id=_programme_id(code))


@resources.put("/programmes/<string(maxlength=40):code>/calendar-rules")
@staff_only("secretariat")
@resources.arguments(shapes.RulesInput)
@resources.response(200, shapes.CalendarRules)
@if_match(required=True)
@versioned
def set_calendar_rules(rules: dict[str, Any], code: str) -> Any:
    """Set the calendar's rules anew"""
    return call(
        "scheduling",
        "change_calendar_rules",
        programme_id=_programme_id(code),
        rules=_plain(rules),
        version=expected_version(),
    )


def _programme_id(code: str) -> str:
    return str(call("enrollment", "programme", code=code)["programme_id"])


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Dates as the text that services take."""
    return {
        name: [item.isoformat() if isinstance(item, date) else item for item in value]
        if isinstance(value, list)
        else value
        for name, value in given.items()
    }
