"""The programme editor for programs: drafts, changes with their consequences, publication, the adhesion window."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, fields

from contracts.enrollment import BODY_KINDS
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.api.input import Input, Length, PageQuery, Query, choice, prose, text, whole
from gateway.api.output import Programme, flag, moment, page, shape
from gateway.api.output import text as words
from gateway.api.output import whole as number
from gateway.api.paging import page_of
from gateway.api.versions import expected_version, if_match, versioned
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id, staff_only

settings = Blueprint(
    "programme-settings", __name__, url_prefix=PREFIX, description="Programmes as their administrators see them"
)

CODE = "/programme-settings/<string(maxlength=60):code>"


class ProgrammeSettings(Programme):  # type: ignore[misc,valid-type]
    """A programme with what only its administrators need."""

    protocol_prefix = words()
    certificate_it = words()
    certificate_en = words()
    draft = flag()
    version = number()


Change = shape("ProgrammeChange", field=words(), before=fields.Raw(allow_none=True), after=fields.Raw(allow_none=True))
Objection = shape("Objection", reason=words(), asks=flag(), facts=fields.Dict())
Preview = shape("ProgrammePreview", version=number(), changes=[Change], objections=[Objection])
Past = shape("ProgrammePast", at=moment(), actor=words(), what=words(), changes=[Change])


def _day() -> fields.String:
    return text(10, metadata={"format": "date"})


def _moment() -> fields.String:
    return text(40, metadata={"format": "date-time"})


class TopicInput(Input):
    code = text(60, required=True)
    title_it = text(required=True)
    title_en = text(required=True)


class ProgrammePatch(Input):
    """Any of a programme's data; null takes a limit away. The service says what is missing, and what cannot be."""

    class Meta:
        unknown = RAISE

    code = text(60)
    protocol_prefix = text(8)
    title_it = text()
    title_en = text()
    issuer = text()
    adhesion_opens = _moment()
    adhesion_closes = _moment()
    training_from = _day()
    training_until = _day()
    training_days = whole(0, 2_000)
    webinars = whole(0, 2_000)
    kinds = fields.List(choice(BODY_KINDS), validate=Length(1, 2))
    population_min = whole(0, 100_000_000, allow_none=True)
    population_max = whole(0, 100_000_000, allow_none=True)
    territory_note = text(500, allow_none=True)
    territory_note_en = text(500, allow_none=True)
    late_paper_days = whole(0, 366)
    places_per_body = whole(1, 200)
    administrator_least = whole(0, 200, allow_none=True)
    administrator_most = whole(0, 200, allow_none=True)
    manager_least = whole(0, 200, allow_none=True)
    manager_most = whole(0, 200, allow_none=True)
    official_least = whole(0, 200, allow_none=True)
    official_most = whole(0, 200, allow_none=True)
    day_capacity = whole(1, 100_000)
    webinar_capacity = whole(1, 100_000)
    webinars_per_delegate = whole(0, 100)
    trainers_per_day = whole(1, 50)
    day_minutes = whole(1, 1_440)
    webinar_minutes = whole(1, 1_440)
    certificate_minutes = whole(1, 100_000_000)
    changes_close_days = whole(0, 365)
    certificate_it = prose()
    certificate_en = prose()
    consent_version = text(40)
    consent_it = prose(5_000)
    consent_en = prose(5_000)
    topics = fields.List(fields.Nested(TopicInput), validate=Length(1, 500))


class Accepting(Query):
    """``accept`` once for each question that was answered with yes."""

    accept = fields.List(text(60), load_default=list, validate=Length(0, 20))


class WindowInput(Input):
    move = choice(("open", "close"), required=True)
    accept = fields.List(text(60), load_default=list, validate=Length(0, 20))


@settings.get("/programme-settings")
@staff_only("administrator")
@settings.arguments(PageQuery, location="query")
@settings.response(200, page(ProgrammeSettings))
def list_programme_settings(query: dict[str, Any]) -> Any:
    """All programmes, drafts too"""
    return page_of(call("enrollment", "all_programme_settings")["items"], **query)


@settings.post("/programme-settings")
@staff_only("administrator")
@settings.arguments(ProgrammePatch)
@settings.response(201, ProgrammeSettings)
@versioned
def draft_programme(programme: dict[str, Any]) -> Any:
    """Make a draft

    Only administrators see it, until it is published.
    """
    return _command("open_programme", programme=programme, draft=True)


@settings.get(CODE)
@staff_only("administrator")
@settings.response(200, ProgrammeSettings)
@versioned
def get_programme_settings(code: str) -> Any:
    """One programme, with all its data"""
    return call("enrollment", "programme_settings", code=code)


@settings.patch(CODE)
@staff_only("administrator")
@settings.arguments(ProgrammePatch)
@settings.arguments(Accepting, location="query")
@settings.response(200, ProgrammeSettings)
@if_match(required=True)
@versioned
def change_programme_settings(changes: dict[str, Any], query: dict[str, Any], code: str) -> Any:
    """Change a programme

    What would break a promise to who has joined is a 409 that names it. What touches somebody is a 409
    `needs_acceptance` with its `questions`: repeat with `accept` for each of them.
    """
    return call(
        "enrollment",
        "change_programme",
        code=code,
        changes=changes,
        actor=staff_id(),
        version=expected_version(),
        accepted=query["accept"],
    )


@settings.post(f"{CODE}/previews")
@staff_only("administrator")
@settings.arguments(ProgrammePatch)
@settings.response(200, Preview)
def preview_programme_settings(changes: dict[str, Any], code: str) -> Any:
    """What a change would change, and what speaks against it

    An objection that `asks` may be accepted, any other refuses the change. Nothing is done.
    """
    return call("enrollment", "preview_programme", code=code, changes=changes)


@settings.post(f"{CODE}/publication")
@staff_only("administrator")
@settings.response(200, ProgrammeSettings)
@if_match(required=False)
@versioned
def publish_programme(code: str) -> Any:
    """Make a draft public"""
    return _command("publish_programme", code=code, version=expected_version())


@settings.post(f"{CODE}/window")
@staff_only("administrator")
@settings.arguments(WindowInput)
@settings.response(200, ProgrammeSettings)
@if_match(required=False)
@versioned
def move_adhesion_window(asked: dict[str, Any], code: str) -> Any:
    """Open adhesions before their time, or close them, at this moment"""
    moved = {"move": asked["move"], "accepted": asked["accept"], "version": expected_version()}
    return _command("move_adhesion_window", code=code, **moved)


@settings.get(f"{CODE}/history")
@staff_only("administrator")
@settings.arguments(PageQuery, location="query")
@settings.response(200, page(Past))
def list_programme_history(query: dict[str, Any], code: str) -> Any:
    """Who changed what of a programme, the newest change first"""
    return call("enrollment", "programme_history", code=code, **query)


def _command(method: str, **arguments: Any) -> Any:
    return call("enrollment", method, **arguments, actor=staff_id(), idempotency_key=request_key())
