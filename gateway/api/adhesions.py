"""The secretariat's view of adhesions and people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from gateway import desk, held
from gateway.api import input as given
from gateway.api import output as out
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.paging import page_of
from gateway.api.searching import with_words
from gateway.api.versions import expected_version, if_match, versioned
from gateway.backend import call
from gateway.exports import exported
from gateway.forms import request_key
from gateway.identity import acting, staff_id, staff_only
from gateway.searches import sealed

adhesions = Blueprint("adhesions", __name__, url_prefix=PREFIX, description="Adhesions, for the secretariat")


@adhesions.get("/adhesions")
@staff_only("secretariat")
@adhesions.arguments(given.AdhesionsQuery, location="query")
@adhesions.response(200, out.AdhesionPage)
def list_adhesions(query: dict[str, Any]) -> Any:
    """Adhesions of a programme

    `found` counts to 10,000; `found_all` says whether that is all. A `cursor` belongs to the `sort` it was given for.
    Words are looked for with `POST /adhesions/searches`, which gives a `search` for this address.
    """
    return call("enrollment", "adhesions", **with_words(query))


@adhesions.post("/adhesions/searches")
@staff_only("secretariat")
@adhesions.arguments(given.AdhesionSearch)
@adhesions.response(200, out.AdhesionsFound)
def search_adhesions(wanted: dict[str, Any]) -> Any:
    """Look for adhesions by words of a body, a person or a number

    Words may name somebody, so they are in no address. The answer is the first page of the list, and `search`: with it
    and the same filters `GET /adhesions` goes on, and `GET /adhesions/export` exports.
    """
    return {**call("enrollment", "adhesions", **wanted), "search": sealed(wanted["query"])}


@adhesions.get("/adhesions/export")
@staff_only("secretariat")
@adhesions.arguments(given.ExportQuery, location="query")
@adhesions.response(
    200,
    {"type": "string", "format": "binary"},
    content_type="text/csv",
    description="The table, in the format asked for",
)
def export_adhesions(query: dict[str, Any]) -> Response:
    """Adhesions or their delegates as a table, in the list's filters

    CSV with semicolons and a BOM, or XLSX. The export is written into the audit log.
    """
    programme = call("enrollment", "programme", code=query.pop("programme_code"))
    return exported(programme, query.pop("subject"), query.pop("format"), with_words(query))


@adhesions.post("/paper-adhesions")
@staff_only("secretariat")
@adhesions.arguments(given.PaperAdhesionInput)
@adhesions.response(201, out.Adhesion)
@versioned
def enter_adhesion(entered: dict[str, Any]) -> Any:
    """Enter an adhesion on behalf of a body that sent paper

    A municipality has joined by it; a supra-municipal body comes into the review queue.
    """
    return call("enrollment", "enter_adhesion", **entered, actor=staff_id(), idempotency_key=request_key())


@adhesions.get("/adhesions/<uuid:adhesion_id>")
@staff_only("secretariat")
@adhesions.response(200, out.Adhesion)
@versioned
def get_adhesion(adhesion_id: UUID) -> Any:
    """One adhesion, with its people, its history and the secretariat's notes"""
    return call("enrollment", "adhesion", adhesion_id=str(adhesion_id))


@adhesions.get("/adhesions/<uuid:adhesion_id>/places")
@staff_only("secretariat")
@adhesions.arguments(given.PageQuery, location="query")
@adhesions.response(200, out.page(out.OwnPlace))
def list_places_of_adhesion(query: dict[str, Any], adhesion_id: UUID) -> Any:
    """The places of a body's delegates, with their attendance"""
    return page_of(held.places_of(_delegates(adhesion_id), released=True), **query)


@adhesions.get("/adhesions/<uuid:adhesion_id>/certificates")
@staff_only("secretariat")
@adhesions.arguments(given.PageQuery, location="query")
@adhesions.response(200, out.page(out.Certificate))
def list_certificates_of_adhesion(query: dict[str, Any], adhesion_id: UUID) -> Any:
    """The certificates of a body's delegates"""
    return page_of(held.certificates_of(_delegates(adhesion_id)), **query)


def _delegates(adhesion_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("enrollment", "adhesion", adhesion_id=str(adhesion_id))["delegates"]
    return found


@adhesions.patch("/adhesions/<uuid:adhesion_id>")
@staff_only("secretariat")
@adhesions.arguments(given.AdhesionCorrection)
@adhesions.response(200, out.Adhesion)
@if_match(required=True)
@versioned
def correct_adhesion(correction: dict[str, Any], adhesion_id: UUID) -> Any:
    """Correct what a body wrote, with the reason

    The history keeps what was there before. Whoever has to know is told.
    """
    return _command("correct_adhesion", adhesion_id, correction=correction, version=expected_version())


@adhesions.post("/adhesions/<uuid:adhesion_id>/withdrawal")
@staff_only("secretariat")
@adhesions.arguments(given.ReasonInput)
@adhesions.response(200, out.Adhesion)
@if_match(required=False)
@versioned
def withdraw_for_body(reason: dict[str, Any], adhesion_id: UUID) -> Any:
    """Let a body out that asked the secretariat for it"""
    return _command("withdraw_adhesion_for", adhesion_id, **reason, version=expected_version())


@adhesions.post("/adhesions/<uuid:adhesion_id>/reminders")
@staff_only("secretariat")
@adhesions.response(200, out.Adhesion)
def remind_body(adhesion_id: UUID) -> Any:
    """Remind a body that has not confirmed, or has named no delegate"""
    return _command("remind", adhesion_id)


@adhesions.post("/adhesions/<uuid:adhesion_id>/notes")
@staff_only("secretariat")
@adhesions.arguments(given.NoteInput)
@adhesions.response(201, out.WrittenNote)
def write_note(note: dict[str, Any], adhesion_id: UUID) -> Any:
    """Note something; the secretariat reads it, and nobody else"""
    return _command("write_note", adhesion_id, **note)


@adhesions.patch("/notes/<uuid:note_id>")
@staff_only("secretariat")
@adhesions.arguments(given.NoteInput)
@adhesions.response(200, out.Note)
def edit_note(note: dict[str, Any], note_id: UUID) -> Any:
    """Write an own note anew"""
    return call("enrollment", "edit_note", note_id=str(note_id), **note, actor=staff_id())


@adhesions.delete("/notes/<uuid:note_id>")
@staff_only("secretariat")
@adhesions.response(200, out.Note)
def delete_note(note_id: UUID) -> Any:
    """Delete an own note; that there was one stays visible"""
    return call("enrollment", "delete_note", note_id=str(note_id), actor=staff_id())


@adhesions.post("/bulk-actions")
@staff_only("secretariat")
@adhesions.arguments(given.BulkInput)
@adhesions.response(201, out.BulkAction)
def prepare_bulk_action(bulk_action: dict[str, Any]) -> Any:
    """Prepare one thing to do to many adhesions, and see what would happen

    Nothing is done before it is confirmed. The adhesions are those that matched now.
    """
    code = bulk_action.pop("programme_code")
    return call(
        "enrollment",
        "prepare_bulk_action",
        programme_code=code,
        bulk_action=bulk_action,
        actor=staff_id(),
        idempotency_key=request_key(),
    )


@adhesions.get("/bulk-actions/<uuid:bulk_id>")
@staff_only("secretariat")
@adhesions.response(200, out.BulkAction)
def get_bulk_action(bulk_id: UUID) -> Any:
    """What a bulk action would do, or has done so far"""
    return call("enrollment", "bulk_action", bulk_id=str(bulk_id))


@adhesions.post("/bulk-actions/<uuid:bulk_id>/confirmation")
@staff_only("secretariat")
@adhesions.response(200, out.BulkAction)
def confirm_bulk_action(bulk_id: UUID) -> Any:
    """Do what was prepared; confirming again does nothing more"""
    return call(
        "enrollment",
        "confirm_bulk_action",
        bulk_id=str(bulk_id),
        actor=staff_id(),
        idempotency_key=request_key(),
    )


@adhesions.post("/adhesions/<uuid:adhesion_id>/review")
@staff_only("secretariat")
@adhesions.arguments(given.ReviewInput)
@adhesions.response(200, out.Adhesion)
@if_match(required=False)
def review_adhesion(review: dict[str, Any], adhesion_id: UUID) -> Any:
    """Confirm or reject an adhesion that waits for review"""
    return _command("review_adhesion", adhesion_id, **review, version=expected_version())


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
    """The people behind some ids: who is to be checked in

    The desk finds whoever has a place, or waits for one, at an appointment that it is assigned to.
    """
    return call("enrollment", "people", person_ids=desk.people_of(acting(), query["id"]))


def _command(method: str, adhesion_id: UUID, **arguments: Any) -> Any:
    return call(
        "enrollment",
        method,
        adhesion_id=str(adhesion_id),
        **arguments,
        actor=staff_id(),
        idempotency_key=request_key(),
    )
