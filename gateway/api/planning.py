"""Planning runs: started, watched, stopped, published."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request, stream_with_context, url_for

from gateway import progress, publications
from gateway.api import input as given
from gateway.api import output as out
from gateway.api import planning_shapes as shapes
from gateway.api import whole_plan
from gateway.api.blueprint import PREFIX, Blueprint
from gateway.backend import call
from gateway.forms import request_key
from gateway.identity import staff_id, staff_only
from gateway.plan_export import plan_file

planning = Blueprint("planning", __name__, url_prefix=PREFIX, description="Planning runs and their plans")


@planning.post("/scheduling-runs")
@staff_only("secretariat")
@planning.arguments(shapes.RunInput)
@planning.response(202, out.Run)
def start_run(run: dict[str, Any]) -> Any:
    """Start a planning run

    `Location` is where its state can be asked for while it runs.
    """
    chosen = {**run, "parameters": _plain(run["parameters"])}
    started = call("scheduling", "start_run", **chosen, actor=staff_id(), idempotency_key=request_key())
    return started, 202, {"Location": url_for("api-planning.get_run", run_id=started["id"])}


@planning.get("/scheduling-runs")
@staff_only("secretariat")
@planning.arguments(given.RunFilter, location="query")
@planning.response(200, out.page(out.Run))
def list_runs(query: dict[str, Any]) -> Any:
    """Planning runs of a programme"""
    return call("scheduling", "runs", **query)


@planning.get("/scheduling-runs/<uuid:run_id>")
@staff_only("secretariat")
@planning.response(200, out.Run)
@planning.alt_response(303, schema=out.Run, description="There is a plan", success=True)
def get_run(run_id: UUID) -> Any:
    """How far a planning run is

    200 while it runs and when it failed; 303 to its plan once there is one.
    """
    run = call("scheduling", "run", run_id=str(run_id))
    if progress.has_plan(run):
        return run, 303, {"Location": url_for("api-planning.get_plan", run_id=run_id)}
    return run


@planning.post("/scheduling-runs/<uuid:run_id>/stop")
@staff_only("secretariat")
@planning.response(200, out.Run)
def stop_run(run_id: UUID) -> Any:
    """End a run early and keep the best plan so far"""
    return call("scheduling", "stop_run", run_id=str(run_id), actor=staff_id(), idempotency_key=request_key())


@planning.post("/scheduling-runs/<uuid:run_id>/cancellation")
@staff_only("secretariat")
@planning.response(200, out.Run)
def cancel_run(run_id: UUID) -> Any:
    """Give a run up at once, without a plan"""
    return call("scheduling", "cancel_run", run_id=str(run_id), actor=staff_id(), idempotency_key=request_key())


@planning.get("/scheduling-runs/<uuid:run_id>/plan")
@staff_only("secretariat")
@planning.response(200, out.Plan)
def get_plan(run_id: UUID) -> Any:
    """The plan: days with their hosts and bodies, webinars with their topics"""
    return Response(stream_with_context(whole_plan.told(str(run_id))), content_type="application/json")


@planning.get("/scheduling-runs/<uuid:run_id>/days")
@staff_only("secretariat")
@planning.arguments(shapes.DaysQuery, location="query")
@planning.response(200, shapes.PlannedDays)
def list_planned_days(query: dict[str, Any], run_id: UUID) -> Any:
    """Training days of a plan by number: all, or those that are looked for"""
    return call("scheduling", "planned_days", run_id=str(run_id), **query)


@planning.get("/scheduling-runs/<uuid:run_id>/trainers")
@staff_only("secretariat")
@planning.arguments(shapes.TrainersQuery, location="query")
@planning.response(200, shapes.PlannedTrainers)
def list_planned_trainers(query: dict[str, Any], run_id: UUID) -> Any:
    """Trainers of a plan by name, and what each teaches: all, or those that are looked for"""
    return call("scheduling", "planned_trainers", run_id=str(run_id), **query)


@planning.get("/scheduling-runs/<uuid:run_id>/bodies")
@staff_only("secretariat")
@planning.arguments(shapes.BodiesQuery, location="query")
@planning.response(200, shapes.PlannedBodies)
def list_planned_bodies(query: dict[str, Any], run_id: UUID) -> Any:
    """Who goes where, by day and name: all bodies of a plan, or those that are looked for"""
    return call("scheduling", "planned_bodies", run_id=str(run_id), **query)


@planning.get("/scheduling-runs/<uuid:run_id>/comparison")
@staff_only("secretariat")
@planning.arguments(shapes.ComparisonQuery, location="query")
@planning.response(200, shapes.Comparison)
def compare_runs(query: dict[str, Any], run_id: UUID) -> Any:
    """This plan beside another: kilometres, fairness, regions, days that differ, bodies that move

    Of the bodies that move it is a page, who travel most more first; `moved` says how many there are.
    """
    return call("scheduling", "compare_runs", run_id=str(run_id), **query)


@planning.get("/scheduling-runs/<uuid:run_id>/bodies/<string(maxlength=40):body_code>/why")
@staff_only("secretariat")
@planning.response(200, shapes.Why)
def get_why(run_id: UUID, body_code: str) -> Any:
    """Why a body goes where it goes: its nearest places, what each would cost, and why not"""
    return call("scheduling", "why", run_id=str(run_id), body_code=body_code)


@planning.get("/scheduling-runs/<uuid:run_id>/publication-preview")
@staff_only("secretariat")
@planning.response(200, shapes.Preview)
@planning.alt_response(202, schema=shapes.PreviewBegun, description="It is being worked out", success=True)
def get_publication_preview(run_id: UUID) -> Any:
    """What publishing would change, and how many people would be told; nothing is changed

    Of a plan of thousands of bodies it is worked out beside: 202 until there is an answer. One that is `pending` is
    worked out again, since something has happened after `worked_out_at`.
    """
    found = call("scheduling", "preview_publication", run_id=str(run_id))
    if found["worked_out_at"] is not None:
        return found
    begun = jsonify(shapes.PreviewBegun().dump(found))
    begun.status_code, begun.headers["Retry-After"] = 202, "2"
    return begun


@planning.get("/scheduling-runs/<uuid:run_id>/export/<string(maxlength=80):name>")
@staff_only("secretariat")
@planning.response(
    200,
    {"type": "string", "format": "binary"},
    content_type="application/octet-stream",
    description="The file, in the type that its name says",
)
def export_plan(run_id: UUID, name: str) -> Response:
    """The plan as a file

    `plan.xlsx`; `days.csv`, `bodies.csv`, `webinars.csv`, `trainers.csv`, `regions.csv`; `calendar.ics`, or the id of a
    trainer with `.ics`.
    """
    return plan_file(str(run_id), name)


@planning.post("/scheduling-runs/<uuid:run_id>/publication")
@staff_only("secretariat")
@planning.response(200, out.Publication)
@planning.alt_response(202, schema=out.Run, description="It takes longer, and goes on by itself", success=True)
def publish_plan(run_id: UUID) -> Any:
    """Make the plan the programme's calendar

    Places are assigned and everybody concerned is invited. A very large plan takes longer than a request may: then the
    answer is 202, and the run tells at `Location` whether its `publication` goes on, or why it did not go through.
    """
    published = publications.publish(str(run_id))
    if published is not None:
        return published
    begun = jsonify(out.Run().dump(call("scheduling", "run", run_id=str(run_id))))
    begun.status_code, begun.headers["Location"] = 202, url_for("api-planning.get_run", run_id=run_id)
    return begun


@planning.get("/scheduling-runs/<uuid:run_id>/events")
@staff_only("secretariat")
@planning.response(
    200, out.RunEvent, content_type="text/event-stream", description="Server-sent events, until the run ends"
)
def watch_run(run_id: UUID) -> Response:
    """Watch a planning run

    Events `progress`, several a second; `map`, when the best choice has changed: its dots and lines in an SVG of this
    width and height; and at last `ended`. `Last-Event-ID` resumes where a lost connection stopped.
    """
    request.environ["eventlet.minimum_write_chunk_size"] = 1  # else its server holds small chunks back
    return progress.streamed(call("scheduling", "run", run_id=str(run_id)), request.headers.get("Last-Event-ID"))


def _plain(value: Any) -> Any:
    """Dates as the text that services take, however deep."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.isoformat() if isinstance(value, date) else value
