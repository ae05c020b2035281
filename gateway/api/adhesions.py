"""The secretariat's view of adhesions and people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id, staff_only

adhesions = Blueprint("adhesions", __name__, url_prefix=PREFIX, description="Adhesions, for the secretariat")


@adhesions.get("/adhesions")
@staff_only("secretariat")
@adhesions.arguments(given.AdhesionsQuery, location="query")
@adhesions.response(200, out.AdhesionPage)
def list_adhesions(query: dict[str, Any]) -> Any:
    """Adhesions of a programme

    `found` counts to 10,000; `found_all` says whether that is all. A `cursor` belongs to the `sort` it was given for.
    """
    return call("enrollment", "adhesions", **query)


@adhesions.get("/adhesions/<uuid:adhesion_id>")
@staff_only("secretariat")
@adhesions.response(200, out.Adhesion)
def get_adhesion(adhesion_id: UUID) -> Any:
    """One adhesion, with its people and its history"""
    return call("enrollment", "adhesion", adhesion_id=str(adhesion_id))


@adhesions.post("/adhesions/<uuid:adhesion_id>/review")
@staff_only("secretariat")
@adhesions.arguments(given.ReviewInput)
@adhesions.response(200, out.Adhesion)
def review_adhesion(review: dict[str, Any], adhesion_id: UUID) -> Any:
    """Confirm or reject an adhesion that waits for review"""
    return call(
        "enrollment",
        "review_adhesion",
        adhesion_id=str(adhesion_id),
        **review,
        actor=staff_id(),
        idempotency_key=request_key(),
    )


@adhesions.get("/programmes/<string(maxlength=40):code>/statistics")
@staff_only("secretariat")
@adhesions.response(200, out.Statistics)
def get_statistics(code: str) -> Any:
    """Adhesions by state and region, delegates by role and gender"""
    return call("enrollment", "statistics", programme_code=code)


@adhesions.get("/people")
@staff_only("desk")
@adhesions.arguments(given.PeopleQuery, location="query")
@adhesions.response(200, out.shape("People", items=[out.Person]))
def list_people(query: dict[str, Any]) -> Any:
    """The people behind some ids: who is to be checked in"""
    return call("enrollment", "people", person_ids=query["id"])
